package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.SumOfSquares;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** Computes the norms of the gradient that clipping, rules and the check for non-finite gradients need before the update. */
final class GradientNorms {
    private final GroupState[] groups;
    private final StepOptions options;
    private final boolean needed;
    private final SumOfSquares squares;
    private final IntConsumer sumRange = this::sumRange;

    /** The sums of the squares of each block where the step sums them itself; null for several ranks, or where no norm is needed. */
    private final double[] ownBlockSums;

    /** The arguments of the current sum. They are fields, because a lambda that captured them would allocate at each step. */
    private double[] blockSums;

    private GroupState group;
    private int ranges;

    /** Whether the norms of the last step were taken. */
    private boolean taken;

    GradientNorms(GroupState[] groups, Shard shard, StepOptions options) {
        this.groups = groups;
        this.options = options;
        this.needed = options.clipping().needsNorms()
                || options.nonFinitePolicy() != NonFinitePolicy.APPLY
                || hasNormScope(shard);
        this.squares = new SumOfSquares(options.workers().threads());
        this.ownBlockSums = needed && shard.world() == 1 ? new double[shard.totalBlocks()] : null;
    }

    private static boolean hasNormScope(Shard shard) {
        for (ParameterGroup each : shard.groups()) {
            if (each.rule().normScope() != NormScope.NONE) {
                return true;
            }
        }
        return false;
    }

    /** {@return whether a step needs norms before it begins} */
    boolean needed() {
        return needed;
    }

    /** {@return whether the last step took the norms before its update, over all ranks} */
    boolean taken() {
        return taken;
    }

    /** Sums the squares of the gradient, a block at a time; blocks of frozen groups get 0. */
    void sum(FloatSource gradients, double[] blockSums) {
        squares.bind(gradients);
        boolean confined = gradients.isConfined();
        this.blockSums = blockSums;
        for (GroupState each : groups) {
            if (each.settings.frozen()) {
                int first = each.ownNormBlockOffset;
                Arrays.fill(blockSums, first, first + Shard.blocks(each.length()), 0);
                continue;
            }
            group = each;
            ranges = Ranges.of(options.workers(), each.length(), confined);
            options.workers().run(ranges, sumRange);
        }
        this.blockSums = null;
    }

    private void sumRange(int range) {
        squares.sums(range, ranges, group.from, group.to, blockSums, group.ownNormBlockOffset);
    }

    /**
     * Takes the norms, from the sums of all ranks if they are given, and sets the clip coefficient of the constants.
     *
     * @return whether all gradients are finite; true if no norm is needed
     */
    boolean take(FloatSource gradients, double[] given, double factor, StepConstants[] constants, StepReport report) {
        if (given == null && needed) {
            sum(gradients, ownBlockSums);
        }
        double[] sums = given == null ? ownBlockSums : given;
        taken = sums != null;
        if (!taken) {
            return true;
        }
        double all = 0;
        double scoped = 0;
        for (GroupState each : groups) {
            if (each.settings.frozen()) {
                continue;
            }
            double sum = 0;
            for (int i = 0; i < each.normBlocks; i++) {
                sum += sums[each.normBlockOffset + i];
            }
            each.sumOfSquares = sum;
            each.constants.sumOfSquares = sum;
            each.report.gradientNorm = Math.abs(factor) * Math.sqrt(sum);
            all += sum;
            scoped += each.settings.rule().normScope() == NormScope.ALL ? sum : 0;
        }
        report.gradientNorm = Math.abs(factor) * Math.sqrt(all);
        for (StepConstants each : constants) {
            clip(each, all, factor);
            if (each.settings.rule().normScope() == NormScope.ALL) {
                each.sumOfSquares = scoped;
            }
        }
        return Double.isFinite(all);
    }

    private void clip(StepConstants constants, double all, double factor) {
        Clipping clipping = options.clipping();
        if (clipping.needsNorms()) {
            double sum = clipping.kind() == Clipping.Kind.NORM ? all : constants.sumOfSquares;
            constants.clipCoefficient = clipping.coefficient(Math.abs(factor) * Math.sqrt(sum));
        }
    }

    /**
     * Counts the gradients that are not finite, for the report of a step that is skipped.
     *
     * @return the first group with such gradients
     */
    GroupState countNonFinite(FloatSource gradients) {
        GroupState first = null;
        for (GroupState each : groups) {
            boolean suspect = !each.settings.frozen() && !Double.isFinite(each.sumOfSquares);
            each.report.nonFinite = suspect ? countNonFinite(gradients, each.from, each.to) : 0;
            first = first == null && suspect ? each : first;
        }
        return first;
    }

    static long countNonFinite(FloatSource gradients, long from, long to) {
        long count = 0;
        for (long i = from; i < to; i++) {
            count += Float.isFinite(gradients.get(i)) ? 0 : 1;
        }
        return count;
    }

    /** Binds the gradient for {@link #ofBlock}. */
    void bind(FloatSource gradients) {
        squares.bind(gradients);
    }

    /** {@return the sum of the squares of a block of any length, in double} */
    double ofBlock(int range, long from, int count) {
        double sum = 0;
        for (int i = 0; i < count; i += SumOfSquares.BLOCK) {
            sum += squares.sum(range, from + i, Math.min(SumOfSquares.BLOCK, count - i));
        }
        return sum;
    }
}
