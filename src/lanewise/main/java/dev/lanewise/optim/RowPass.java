package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.RowLoop;
import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Updates the rows of a step, in blocks. The kernel updates rows in place where it can address them. Otherwise, and until the
 * kernel is ready, a thread copies the rows of a block into small arrays that stay in its cache, updates them there by the loop
 * of any other step, and copies them back. The blocks depend on the rows alone, so the result does not depend on the threads.
 */
final class RowPass {
    /** Elements of a block, unless a row has more: the copies of all buffers stay in the L1 cache. */
    private static final int BLOCK = 1 << 11;

    /** The floats of a cache line. */
    private static final int LINE = 16;

    private static final int PARAMETERS = 0, GRADIENT = 1, STATE = 2;

    private final FloatSpan table;
    private final FloatSpan[] state;
    private final RowOrder order;
    private final int columns;
    private final boolean rowWise, clamps;
    private final StepOptions options;

    /** The rows of a block, and the elements from one thread's block to the next. */
    private final int blockRows, stride;

    /** The gradients, which a pass reads in a block's copies where it does not read them directly. */
    private final RowGradients sums;

    /** The copies of the blocks of all threads: parameters, gradient, then the state. */
    private final float[][] copies;

    /** The loop over rows in place, and the loops over copies: of any other rule, and of a rule of rows. */
    private final RowLoop direct;

    private final FusedLoop loop;
    private final RowLoop copiedRows;

    /** Whether the kernel in place is another than that of the copies, which otherwise makes both ready. */
    private final boolean ownKernel;

    /** What {@link #touch} has loaded, a cache line for each thread. */
    private final int[] touched;

    private final IntConsumer updateRange = this::updateRange;

    /** The arguments of the current step. They are fields, because a lambda that captured them would allocate at each step. */
    private StepConstants constants;

    private float factor;

    RowPass(FloatSpan table, int columns, UpdateRule rule, FloatSpan[] state, RowOrder order, StepOptions options) {
        int workers = options.workers().threads(), buffers = STATE + state.length;
        this.table = table;
        this.columns = columns;
        this.state = state;
        this.order = order;
        this.options = options;
        this.rowWise = rule instanceof RowRule;
        this.clamps = options.clipping().kind() == Clipping.Kind.VALUE;
        this.blockRows = Math.max(1, BLOCK / columns);
        this.stride = blockRows * columns;
        this.sums = new RowGradients(table, order, columns, blockRows, options);
        this.copies = new float[buffers][];
        this.loop = KernelRule.loop(rule, buffers, 0, workers, false);
        this.direct = KernelRule.rowLoop(rule, rowWise, buffers, columns, workers);
        this.copiedRows = KernelRule.rowLoop(rule, true, buffers, columns, workers);
        this.ownKernel = !table.isArray() || !Arrays.stream(state).allMatch(FloatSpan::isArray);
        this.touched = new int[LINE * workers];
        for (int i = 0; i < buffers; i++) {
            copies[i] = i == GRADIENT ? sums.sums : new float[stride * workers];
            loop.bind(i, FloatSpan.of(copies[i]));
            if (i != GRADIENT) {
                copiedRows.bind(i, FloatSpan.of(copies[i]));
            }
        }
    }

    /** {@return the most columns that a table may have, so that the copies of a row of all threads fit into an array} */
    static int mostColumns(StepOptions options) {
        return (Integer.MAX_VALUE - 16) / options.workers().threads();
    }

    RowGradients gradients() {
        return sums;
    }

    /** {@return whether the pass clamps the gradient and multiplies it by its factor, so that the rule's factor is 1} */
    boolean clamps() {
        return clamps;
    }

    /**
     * Updates the rows.
     *
     * @param constants the constants of the step, whose gradient factor is 1 if {@link #clamps}
     * @param factor the factor by which the gradient is multiplied before it is clamped
     */
    void update(FloatSpan gradients, StepConstants constants, double factor) {
        this.constants = constants;
        this.factor = (float) factor;
        direct.bind(PARAMETERS, table);
        for (int b = 0; b < state.length; b++) {
            direct.bind(STATE + b, state[b]);
        }
        direct.specialize(constants.coefficients);
        if (rowWise) {
            copiedRows.specialize(constants.coefficients);
        } else {
            loop.specialize();
        }
        options.workers().run(sums.bind(gradients), updateRange);
        sums.release();
    }

