package dev.lanewise.optim;

import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.Objects;

/**
 * A named range of the parameters, with its rule and its learning rate. Parameters in no group are frozen.
 *
 * @param name unique among the groups of an optimizer
 * @param from the first parameter
 * @param length how many
 * @param rule how they are updated
 * @param schedule the learning rate of each step; the rule's own is not used
 */
public record ParameterGroup(String name, long from, long length, UpdateRule rule, Schedule schedule) {
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
     * A group at its rule's own learning rate.
     *
     * @param name unique among the groups of an optimizer
     * @param from the first parameter
     * @param length how many
     * @param rule how they are updated
     */
    public ParameterGroup(String name, long from, long length, UpdateRule rule) {
        this(name, from, length, rule, new Constant(rule.learningRate()));
    }

    long end() {
        return from + length;
    }
}
