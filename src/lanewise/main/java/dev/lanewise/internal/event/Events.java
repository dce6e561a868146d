package dev.lanewise.internal.event;

/**
 * Gives events to the flight recorder, where somebody records them; elsewhere it costs a look at a flag, and where the
 * JVM has no module {@code jdk.jfr}, not even that.
 */
public final class Events {
    private static final boolean THERE =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    /** Asked whether it is recorded, and never committed: to make one for each question would be garbage. */
    private static final StepEvent STEP = THERE ? new StepEvent() : null;

    private Events() {}

    /**
     * A step begins.
     *
     * @return the event to fill and commit at its end; null if nobody records it
     */
    public static StepEvent step() {
        if (!THERE || !STEP.isEnabled()) {
            return null;
        }
        StepEvent event = new StepEvent();
        event.begin();
        return event;
    }

    /**
     * A step was skipped.
     *
     * @param step how many were applied before
     * @param group the first group whose gradient is not finite
     * @param nonFinite how many of its values are not
     * @param skipped how many were skipped one after another
     * @param lossScale the loss scale from now on; NaN if there is none
     */
    public static void skipped(long step, String group, long nonFinite, int skipped, double lossScale) {
        if (THERE) {
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
     * Something stands out.
     *
     * @param step when
     * @param where the name of the group, or loss
     * @param kind what
     * @param value the loss or the update ratio
     * @param median of those before
     * @param z how far it stands out
     * @param text all of it in words
     */
    public static void spike(long step, String where, String kind, double value, double median, double z, String text) {
        if (THERE) {
            SpikeEvent event = new SpikeEvent();
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
