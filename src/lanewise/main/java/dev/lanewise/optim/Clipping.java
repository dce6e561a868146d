package dev.lanewise.optim;

/**
 * Clipping limits the gradient of a step. The gradient buffer is only read: clipping by norm scales the gradient factor of each
 * rule, and clipping by value clamps each element between the buffer and the rule.
 *
 * @param kind the quantity that is limited
 * @param limit the largest magnitude or norm; positive
 */
public record Clipping(Kind kind, double limit) {
    /** The quantity that is limited. */
    public enum Kind {
        /** Nothing is limited. */
        NONE,

        /** Each element is clamped to [−limit, limit]. */
        VALUE,

        /** The norm of the gradient of each group is limited. */
        GROUP_NORM,

        /** The norm of the gradient of all groups together is limited. */
        NORM
    }

    /**
     * Checks the limit.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Clipping {
        if (!(limit > 0)) {
            throw new IllegalArgumentException("limit must be positive: " + limit);
        }
    }

    /** {@return clipping that does nothing} */
    public static Clipping none() {
        return new Clipping(Kind.NONE, Double.POSITIVE_INFINITY);
    }

    /**
     * Limits each element.
     *
     * @param limit the largest magnitude; positive
     * @return clipping by value to [−limit, limit], like PyTorch's {@code clip_grad_value_}
     */
    public static Clipping byValue(double limit) {
        return new Clipping(Kind.VALUE, limit);
    }

    /**
     * Limits the norm of all gradients together: they are multiplied by {@code min(1, limit / (norm + 1e-6))}.
     *
     * @param limit the largest norm; positive
     * @return clipping by the norm of all gradients, like PyTorch's {@code clip_grad_norm_}
     */
    public static Clipping byNorm(double limit) {
        return new Clipping(Kind.NORM, limit);
    }

    /**
     * Limits the norm of each group's gradient, in the same way.
     *
     * @param limit the largest norm; positive
     * @return clipping by the norm of a group
     */
    public static Clipping byGroupNorm(double limit) {
        return new Clipping(Kind.GROUP_NORM, limit);
    }

    /** {@return whether elements are clamped; a limit that is infinite as a float limits none} */
    boolean clampsValues() {
        return kind == Kind.VALUE && limit <= Float.MAX_VALUE;
    }

    boolean needsNorms() {
        return kind == Kind.NORM || kind == Kind.GROUP_NORM;
    }

    double coefficient(double norm) {
        return Math.min(1, limit / (norm + 1e-6));
    }
}
