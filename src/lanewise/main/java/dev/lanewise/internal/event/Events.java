package dev.lanewise.internal.event;

import jdk.jfr.FlightRecorder;

/**
 * Emits JFR events while a recording has them enabled; otherwise the cost is one flag check. In a JVM without the module
 * {@code jdk.jfr} it does nothing.
 */
public final class Events {
    private static final boolean AVAILABLE =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private Events() {}

    /** {@return whether a recording was started in this JVM} The class of an event takes 100 ms to load, which the first step must not. */
    private static boolean recorded() {
        return AVAILABLE && FlightRecorder.isInitialized();
    }

    /**
     * Begins the event of a step. An object has one event for all of its steps, so that a recorded step allocates nothing either.
     *
     * @param last the event of an earlier step, or null
     * @return the event to fill and to commit at the end of the step; null if no recording has it enabled
     */
    public static StepEvent step(StepEvent last) {
        if (!recorded() || !Disabled.STEP.isEnabled()) {
            return null;
        }
        StepEvent event = last == null ? new StepEvent() : last;
        event.clear();
        event.begin();
        return event;
    }

    /**
     * Commits the event of a skipped step, if a recording has it enabled.
     *
     * @param step the number of steps applied before
     * @param group the name of the first group whose gradient is not finite
     * @param nonFinite the number of NaN and infinite values in that gradient
     * @param skipped the number of consecutive skipped steps, including this one
     * @param lossScale the loss scale of the next step; NaN if there is none
     */
    public static void skipped(long step, String group, long nonFinite, int skipped, double lossScale) {
        if (recorded()) {
            SkippedStepEvent event = new SkippedStepEvent();
            if (event.isEnabled()) {
                event.step = step;
                event.reason = "the gradient of group " + group + " has " + nonFinite + " values that are not finite";
                event.group = group;
                event.nonFinite = nonFinite;
                event.skipped = skipped;
                event.lossScale = lossScale;
                event.commit();
            }
        }
    }

    /**
     * Commits the event of a training spike, if a recording has it enabled.
     *
     * @param step the step at which it occurred, from 1
     * @param where the name of the parameter group, or {@code loss}
     * @param kind the kind of spike
     * @param value the loss, or the ratio of the update's norm to the parameters' norm
     * @param median the median of the preceding values
     * @param z the robust z-score of the value
     * @param text the message for the user
     */
    public static void spike(long step, String where, String kind, double value, double median, double z, String text) {
        if (recorded()) {
            SpikeEvent event = new SpikeEvent();
            if (event.isEnabled()) {
                event.step = step;
                event.where = where;
                event.kind = kind;
                event.value = value;
                event.median = median;
                event.z = z;
                event.text = text;
                event.commit();
            }
        }
    }

    /**
     * Commits the event of an epoch, if a recording has it enabled.
     *
     * @param epoch the number of the epoch, from 1
     * @param steps the number of steps applied
     * @param loss the mean loss of the epoch
     * @param validationLoss the mean loss of the validation data; NaN without
     * @param accuracy the accuracy on the validation data; NaN without
     * @param seconds the time of the steps
     */
    public static void epoch(
            int epoch, long steps, double loss, double validationLoss, double accuracy, double seconds) {
        if (recorded()) {
            EpochEvent event = new EpochEvent();
            if (event.isEnabled()) {
                event.epoch = epoch;
                event.steps = steps;
                event.loss = loss;
                event.validationLoss = validationLoss;
                event.accuracy = accuracy;
                event.seconds = seconds;
                event.commit();
            }
        }
    }

    /**
     * Commits the event of a data-parallel step, if a recording has it enabled. Times are nanoseconds.
     *
     * @param step the number of steps applied, including this one
     * @param replicas the number of micro-batches
     * @param world the number of ranks
     * @param bytesSent what this rank has sent since it began
     * @param times the whole step, tree, exchange, sums, step and gather
     */
    public static void rankStep(long step, int replicas, int world, long bytesSent, long[] times) {
        if (recorded()) {
            RankStepEvent event = new RankStepEvent();
            if (event.isEnabled()) {
                event.step = step;
                event.replicas = replicas;
                event.world = world;
                event.bytesSent = bytesSent;
                event.whole = times[0];
                event.tree = times[1];
                event.exchange = times[2];
                event.sums = times[3];
                event.optimizer = times[4];
                event.gather = times[5];
                event.commit();
            }
        }
    }

    /** A separate class, which is loaded when a recording runs. */
    private static final class Disabled {
        /** This event is used for {@code isEnabled} alone and never committed, so that a step that is not recorded allocates nothing. */
        static final StepEvent STEP = new StepEvent();

        private Disabled() {}
    }
}
