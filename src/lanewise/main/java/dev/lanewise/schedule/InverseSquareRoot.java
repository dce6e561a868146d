package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * A linear warmup, then a decay with the inverse square root of the steps: the schedule of the Transformer.
 *
 * <pre>
 * step &lt; warmup:  peak · (step + 1) / warmup
 * warmup ≤ step:  peak · √(warmup / (step + 1))
 * </pre>
 *
 * The schedule has no end, so the length of the run need not be known.
 *
 * <p><b>Source:</b> Vaswani et al. 2017 (arXiv 1706.03762), whose {@code d_model^−0.5 · min(t^−0.5, t · warmup^−1.5)}
 * with t from 1 is this schedule with the peak {@code (d_model · warmup)^−0.5}. PyTorch has no class
 * for it; its {@code LambdaLR} accepts the formula.
 *
 * @param peak the highest value; finite and not negative
 * @param warmup the number of steps until the peak; at least 1
 */
public record InverseSquareRoot(double peak, long warmup) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public InverseSquareRoot {
        Check.notNegative("peak", peak);
        Check.atLeast(1, "warmup", warmup);
    }

    @Override
    public double at(long step) {
        double number = step + 1.0;
        return step < warmup ? peak * (number / warmup) : peak * Math.sqrt(warmup / number);
    }
}
