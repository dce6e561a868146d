package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * A straight line up to a value that is then held, from a fraction of it.
 *
 * <pre>
 * step &lt; steps:  peak · (start + (1 − start) · step / steps)
 * steps ≤ step:  peak
 * </pre>
 *
 * <b>Source:</b> Goyal et al. 2017 (arXiv 1706.02677), who rise from the rate of one worker to that of all in 5 epochs.
 * PyTorch's {@code LinearLR} is the same; its defaults are 5 steps from a third, which is hardly a warmup, and it takes
 * no start of 0. From 0 the first step changes nothing; {@link WarmupCosine} begins at {@code peak / warmup} instead,
 * as does {@code new LinearWarmup(peak, warmup - 1, 1.0 / warmup)}.
 *
 * @param peak the highest value; finite and not negative
 * @param steps how many until the peak; 0 for none
 * @param start the fraction of the peak at the first step, in [0, 1]
 */
public record LinearWarmup(double peak, long steps, double start) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public LinearWarmup {
        Check.notNegative("peak", peak);
        Check.atLeast(0, "steps", steps);
        Check.fraction("start", start);
    }

    @Override
    public double at(long step) {
        return step < steps ? peak * (start + (1 - start) * step / steps) : peak;
    }
}
