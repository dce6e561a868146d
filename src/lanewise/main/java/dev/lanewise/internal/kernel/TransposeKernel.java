package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.INT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * This kernel packs panels of a transposed factor for {@link GemmKernel}. It moves bits, as ints, in blocks of as many rows and
 * columns as a vector has lanes. Sixteen lanes select from two vectors in one instruction; fewer do not, and exchange lanes of
 * one vector before they blend it with another.
 */
public final class TransposeKernel {
    /** They select from two vectors their first halves, one element of each in turn, and their second halves. */
    private static final IntVector FIRST = interleaved(0), SECOND = interleaved(LANES / 2);

    /** They exchange the halves of a vector, the quarters of each half, and adjacent elements. */
    private static final IntVector HALVES = exchanged(LANES / 2),
            QUARTERS = exchanged(LANES / 4),
            ADJACENT = exchanged(1);

    /** They are set in the second half, every second quarter and every second element. */
    private static final VectorMask<Integer> UPPER = every(LANES / 2), ODD_QUARTERS = every(LANES / 4), ODD = every(1);

    /**
     * The loops of the two passes. They must not be constants for C2, which would inline both into their caller. Together they
     * have more nodes than C2 inlines vectors in, so that it would box those that are stored last.
     */
    private static volatile MethodHandle
            firstPass = Kernels.handle(TransposeKernel.class, LANES == 16 ? "interleaveRows" : "exchangeQuarters"),
            secondPass = Kernels.handle(TransposeKernel.class, LANES == 16 ? "interleaveBlocks" : "exchangeAdjacent");

    private TransposeKernel() {}

    private static IntVector exchanged(int distance) {
        int[] at = new int[LANES];
        Arrays.setAll(at, i -> i ^ distance);
        return IntVector.fromArray(INTS, at, 0);
    }

    private static VectorMask<Integer> every(int distance) {
        boolean[] set = new boolean[LANES];
        for (int i = 0; i < LANES; i++) {
            set[i] = (i & distance) != 0;
        }
        return VectorMask.fromArray(INTS, set, 0);
    }

    private static IntVector interleaved(int from) {
        int[] at = new int[LANES];
        Arrays.setAll(at, i -> from + i / 2 + i % 2 * LANES);
        return IntVector.fromArray(INTS, at, 0);
    }

    /**
     * Transposes {@code valid} rows of {@code k} floats into a panel, padded with the last of them to {@code width}. There are
     * two passes, the second in its place in the panel: all of a block in registers would be too long a method for the compilers.
     * Four lanes need the first only.
     *
     * @param width a multiple of the lanes of a vector, of which there must be at least 4
     * @param k the number of terms, 0 or at least as many as lanes
     * @param toStride the distance from one row of the panel to the next
     */
    public static void transpose(
            float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width, int toStride) {
        if (k == 0) {
            return;
        }
        int whole = k - k % LANES, rest = k - LANES;
        for (int j = 0; j < width; j += LANES) {
            transposeRows(x, x0, stride, j, valid - 1, whole, panel, to + j, toStride);
            if (whole < k) {
                // The last block repeats rows of the one before it.
                transposeRows(x, x0 + rest, stride, j, valid - 1, LANES, panel, to + rest * toStride + j, toStride);
            }
        }
    }

    /** Transposes as many rows as a vector has lanes, from row {@code j} on, of {@code k} floats, a multiple of that. */
    private static void transposeRows(
            float[] x, int x0, int stride, int j, int last, int k, float[] y, int to, int toStride) {
        int apart = LANES / 4, step = apart * toStride;
        try {
            for (int i = j; i < j + apart; i++) {
                int r0 = x0 + Math.min(i, last) * stride, r1 = x0 + Math.min(i + apart, last) * stride;
                int r2 = x0 + Math.min(i + 2 * apart, last) * stride, r3 = x0 + Math.min(i + 3 * apart, last) * stride;
                firstPass.invokeExact(x, r0, r1, r2, r3, k, y, to + (i - j) * toStride, step);
            }
            if (LANES > 4) {
                secondPass.invokeExact(y, to, k, toStride);
            }
        } catch (Throwable e) {
            throw SpecializedKernel.unchecked(e);
        }
    }

