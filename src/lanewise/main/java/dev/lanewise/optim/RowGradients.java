package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import java.util.function.IntConsumer;

/**
 * Adds up the gradients of each row of a step, in arrays that each thread has a block of, and takes the norm over the rows. The
 * sums are not kept from the norm to the update, because they take less time than memory for all of them.
 */
final class RowGradients {
    /** The sums of the blocks of all threads. */
    final float[] sums;

    private final float[] repeats;
    private final FloatSpan table;
    private final RowOrder order;
    private final int columns, blockRows, stride;
    private final StepOptions options;
    private final SumOfSquares squares;
    private final IntConsumer sumRange = this::sumRange;
    private double[] blockSums = {};

    /** The arguments of the current pass. They are fields, because a lambda that captured them would allocate at each step. */
    private FloatSpan gradients;

    private int ranges;

    /**
     * Makes the arrays.
     *
     * @param blockRows the number of rows of a block
     */
    RowGradients(FloatSpan table, RowOrder order, int columns, int blockRows, StepOptions options) {
        int workers = options.workers().threads();
        this.table = table;
        this.order = order;
        this.columns = columns;
        this.blockRows = blockRows;
        this.stride = blockRows * columns;
        this.options = options;
        this.sums = new float[stride * workers];
        this.repeats = new float[stride * workers];
        this.squares = new SumOfSquares(workers);
        squares.bind(FloatSpan.of(sums));
    }

    /** {@return the ranges of a pass over the rows and their gradients} The gradients are bound until {@link #release}. */
    int bind(FloatSpan gradients) {
        this.gradients = gradients;
        boolean confined = Storage.isConfined(table) || Storage.isConfined(gradients);
        ranges = Ranges.of(options.workers(), (long) order.rows() * columns, confined);
        return ranges;
    }

    void release() {
        gradients = null;
    }

    int blocks() {
        return Math.ceilDiv(order.rows(), blockRows);
    }

    /** {@return the first block of one of the ranges of the pass} */
    int firstBlock(int range) {
        return (int) ((long) blocks() * range / ranges);
    }

    /** {@return the sum of the squares of the gradient, whose entries for one row are added up before} */
    double sumSquares(FloatSpan gradients) {
        int ranges = bind(gradients);
        if (blockSums.length < blocks()) {
            blockSums = new double[blocks()];
        }
        options.workers().run(ranges, sumRange);
        double sum = 0;
        for (int i = 0; i < blocks(); i++) {
            sum += blockSums[i];
        }
        release();
        return sum;
    }

    private void sumRange(int range) {
        int at = range * stride;
        for (int block = firstBlock(range); block < firstBlock(range + 1); block++) {
            int first = block * blockRows, count = Math.min(blockRows, order.rows() - first);
            for (int i = 0; i < count; i++) {
                addUp(first + i, at + i * columns);
            }
            double sum = 0;
            for (int from = 0; from < count * columns; from += SumOfSquares.BLOCK) {
                sum += squares.sum(range, at + from, Math.min(SumOfSquares.BLOCK, count * columns - from));
            }
            blockSums[block] = sum;
        }
    }

    /** {@return the number of sums that are not finite} */
    long countNonFinite(FloatSpan gradients) {
        bind(gradients);
        long count = 0;
        for (int index = 0; index < order.rows(); index++) {
            addUp(index, 0);
            for (int i = 0; i < columns; i++) {
                count += Float.isFinite(sums[i]) ? 0 : 1;
            }
        }
        release();
        return count;
    }

    /** {@return whether the gradient of a row is in an array, so that it can be read there} */
    boolean isDirect(int index) {
        return gradients.isArray() && order.firstEntry(index + 1) == order.firstEntry(index) + 1;
    }

    /** {@return the array of the gradients} */
    float[] array() {
        return gradients.array();
    }

    /** {@return the first element of the gradient of a row in that array} */
    int arrayOffset(int index) {
        return gradients.arrayOffset() + order.position(order.firstEntry(index)) * columns;
    }

    /** Adds up the gradients of a row, in the order in which the step has them, into the sums from an index on. */
    void addUp(int index, int at) {
        int entry = order.firstEntry(index);
        read(entry, sums, at);
        for (entry++; entry < order.firstEntry(index + 1); entry++) {
            read(entry, repeats, at);
            for (int i = at; i < at + columns; i++) {
                sums[i] += repeats[i];
            }
        }
    }

    private void read(int entry, float[] copy, int at) {
        RowPass.read(gradients, (long) order.position(entry) * columns, copy, at, columns);
    }

    /** Multiplies sums by a factor and clamps them, as clipping by value requires. */
    void clamp(int from, int to, float factor) {
        float limit = (float) options.clipping().limit();
        for (int i = from; i < to; i++) {
            sums[i] = Math.min(Math.max(sums[i] * factor, -limit), limit);
        }
    }
}
