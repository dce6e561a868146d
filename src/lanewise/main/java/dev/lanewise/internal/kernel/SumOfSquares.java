package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.util.List;
import java.util.Set;

/**
 * Computes sums of squares of blocks of floats, with the same bits on any vector width: element i is added to partial sum
 * i mod 16, in double, where its square is exact; then the partial sums are added as a tree.
 */
public final class SumOfSquares {
    /** The number of elements of a block. Longer sums add up their blocks in order. */
    public static final int BLOCK = 4096;

    /** The number of partial sums of a block: the lanes of the widest vector. */
    static final int PARTIALS = 16;

    private final PerThread[] perThread;
    private FloatSpan span;
    private Storage storage;

    /** The kernel for the storage that is bound; null without the Vector API. */
    private SpecializedKernel kernel;

    /**
     * Creates a sum whose floats are still to be bound.
     *
     * @param threads the number of blocks that may be summed at the same time
     */
    public SumOfSquares(int threads) {
        perThread = new PerThread[threads];
        for (int i = 0; i < threads; i++) {
            perThread[i] = new PerThread();
        }
    }

    /**
     * Sets the floats. It allocates nothing unless the kind of storage has changed.
     *
     * @param span the floats
     */
    public void bind(FloatSpan span) {
        Storage storage = Storage.of(span);
        this.span = span;
        if (storage != this.storage) {
            this.storage = storage;
            kernel = Kernels.specialize(
                    "SumOfSquares", List.of(storage == Storage.NATIVE ? storage : Storage.ARRAY), Set.of());
        }
    }

    /**
     * Sums one block.
     *
     * @param thread the index of the caller, below the constructor's {@code threads}
     * @param from the first element
     * @param count the number of elements, at most {@link #BLOCK}
     * @return the sum of the squares
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

    /** Sums one block by the kernel or, if that is null, by the definition. */
    private double sum(PerThread mine, SpecializedKernel kernel, long from, int count) {
        double[] sums = mine.sums;
        float[] x = span.isArray() ? span.array() : mine.staged();
        int first = span.isArray() ? span.arrayOffset() + (int) from : 0;
        int vectors = count - count % PARTIALS;
        boolean direct = kernel != null && storage == Storage.NATIVE;
        if (!span.isArray()) {
            int read = direct ? vectors : 0;
            span.copyTo(from + read, x, read, count - read);
        }
        if (kernel == null || vectors == 0) {
            define(x, first, vectors, mine.running(), sums);
        } else {
            mine.arrays[0] = direct ? null : x;
            mine.at[0] = direct ? storage.at(span, from) : first;
            kernel.run(mine.arrays, mine.at, vectors, sums);
        }
        for (int i = vectors; i < count; i++) {
            double value = x[first + i];
            sums[i - vectors] += value * value;
        }
        for (int half = PARTIALS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[0];
    }

    /**
     * The scalar definition of the kernel. Each partial sum has a place of its own after each element, because C2 vectorizes this
     * loop, but not one in which 16 sums are repeatedly updated.
     */
    private static void define(float[] x, int first, int count, double[] running, double[] sums) {
        for (int i = 0; i < count; i++) {
            double value = x[first + i];
            running[i + PARTIALS] = running[i] + value * value;
        }
        System.arraycopy(running, count, sums, 0, PARTIALS);
    }

    private static final class PerThread {
        final Object[] arrays = new Object[1];
        final long[] at = new long[1];
        final double[] sums = new double[PARTIALS];
        private float[] staged;

        /** The running sums of the definition. The first {@link #PARTIALS} stay 0. */
        private double[] running;

        double[] running() {
            if (running == null) {
                running = new double[PARTIALS + BLOCK];
            }
            return running;
        }

        float[] staged() {
            if (staged == null) {
                staged = new float[BLOCK];
            }
            return staged;
        }
    }
}
