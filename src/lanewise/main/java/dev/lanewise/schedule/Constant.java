package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * A schedule that has the same value at every step.
 *
 * @param value the value; finite and not negative
 */
public record Constant(double value) implements Schedule {
    /**
     * Checks the value.
     *
     * @throws IllegalArgumentException if it is negative, infinite or NaN
     */
    public Constant {
        Check.notNegative("value", value);
    }

    @Override
    public double at(long step) {
        return value;
    }
}
