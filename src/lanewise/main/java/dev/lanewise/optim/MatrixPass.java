package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;

/** Orthogonalizes the matrices of the groups with a {@link MatrixRule}, one after the other, between the two passes of a step. */
final class MatrixPass {
    private final GroupState[] groups;

    /** The matrix of each group, where this rank has it and its rule is a {@link MatrixRule}; null elsewhere. */
    private final FloatSpan[] matrices;

    /** The iteration, with the memory for the largest matrix; null if there is none. */
    private final NewtonSchulz newtonSchulz;

    MatrixPass(GroupState[] groups, Workers workers) {
        this.groups = groups;
        this.matrices = new FloatSpan[groups.length];
        long longest = 0;
        int side = 0;
        for (int i = 0; i < groups.length; i++) {
            GroupState group = groups[i];
            UpdateRule rule = group.settings.rule().at(0);
            if (rule instanceof MatrixRule && group.length() > 0) {
                MatrixShape shape = group.settings.shape();
                if (group.length() > Integer.MAX_VALUE - 16) {
                    throw new IllegalArgumentException("elements of the matrix of group " + group.report.name
                            + " must be at most 2³¹ − 17: " + group.length());
                }
                int buffer = rule.state().size() - Factors.count(rule);
                matrices[i] = group.buffers.view(buffer, group.from + group.shift, group.length());
                longest = Math.max(longest, group.length());
                side = Math.max(side, Math.min(shape.rows(), shape.columns()));
            }
        }
        this.newtonSchulz = longest == 0 ? null : new NewtonSchulz(workers, longest, side);
    }

    /** {@return the number of buffers that the loops of a rule have after its state} */
    static int buffers(UpdateRule rule) {
        return rule instanceof MatrixRule ? 1 : 0;
    }

    void run() {
        for (int i = 0; i < groups.length; i++) {
            if (matrices[i] != null && !groups[i].settings.frozen()) {
                MatrixRule rule = (MatrixRule) groups[i].constants.rule();
                newtonSchulz.run(matrices[i], groups[i].settings.shape(), rule.coefficients());
                if (groups[i].outputs != null) {
                    groups[i].outputs.divide(matrices[i], rule.outputDecay());
                }
            }
        }
    }
}
