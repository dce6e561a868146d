package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;

/** Checks the arguments of a {@link RowOptimizer} and of its steps before anything is written. */
final class RowChecks {
    private RowChecks() {}

    static void checkTable(FloatSpan table, int columns, StepOptions options) {
        if (table.segment().isReadOnly()) {
            throw new IllegalArgumentException("table must not be read-only: " + table);
        }
        int most = RowPass.mostColumns(options);
        if (columns < 1 || columns > most) {
            throw new IllegalArgumentException("columns must be in [1, " + most + "]: " + columns);
        }
        if (table.length() % columns != 0) {
            throw new IllegalArgumentException(
                    "length of table must be a multiple of " + columns + " (columns): " + table.length());
        }
        if (table.length() / columns > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "rows of table must be at most " + Integer.MAX_VALUE + ": " + table.length() / columns);
        }
    }

    /** Checks the memory of a state buffer, given those before it. */
    static void checkState(String name, FloatSpan[] state, int index, long length, FloatSpan table) {
        FloatSpan memory = state[index];
        if (memory.length() != length) {
            throw new IllegalArgumentException("length of " + name + " must be " + length + ": " + memory.length());
        }
        if (memory.segment().isReadOnly()) {
            throw new IllegalArgumentException(name + " must not be read-only: " + memory);
        }
        if (memory.overlaps(table)) {
            throw new IllegalArgumentException(name + " and table must not overlap");
        }
        for (int i = 0; i < index; i++) {
            if (memory.overlaps(state[i])) {
                throw new IllegalArgumentException(name + " and other state must not overlap");
            }
        }
    }

    /** Refuses the options whose work is in proportion to the table, or which belong to gradients that a step keeps. */
    static void checkOptions(StepOptions options) {
        refuse(options.averageDecay() < 1, "averageDecay", "1", options.averageDecay());
        refuse(options.statistics(), "statistics", "false", true);
        refuse(options.zeroGradients(), "zeroGradients", "false", true);
        refuse(options.lossScale() != null, "lossScale", "null", options.lossScale());
        refuse(options.clipping().kind() == Clipping.Kind.UNIT, "clipping", "of another kind", options.clipping());
        refuse(options.state() != StateType.F32, "state", "F32", options.state());
    }

    private static void refuse(boolean refused, String name, String allowed, Object value) {
        if (refused) {
            throw new IllegalArgumentException(name + " must be " + allowed + " in a row optimizer: " + value);
        }
    }

    static void check(RowOptimizer optimizer, int[] rows, int count, FloatSpan gradients, double gradientFactor) {
        StepChecks.checkFactor(gradientFactor);
        if (count < 0 || count > rows.length) {
            throw new IllegalArgumentException("count must be in [0, " + rows.length + "] (rows): " + count);
        }
        long length = (long) count * optimizer.columns();
        if (count == rows.length ? gradients.length() != length : gradients.length() < length) {
            throw new IllegalArgumentException("length of gradients must be "
                    + (count == rows.length ? "" : "at least ") + length + " (" + count + " rows of "
                    + optimizer.columns() + " columns): " + gradients.length());
        }
        checkAccess(optimizer, gradients);
        if (gradients.overlaps(optimizer.table())) {
            throw new IllegalArgumentException("gradients and table must not overlap");
        }
        for (FloatSpan buffer : optimizer.state()) {
            if (gradients.overlaps(buffer)) {
                throw new IllegalArgumentException("gradients and state must not overlap");
            }
        }
    }

    /** Checks that the memory is alive and this thread's; code of the application that runs meanwhile could close it. */
    static void checkAccess(RowOptimizer optimizer, FloatSpan gradients) {
        StepChecks.checkAccess("table", optimizer.table());
        StepChecks.checkAccess("gradients", gradients);
        for (FloatSpan buffer : optimizer.state()) {
            StepChecks.checkAccess("state", buffer);
        }
    }

    /** Refuses the rules that need more of a step than its rows. */
    static void checkRule(UpdateRule rule, StepOptions options) {
        if (GroupState.hasCopies(rule) || !rule.reductions().isEmpty() || rule.needsMatrix()) {
            throw new IllegalArgumentException(
                    "rule must be one whose step needs no more than rows in a row optimizer: "
                            + rule.getClass().getSimpleName());
        }
        rule.checkOptions(options);
    }

    static void checkReplacement(ParameterGroup settings, UpdateRule rule, long steps) {
        UpdateRule before = settings.rule().at(0), next = rule.at(steps);
        if (!RuleStructure.matches(before, next)) {
            throw new IllegalArgumentException("the rule of " + settings.name() + " must stay "
                    + RuleStructure.describe(before) + ": " + RuleStructure.describe(next));
        }
    }
}
