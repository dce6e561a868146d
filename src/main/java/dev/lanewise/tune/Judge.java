package dev.lanewise.tune;

/**
 * Tells from its losses and its update ratios what became of a run.
 *
 * <pre>
 * DIVERGED  a loss is not finite
 * SPIKED    after the first {@code warmIn} steps, the smoothed loss is above {@code jump} times its lowest so far,
 *           or an update ratio is {@code ratio} or more
 * STALLED   the last smoothed loss is above {@code progress} times the first loss
 * TRAINS    otherwise
 * </pre>
 *
 * The loss is smoothed as in {@link RangeTest}, because the losses of single batches vary by more than a factor of 2
 * once they are small. The update ratios of the first steps do not count, because those of parameters that begin with 0
 * (biases) are about 1 at any learning rate.
 *
 * @param warmIn steps in which nothing is a spike; from 0
 * @param smoothing how much of the average of the loss each step keeps, in [0, 1); 0 for the losses as they are
 * @param jump how many times its lowest the loss may become; above 1
 * @param ratio the update ratio that is a spike; above 0
 * @param progress the fraction of its first value that the loss must have fallen to; above 0
 */
public record Judge(int warmIn, double smoothing, double jump, double ratio, double progress) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Judge {
        Checks.atLeast("warmIn", warmIn, 0);
        Checks.belowOne("smoothing", smoothing);
        Checks.above("jump", jump, "1", 1);
        Checks.positive("ratio", ratio);
        Checks.positive("progress", progress);
    }

    /** After 10 steps: twice the lowest loss, smoothed with 0.9, or a step half as large as the weights; 95 %. */
    public Judge() {
        this(10, 0.9, 2, 0.5, 0.95);
    }

    /**
     * This judge with another smoothing.
     *
     * @param smoothing how much of the average of the loss each step keeps, in [0, 1)
     * @return a new judge
     */
    public Judge withSmoothing(double smoothing) {
        return new Judge(warmIn, smoothing, jump, ratio, progress);
    }

    /**
     * Judges a run.
     *
     * @param run what it gave
     * @return what became of it
     */
    public Verdict of(Outcome run) {
        Average average = new Average(smoothing);
        double lowest = Double.POSITIVE_INFINITY;
        double last = 0;
        boolean spiked = false;
        for (int i = 0; i < run.losses().length; i++) {
            if (!Double.isFinite(run.losses()[i])) {
                return Verdict.DIVERGED;
            }
            last = average.add(run.losses()[i]);
            spiked |= i >= warmIn && last > jump * lowest;
            lowest = Math.min(lowest, last);
        }
        for (int i = warmIn; i < run.updateRatios().length; i++) {
            for (double value : run.updateRatios()[i]) {
                spiked |= value >= ratio;
            }
        }
        return spiked ? Verdict.SPIKED : last > progress * run.losses()[0] ? Verdict.STALLED : Verdict.TRAINS;
    }
}
