package dev.lanewise.tune;

import dev.lanewise.internal.Check;

/**
 * Judges a run by its losses and its update ratios.
 *
 * <pre>
 * DIVERGED  a loss is not finite
 * SPIKED    after the first {@code warmIn} steps, the smoothed loss is above {@code jump} times its lowest so far;
 *           or an update ratio is {@code ratio} or more
 * STALLED   the last smoothed loss is above {@code progress} times the first loss
 * TRAINS    otherwise
 * </pre>
 *
 * The loss is smoothed as in {@link LearningRateRangeTest}, because the losses of single batches vary by more than a factor of 2
 * once they are small. An update ratio counts from the first step, for a large rate may ruin the weights at once and the loss
 * then fall again to some level where it stays; except that those of parameters that begin with 0 (biases), whose first
 * ratio is NaN, count after the warm-in too, because they are about 1 at first at any learning rate.
 *
 * <p>Momentum overshoots: near its limit, 2 (1 + μ) / λ, the loss of a quadratic with curvature λ rises to many times its
 * first value and then falls for good. That is over after a multiple of 1 / (1 − μ) steps, the time constant of the
 * momentum, so {@link #withMomentum} makes the warm-in so much longer.
 *
 * @param warmIn steps in which the loss makes no spike; from 0
 * @param smoothing how much of the average of the loss each step keeps, in [0, 1); 0 for the losses as they are
 * @param jump how many times its lowest the loss may become; above 1
 * @param ratio the update ratio that is a spike; above 0
 * @param progress the fraction of its first value that the loss must have fallen to; above 0
 */
public record TrialCriteria(int warmIn, double smoothing, double jump, double ratio, double progress) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public TrialCriteria {
        Check.atLeast(0, "warmIn", warmIn);
        Check.belowOne("smoothing", smoothing);
        Check.above("jump", jump, "1", 1);
        Check.positive("ratio", ratio);
        Check.positive("progress", progress);
    }

    /** After 10 steps: twice the lowest loss, smoothed with 0.9, or a step half as large as the weights; 95 %. */
    public TrialCriteria() {
        this(10, 0.9, 2, 0.5, 0.95);
    }

    /**
     * This judge with another smoothing.
     *
     * @param smoothing how much of the average of the loss each step keeps, in [0, 1)
     * @return a new judge
     */
    public TrialCriteria withSmoothing(double smoothing) {
        return new TrialCriteria(warmIn, smoothing, jump, ratio, progress);
    }

    /**
     * This judge with a warm-in {@code 1 / (1 − momentum)} times as long, for a rule with momentum: its limit is found
     * as low as 0.91 of what it is with momentum 0.9 otherwise.
     *
     * @param momentum the factor by which the rule keeps what it remembers of the gradients, in [0, 1)
     * @return a new judge
     * @throws IllegalArgumentException if {@code momentum} is out of range
     */
    public TrialCriteria withMomentum(double momentum) {
        Check.belowOne("momentum", momentum);
        return new TrialCriteria(
                (int) Math.min(Math.rint(warmIn / (1 - momentum)), 1e9), smoothing, jump, ratio, progress);
    }

    /**
     * Judges a run.
     *
     * @param run what it gave
     * @return what became of it
     */
    public TrialVerdict of(TrialResult run) {
        Average average = new Average(smoothing);
        double lowest = Double.POSITIVE_INFINITY;
        double last = 0;
        boolean spiked = false;
        for (int i = 0; i < run.losses().length; i++) {
            if (!Double.isFinite(run.losses()[i])) {
                return TrialVerdict.DIVERGED;
            }
            last = average.add(run.losses()[i]);
            spiked |= i >= warmIn && last > jump * lowest;
            lowest = Math.min(lowest, last);
        }
        double[][] ratios = run.updateRatios();
        for (int i = 0; i < ratios.length; i++) {
            for (int group = 0; group < ratios[i].length; group++) {
                boolean counts = i >= warmIn || !Double.isNaN(ratios[0][group]);
                spiked |= counts && ratios[i][group] >= ratio;
            }
        }
        return spiked
                ? TrialVerdict.SPIKED
                : last > progress * run.losses()[0] ? TrialVerdict.STALLED : TrialVerdict.TRAINS;
    }
}
