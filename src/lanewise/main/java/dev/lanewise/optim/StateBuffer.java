package dev.lanewise.optim;

/**
 * A buffer of state that a rule keeps: one float for each parameter, allocated by the {@link Optimizer}.
 *
 * @param name PyTorch's name for it, such as {@code exp_avg}
 * @param initial the value that it begins with
 */
public record StateBuffer(String name, float initial) {
    /**
     * A buffer that begins with zeros.
     *
     * @param name PyTorch's name for it
     */
    public StateBuffer(String name) {
        this(name, 0);
    }
}
