package dev.lanewise.tune;

import dev.lanewise.internal.Check;

/**
 * Classifies a run by its losses and its update ratios.
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
 * once they are small. An update ratio counts from the first step, because a large rate may ruin the weights at once and
 * the loss then fall again to some level where it stays. The ratios of parameters that begin with 0 (biases), of which the first
 * is NaN, only count after the warm-in, because they are about 1 at first at any learning rate.
 *
 * <p>Momentum overshoots: near its limit, 2 (1 + μ) / λ, the loss of a quadratic with curvature λ rises to many times its
 * first value and then falls for good. This takes a multiple of 1 / (1 − μ) steps, the time constant of momentum, so
 * {@link #withMomentum} makes the warm-in longer by this factor.
 *
 * @param warmIn the number of first steps in which no loss counts as a spike; from 0
 * @param smoothing the fraction of the average of the loss that each step keeps, in [0, 1); 0 for the losses themselves
 * @param jump the multiple of its lowest value above which the loss is a spike; finite and above 1
 * @param ratio the smallest update ratio that is a spike; finite and above 0
 * @param progress the fraction of its first value that the loss must fall to; finite and above 0
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
        Check.above(1, "1", "jump", jump);
        Check.positive("ratio", ratio);
        Check.positive("progress", progress);
    }

    /** Creates the default criteria: a warm-in of 10, a smoothing of 0.9, a jump of 2, a ratio of 0.5, a progress of 0.95. */
    public TrialCriteria() {
        this(10, 0.9, 2, 0.5, 0.95);
    }

    /**
     * {@return these criteria with another smoothing}
     *
     * @param smoothing the fraction of the average of the loss that each step keeps, in [0, 1)
     * @throws IllegalArgumentException if {@code smoothing} is out of range
     */
    public TrialCriteria withSmoothing(double smoothing) {
        return new TrialCriteria(warmIn, smoothing, jump, ratio, progress);
    }

    /**
     * {@return these criteria with a warm-in {@code 1 / (1 − momentum)} times as long, for a rule with momentum} Without this the
     * limit that is found may be as low as 0.91 of the true one, with momentum 0.9.
     *
     * @param momentum the decay factor of the rule's momentum, in [0, 1)
     * @throws IllegalArgumentException if {@code momentum} is out of range
     */
    public TrialCriteria withMomentum(double momentum) {
        Check.belowOne("momentum", momentum);
        return new TrialCriteria(
                (int) Math.min(Math.rint(warmIn / (1 - momentum)), 1e9), smoothing, jump, ratio, progress);
    }

    /**
     * {@return the verdict on a run}
     *
     * @param run the result of the run
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
