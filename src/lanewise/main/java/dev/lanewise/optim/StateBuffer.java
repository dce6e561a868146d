package dev.lanewise.optim;

/**
 * A state buffer is what a rule keeps from step to step: one float for each parameter, allocated by the {@link Optimizer}.
 *
 * @param name PyTorch's name for it, such as {@code exp_avg}
 * @param initial the initial value of each element
 */
public record StateBuffer(String name, float initial) {
    /**
     * Makes a buffer whose initial values are 0.
     *
     * @param name PyTorch's name for it
     */
    public StateBuffer(String name) {
        this(name, 0);
    }
}
