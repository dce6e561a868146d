package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
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

    /** The field is not final, for the reason given at {@link Kernels#specialize}. */
    private MethodHandle kernel;

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
        double[] sums = mine.sums;
        int vectors = kernel == null ? 0 : count - count % PARTIALS;
        if (vectors == 0) {
            Arrays.fill(sums, 0);
        } else {
            if (storage == Storage.STAGED) {
                span.copyTo(from, mine.staged(), 0, count);
                mine.arrays[0] = mine.staged();
                mine.at[0] = 0;
            } else {
                mine.arrays[0] = storage.array(span);
                mine.at[0] = storage.at(span, from);
            }
            try {
                kernel.invokeExact(mine.arrays, mine.at, vectors, sums);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
        for (int i = vectors; i < count; i++) {
            double x = span.get(from + i);
            sums[i % PARTIALS] += x * x;
        }
        for (int half = PARTIALS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[0];
    }

    private static final class PerThread {
        final Object[] arrays = new Object[1];
        final long[] at = new long[1];
        final double[] sums = new double[PARTIALS];
        private float[] staged;

        float[] staged() {
            if (staged == null) {
                staged = new float[BLOCK];
            }
            return staged;
        }
    }
}
