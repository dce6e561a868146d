package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.GradientEdit;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Runs the first pass of a step for the rules with {@linkplain UpdateRule#reductions() reductions} and for those of matrices:
 * prepares their state, a block at a time, and adds up the terms of each block. It is made once, and the arguments of each step
 * are fields, because a lambda that captured them would allocate at each step.
 */
final class ReductionPass {
    private final FloatSpan parameters;
    private final StateMemory memory;
    private final GroupState[] groups;
    private final Shard shard;
    private final StepOptions options;

    /** The largest number of reductions that a rule has. */
    private final int width;

    /** Whether a rule has reductions or prepares a matrix. */
    private final boolean needed;

    private final SumOfSquares parameterSquares;
    private final SumOfSquares squares;
    private final SumOfSquares plain;

    /** The sums of each block of all groups and ranks, {@link #width} for a block; null if there are none. */
    private final double[] blockSums;

    private final IntConsumer prepareRange = this::prepareRange, factorRange = this::factorRange;

    /** The memory of each range that adds up the squares of rows and columns. */
    private final float[][] pieces;

    /** The parameters of each range that do not fill a vector of partial sums. */
    private final float[][] tails;

    /** The arguments of the current pass. */
    private GroupState group;

    private FloatSource gradients;
    private GradientEdit edit;
    private int ranges;

    ReductionPass(FloatSpan parameters, StateMemory memory, GroupState[] groups, Shard shard, StepOptions options) {
        this.parameters = parameters;
        this.memory = memory;
        this.groups = groups;
        this.shard = shard;
        this.options = options;
        int width = 0;
        boolean needed = false, factored = false;
        for (GroupState each : groups) {
            width = Math.max(width, each.reductions.length);
            needed |= each.reductions.length > 0 || each.prepareLoop != null;
            factored |= each.factors != null;
        }
        this.width = width;
        this.needed = needed;
        int threadCount = options.workers().threads();
        this.parameterSquares = width == 0 ? null : new SumOfSquares(threadCount, true);
        this.squares = width == 0 ? null : new SumOfSquares(threadCount, true);
        this.plain = width == 0 ? null : new SumOfSquares(threadCount, false);
        this.pieces = new float[factored ? threadCount : 0][MatrixSquares.PIECE];
        this.tails = new float[threadCount][SumOfSquares.PARTIALS];
        this.blockSums = width == 0 ? null : new double[Math.multiplyExact(shard.totalBlocks(), width)];
    }

    /** {@return whether a step has this pass} */
    boolean needed() {
        return needed;
    }

    /** {@return whether the pass has sums, which the ranks exchange} */
    boolean hasSums() {
        return width > 0;
    }

    /** Runs the pass over the parameters of this rank. */
    void run(FloatSource gradients, GradientEdit edit) {
        if (hasSums()) {
            parameterSquares.bind(parameters);
            squares.bindArrays();
            plain.bindArrays();
            Arrays.fill(blockSums, 0);
        }
        boolean confined = Storage.isConfined(parameters) || gradients.isConfined();
        for (GroupState each : groups) {
            if (each.reductions.length == 0 && each.prepareLoop == null || each.settings.frozen()) {
                continue;
            }
            if (each.prepareLoop != null) {
                memory.bind(each, each.prepareLoop, gradients, edit);
            }
            group = each;
            ranges = Ranges.of(options.workers(), each.length(), confined);
            if (each.factors != null) {
                this.gradients = gradients;
                this.edit = edit;
                options.workers().run(ranges, factorRange);
                this.gradients = null;
                each.factors.update(each.constants.coefficients);
            }
            options.workers().run(ranges, prepareRange);
        }
    }

    /** Gathers the sums of all ranks. */
    void gather(SumExchange exchange) {
        exchange.gather(blockSums, shard.blockOffset() * width, shard.blockCount() * width);
    }

    /** Adds up the sums of all ranks, and completes the coefficients of the update. */
    void complete(StepConstants[] constants) {
        addUp();
        for (StepConstants each : constants) {
            each.complete();
        }
    }

    private void factorRange(int range) {
        MatrixSquares squared = group.factors.squares();
        int bands = squared.bands();
        float scale = group.constants.coefficients[0];
        for (int i = (int) ((long) bands * range / ranges); i < (long) bands * (range + 1) / ranges; i++) {
            squared.add(i, gradients, group.from, edit, scale, pieces[range], squares, range);
        }
    }

    private void prepareRange(int range) {
        FusedLoop loop = group.prepareLoop;
        if (loop == null && width == 1) {
            parameterSquares.sums(range, ranges, group.from, group.to, blockSums, group.ownNormBlockOffset);
            return;
        }
        int blocks = Shard.blocks(group.length());
        StepConstants constants = group.constants;
        for (int i = (int) ((long) blocks * range / ranges); i < (long) blocks * (range + 1) / ranges; i++) {
            long from = group.from + (long) i * Shard.BLOCK;
            int count = (int) Math.min(Shard.BLOCK, group.to - from);
            int prepared = 0;
            if (group.factors != null) {
                group.factors.fill(loop.input(range, prepared++), from - group.from, count);
            }
            if (loop != null) {
                loop.run(range, from, from + count, group.shift, constants.coefficients, constants.preparation);
            }
            sumBlock(range, prepared, from, count, (group.ownNormBlockOffset + i) * width);
        }
    }

    /**
     * Adds up the terms of a block.
     *
     * @param next the first output of the loop among its temporaries
     */
    private void sumBlock(int range, int next, long from, int count, int at) {
        FusedLoop loop = group.prepareLoop;
        double[] partialSums = loop == null ? null : loop.sums(range);
        if (partialSums == null && isPair()) {
            sumPair(range, next, from, count, at);
            return;
        }
        int prepared = next;
        for (int r = 0; r < group.reductions.length; r++) {
            Reduction reduction = group.reductions[r];
            float[] terms = reduction.isPrepared() ? loop.output(range, prepared++) : null;
            if (partialSums != null) {
                blockSums[at + r] = finish(partialSums, r, reduction.isSquared(), terms, range, from, count);
            } else {
                blockSums[at + r] = terms == null
                        ? parameterSquares.sum(range, from, count)
                        : sums(reduction).sum(range, terms, loop.outputsAt(range), count);
            }
        }
    }

    /** {@return whether a block of the group has two sums of one kind, of which the second is of terms that its loop has written} */
    private boolean isPair() {
        Reduction[] all = group.reductions;
        return all.length == 2
                && all[0].isSquared() == all[1].isSquared()
                && all[1].isPrepared()
                && (all[0].isPrepared() || parameters.isArray());
    }

    private void sumPair(int range, int next, long from, int count, int at) {
        FusedLoop loop = group.prepareLoop;
        Reduction reduction = group.reductions[0];
        boolean both = reduction.isPrepared();
        int terms = loop.outputsAt(range), first = both ? terms : parameters.arrayOffset() + (int) from;
        float[] x = both ? loop.output(range, next) : parameters.array();
        float[] y = loop.output(range, both ? next + 1 : next);
        sums(reduction).pair(range, x, first, y, terms, count, blockSums, at);
    }

    /** Adds the terms of the last elements of a block, or these parameters, to those that the kernel has added up. */
    private double finish(
            double[] partialSums, int r, boolean squared, float[] terms, int range, long from, int count) {
        int rest = count % SumOfSquares.PARTIALS, first = count - rest, at = r * SumOfSquares.PARTIALS;
        if (terms != null) {
            return SumOfSquares.finish(partialSums, at, terms, first, rest, squared);
        }
        parameters.copyTo(from + first, tails[range], 0, rest);
        return SumOfSquares.finish(partialSums, at, tails[range], 0, rest, squared);
    }

    /** {@return what adds up the terms that a loop has written for a reduction} */
    private SumOfSquares sums(Reduction reduction) {
        return reduction.isSquared() ? squares : plain;
    }

    /** Adds up the blocks of each group, in their order, then the groups that share a sum, in theirs. */
    private void addUp() {
        for (GroupState each : groups) {
            for (int r = 0; r < each.reductions.length; r++) {
                double sum = 0;
                for (int i = 0; i < each.normBlocks; i++) {
                    sum += blockSums[(each.normBlockOffset + i) * width + r];
                }
                each.sums[r] = sum;
                each.constants.sums[r] = sum;
            }
        }
        for (GroupState each : groups) {
            for (int r = 0; r < each.reductions.length; r++) {
                if (each.reductions[r].scope() == NormScope.ALL) {
                    each.constants.sums[r] = sumOfAll(r);
                }
            }
        }
    }

    private double sumOfAll(int r) {
        double sum = 0;
        for (GroupState each : groups) {
            boolean shares = r < each.reductions.length && each.reductions[r].scope() == NormScope.ALL;
            sum += shares && !each.settings.frozen() ? each.sums[r] : 0;
        }
        return sum;
    }
}
