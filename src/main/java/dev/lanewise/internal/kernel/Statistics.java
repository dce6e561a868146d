package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a step did to a block of parameters, taken while the block is still in the cache: sums of squares of the gradient, of
 * the update and of the parameters before it, the largest update, and how many gradients are not finite. The order of the
 * sums is that of {@link SumOfSquares}.
 */
public final class Statistics {
    /** Elements of a block. */
    public static final int BLOCK = SumOfSquares.BLOCK;

    /** Numbers that a block gives: see {@link #GRADIENT} and the others. */
    public static final int NUMBERS = 5;

    /** Index of the sum of the squares of the gradient. */
    public static final int GRADIENT = 0;

    /** Index of the sum of the squares of the update. */
    public static final int UPDATE = 1;

    /** Index of the sum of the squares of the parameters before the update. */
    public static final int PARAMETERS = 2;

    /** Index of the largest magnitude of an update; NaN if one is NaN. */
    public static final int LARGEST = 3;

    /** Index of the number of gradients that are NaN or infinite. */
    public static final int NON_FINITE = 4;

    static final int LANES = SumOfSquares.LANES;

    private final Scratch[] scratch;
    private FloatSpan parameters;
    private FloatSpan gradients;
    private Storage parameterStorage;
    private Storage gradientStorage;

    /** Not final: see {@link Kernels#link}. */
    private MethodHandle kernel;

    /**
     * Statistics whose buffers are still to be bound.
     *
     * @param threads how many blocks may be in work at the same time
     */
    public Statistics(int threads) {
        scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch();
        }
    }

    /**
     * Sets the buffers. Allocates nothing if their storages are what they were.
     *
     * @param parameters the parameters
     * @param gradients the gradients
     */
    public void bind(FloatSpan parameters, FloatSpan gradients) {
        Storage p = Storage.of(parameters);
        Storage g = Storage.of(gradients);
        this.parameters = parameters;
        this.gradients = gradients;
        if (p != parameterStorage || g != gradientStorage) {
            parameterStorage = p;
            gradientStorage = g;
            boolean direct = p != Storage.STAGED && g != Storage.STAGED;
            kernel = direct ? Kernels.link("Statistics", List.of(p, g, Storage.ARRAY), Set.of()) : null;
        }
    }

    /**
     * Keeps the parameters of a block as they are before the update.
     *
     * @param thread which of the blocks that are in work at the same time this is
     * @param from its first element
     * @param count how many, at most {@link #BLOCK}
     */
    public void before(int thread, long from, int count) {
        parameters.copyTo(from, scratch[thread].old, 0, count);
    }

    /**
     * Takes the numbers of a block after the update.
     *
     * @param thread the one that {@link #before} was given
     * @param from its first element
     * @param count how many
     * @param numbers where to write the {@link #NUMBERS} numbers
     * @param at from which index on
     */
    public void after(int thread, long from, int count, double[] numbers, int at) {
        Scratch mine = scratch[thread];
        double[] sums = mine.sums;
        float[] largest = mine.largest;
        int vectors = kernel == null ? 0 : count - count % LANES;
        if (vectors == 0) {
            Arrays.fill(sums, 0);
            Arrays.fill(largest, 0);
        } else {
            mine.arrays[0] = parameterStorage.array(parameters);
            mine.at[0] = parameterStorage.at(parameters, from);
            mine.arrays[1] = gradientStorage.array(gradients);
            mine.at[1] = gradientStorage.at(gradients, from);
            mine.arrays[2] = mine.old;
            try {
                kernel.invokeExact(mine.arrays, mine.at, vectors, sums, largest);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
        for (int i = vectors; i < count; i++) {
            float g = gradients.get(from + i);
            float p = mine.old[i];
            float u = parameters.get(from + i) - p;
            int lane = i % LANES;
            sums[lane] += (double) g * g;
            sums[LANES + lane] += (double) u * u;
            sums[2 * LANES + lane] += (double) p * p;
            largest[lane] = Math.max(largest[lane], Math.abs(u));
            sums[3 * LANES] += g - g != 0 ? 1 : 0;
        }
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
                sums[LANES + i] += sums[LANES + i + half];
                sums[2 * LANES + i] += sums[2 * LANES + i + half];
                largest[i] = Math.max(largest[i], largest[i + half]);
            }
        }
        numbers[at + GRADIENT] = sums[0];
        numbers[at + UPDATE] = sums[LANES];
        numbers[at + PARAMETERS] = sums[2 * LANES];
        numbers[at + LARGEST] = largest[0];
        numbers[at + NON_FINITE] = sums[3 * LANES];
    }

    private static final class Scratch {
        final float[] old = new float[BLOCK];
        final Object[] arrays = new Object[3];
        final long[] at = new long[3];
        final double[] sums = new double[3 * LANES + 1];
        final float[] largest = new float[LANES];
    }
}
