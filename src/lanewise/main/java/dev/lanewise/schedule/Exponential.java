package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Multiplies the value by the same factor at every step. The schedule has no end and falls below any floor: with a factor of
 * 0.9999 the value is a third after 11,000 steps, and 0 after some millions.
 *
 * <pre>
 * initial · factor^step
 * </pre>
 *
 * <b>Source:</b> PyTorch's {@code ExponentialLR}, which multiplies the last rate and so accumulates rounding errors.
 *
 * @param initial the value at the first step; finite and not negative
 * @param factor the factor of each step, in [0, 1]
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
