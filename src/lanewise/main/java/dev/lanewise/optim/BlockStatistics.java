package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.Statistics;

/** Takes the statistics of each block of a step while the block is in the cache, and sums them up for the report. */
final class BlockStatistics {
    private final GroupState[] groups;
    private final GradientNorms norms;
    private final boolean edited;
    private final double[] blockStatistics;

    BlockStatistics(GroupState[] groups, GradientNorms norms, boolean edited) {
        this.groups = groups;
        this.norms = norms;
        this.edited = edited;
        this.blockStatistics = new double[groups.length == 0 ? 0 : groups[groups.length - 1].statisticsEnd()];
    }

    /** Takes the statistics of a block that a segment has just updated. */
    void take(int range, Segment segment, FloatSource gradients, long from, int count) {
        int block = (int) ((from - segment.from()) / segment.blockLength());
        int at = segment.statisticsOffset() + Statistics.COUNT * block;
        segment.loop().report(range, blockStatistics, at);
        // A kernel reads the gradient after clipping, and the square of a float may overflow or underflow.
        if (edited || !Statistics.isExact(blockStatistics[at + Statistics.GRADIENT_SQUARES])) {
            blockStatistics[at + Statistics.GRADIENT_SQUARES] = norms.ofBlock(range, from, count);
        }
        boolean finite = Double.isFinite(blockStatistics[at + Statistics.GRADIENT_SQUARES]);
        blockStatistics[at + Statistics.NON_FINITE] =
                finite ? 0 : GradientNorms.countNonFinite(gradients, from, from + count);
    }

    /**
     * Writes the sums over each group, in the order of the blocks. The norms of the gradient are written only if the step has not
     * taken them before its update.
     */
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
                gradient += blockStatistics[at + Statistics.GRADIENT_SQUARES];
                update += blockStatistics[at + Statistics.UPDATE_SQUARES];
                before += blockStatistics[at + Statistics.PARAMETER_SQUARES];
                largest = Math.max(largest, blockStatistics[at + Statistics.LARGEST_UPDATE]);
                nonFinite += (long) blockStatistics[at + Statistics.NON_FINITE];
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
