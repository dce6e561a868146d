package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import java.util.function.IntConsumer;

/**
 * Runs the passes of a step over the rows that it touches, in blocks. A thread copies the rows of a block into small arrays that
 * stay in its cache, updates them there by the loop of any other step, and copies them back, because a call of a kernel for each row
 * takes longer than a row. The blocks depend on the rows alone, so the result does not depend on the threads.
 */
final class RowPass {
    /** Elements of a block, unless a row has more: the copies of all buffers stay in the L1 cache. */
    private static final int BLOCK = 1 << 11;

    private static final int PARAMETERS = 0, GRADIENT = 1, STATE = 2;

    private final FloatSpan table;
    private final FloatSpan[] state;
    private final RowOrder order;
    private final int columns;
    private final boolean rowWise;
    private final StepOptions options;
    private final ThreadChoice threads;

    /** The rows of a block, and the elements from one thread's block to the next. */
    private final int blockRows, stride;

    /** The copies of the blocks of all threads: parameters, gradient, then the state; and further gradients of a row. */
    private final float[][] copies;

    private final float[] repeats;

    private final FusedLoop loop;
    private final SumOfSquares squares;
    private final IntConsumer sumRange = this::sumRange, updateRange = this::updateRange;
    private double[] blockSums = {};

    /** The arguments of the current step. They are fields, because a lambda that captured them would allocate at each step. */
    private FloatSpan gradients;

    private StepConstants constants;
    private float factor;
    private int ranges;

    RowPass(
            FloatSpan table,
            int columns,
            UpdateRule rule,
            FloatSpan[] state,
            RowOrder order,
            StepOptions options,
            ThreadChoice threads) {
        int workers = options.workers().threads();
        this.table = table;
        this.columns = columns;
        this.state = state;
        this.order = order;
        this.options = options;
        this.threads = threads;
        this.rowWise = rule instanceof RowRule;
        this.blockRows = Math.max(1, BLOCK / columns);
        this.stride = blockRows * columns;
        this.copies = new float[STATE + state.length][stride * workers];
        this.repeats = new float[stride * workers];
        String kernel =
                rule instanceof KernelRule own ? own.kernel() : rule.getClass().getName();
        this.loop = new FusedLoop(kernel, rule.options(), copies.length, 0, workers, false);
        this.squares = new SumOfSquares(workers);
        for (int i = 0; i < copies.length; i++) {
            loop.bind(i, FloatSpan.of(copies[i]));
        }
        squares.bind(FloatSpan.of(copies[GRADIENT]));
    }

    /** {@return the most columns that a table may have, so that the copies of a row of all threads fit into an array} */
    static int mostColumns(StepOptions options) {
        return (Integer.MAX_VALUE - 16) / options.workers().threads();
    }

    /** {@return the sum of the squares of the gradient, whose entries for one row are added up before} */
    double sumSquares(FloatSpan gradients) {
        begin(gradients);
        if (blockSums.length < blocks()) {
            blockSums = new double[blocks()];
        }
        options.workers().run(ranges, sumRange);
        double sum = 0;
        for (int i = 0; i < blocks(); i++) {
            sum += blockSums[i];
        }
        this.gradients = null;
        return sum;
    }

    /** {@return the number of sums of a row's gradients that are not finite} */
    long countNonFinite(FloatSpan gradients) {
        begin(gradients);
        long count = 0;
        for (int index = 0; index < order.rows(); index++) {
            sumGradients(index, 0);
            for (int i = 0; i < columns; i++) {
                count += Float.isFinite(copies[GRADIENT][i]) ? 0 : 1;
            }
        }
        this.gradients = null;
        return count;
    }

    /**
     * Updates the rows.
     *
     * @param constants the constants of the step, whose gradient factor is 1 if {@link #clamps}
     * @param factor the factor by which the gradient is multiplied before it is clamped
     */
    void update(FloatSpan gradients, StepConstants constants, double factor) {
        begin(gradients);
        this.constants = constants;
        this.factor = (float) factor;
        loop.specialize();
        options.workers().run(ranges, updateRange);
        this.gradients = null;
    }

