package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.util.List;
import java.util.Set;

/**
 * Computes sums of squares, or sums, of blocks of floats, with the same bits on any vector width: element i is added to partial sum
 * i mod 16, in double, where its square is exact; then the partial sums are added as a tree.
 */
public final class SumOfSquares {
    /** The number of elements of a block. Longer sums add up their blocks in order. */
    public static final int BLOCK = 4096;

    /** The number of partial sums of a block: the lanes of the widest vector. */
    public static final int PARTIALS = 16;

    /** The option of the kernel that adds up the floats themselves. */
    static final String PLAIN = "plain";

    private final boolean squared;
    private final PerThread[] perThread;
    private final FloatSource own = new FloatSource();
    private FloatSource source;
    private Storage storage;

    /** The kernel for the storage that is bound; null without the Vector API. */
    private SpecializedKernel kernel;

    /**
     * Creates a sum whose floats are still to be bound.
     *
     * @param threads the number of blocks that may be summed at the same time
     */
    public SumOfSquares(int threads) {
        this(threads, true);
    }

    /**
     * Creates a sum whose floats are still to be bound.
     *
     * @param threads the number of blocks that may be summed at the same time
     * @param squared whether it sums the squares, and not the floats themselves
     */
    public SumOfSquares(int threads, boolean squared) {
        this.squared = squared;
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
        own.set(span);
        bind(own);
    }

    /**
     * Sets the floats. It allocates nothing unless the kind of storage has changed.
     *
     * @param source the floats
     */
    public void bind(FloatSource source) {
        Storage storage = source.storage();
        this.source = source;
        if (storage != this.storage) {
            this.storage = storage;
            kernel = specialize(storage == Storage.STAGED ? Storage.ARRAY : storage);
        }
    }

    /** Prepares for {@link #sum(int, float[], int)}. It allocates nothing unless floats in another kind of storage were bound. */
    public void bindArrays() {
        if (storage != Storage.ARRAY) {
            storage = Storage.ARRAY;
            kernel = specialize(storage);
        }
    }

    private SpecializedKernel specialize(Storage storage) {
        return Kernels.specialize("SumOfSquares", List.of(storage), squared ? Set.of() : Set.of(PLAIN));
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
        boolean ready = kernel == null || kernel.isReady();
        long start = ready ? 0 : kernel.start();
        double sum = sum(mine, ready ? kernel : null, from, count);
        if (!ready && thread == 0 && count > 0) {
            kernel.end(start, count);
        }
        return sum;
    }

    /**
     * Sums elements of an array, after {@link #bindArrays}.
     *
     * @param thread the index of the caller, below the constructor's {@code threads}
     * @param x the array
     * @param first the index of the first element
     * @param count the number of elements, at most {@link #BLOCK}
     * @return the sum, of the squares or of the floats
     */
    public double sum(int thread, float[] x, int first, int count) {
        SpecializedKernel kernel = this.kernel;
        boolean ready = kernel == null || kernel.isReady();
        long start = ready ? 0 : kernel.start();
        double sum = sum(perThread[thread], ready ? kernel : null, x, first, count);
        if (!ready && thread == 0 && count > 0) {
            kernel.end(start, count);
        }
        return sum;
    }

    /**
     * Sums a thread's share of the blocks of a range, each as {@link #sum(int, long, int)}.
     *
     * @param thread the index of the caller, below {@code threads}
     * @param threads the number of shares, at most the constructor's
     * @param from the first element of the range
     * @param to the end of the range; the last block may be shorter than {@link #BLOCK}
     * @param sums receives the sums
     * @param at the index of the sum of the range's first block
     */
    public void sums(int thread, int threads, long from, long to, double[] sums, int at) {
        long blocks = Math.ceilDiv(to - from, BLOCK), first = blocks * thread / threads;
        int next = at + (int) first;
        long block = from + first * BLOCK, end = Math.min(from + blocks * (thread + 1) / threads * BLOCK, to);
        float[] x = storage == Storage.ARRAY ? (float[]) source.array() : null;
        int most = RunningSums.MOST;
        for (; x != null && squared && end - block >= most * BLOCK; block += most * BLOCK, next += most) {
            four(thread, x, (int) source.at(block), sums, next);
        }
        for (; x != null && end - block >= 2 * BLOCK; block += 2 * BLOCK, next += 2) {
            pair(thread, x, (int) source.at(block), x, (int) source.at(block + BLOCK), BLOCK, sums, next);
        }
        for (; block < end; block += BLOCK) {
            sums[next++] = sum(thread, block, (int) Math.min(BLOCK, end - block));
        }
    }

