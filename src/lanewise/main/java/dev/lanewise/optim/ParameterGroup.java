package dev.lanewise.optim;

import java.util.Objects;

/**
 * A group is a named range of the parameters, with its rule. Parameters in no group never change.
 *
 * {@snippet :
 * Schedule rate = new WarmupCosine(1e-3, 100, 2_000);
 * UpdateRule rule = new AdamW(rate).withWeightDecay(0.05);
 * List<ParameterGroup> groups = List.of(
 *         new ParameterGroup("embedding", 0, 500, rule).withFrozen(true),
 *         new ParameterGroup("weight", 500, 400, rule),
 *         new ParameterGroup("bias", 900, 100, new AdamW(rate.times(2)).withWeightDecay(0)));
 * }
 *
 * @param name unique among the groups of an optimizer
 * @param from the index of the first parameter
 * @param length the number of parameters
 * @param rule the rule that updates them
 * @param frozen whether the group is frozen: its parameters, state and step count stay unchanged, and its gradients are not read;
 *     the average and the zeroing of gradients, if the options have them, include it
 * @param shape the shape of a matrix, which some rules {@linkplain UpdateRule#needsMatrix() need}; null for a group without one
 * @param state the type in which the state of the rule is stored; null for that of the {@link StepOptions}
 */
public record ParameterGroup(
        String name, long from, long length, UpdateRule rule, boolean frozen, MatrixShape shape, StateType state) {
    /**
     * Checks the range and the shape.
     *
     * @throws IllegalArgumentException if {@code from} or {@code length} is negative, if their sum is above 2⁶³ − 1, or if the shape
     *     has another number of elements than {@code length}
     */
    public ParameterGroup {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(rule, "rule");
        if (from < 0 || length < 0 || from + length < 0) {
            throw new IllegalArgumentException(
                    "from and length of group " + name + " must not be negative: " + from + ", " + length);
        }
        if (shape != null && shape.length() != length) {
            throw new IllegalArgumentException("shape of group " + name + " must have " + length + " elements: "
                    + shape.rows() + " × " + shape.columns() + " = " + shape.length());
        }
    }

    /**
     * Makes a group whose state is of the type of the options.
     *
     * @param name unique among the groups of an optimizer
     * @param from the index of the first parameter
     * @param length the number of parameters
     * @param rule the rule that updates them
     * @param frozen whether the group is frozen
     * @param shape the shape of a matrix; null for a group without one
     */
    public ParameterGroup(String name, long from, long length, UpdateRule rule, boolean frozen, MatrixShape shape) {
        this(name, from, length, rule, frozen, shape, null);
    }

    /**
     * Makes a group without a shape.
     *
     * @param name unique among the groups of an optimizer
     * @param from the index of the first parameter
     * @param length the number of parameters
     * @param rule the rule that updates them
     * @param frozen whether the group is frozen
     */
    public ParameterGroup(String name, long from, long length, UpdateRule rule, boolean frozen) {
        this(name, from, length, rule, frozen, null);
    }

    /**
     * Makes a group that is not frozen and has no shape.
     *
     * @param name unique among the groups of an optimizer
     * @param from the index of the first parameter
     * @param length the number of parameters
     * @param rule the rule that updates them
     */
    public ParameterGroup(String name, long from, long length, UpdateRule rule) {
        this(name, from, length, rule, false);
    }

    /** {@return this group with another rule, such as one with other hyperparameters}
     * @param rule the rule that updates its parameters */
    public ParameterGroup withRule(UpdateRule rule) {
        return new ParameterGroup(name, from, length, rule, frozen, shape, state);
    }

    /** {@return this group, frozen or not}
     * @param frozen whether its parameters, state and step count stay unchanged */
    public ParameterGroup withFrozen(boolean frozen) {
        return new ParameterGroup(name, from, length, rule, frozen, shape, state);
    }

    /** {@return this group as a matrix, for rules that need one}
     * @param shape rows, columns and the axis of the outputs, with as many elements as the group; null for none */
    public ParameterGroup withShape(MatrixShape shape) {
        return new ParameterGroup(name, from, length, rule, frozen, shape, state);
    }

    /** {@return this group with another type of state}
     * @param state the type in which the state of the rule is stored; null for that of the options */
    public ParameterGroup withState(StateType state) {
        return new ParameterGroup(name, from, length, rule, frozen, shape, state);
    }

    /** {@return the type in which the state of the rule is stored} */
    StateType stateType(StepOptions options) {
        return (state == null ? options.state() : state).ofLength(length);
    }

    long end() {
        return from + length;
    }
}