    private void updateRange(int range) {
        for (int block = sums.firstBlock(range); block < sums.firstBlock(range + 1); block++) {
            int first = block * blockRows, count = Math.min(blockRows, order.rows() - first);
            touch(range, first, count);
            if (direct.isReady()) {
                for (int index = first; index < first + count; index++) {
                    updateInPlace(range, index);
                }
                continue;
            }
            long start = ownKernel ? direct.start() : 0;
            updateCopies(range, first, count);
            // One thread is enough to make the kernel ready for all of them.
            if (range == 0) {
                direct.end(start, (long) count * columns);
            }
        }
    }

    private void updateInPlace(int range, int index) {
        int row = order.row(index), at = range * stride;
        float[] gradient = copies[GRADIENT];
        if (!clamps && sums.isDirect(index)) {
            gradient = sums.array();
            at = sums.arrayOffset(index);
        } else {
            addUp(index, at);
        }
        long from = (long) row * columns;
        direct.run(range, from, rowWise ? row : from, gradient, at, constants.coefficients);
    }

    private void addUp(int index, int at) {
        sums.addUp(index, at);
        if (clamps) {
            sums.clamp(at, at + columns, factor);
        }
    }

    private void updateCopies(int range, int first, int count) {
        int at = range * stride;
        for (int i = 0; i < count; i++) {
            read(first + i, at + i * columns);
            addUp(first + i, at + i * columns);
        }
        if (rowWise) {
            updateCopiedRows(range, at, count);
        } else {
            loop.run(range, at, at + count * columns, constants.coefficients, constants.definition);
        }
        for (int i = 0; i < count; i++) {
            write(first + i, at + i * columns);
        }
    }

    private void updateCopiedRows(int range, int at, int count) {
        long start = copiedRows.start();
        boolean ready = copiedRows.isReady();
        for (int row = at; row < at + count * columns; row += columns) {
            if (ready) {
                copiedRows.run(range, row, row, copies[GRADIENT], row, constants.coefficients);
            } else {
                constants.definition.update(copies, row, row + columns, constants.coefficients);
            }
        }
        if (!ready && range == 0) {
            copiedRows.end(start, (long) count * columns);
        }
    }

    /**
     * Loads one float of each cache line of the rows of a block. The rows are anywhere in memory, and these loads do not wait for each
     * other, while the update of a row occupies the core until the row is there.
     */
    private void touch(int range, int first, int count) {
        int bits = touch(table, columns, first, count);
        for (FloatSpan buffer : state) {
            bits ^= touch(buffer, rowWise ? 1 : columns, first, count);
        }
        // A result that is never used would let C2 remove the loads.
        touched[range * LINE] = bits;
    }

    private int touch(FloatSpan span, int width, int first, int count) {
        int bits = 0;
        if (span.isArray()) {
            float[] array = span.array();
            int offset = span.arrayOffset();
            for (int index = first; index < first + count; index++) {
                int row = offset + order.row(index) * width;
                for (int i = 0; i < width; i += LINE) {
                    bits ^= Float.floatToRawIntBits(array[row + i]);
                }
                bits ^= Float.floatToRawIntBits(array[row + width - 1]);
            }
            return bits;
        }
        for (int index = first; index < first + count; index++) {
            long row = (long) order.row(index) * width;
            for (int i = 0; i < width; i += LINE) {
                bits ^= Float.floatToRawIntBits(span.get(row + i));
            }
            bits ^= Float.floatToRawIntBits(span.get(row + width - 1));
        }
        return bits;
    }

    /** Copies a row with its state. */
    private void read(int index, int at) {
        int row = order.row(index);
        long from = (long) row * columns;
        read(table, from, copies[PARAMETERS], at, columns);
        for (int b = 0; b < state.length; b++) {
            read(state[b], rowWise ? row : from, copies[STATE + b], at, rowWise ? 1 : columns);
        }
    }

    private void write(int index, int at) {
        int row = order.row(index);
        long from = (long) row * columns;
        write(copies[PARAMETERS], at, table, from, columns);
        for (int b = 0; b < state.length; b++) {
            write(copies[STATE + b], at, state[b], rowWise ? row : from, rowWise ? 1 : columns);
        }
    }

    static void read(FloatSpan from, long first, float[] copy, int at, int count) {
        if (from.isArray()) {
            System.arraycopy(from.array(), from.arrayOffset() + (int) first, copy, at, count);
        } else {
            from.copyTo(first, copy, at, count);
        }
    }

    private static void write(float[] copy, int at, FloatSpan to, long first, int count) {
        if (to.isArray()) {
            System.arraycopy(copy, at, to.array(), to.arrayOffset() + (int) first, count);
        } else {
            to.copyFrom(copy, at, first, count);
        }
    }
}
