package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** This event records a step that was skipped because its gradient was not finite. */
@Name("dev.lanewise.SkippedStep")
@Label("Skipped Optimizer Step")
@Description("A step that was not applied, because its gradient was not finite")
@Category("Lanewise")
@StackTrace(false)
final class SkippedStepEvent extends Event {
    @Label("Step")
    @Description("Number of steps applied before")
    long step;

    @Label("Reason")
    @Description("Why the step was skipped")
    String reason;

    @Label("Group")
    @Description("The first group whose gradient was not finite")
    String group;

    @Label("Non-finite")
    @Description("Number of NaN and infinite values in that group's gradient")
    long nonFinite;

    @Label("Skipped")
    @Description("Number of consecutive skipped steps, including this one")
    int skipped;

    @Label("Loss Scale")
    @Description("Loss scale of the next step; NaN if there is none")
    double lossScale;
}
