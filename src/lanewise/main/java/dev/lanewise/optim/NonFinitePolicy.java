package dev.lanewise.optim;

/** What a step does with a gradient that has NaN or infinity in it. */
public enum NonFinitePolicy {
    /** The step is applied and takes them into the parameters; nothing looks for them. */
    APPLY,

    /** Nothing is written, the step does not count, and the schedules stay where they are. */
    SKIP,

    /** As {@link #SKIP}, and the step throws an {@link ArithmeticException} that says which group it was. */
    THROW
}