    /** The first pass of sixteen lanes, over k elements of four rows. */
    static void interleaveRows(float[] x, int r0, int r1, int r2, int r3, int k, float[] y, int to, int step) {
        interleave(x, r0, r1, r2, r3, LANES, k / LANES, y, to, step, 4 * step);
    }

    /** The second pass of sixteen lanes, over k rows of a panel in its place. */
    static void interleaveBlocks(float[] y, int to, int k, int stride) {
        int next = 4 * stride;
        interleave(y, to, to + stride, to + 2 * stride, to + 3 * stride, next, k / 4, y, to, stride, next);
    }

    /**
     * Stores four vectors in which the elements of four vectors of x follow each other in turn, {@code count} times.
     *
     * @param apart the distance from a vector of x to the next of its row
     * @param step the distance from one stored vector to the next
     * @param next the distance from four stored vectors to the next four
     */
    private static void interleave(
            float[] x, int r0, int r1, int r2, int r3, int apart, int count, float[] y, int to, int step, int next) {
        for (int i = 0; i < count; i++) {
            int p = i * apart, at = to + i * next;
            IntVector a = bits(x, r0 + p), b = bits(x, r1 + p), c = bits(x, r2 + p), d = bits(x, r3 + p);
            IntVector ac = FIRST.selectFrom(a, c), bd = FIRST.selectFrom(b, d);
            store(FIRST.selectFrom(ac, bd), y, at);
            store(SECOND.selectFrom(ac, bd), y, at + step);
            ac = SECOND.selectFrom(a, c);
            bd = SECOND.selectFrom(b, d);
            store(FIRST.selectFrom(ac, bd), y, at + 2 * step);
            store(SECOND.selectFrom(ac, bd), y, at + 3 * step);
        }
    }

    /**
     * The first pass of fewer lanes, over k elements of four rows: stores four vectors in which four vectors of x have exchanged
     * halves, and then quarters.
     *
     * @param step the distance from one stored vector to the next
     */
    static void exchangeQuarters(float[] x, int r0, int r1, int r2, int r3, int k, float[] y, int to, int step) {
        int at = to;
        for (int p = 0; p < k; p += LANES) {
            IntVector a = bits(x, r0 + p), b = bits(x, r1 + p), c = bits(x, r2 + p), d = bits(x, r3 + p);
            IntVector ac = lower(a, c, HALVES, UPPER), bd = lower(b, d, HALVES, UPPER);
            store(lower(ac, bd, QUARTERS, ODD_QUARTERS), y, at);
            store(upper(ac, bd, QUARTERS, ODD_QUARTERS), y, at + step);
            ac = upper(a, c, HALVES, UPPER);
            bd = upper(b, d, HALVES, UPPER);
            store(lower(ac, bd, QUARTERS, ODD_QUARTERS), y, at + 2 * step);
            store(upper(ac, bd, QUARTERS, ODD_QUARTERS), y, at + 3 * step);
            at += 4 * step;
        }
    }

    /** The second pass of eight lanes, over k rows of a panel in its place: exchanges adjacent elements of two of them. */
    static void exchangeAdjacent(float[] y, int to, int k, int stride) {
        int at = to;
        for (int i = 0; i < k; i += 2) {
            IntVector a = bits(y, at), b = bits(y, at + stride);
            store(lower(a, b, ADJACENT, ODD), y, at);
            store(upper(a, b, ADJACENT, ODD), y, at + stride);
            at += 2 * stride;
        }
    }

    /** {@return a, with what b has before the places where {@code odd} is set, in these places} */
    private static IntVector lower(IntVector a, IntVector b, IntVector exchange, VectorMask<Integer> odd) {
        return a.blend(exchange.selectFrom(b), odd);
    }

    /** {@return b, with what a has after the other places, in these places} */
    private static IntVector upper(IntVector a, IntVector b, IntVector exchange, VectorMask<Integer> odd) {
        return exchange.selectFrom(a).blend(b, odd);
    }

    private static IntVector bits(float[] x, int at) {
        return INT_TYPE.cast(FloatVector.fromArray(SPECIES, x, at).reinterpretShape(INTS, 0));
    }

    private static void store(IntVector bits, float[] y, int at) {
        FLOAT_TYPE.cast(bits.reinterpretShape(SPECIES, 0)).intoArray(y, at);
    }
}
