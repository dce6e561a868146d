package dev.lanewise.optim;

import java.util.Objects;

/**
 * A named range of the parameters, with its rule. Parameters in no group never change.
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
 * @param from the first parameter
 * @param length how many
 * @param rule how they are updated
 * @param frozen whether the group is frozen: its parameters, state and step count stay unchanged, and its gradients are not read; only
 *     its average goes on, and its gradients are set to 0, where the options ask for them
 */
public record ParameterGroup(String name, long from, long length, UpdateRule rule, boolean frozen) {
    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if it begins or ends below 0
     */
    public ParameterGroup {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(rule, "rule");
        if (from < 0 || length < 0 || from + length < 0) {
            throw new IllegalArgumentException(
                    "group " + name + ": from and length must not be negative: " + from + ", " + length);
        }
    }

    /**
     * A group that is not frozen.
     *
     * @param name unique among the groups of an optimizer
     * @param from the first parameter
     * @param length how many
     * @param rule how they are updated
     */
    public ParameterGroup(String name, long from, long length, UpdateRule rule) {
        this(name, from, length, rule, false);
    }

    /** {@return this group with another rule, such as one with other hyperparameters}
     * @param rule how its parameters are updated */
    public ParameterGroup withRule(UpdateRule rule) {
        return new ParameterGroup(name, from, length, rule, frozen);
    }

    /** {@return this group, frozen or not}
     * @param frozen whether its parameters, state and step count stay unchanged */
    public ParameterGroup withFrozen(boolean frozen) {
        return new ParameterGroup(name, from, length, rule, frozen);
    }

    long end() {
        return from + length;
    }
}
