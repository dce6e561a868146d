package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** This event records a finding of {@link dev.lanewise.tune.SpikeDetector}. */
@Name("dev.lanewise.Spike")
@Label("Training Spike")
@Description("A loss or an update ratio that is an outlier among the preceding ones")
@Category("Lanewise")
@StackTrace(false)
final class SpikeEvent extends Event {
    @Label("Step")
    long step;

    @Label("Where")
    @Description("The name of the parameter group, or loss")
    String where;

    @Label("Kind")
    @Description("LOSS, LARGE_STEP, UNUSUAL_STEP or NOT_FINITE")
    String kind;

    @Label("Value")
    @Description("The loss, or the norm of the update divided by the norm of the parameters")
    double value;

    @Label("Median")
    @Description("Median of the preceding values")
    double median;

    @Label("z")
    @Description("Distance of the value from the median, in robust standard deviations")
    double z;

    @Label("Text")
    @Description("The message for the user, with advice")
    String text;
}
