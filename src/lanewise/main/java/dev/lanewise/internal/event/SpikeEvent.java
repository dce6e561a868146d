package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A finding of the spike doctor's. */
@Name("dev.lanewise.Spike")
@Label("Training Spike")
@Description("A loss, or the size of a step, that stands out among those before it")
@Category("Lanewise")
@StackTrace(false)
final class SpikeEvent extends Event {
    @Label("Step")
    long step;

    @Label("Where")
    @Description("The name of the group, or loss")
    String where;

    @Label("Kind")
    @Description("LOSS, LARGE_STEP, UNUSUAL_STEP or NOT_FINITE")
    String kind;

    @Label("Value")
    @Description("The loss, or the norm of the update by the norm of the parameters")
    double value;

    @Label("Median")
    @Description("Of the values before")
    double median;

    @Label("z")
    @Description("How far the value stands out, in robust standard deviations")
    double z;

    @Label("Text")
    @Description("All of it in words, with advice")
    String text;
}