    /**
     * Sums two blocks of arrays, after {@link #bindArrays}. Without the Vector API this takes as long as one block: the
     * definition waits for its own running sums, to which it adds only 16 elements later.
     *
     * @param thread the index of the caller, below the constructor's {@code threads}
     * @param x the array of the first block
     * @param x0 the index of its first element
     * @param y the array of the second block
     * @param y0 the index of its first element
     * @param count the number of elements of each, at most {@link #BLOCK}
     * @param sums receives the two sums
     * @param at the index of the first
     */
    public void pair(int thread, float[] x, int x0, float[] y, int y0, int count, double[] sums, int at) {
        SpecializedKernel kernel = this.kernel;
        if (kernel != null && kernel.isReady() || !RunningSums.isLow(x0) || !RunningSums.isLow(y0)) {
            sums[at] = sum(thread, x, x0, count);
            sums[at + 1] = sum(thread, y, y0, count);
            return;
        }
        long start = kernel == null ? 0 : kernel.start();
        PerThread mine = perThread[thread];
        int vectors = count - count % PARTIALS;
        mine.running().two(x, x0, y, y0, vectors, mine.sums, squared);
        sums[at] = finish(mine.sums, 0, x, x0 + vectors, count - vectors, squared);
        sums[at + 1] = finish(mine.sums, PARTIALS, y, y0 + vectors, count - vectors, squared);
        if (kernel != null && thread == 0 && count > 0) {
            kernel.end(start, 2L * count);
        }
    }

    /** Sums the squares of four blocks that follow each other, which takes the definition as long as one. */
    private void four(int thread, float[] x, int first, double[] sums, int at) {
        SpecializedKernel kernel = this.kernel;
        int most = RunningSums.MOST;
        if (kernel != null && kernel.isReady()) {
            for (int k = 0; k < most; k++) {
                sums[at + k] = sum(thread, x, first + k * BLOCK, BLOCK);
            }
            return;
        }
        long start = kernel == null ? 0 : kernel.start();
        PerThread mine = perThread[thread];
        mine.running().four(x, first, mine.sums);
        for (int k = 0; k < most; k++) {
            sums[at + k] = finish(mine.sums, k * PARTIALS, x, 0, 0, true);
        }
        if (kernel != null && thread == 0) {
            kernel.end(start, (long) most * BLOCK);
        }
    }

    /** Sums one block by the kernel or, if that is null, by the definition. */
    private double sum(PerThread mine, SpecializedKernel kernel, long from, int count) {
        if (storage == Storage.ARRAY) {
            return sum(mine, kernel, (float[]) source.array(), (int) source.at(from), count);
        }
        int vectors = count - count % PARTIALS;
        boolean direct = kernel != null && vectors > 0 && storage != Storage.STAGED;
        float[] x = mine.staged();
        int read = direct ? vectors : 0;
        source.copyTo(from + read, x, read, count - read);
        if (!direct) {
            return sum(mine, kernel, x, 0, count);
        }
        mine.arrays[0] = source.array();
        mine.at[0] = source.at(from);
        kernel.run(mine.arrays, mine.at, vectors, mine.sums);
        return finish(mine.sums, x, vectors, count - vectors);
    }

    private double sum(PerThread mine, SpecializedKernel kernel, float[] x, int first, int count) {
        int vectors = count - count % PARTIALS;
        if (kernel == null || vectors == 0) {
            mine.running().one(x, first, vectors, mine.sums, squared);
        } else {
            mine.arrays[0] = x;
            mine.at[0] = first;
            kernel.run(mine.arrays, mine.at, vectors, mine.sums);
        }
        return finish(mine.sums, x, first + vectors, count - vectors);
    }

    private double finish(double[] sums, float[] x, int first, int count) {
        return finish(sums, 0, x, first, count, squared);
    }

    /**
     * Adds the elements that do not fill the partial sums, then the partial sums.
     *
     * @param sums the partial sums, which it changes
     * @param at the index of the first partial sum
     * @param x the array with these elements
     * @param first the index of the first of them
     * @param count their number, below 16
     * @param squared whether their squares are added, and not they themselves
     * @return the sum
     */
    public static double finish(double[] sums, int at, float[] x, int first, int count, boolean squared) {
        for (int i = 0; i < count; i++) {
            double value = x[first + i];
            sums[at + i] += squared ? value * value : value;
        }
        for (int half = PARTIALS / 2; half > 0; half /= 2) {
            for (int i = at; i < at + half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[at];
    }

    private static final class PerThread {
        final Object[] arrays = new Object[1];
        final long[] at = new long[1];
        final double[] sums = new double[RunningSums.MOST * PARTIALS];
        private float[] staged;
        private RunningSums running;

        RunningSums running() {
            if (running == null) {
                running = new RunningSums();
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
