package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Statistics;
import dev.lanewise.internal.kernel.SumOfSquares;
import java.util.ArrayList;
import java.util.List;

/**
 * A segment is a range of the parameters that one loop updates with the same constants: a group, or adjacent groups that share
 * theirs.
 *
 * @param from the index of the first parameter
 * @param to the index after the last parameter
 * @param shift the distance from the index of a parameter to that of its state
 * @param loop the loop of the rule
 * @param constants the constants of the step
 * @param blockLength the length of a block, for passes that do more than the update
 * @param statisticsOffset the index of the first block's first statistic; with statistics a segment is a single group
 * @param factors the state with a float for each row and column of a group that is the whole segment; null if there is none
 */
record Segment(
        long from,
        long to,
        long shift,
        FusedLoop loop,
        StepConstants constants,
        int blockLength,
        int statisticsOffset,
        Factors factors) {
    /** {@return the segments of groups whose constants are set, in the order of their ranges} */
    static Segment[] of(GroupState[] groups, StepOptions options) {
        List<Segment> segments = new ArrayList<>();
        for (GroupState group : groups) {
            Segment last = segments.isEmpty() ? null : segments.getLast();
            boolean joined = last != null
                    && !options.statistics()
                    && last.constants == group.constants
                    && last.to == group.from
                    && last.loop == group.loop
                    && last.shift == group.shift;
            long from = joined ? last.from : group.from;
            if (joined) {
                segments.removeLast();
            }
            if (from < group.to) {
                segments.add(new Segment(
                        from,
                        group.to,
                        group.shift,
                        group.loop,
                        group.constants,
                        group.factors == null ? blockLength(group.to - from, options) : group.blockLength,
                        group.statisticsOffset,
                        group.factors));
            }
        }
        return segments.toArray(Segment[]::new);
    }

    /** {@return the length of a block, which stays in the second-level cache where a further pass reads it again} */
    static int blockLength(long length, StepOptions options) {
        return Statistics.blockSize(
                options.averageDecay() < 1 || options.bf16Copy() || options.zeroGradients() ? 0 : length);
    }

    /** {@return the index of the first segment that ends after a parameter} */
    static int firstEndingAfter(Segment[] segments, long position) {
        int low = 0;
        int high = segments.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (segments[middle].to > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    void update(int range, long start, long end) {
        if (factors == null) {
            loop.run(range, start, end, shift, constants.coefficients, constants.definition);
            return;
        }
        for (long block = start; block < end; block += SumOfSquares.BLOCK) {
            int count = (int) Math.min(SumOfSquares.BLOCK, end - block);
            factors.fill(loop.input(range, 0), block - from, count);
            loop.run(range, block, block + count, shift, constants.coefficients, constants.definition);
        }
    }
}
