package dev.lanewise.optim;

import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.Objects;

/**
 * A named range of the parameters, with its rule and its learning rate. Parameters in no group never change.
 *
 * {@snippet :
 * UpdateRule rule = new AdamW().withWeightDecay(0.05);
 * Schedule rate = new WarmupCosine(1e-3, 100, 2_000);
 * List<ParameterGroup> groups = List.of(
 *         new ParameterGroup("embedding", 0, 500, rule, rate).withFrozen(true),
 *         new ParameterGroup("weight", 500, 400, rule, rate),
 *         new ParameterGroup("bias", 900, 100, new AdamW().withWeightDecay(0), rate.times(2)));
 * }
 *
 * @param name unique among the groups of an optimizer
 * @param from the first parameter
 * @param length how many
 * @param rule how they are updated
 * @param schedule the learning rate of each step; the rule's own is not used
 * @param frozen whether the group is frozen: its parameters, state and step count stay unchanged, and its gradients are not read; only
 *     its average goes on, and its gradients are set to 0, where the options ask for them
 */
public record ParameterGroup(String name, long from, long length, UpdateRule rule, Schedule schedule, boolean frozen) {
    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if it begins or ends below 0
     */
    public ParameterGroup {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(schedule, "schedule");
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
     * @param schedule the learning rate of each step; the rule's own is not used
     */
    public ParameterGroup(String name, long from, long length, UpdateRule rule, Schedule schedule) {
        this(name, from, length, rule, schedule, false);
    }

    /**
     * A group at its rule's own learning rate, at each step if the rule is {@linkplain UpdateRule#scheduled scheduled}.
     *
     * @param name unique among the groups of an optimizer
     * @param from the first parameter
     * @param length how many
     * @param rule how they are updated
     */
    public ParameterGroup(String name, long from, long length, UpdateRule rule) {
        this(name, from, length, rule, ownRate(rule));
    }

    private static Schedule ownRate(UpdateRule rule) {
        return rule.at(0) == rule ? new Constant(rule.learningRate()) : new OwnRate(rule);
    }

    /** A record, so that groups of one rule have equal ones. */
    private record OwnRate(UpdateRule rule) implements Schedule {
        @Override
        public double at(long step) {
            return rule.at(step).learningRate();
        }
    }

    /** {@return this group with another rule, such as one with other hyperparameters}
     * @param rule how its parameters are updated */
    public ParameterGroup withRule(UpdateRule rule) {
        return new ParameterGroup(name, from, length, rule, schedule, frozen);
    }

    /** {@return this group with another learning rate}
     * @param schedule the learning rate of each step */
    public ParameterGroup withSchedule(Schedule schedule) {
        return new ParameterGroup(name, from, length, rule, schedule, frozen);
    }

    /** {@return this group, frozen or not}
     * @param frozen whether its parameters, state and step count stay unchanged */
    public ParameterGroup withFrozen(boolean frozen) {
        return new ParameterGroup(name, from, length, rule, schedule, frozen);
    }

    long end() {
        return from + length;
    }
}
