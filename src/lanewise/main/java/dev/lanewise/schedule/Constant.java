package dev.lanewise.schedule;

/**
 * The same value at every step.
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
        Checks.value("value", value);
    }

    @Override
    public double at(long step) {
        return value;
    }
}