    /** {@return whether the pass clamps the gradient and multiplies it by its factor, so that the rule's factor is 1} */
    boolean clamps() {
        return options.clipping().kind() == Clipping.Kind.VALUE;
    }

    private void begin(FloatSpan gradients) {
        this.gradients = gradients;
        boolean confined = Storage.isConfined(table) || Storage.isConfined(gradients);
        ranges = threads.ranges((long) order.rows() * columns, confined);
    }

    private int blocks() {
        return Math.ceilDiv(order.rows(), blockRows);
    }

    private int firstBlock(int range) {
        return (int) ((long) blocks() * range / ranges);
    }

    private void sumRange(int range) {
        int at = range * stride;
        for (int block = firstBlock(range); block < firstBlock(range + 1); block++) {
            int first = block * blockRows, count = Math.min(blockRows, order.rows() - first);
            for (int i = 0; i < count; i++) {
                sumGradients(first + i, at + i * columns);
            }
            double sum = 0;
            for (int from = 0; from < count * columns; from += SumOfSquares.BLOCK) {
                sum += squares.sum(range, at + from, Math.min(SumOfSquares.BLOCK, count * columns - from));
            }
            blockSums[block] = sum;
        }
    }

    private void updateRange(int range) {
        int at = range * stride;
        for (int block = firstBlock(range); block < firstBlock(range + 1); block++) {
            int first = block * blockRows, count = Math.min(blockRows, order.rows() - first);
            for (int i = 0; i < count; i++) {
                read(first + i, at + i * columns);
            }
            updateBlock(range, at, count);
            for (int i = 0; i < count; i++) {
                write(first + i, at + i * columns);
            }
        }
    }

    private void updateBlock(int range, int at, int count) {
        if (clamps()) {
            clamp(copies[GRADIENT], at, at + count * columns, factor, (float)
                    options.clipping().limit());
        }
        if (!rowWise) {
            loop.run(range, at, at + count * columns, constants.coefficients, constants.definition);
            return;
        }
        for (int i = 0; i < count; i++) {
            int row = at + i * columns;
            constants.definition.update(copies, row, row + columns, constants.coefficients);
        }
    }

    private static void clamp(float[] gradient, int from, int to, float factor, float limit) {
        for (int i = from; i < to; i++) {
            gradient[i] = Math.min(Math.max(gradient[i] * factor, -limit), limit);
        }
    }

    /** Copies a row with its state and the sum of its gradients. */
    private void read(int index, int at) {
        int row = order.row(index);
        long from = (long) row * columns;
        read(table, from, copies[PARAMETERS], at);
        for (int b = 0; b < state.length; b++) {
            if (rowWise) {
                copies[STATE + b][at] = state[b].get(row);
            } else {
                read(state[b], from, copies[STATE + b], at);
            }
        }
        sumGradients(index, at);
    }

    private void write(int index, int at) {
        int row = order.row(index);
        long from = (long) row * columns;
        write(copies[PARAMETERS], at, table, from);
        for (int b = 0; b < state.length; b++) {
            if (rowWise) {
                state[b].set(row, copies[STATE + b][at]);
            } else {
                write(copies[STATE + b], at, state[b], from);
            }
        }
    }

    /** Adds up the gradients of a row in the order in which the step has them. */
    private void sumGradients(int index, int at) {
        float[] sum = copies[GRADIENT];
        int entry = order.firstEntry(index);
        read(gradients, (long) order.position(entry) * columns, sum, at);
        for (entry++; entry < order.firstEntry(index + 1); entry++) {
            read(gradients, (long) order.position(entry) * columns, repeats, at);
            for (int i = at; i < at + columns; i++) {
                sum[i] += repeats[i];
            }
        }
    }

    private void read(FloatSpan from, long first, float[] copy, int at) {
        if (from.isArray()) {
            System.arraycopy(from.array(), from.arrayOffset() + (int) first, copy, at, columns);
        } else {
            from.copyTo(first, copy, at, columns);
        }
    }

    private void write(float[] copy, int at, FloatSpan to, long first) {
        if (to.isArray()) {
            System.arraycopy(copy, at, to.array(), to.arrayOffset() + (int) first, columns);
        } else {
            to.copyFrom(copy, at, first, columns);
        }
    }
}
