package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The sum of the squares of a block of floats, in one order whatever the vector width: element i is added to lane i mod 16,
 * in double, where its square is exact; then the lanes are added as a tree.
 */
public final class SumOfSquares {
    /** Elements of a block. Longer sums add up their blocks in order. */
    public static final int BLOCK = 4096;

    /** Virtual lanes: those of the widest vector. */
    static final int LANES = 16;

    private final PerThread[] perThread;
    private FloatSpan span;
    private Storage storage;

    /** Not final: see {@link Kernels#link}. */
    private MethodHandle kernel;

    /**
     * A sum whose floats are still to be bound.
     *
     * @param threads how many blocks may be summed at the same time
     */
    public SumOfSquares(int threads) {
        perThread = new PerThread[threads];
        for (int i = 0; i < threads; i++) {
            perThread[i] = new PerThread();
        }
    }

    /**
     * Sets the floats. Allocates nothing if their storage is what it was.
     *
     * @param span where they are
     */
    public void bind(FloatSpan span) {
        Storage storage = Storage.of(span);
        this.span = span;
        if (storage != this.storage) {
            this.storage = storage;
            kernel = Kernels.link(
                    "SumOfSquares", List.of(storage == Storage.NATIVE ? storage : Storage.ARRAY), Set.of());
        }
    }

    /**
     * Sums one block.
     *
     * @param thread which of the blocks that are summed at the same time this is
     * @param from its first element
     * @param count how many, at most {@link #BLOCK}
     * @return the sum of their squares
     */
    public double block(int thread, long from, int count) {
        PerThread mine = perThread[thread];
        double[] sums = mine.sums;
        int vectors = kernel == null ? 0 : count - count % LANES;
        if (vectors == 0) {
            Arrays.fill(sums, 0);
        } else {
            if (storage == Storage.STAGED) {
                span.copyTo(from, mine.block(), 0, count);
                mine.arrays[0] = mine.block();
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
            sums[i % LANES] += x * x;
        }
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[0];
    }

    private static final class PerThread {
        final Object[] arrays = new Object[1];
        final long[] at = new long[1];
        final double[] sums = new double[LANES];
        private float[] block;

        float[] block() {
            if (block == null) {
                block = new float[BLOCK];
            }
            return block;
        }
    }
}
