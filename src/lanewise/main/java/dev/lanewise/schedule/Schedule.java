package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * The value of a hyperparameter, usually the learning rate, as a function of the step. A schedule has no state: it
 * gives the same value for the same step at every call, so a checkpoint needs no state of it and it cannot be advanced
 * twice. Only {@link ReduceOnPlateau} is stateful.
 *
 * <p>Values are absolute, not multiples of a base rate. Schedules are put together with {@link #then} and
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
     * Computes the value for a step.
     *
     * @param step the number of steps applied before this one: 0 for the first
     * @return the value, finite and not negative
     */
    double at(long step);

    /**
     * Follows this schedule for some steps, and then another, which counts its steps from its own first.
     *
     * @param steps how many steps this schedule is followed for; 0 for none
     * @param next the schedule from then on
     * @return a schedule equal to another that is made of equal ones
     * @throws IllegalArgumentException if {@code steps} is negative
     */
    default Schedule then(long steps, Schedule next) {
        return new Sequence(this, steps, next);
    }

    /**
     * Multiplies this schedule by a constant, for a group of parameters that learns at a multiple of the common rate.
     *
     * @param factor finite and not negative
     * @return a schedule equal to another that is made of equal ones
     * @throws IllegalArgumentException if the factor is out of range
     */
    default Schedule times(double factor) {
        Check.notNegative("factor", factor);
        return times(new Constant(factor));
    }

    /**
     * Multiplies this schedule by another, step by step.
     *
     * @param other a schedule of factors
     * @return a schedule equal to another that is made of equal ones
     */
    default Schedule times(Schedule other) {
        return new Product(this, other);
    }
}
