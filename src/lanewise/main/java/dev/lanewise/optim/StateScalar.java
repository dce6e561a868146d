package dev.lanewise.optim;

import java.util.Objects;

/**
 * A state scalar is a number that a rule keeps from step to step for all parameters of a group, in double, such as a product over
 * all steps. The rule reads and replaces it by {@link Step#scalar(int)} when it computes its coefficients.
 *
 * @param name the name under which a checkpoint saves it, which is PyTorch's, such as {@code mu_product}
 * @param initial the value before the first step
 * @param least the smallest value that a checkpoint can have
 * @param most the largest value that a checkpoint can have
 */
public record StateScalar(String name, double initial, double least, double most) {
    /** Checks that there is a name. */
    public StateScalar {
        Objects.requireNonNull(name, "name");
    }

    /**
     * Makes a scalar that can have any finite value.
     *
     * @param name the name under which a checkpoint saves it
     * @param initial the value before the first step
     */
    public StateScalar(String name, double initial) {
        this(name, initial, -Double.MAX_VALUE, Double.MAX_VALUE);
    }
}
