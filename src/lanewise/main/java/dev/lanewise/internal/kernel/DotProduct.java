package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.util.List;
import java.util.Set;

/**
 * Computes dot products of blocks of floats, in the order of {@link SumOfSquares} and with the same bits on any vector width:
 * the product of elements i is added to partial sum i mod 16, in double, where it is exact; then the partial sums are added as a
 * tree.
 */
public final class DotProduct {
    /** The number of elements of a block. Longer products add up their blocks in order. */
    public static final int BLOCK = SumOfSquares.BLOCK;

    private static final int PARTIALS = SumOfSquares.PARTIALS;
    private static final int OPERANDS = 2;

    private final PerThread[] perThread;
    private final FloatSpan[] spans = new FloatSpan[OPERANDS];
    private final Storage[] storages = new Storage[OPERANDS];

    /** The kernel for the storages that are bound; null without the Vector API. */
    private SpecializedKernel kernel;

    /**
     * Creates a product whose floats are still to be bound.
     *
     * @param threads the number of blocks that may be multiplied at the same time
     */
    public DotProduct(int threads) {
        perThread = new PerThread[threads];
        for (int i = 0; i < threads; i++) {
            perThread[i] = new PerThread();
        }
    }

    /**
     * Sets the floats. It allocates nothing unless a kind of storage has changed.
     *
     * @param x floats
     * @param y as many floats, which may be the same
     */
    public void bind(FloatSpan x, FloatSpan y) {
        Storage ofX = Storage.of(x), ofY = Storage.of(y);
        spans[0] = x;
        spans[1] = y;
        if (ofX != storages[0] || ofY != storages[1]) {
            storages[0] = ofX;
            storages[1] = ofY;
            kernel = Kernels.specialize("Dot", List.of(direct(ofX), direct(ofY)), Set.of());
        }
    }

    /** {@return the storage that the kernel sees: native memory, or an array that may be a staging copy} */
    private static Storage direct(Storage storage) {
        return storage == Storage.NATIVE ? storage : Storage.ARRAY;
    }

    /**
     * Multiplies one block.
     *
     * @param thread the index of the caller, below the constructor's {@code threads}
     * @param from the first element
     * @param count the number of elements, at most {@link #BLOCK}
     * @return the sum of the products
     */
    public double sum(int thread, long from, int count) {
        PerThread mine = perThread[thread];
        SpecializedKernel kernel = this.kernel;
        if (kernel == null || kernel.isReady()) {
            return sum(mine, kernel, from, count);
        }
        long start = kernel.start();
        double sum = sum(mine, null, from, count);
        if (thread == 0 && count > 0) {
            kernel.end(start, count);
        }
        return sum;
    }

    /** Multiplies one block by the kernel or, if that is null, by the definition. */
    private double sum(PerThread mine, SpecializedKernel kernel, long from, int count) {
        double[] sums = mine.sums;
        int vectors = count - count % PARTIALS;
        for (int i = 0; i < OPERANDS; i++) {
            point(mine, i, kernel != null && storages[i] == Storage.NATIVE, from, vectors, count);
        }
        float[] x = mine.values[0], y = mine.values[1];
        int x0 = mine.first[0], y0 = mine.first[1];
        if (kernel == null || vectors == 0) {
            define(x, x0, y, y0, vectors, mine.running(), sums);
        } else {
            kernel.run(mine.arrays, mine.at, vectors, sums);
        }
        for (int i = vectors; i < count; i++) {
            sums[i - vectors] += (double) x[x0 + i] * y[y0 + i];
        }
        for (int half = PARTIALS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[0];
    }

    /** Points at a block of an operand. If the kernel addresses it directly, only what is left over is copied to an array. */
    private void point(PerThread mine, int operand, boolean direct, long from, int vectors, int count) {
        FloatSpan span = spans[operand];
        if (span.isArray()) {
            mine.values[operand] = span.array();
            mine.first[operand] = span.arrayOffset() + (int) from;
        } else {
            int read = direct ? vectors : 0;
            mine.values[operand] = mine.staged(operand);
            mine.first[operand] = 0;
            span.copyTo(from + read, mine.values[operand], read, count - read);
        }
        mine.arrays[operand] = direct ? null : mine.values[operand];
        mine.at[operand] = direct ? storages[operand].at(span, from) : mine.first[operand];
    }

    /**
     * The scalar definition of the kernel. Each partial sum has a place of its own after each element, because C2 vectorizes this
     * loop, but not one in which 16 sums are repeatedly updated.
     */
    private static void define(float[] x, int x0, float[] y, int y0, int count, double[] running, double[] sums) {
        for (int i = 0; i < count; i++) {
            running[i + PARTIALS] = running[i] + (double) x[x0 + i] * y[y0 + i];
        }
        System.arraycopy(running, count, sums, 0, PARTIALS);
    }

    private static final class PerThread {
        final Object[] arrays = new Object[OPERANDS];
        final long[] at = new long[OPERANDS];
        final float[][] values = new float[OPERANDS][];
        final int[] first = new int[OPERANDS];
        final double[] sums = new double[PARTIALS];
        private final float[][] staged = new float[OPERANDS][];

        /** The running sums of the definition. The first {@link #PARTIALS} stay 0. */
        private double[] running;

        double[] running() {
            if (running == null) {
                running = new double[PARTIALS + BLOCK];
            }
            return running;
        }

        float[] staged(int operand) {
            if (staged[operand] == null) {
                staged[operand] = new float[BLOCK];
            }
            return staged[operand];
        }
    }
}
