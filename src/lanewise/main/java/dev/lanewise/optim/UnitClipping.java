package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.GradientEdit;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** Adaptive gradient clipping: computes the norms of each unit before a step, and multiplies its gradients within the step. */
final class UnitClipping implements GradientEdit {
    /** The least norm of a gradient, as in timm. */
    private static final double LEAST_GRADIENT = 1e-6;

    private final Clipping clipping;
    private final StepOptions options;
    private final boolean confined;
    private final FloatSource parameters = new FloatSource();
    private final SumOfSquares squares;
    private final float[][] pieces;
    private final IntConsumer addRange = this::addRange;

    /** The units of each group that is not empty, in the order of their ranges. */
    private final Units[] groups;

    /** The arguments of the current sum. They are fields, because a lambda that captured them would allocate at each step. */
    private Units current;

    private FloatSource source;
    private int ranges;

    UnitClipping(FloatSpan parameters, GroupState[] groups, Shard shard, StepOptions options) {
        if (shard.world() > 1) {
            throw new IllegalArgumentException(
                    "clipping must be of another kind where the parameters are divided among " + shard.world()
                            + " ranks, since a unit may be in two of them: " + options.clipping());
        }
        this.clipping = options.clipping();
        this.options = options;
        this.confined = Storage.isConfined(parameters);
        this.parameters.set(parameters);
        int threadCount = options.workers().threads();
        this.squares = new SumOfSquares(threadCount);
        this.pieces = new float[threadCount][MatrixSquares.PIECE];
        List<Units> all = new ArrayList<>();
        for (GroupState group : groups) {
            if (group.length() > 0) {
                all.add(new Units(group));
            }
        }
        this.groups = all.toArray(Units[]::new);
    }

    /** Computes the factors of the gradients of a step. */
    void prepare(FloatSource gradients, double factor) {
        squares.bindArrays();
        for (Units each : groups) {
            if (!each.group.settings.frozen()) {
                add(each, parameters, confined);
                each.limit(clipping);
                add(each, gradients, confined || gradients.isConfined());
                each.compare(Math.abs(factor));
            }
        }
        source = null;
    }

    private void add(Units units, FloatSource source, boolean confined) {
        this.current = units;
        this.source = source;
        this.ranges = Ranges.of(options.workers(), units.group.length(), confined);
        options.workers().run(ranges, addRange);
        units.addUp();
    }

    private void addRange(int range) {
        int tasks = current.tasks();
        for (int i = (int) ((long) tasks * range / ranges); i < (long) tasks * (range + 1) / ranges; i++) {
            current.add(i, source, pieces[range], squares, range);
        }
    }

    /** Multiplies the gradients of a range, which may be of several groups. */
    @Override
    public void apply(float[] gradient, int at, long from, int count) {
        int done = 0;
        for (int i = firstEndingAfter(from); done < count; i++) {
            int next = (int) Math.min(count, groups[i].group.to - from);
            groups[i].multiply(gradient, at + done, at + next, from + done - groups[i].group.from);
            done = next;
        }
    }

    private int firstEndingAfter(long position) {
        int low = 0, high = groups.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (groups[middle].group.to > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The units of a group: the rows or the columns of a matrix, or the group itself. */
    private static final class Units {
        final GroupState group;

        /** The number of elements of a row; of a group that is one unit, those of a task. */
        private final int columns;

        private final boolean byRow, byColumn;

        /** The squares of a matrix; null if the group is one unit. */
        private final MatrixSquares matrix;

        /** The squares of each task of a group that is one unit. */
        private final double[] blocks;

        /** The largest norm of the gradient of each unit, and the factor of that gradient. */
        private final double[] limits;

        private final float[] factors;

        Units(GroupState group) {
            MatrixShape shape = group.settings.shape();
            boolean vector = shape == null || shape.isVector();
            this.group = group;
            this.byRow = !vector && shape.fanOut() == MatrixShape.FanOut.ROWS;
            this.byColumn = !vector && !byRow;
            this.columns = vector ? MatrixSquares.PIECE : shape.columns();
            this.matrix = vector ? null : new MatrixSquares(shape, byRow, byColumn);
            this.blocks = new double[vector ? Shard.blocks(group.length()) : 0];
            this.limits = new double[vector ? 1 : shape.outputs()];
            this.factors = new float[limits.length];
        }

        int tasks() {
            return matrix == null ? blocks.length : matrix.bands();
        }

        void add(int task, FloatSource source, float[] piece, SumOfSquares squares, int thread) {
            if (matrix != null) {
                matrix.add(task, source, group.from, null, 1, piece, squares, thread);
                return;
            }
            long from = (long) task * MatrixSquares.PIECE;
            int count = (int) Math.min(MatrixSquares.PIECE, group.length() - from);
            source.copyTo(group.from + from, piece, 0, count);
            blocks[task] = squares.sum(thread, piece, 0, count);
        }

        void addUp() {
            if (matrix != null) {
                matrix.addUp();
                return;
            }
            for (int i = 1; i < blocks.length; i++) {
                blocks[0] += blocks[i];
            }
        }

        private double norm(int unit) {
            return Math.sqrt(byRow ? matrix.ofRow(unit) : byColumn ? matrix.ofColumn(unit) : blocks[0]);
        }

        void limit(Clipping clipping) {
            for (int i = 0; i < limits.length; i++) {
                limits[i] = clipping.limit() * Math.max(norm(i), clipping.leastNorm());
            }
        }

        void compare(double factor) {
            for (int i = 0; i < limits.length; i++) {
                double norm = factor * norm(i);
                factors[i] = norm < limits[i] ? 1 : (float) (limits[i] / Math.max(norm, LEAST_GRADIENT));
            }
        }

        /** Multiplies gradients in an array, of which the first is that of an element of the group. */
        void multiply(float[] gradient, int from, int to, long element) {
            if (matrix == null) {
                multiply(gradient, from, to, factors[0]);
                return;
            }
            int row = (int) (element / columns), column = (int) (element % columns);
            for (int at = from; at < to; row++, column = 0) {
                int end = Math.min(to, at + columns - column);
                if (byRow) {
                    multiply(gradient, at, end, factors[row]);
                } else {
                    multiply(gradient, at, end, factors, column - at);
                }
                at = end;
            }
        }

        private static void multiply(float[] x, int from, int to, float factor) {
            for (int i = from; i < to; i++) {
                x[i] = x[i] * factor;
            }
        }

        private static void multiply(float[] x, int from, int to, float[] factors, int shift) {
            for (int i = from; i < to; i++) {
                x[i] = x[i] * factors[i + shift];
            }
        }
    }
}
