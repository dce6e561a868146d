package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step that was not applied. */
@Name("dev.lanewise.SkippedStep")
@Label("Skipped Optimizer Step")
@Description("A step that was not applied, because its gradient was not finite")
@Category("Lanewise")
@StackTrace(false)
final class SkippedStepEvent extends Event {
    @Label("Step")
    @Description("How many steps have been applied before")
    long step;

    @Label("Reason")
    @Description("Why, in words")
    String reason;

    @Label("Group")
    @Description("The first group whose gradient was not finite")
    String group;

    @Label("Non-finite")
    @Description("How many values of that group's gradient were NaN or infinite")
    long nonFinite;

    @Label("Skipped")
    @Description("How many steps were skipped one after another, with this one")
    int skipped;

    @Label("Loss Scale")
    @Description("What the loss is scaled by after this; NaN if it is not")
    double lossScale;
}
