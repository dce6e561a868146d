package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Rises along a straight line from a fraction of a peak to the peak, and then stays there.
 *
 * <pre>
 * step &lt; steps:  peak · (start + (1 − start) · step / steps)
 * steps ≤ step:  peak
 * </pre>
 *
 * <b>Source:</b> Goyal et al. 2017 (arXiv 1706.02677), who rise from the rate of one worker to that of all in 5 epochs.
 * PyTorch's {@code LinearLR} is the same; its defaults are 5 steps from a third, which is hardly a warmup, and it rejects
 * a start of 0. With a start of 0 the first step changes nothing; {@link WarmupCosine} begins at {@code peak / warmup}
 * instead, as does {@code new LinearWarmup(peak, warmup - 1, 1.0 / warmup)}.
 *
 * @param peak the highest value; finite and not negative
 * @param steps the number of steps until the peak; 0 for none
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
