package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * The same fraction less at every step. It has no end, but falls below any floor: 0.9999 a step is a third after 11,000
 * steps, and nothing after some millions.
 *
 * <pre>
 * initial · factor^step
 * </pre>
 *
 * <b>Source:</b> PyTorch's {@code ExponentialLR}, which multiplies the last rate and so gathers its roundings.
 *
 * @param initial the value at the first step; finite and not negative
 * @param factor of each step, in [0, 1]
 */
public record Exponential(double initial, double factor) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Exponential {
        Check.notNegative("initial", initial);
        Check.fraction("factor", factor);
    }

    @Override
    public double at(long step) {
        return initial * StrictMath.pow(factor, step);
    }
}
