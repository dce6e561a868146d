package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Statistics;
import dev.lanewise.memory.FloatSpan;

/** The statistics of a step: those of each block, taken while the block is in the cache, and their sums for the report. */
final class BlockStatistics {
    private final GroupState[] groups;
    private final GradientNorms norms;
    private final boolean clamped;
    private final double[] numbers;

    BlockStatistics(GroupState[] groups, GradientNorms norms, boolean clamped) {
        this.groups = groups;
        this.norms = norms;
        this.clamped = clamped;
        this.numbers = new double[groups.length == 0 ? 0 : groups[groups.length - 1].statisticsEnd()];
    }

    /** Takes those of a block that a segment has just updated. */
    void take(int range, Segment segment, FloatSpan gradients, long from, int count) {
        int block = (int) ((from - segment.from()) / segment.blockLength());
        int at = segment.statisticsOffset() + Statistics.COUNT * block;
        segment.loop().report(range, numbers, at);
        // A kernel sees the gradient after clamping, and a float's square may be out of range.
        if (clamped || !Statistics.isExact(numbers[at + Statistics.GRADIENT_SQUARES])) {
            numbers[at + Statistics.GRADIENT_SQUARES] = norms.ofBlock(range, from, count);
        }
        boolean finite = Double.isFinite(numbers[at + Statistics.GRADIENT_SQUARES]);
        numbers[at + Statistics.NON_FINITE] = finite ? 0 : GradientNorms.countNonFinite(gradients, from, from + count);
    }

    /** Writes their sums over each group, in the order of the blocks; the norms of the gradient only if not taken before. */
    void writeTo(StepReport report, double factor) {
        double all = 0;
        for (GroupState group : groups) {
            if (group.settings.frozen()) {
                continue;
            }
            double gradient = 0;
            double update = 0;
            double before = 0;
            double largest = 0;
            long nonFinite = 0;
            for (int i = 0; i < group.blocks(); i++) {
                int at = group.statisticsOffset + Statistics.COUNT * i;
                gradient += numbers[at + Statistics.GRADIENT_SQUARES];
                update += numbers[at + Statistics.UPDATE_SQUARES];
                before += numbers[at + Statistics.PARAMETER_SQUARES];
                largest = Math.max(largest, numbers[at + Statistics.LARGEST_UPDATE]);
                nonFinite += (long) numbers[at + Statistics.NON_FINITE];
            }
            all += gradient;
            if (!norms.taken()) {
                group.report.gradientNorm = Math.abs(factor) * Math.sqrt(gradient);
            }
            group.report.updateNorm = Math.sqrt(update);
            group.report.parameterNorm = Math.sqrt(before);
            group.report.largestUpdate = largest;
            group.report.nonFinite = nonFinite;
        }
        if (!norms.taken()) {
            report.gradientNorm = Math.abs(factor) * Math.sqrt(all);
        }
    }
}
