package dev.lanewise.optim;

import dev.lanewise.internal.event.StepEvent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The groups of an optimizer, with the constants and the segments that their settings determine. */
final class Groups {
    /** The groups, in the order of their ranges. */
    final GroupState[] states;

    private final StepOptions options;
    private StepConstants[] constants;
    private Segment[] segments;

    Groups(Shard shard, StepOptions options) {
        MatrixShape.check(shard.groups());
        checkShared(shard.groups());
        this.states = GroupState.of(shard, options);
        this.options = options;
        share();
    }

    /** Checks that groups which share sums have rules that can, since they share what follows from the sums. */
    private static void checkShared(List<ParameterGroup> groups) {
        ParameterGroup first = null;
        for (ParameterGroup group : groups) {
            if (!sharesSums(group.rule().at(0).reductions())) {
                continue;
            }
            first = first == null ? group : first;
            if (!group.rule().sharesSumsWith(first.rule())) {
                throw new IllegalArgumentException("the rule of group " + group.name() + " must be that of group "
                        + first.name() + ", with which it shares sums, " + first.rule() + ": " + group.rule());
            }
        }
    }

    /** {@return whether a sum is over all groups} */
    static boolean sharesSums(List<Reduction> reductions) {
        for (Reduction reduction : reductions) {
            if (reduction.scope() == NormScope.ALL) {
                return true;
            }
        }
        return false;
    }

    private void share() {
        constants = StepConstants.share(states, options.clipping());
        segments = Segment.of(states, options);
        for (GroupState group : states) {
            if (group.settings.frozen()) {
                group.report.forget();
            }
        }
    }

    StepConstants[] constants() {
        return constants;
    }

    Segment[] segments() {
        return segments;
    }

    StepReport report() {
        StepReport.Group[] reports = new StepReport.Group[states.length];
        for (int i = 0; i < states.length; i++) {
            reports[i] = states[i].report;
        }
        return new StepReport(List.of(reports));
    }

    void reportRates() {
        for (GroupState group : states) {
            group.report.learningRate = group.constants.learningRate();
            group.report.effectiveLearningRate = group.constants.effectiveLearningRate();
        }
    }

    /** Adds the reports of the groups that were updated to the event of a step. */
    void addTo(StepEvent event) {
        for (GroupState group : states) {
            if (!group.settings.frozen()) {
                StepReport.Group report = group.report;
                event.add(group.length(), report.learningRate, report.updateNorm, report.parameterNorm);
            }
        }
    }

    List<ParameterGroup> settings() {
        return Arrays.stream(states).map(group -> group.settings).toList();
    }

    private List<String> names() {
        return Arrays.stream(states).map(group -> group.report.name).toList();
    }

    GroupState find(String name) {
        for (GroupState group : states) {
            if (group.report.name.equals(name)) {
                return group;
            }
        }
        throw new IllegalArgumentException("group must be one of " + names() + ": " + name);
    }

    /** Replaces the settings of groups by others of the same names, all or none, after a number of applied steps. */
    void replace(ParameterGroup[] replacements, long steps) {
        Map<String, ParameterGroup> byName = new HashMap<>();
        for (ParameterGroup group : replacements) {
            if (byName.put(group.name(), group) != null) {
                throw new IllegalArgumentException("names of groups must be unique: " + group.name());
            }
        }
        ParameterGroup[] settings = new ParameterGroup[states.length];
        for (int i = 0; i < states.length; i++) {
            ParameterGroup next = byName.remove(states[i].report.name);
            settings[i] = next == null ? states[i].settings : next;
            if (next != null) {
                states[i].checkReplacement(next, steps, options);
            }
        }
        if (!byName.isEmpty()) {
            throw new IllegalArgumentException("group must be one of " + names() + ": "
                    + byName.keySet().iterator().next());
        }
        checkShared(List.of(settings));
        set(settings);
    }

    /** Sets the settings, the numbers of steps and the scalars to those of a checkpoint or a snapshot. */
    void restore(List<ParameterGroup> settings, long[] steps, double[][] scalars) {
        for (int i = 0; i < states.length; i++) {
            states[i].constants = new StepConstants(settings.get(i), steps[i], scalars[i]);
        }
        set(settings.toArray(ParameterGroup[]::new));
    }

    private void set(ParameterGroup[] settings) {
        for (int i = 0; i < states.length; i++) {
            states[i].settings = settings[i];
        }
        share();
    }
}
