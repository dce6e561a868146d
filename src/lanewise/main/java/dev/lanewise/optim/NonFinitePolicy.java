package dev.lanewise.optim;

/** The policy of a step for a gradient that has NaN or infinity in it. */
public enum NonFinitePolicy {
    /** The step is applied without a check, and NaN or infinity reaches the parameters. */
    APPLY,

    /** Nothing is written, the step does not count, and the schedules stay where they are. */
    SKIP,

    /** The step is skipped as with {@link #SKIP}, and it throws an {@link ArithmeticException} that names the group. */
    THROW
}
