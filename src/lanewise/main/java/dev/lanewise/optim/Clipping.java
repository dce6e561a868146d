package dev.lanewise.optim;

/**
 * Clipping limits the gradient of a step. The gradient buffer is only read: clipping by norm scales the gradient factor of each
 * rule, and clipping by value or by unit changes each element between the buffer and the rule.
 *
 * @param kind the quantity that is limited
 * @param limit the largest magnitude or norm, or norm relative to that of the parameters; positive
 * @param leastNorm the least norm of the parameters that {@link Kind#UNIT} counts, positive; 0 for the other kinds
 */
public record Clipping(Kind kind, double limit, double leastNorm) {
    /** The quantity that is limited. */
    public enum Kind {
        /** Nothing is limited. */
        NONE,

        /** Each element is clamped to [−limit, limit]. */
        VALUE,

        /** The norm of the gradient of each group is limited. */
        GROUP_NORM,

        /** The norm of the gradient of all groups together is limited. */
        NORM,

        /** The norm of the gradient of each unit is limited to a part of the norm of its parameters. */
        UNIT
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if the limit is not positive, or if the least norm is not that of its kind
     */
    public Clipping {
        if (!(limit > 0)) {
            throw new IllegalArgumentException("limit must be positive: " + limit);
        }
        if (kind == Kind.UNIT ? !(leastNorm > 0 && leastNorm < Double.POSITIVE_INFINITY) : leastNorm != 0) {
            throw new IllegalArgumentException("leastNorm must be "
                    + (kind == Kind.UNIT ? "finite and above 0" : "0 with clipping by " + kind) + ": " + leastNorm);
        }
    }

    /** {@return clipping that does nothing} */
    public static Clipping none() {
        return new Clipping(Kind.NONE, Double.POSITIVE_INFINITY, 0);
    }

    /**
     * Limits each element.
     *
     * @param limit the largest magnitude; positive
     * @return clipping by value to [−limit, limit], like PyTorch's {@code clip_grad_value_}
     */
    public static Clipping byValue(double limit) {
        return new Clipping(Kind.VALUE, limit, 0);
    }

    /**
     * Limits the norm of all gradients together: they are multiplied by {@code min(1, limit / (norm + 1e-6))}.
     *
     * @param limit the largest norm; positive
     * @return clipping by the norm of all gradients, like PyTorch's {@code clip_grad_norm_}
     */
    public static Clipping byNorm(double limit) {
        return new Clipping(Kind.NORM, limit, 0);
    }

    /**
     * Limits the norm of each group's gradient, in the same way.
     *
     * @param limit the largest norm; positive
     * @return clipping by the norm of a group
     */
    public static Clipping byGroupNorm(double limit) {
        return new Clipping(Kind.GROUP_NORM, limit, 0);
    }

    /**
     * Limits the norm of each unit's gradient relative to that of its parameters, with the least norm 1e-3: see
     * {@link #byUnit(double, double)}.
     *
     * @param limit the largest norm of the gradient over that of the parameters; positive, such as 0.01
     * @return adaptive gradient clipping
     */
    public static Clipping byUnit(double limit) {
        return byUnit(limit, 1e-3);
    }

    /**
     * Limits the norm of each unit's gradient relative to that of its parameters, which is adaptive gradient clipping (AGC):
     *
     * <pre>
     * g = g · min(1, limit · max(‖p‖, leastNorm) / ‖g‖)       over the unit
     * </pre>
     *
     * A unit is all that belongs to one output of a layer: a row or a column of a group with a
     * {@linkplain ParameterGroup#shape() shape}, as {@link MatrixShape.FanOut} determines; a group that is a vector, or that has
     * no shape, is one unit. So the axis, which timm takes from PyTorch's layout and Optax from Flax's, is never guessed. The
     * authors leave out the last layer, for which there is a second optimizer or a rule with a norm of its own.
     *
     * <p>Norms are in double, in a fixed order; gradients are multiplied by a float. A step has two more passes, over the
     * parameters and the gradients. NaN in a gradient makes the gradient of its unit NaN, and infinity makes it 0 where it is
     * finite. Rules that need a norm of the gradient are refused, and so are several ranks, between which a unit may be divided,
     * and a {@link RowOptimizer}.
     *
     * <p><b>Source:</b> Brock et al. 2021, High-Performance Large-Scale Image Recognition Without Normalization, arXiv
     * 2102.06171; timm's {@code adaptive_clip_grad}.
     *
     * @param limit the largest norm of the gradient over that of the parameters; positive, such as 0.01
     * @param leastNorm the least norm of the parameters that counts, so that a unit that begins at 0 moves; positive
     * @return adaptive gradient clipping
     */
    public static Clipping byUnit(double limit, double leastNorm) {
        return new Clipping(Kind.UNIT, limit, leastNorm);
    }

    /** {@return whether elements are clamped; a limit that is infinite as a float limits none} */
    boolean clampsValues() {
        return kind == Kind.VALUE && limit <= Float.MAX_VALUE;
    }

    /** {@return whether the elements of the gradient are changed between the buffer and the rule} */
    boolean editsGradients() {
        return clampsValues() || kind == Kind.UNIT;
    }

    boolean needsNorms() {
        return kind == Kind.NORM || kind == Kind.GROUP_NORM;
    }

    double coefficient(double norm) {
        return Math.min(1, limit / (norm + 1e-6));
    }
}
