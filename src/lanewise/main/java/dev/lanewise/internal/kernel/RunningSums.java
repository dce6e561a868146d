package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.SumOfSquares.BLOCK;
import static dev.lanewise.internal.kernel.SumOfSquares.PARTIALS;

import java.util.Objects;

/**
 * The scalar definition of {@link SumOfSquaresKernel}. Each partial sum has a place of its own after each element, because C2
 * vectorizes such a loop, but not one in which 16 sums are repeatedly updated. A sum then waits for its own store 16 elements
 * before, so that several blocks take as long as one.
 *
 * <p>C2 unrolls, and so vectorizes, only loops of few nodes. An index that is known not to overflow has fewer of them.
 */
final class RunningSums {
    /** The blocks that are summed at a time at most. */
    static final int MOST = 4;

    /** The distance between the running sums of two blocks. The first {@link SumOfSquares#PARTIALS} of each stay 0. */
    private static final int DISTANCE = PARTIALS + BLOCK;

    private final double[] running = new double[MOST * DISTANCE];

    /**
     * Sums one block.
     *
     * @param x the floats
     * @param x0 the index of the first
     * @param count their number, a multiple of 16
     * @param sums receives the partial sums
     * @param squared whether the squares are summed, and not the floats themselves
     */
    void one(float[] x, int x0, int count, double[] sums, boolean squared) {
        double[] r = running;
        for (int i = 0; i < count; i++) {
            double a = x[x0 + i];
            r[i + PARTIALS] = r[i] + (squared ? a * a : a);
        }
        System.arraycopy(r, count, sums, 0, PARTIALS);
    }

    /** {@return whether a block may begin at an index in {@link #two}} Only the last of the longest arrays may not. */
    static boolean isLow(int first) {
        return first < Integer.MAX_VALUE - BLOCK;
    }

    /**
     * Sums two blocks, whose running sums share an array: C2 vectorizes no loop that stores to two arrays that may be one.
     *
     * @param x the floats of the first block
     * @param x0 the index of the first, which is low
     * @param y the floats of the second block
     * @param y0 the index of the first, which is low
     * @param count the floats of each, a multiple of 16
     * @param sums receives the partial sums of both
     * @param squared whether the squares are summed, and not the floats themselves
     */
    void two(float[] x, int x0, float[] y, int y0, int count, double[] sums, boolean squared) {
        double[] r = running;
        int xs = Objects.checkIndex(x0, Integer.MAX_VALUE - BLOCK),
                ys = Objects.checkIndex(y0, Integer.MAX_VALUE - BLOCK);
        int n = Math.min(count, BLOCK);
        for (int i = 0; i < n; i++) {
            double a = x[xs + i], b = y[ys + i];
            r[i + PARTIALS] = r[i] + (squared ? a * a : a);
            r[i + DISTANCE + PARTIALS] = r[i + DISTANCE] + (squared ? b * b : b);
        }
        System.arraycopy(r, n, sums, 0, PARTIALS);
        System.arraycopy(r, DISTANCE + n, sums, PARTIALS, PARTIALS);
    }

    /**
     * Sums the squares of four whole blocks that follow each other.
     *
     * @param x the floats
     * @param x0 the index of the first
     * @param sums receives the partial sums of the blocks, one block after another
     */
    void four(float[] x, int x0, double[] sums) {
        double[] r = running;
        int xs = Objects.checkIndex(x0, Integer.MAX_VALUE - MOST * BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            double a = x[xs + i], b = x[xs + BLOCK + i], c = x[xs + 2 * BLOCK + i], d = x[xs + 3 * BLOCK + i];
            r[i + PARTIALS] = r[i] + a * a;
            r[i + DISTANCE + PARTIALS] = r[i + DISTANCE] + b * b;
            r[i + 2 * DISTANCE + PARTIALS] = r[i + 2 * DISTANCE] + c * c;
            r[i + 3 * DISTANCE + PARTIALS] = r[i + 3 * DISTANCE] + d * d;
        }
        for (int k = 0; k < MOST; k++) {
            System.arraycopy(r, k * DISTANCE + BLOCK, sums, k * PARTIALS, PARTIALS);
        }
    }
}
