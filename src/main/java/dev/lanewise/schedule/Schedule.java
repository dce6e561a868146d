package dev.lanewise.schedule;

/**
 * The value of a hyperparameter, usually the learning rate, as a function of the step. A schedule has no state: it
 * gives the same value for the same step whenever it is asked, so it needs nothing to be saved and cannot be advanced
 * twice.
 */
@FunctionalInterface
public interface Schedule {
    /**
     * The value for a step.
     *
     * @param step the number of steps applied before this one: 0 for the first
     * @return the value, finite and not negative
     */
    double at(long step);
}
