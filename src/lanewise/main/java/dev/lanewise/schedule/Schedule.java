package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * The value of a hyperparameter, usually the learning rate, as a function of the step. A schedule has no state: its
 * value depends on the step alone, so there is nothing to save and it cannot be advanced twice. Only
 * {@link ReduceOnPlateau} is stateful.
 *
 * <p>Values are absolute, not multiples of a base rate. Schedules are combined with {@link #then} and
 * {@link #times}:
 *
 * {@snippet :
 * Schedule warm = new LinearWarmup(0.1, 500, 0.01).then(500, new Cosine(0.1, 9_500));
 * Schedule cyclic = new CosineRestarts(0.1, 1_000).times(new Exponential(1, 0.9999));
 * }
 */
@FunctionalInterface
public interface Schedule {
    /**
     * {@return the value for a step, finite and not negative}
     *
     * @param step the number of steps applied before this one: 0 for the first
     */
    double at(long step);

    /**
     * {@return this schedule for some steps, followed by another, whose steps count from 0 again} Sequences of equal
     * schedules are equal.
     *
     * @param steps the number of steps of this schedule; 0 for none
     * @param next the schedule after them
     * @throws IllegalArgumentException if {@code steps} is negative
     */
    default Schedule then(long steps, Schedule next) {
        return new Sequence(this, steps, next);
    }

    /**
     * {@return this schedule times a factor} This is for a group of parameters that learns at a multiple of the common rate.
     * Products of equal schedules are equal.
     *
     * @param factor the factor; finite and not negative
     * @throws IllegalArgumentException if the factor is out of range
     */
    default Schedule times(double factor) {
        Check.notNegative("factor", factor);
        return times(new Constant(factor));
    }

    /**
     * {@return the product of this schedule and another, step by step} Products of equal schedules are equal.
     *
     * @param other a schedule of factors
     */
    default Schedule times(Schedule other) {
        return new Product(this, other);
    }
}
