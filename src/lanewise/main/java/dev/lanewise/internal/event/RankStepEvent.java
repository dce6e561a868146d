package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** This event records where the time of a data-parallel step went, on this rank. */
@Name("dev.lanewise.RankStep")
@Label("Rank Step")
@Description("A step of data-parallel training, by its parts on this rank")
@Category("Lanewise")
@StackTrace(false)
final class RankStepEvent extends Event {
    @Label("Step")
    @Description("Number of steps applied, including this one")
    long step;

    @Label("Replicas")
    @Description("Number of micro-batches of the step")
    int replicas;

    @Label("World")
    @Description("Number of ranks")
    int world;

    @Label("Bytes Sent")
    @Description("Payload that this rank has sent to others since it began")
    @DataAmount
    long bytesSent;

    @Label("Whole")
    @Description("The whole step, with the forward and backward passes")
    @Timespan
    long whole;

    @Label("Tree")
    @Description("Adding up micro-gradients, and packing them")
    @Timespan
    long tree;

    @Label("Exchange")
    @Description("Moving the sums of micro-gradients to their owners, and waiting for the slowest rank")
    @Timespan
    long exchange;

    @Label("Sums")
    @Description("Gathering the sums of norms and of rules with reductions")
    @Timespan
    long sums;

    @Label("Optimizer")
    @Description("The step of the optimizer, without sums")
    @Timespan
    long optimizer;

    @Label("Gather")
    @Description("Gathering the weights")
    @Timespan
    long gather;

    RankStepEvent() {}
}
