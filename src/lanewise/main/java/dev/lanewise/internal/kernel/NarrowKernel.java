package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.MASK_TYPE;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * This class has the micro-kernels of a panel of sixteen columns, whose rows of A are neither copied nor packed: one with a
 * vector of sixteen floats a row, and one with two of eight. Processors differ in which is faster. Where a 512-bit broadcast
 * takes a unit for arithmetic, as on Zen 4, the halves take three quarters of the time; where two 512-bit fma are issued in a
 * cycle, whole vectors have twice their throughput. So both are measured when they are compiled. Their bits are the same.
 */
public final class NarrowKernel {
    /** The columns of the panel. */
    public static final int COLUMNS = 16;

    /** The rows of the tile of whole vectors, and of that of halves. With eight, C2 runs out of registers for their indices. */
    public static final int ROWS = 7, HALVES_ROWS = 6;

    /** The columns of a half. */
    public static final int HALF = 8;

    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

    /** The class of its vectors, see {@link Vectors#FLOAT_TYPE}. */
    private static final Class<? extends FloatVector> EIGHT_TYPE =
            EIGHT.vectorType().asSubclass(FloatVector.class);

    private NarrowKernel() {}

    /** {@return the rows of the faster tile} The first calls measure. */
    public static int rows() {
        return Fastest.rows();
    }

    /**
     * Multiplies rows of A by a panel of B.
     *
     * @param rows {@link #ROWS} or {@link #HALVES_ROWS}, which chooses the tile
     * @param columns the columns that are stored; for halves, more than {@link #HALF}
     * @param k the number of terms of each sum
     * @param a the rows, from {@code a0} on
     * @param aStride the distance from one row to the next
     * @param b the panel; for halves, one of the first columns and behind it one of the last, which may both have some columns,
     *     so that neither is stored with a mask
     * @param c receives the columns, from {@code c0} on, a row every {@code cStride} floats
     */
    public static void tile(
            int rows, int columns, int k, float[] a, int a0, int aStride, float[] b, float[] c, int c0, int cStride) {
        if (rows == ROWS) {
            whole(columns, k, a, a0, aStride, b, c, c0, cStride);
        } else {
            halves(columns, k, a, a0, aStride, b, c, c0, cStride);
        }
    }

    /**
     * Packs rows of B for halves.
     *
     * @param stride the distance from one row of the source to the next
     * @param columns the floats of a row, more than {@link #HALF} and at most twice as many
     * @param k the number of rows
     */
    public static void pack(float[] x, int x0, int stride, int columns, int k, float[] panel) {
        if (k == 0) {
            return;
        }
        int last = x0 + columns - HALF, second = HALF * k;
        for (int p = 0; p < k; p++) {
            EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, x, x0 + p * stride)).intoArray(panel, p * HALF);
            EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, x, last + p * stride)).intoArray(panel, second + p * HALF);
        }
    }

    private static void whole(
            int columns, int k, float[] a, int a0, int aStride, float[] b, float[] c, int c0, int cStride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero;
        int r1 = a0 + aStride,
                r2 = r1 + aStride,
                r3 = r2 + aStride,
                r4 = r3 + aStride,
                r5 = r4 + aStride,
                r6 = r5 + aStride;
        for (int p = 0; p < k; p++) {
            FloatVector u = FloatVector.fromArray(SPECIES, b, p * COLUMNS);
            FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p]);
            s0 = t.fma(u, s0);
            t = FloatVector.broadcast(SPECIES, a[r1 + p]);
            s1 = t.fma(u, s1);
            t = FloatVector.broadcast(SPECIES, a[r2 + p]);
            s2 = t.fma(u, s2);
            t = FloatVector.broadcast(SPECIES, a[r3 + p]);
            s3 = t.fma(u, s3);
            t = FloatVector.broadcast(SPECIES, a[r4 + p]);
            s4 = t.fma(u, s4);
            t = FloatVector.broadcast(SPECIES, a[r5 + p]);
            s5 = t.fma(u, s5);
            t = FloatVector.broadcast(SPECIES, a[r6 + p]);
            s6 = t.fma(u, s6);
        }
        VectorMask<Float> stored = MASK_TYPE.cast(SPECIES.indexInRange(0, columns));
        zero = FLOAT_TYPE.cast(zero);
        FLOAT_TYPE.cast(zero.add(s0)).intoArray(c, c0, stored);
        FLOAT_TYPE.cast(zero.add(s1)).intoArray(c, c0 + cStride, stored);
        FLOAT_TYPE.cast(zero.add(s2)).intoArray(c, c0 + 2 * cStride, stored);
        FLOAT_TYPE.cast(zero.add(s3)).intoArray(c, c0 + 3 * cStride, stored);
        FLOAT_TYPE.cast(zero.add(s4)).intoArray(c, c0 + 4 * cStride, stored);
        FLOAT_TYPE.cast(zero.add(s5)).intoArray(c, c0 + 5 * cStride, stored);
        FLOAT_TYPE.cast(zero.add(s6)).intoArray(c, c0 + 6 * cStride, stored);
    }

    private static void halves(
            int columns, int k, float[] a, int a0, int aStride, float[] b, float[] c, int c0, int cStride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(EIGHT);
        FloatVector s00 = zero,
                s01 = zero,
                s10 = zero,
                s11 = zero,
                s20 = zero,
                s21 = zero,
                s30 = zero,
                s31 = zero,
                s40 = zero,
                s41 = zero,
                s50 = zero,
                s51 = zero;
        int r1 = a0 + aStride, r2 = r1 + aStride, r3 = r2 + aStride, r4 = r3 + aStride, r5 = r4 + aStride;
        int second = HALF * k;
        for (int p = 0; p < k; p++) {
            FloatVector u = FloatVector.fromArray(EIGHT, b, p * HALF),
                    v = FloatVector.fromArray(EIGHT, b, second + p * HALF);
            FloatVector t = FloatVector.broadcast(EIGHT, a[a0 + p]);
            s00 = t.fma(u, s00);
            s01 = t.fma(v, s01);
            t = FloatVector.broadcast(EIGHT, a[r1 + p]);
            s10 = t.fma(u, s10);
            s11 = t.fma(v, s11);
            t = FloatVector.broadcast(EIGHT, a[r2 + p]);
            s20 = t.fma(u, s20);
            s21 = t.fma(v, s21);
            t = FloatVector.broadcast(EIGHT, a[r3 + p]);
            s30 = t.fma(u, s30);
            s31 = t.fma(v, s31);
            t = FloatVector.broadcast(EIGHT, a[r4 + p]);
            s40 = t.fma(u, s40);
            s41 = t.fma(v, s41);
            t = FloatVector.broadcast(EIGHT, a[r5 + p]);
            s50 = t.fma(u, s50);
            s51 = t.fma(v, s51);
        }
        int last = c0 + columns - HALF;
        zero = EIGHT_TYPE.cast(zero);
        EIGHT_TYPE.cast(zero.add(s00)).intoArray(c, c0);
        EIGHT_TYPE.cast(zero.add(s01)).intoArray(c, last);
        EIGHT_TYPE.cast(zero.add(s10)).intoArray(c, c0 + cStride);
        EIGHT_TYPE.cast(zero.add(s11)).intoArray(c, last + cStride);
        EIGHT_TYPE.cast(zero.add(s20)).intoArray(c, c0 + 2 * cStride);
        EIGHT_TYPE.cast(zero.add(s21)).intoArray(c, last + 2 * cStride);
        EIGHT_TYPE.cast(zero.add(s30)).intoArray(c, c0 + 3 * cStride);
        EIGHT_TYPE.cast(zero.add(s31)).intoArray(c, last + 3 * cStride);
        EIGHT_TYPE.cast(zero.add(s40)).intoArray(c, c0 + 4 * cStride);
        EIGHT_TYPE.cast(zero.add(s41)).intoArray(c, last + 4 * cStride);
        EIGHT_TYPE.cast(zero.add(s50)).intoArray(c, c0 + 5 * cStride);
        EIGHT_TYPE.cast(zero.add(s51)).intoArray(c, last + 5 * cStride);
    }

    /**
     * The choice. Each tile is timed some milliseconds apart, and its fastest time counts: a thread of C2 that shares the core
     * slows the halves down more, and it is busy just when the tiles are new. Each time it runs for a while, because Intel's
     * processors need some 20 µs to switch on the upper half of their vector units.
     */
    private static final class Fastest {
        /** The terms of a measured product, its repetitions, and how often both tiles are timed. */
        private static final int TERMS = 64, REPETITIONS = 8, ROUNDS = 32;

        /** The nanoseconds from one time to the next at least, and those for which a tile runs each time. */
        private static final int PAUSE = 20_000_000, RUN = 60_000;

        private static final float[] A = new float[NarrowKernel.ROWS * TERMS],
                B = new float[TERMS * COLUMNS],
                C = new float[NarrowKernel.ROWS * COLUMNS];
        private static long whole = Long.MAX_VALUE, halves = Long.MAX_VALUE, last;
        private static volatile int rounds;
        private static volatile int rows = NarrowKernel.ROWS;

        static int rows() {
            if (rounds < ROUNDS) {
                measure();
            }
            return rows;
        }

        private static synchronized void measure() {
            if (rounds > 0 && System.nanoTime() - last < PAUSE) {
                return;
            }
            whole = Math.min(whole, nanos(NarrowKernel.ROWS));
            halves = Math.min(halves, nanos(HALVES_ROWS));
            rows = whole * HALVES_ROWS <= halves * NarrowKernel.ROWS ? NarrowKernel.ROWS : HALVES_ROWS;
            last = System.nanoTime();
            rounds++;
        }

        private static long nanos(int rows) {
            long begin = System.nanoTime(), end = begin, least = Long.MAX_VALUE;
            while (end - begin < RUN) {
                long start = end;
                for (int i = 0; i < REPETITIONS; i++) {
                    tile(rows, COLUMNS, TERMS, A, 0, TERMS, B, C, 0, COLUMNS);
                }
                end = System.nanoTime();
                least = Math.min(least, end - start);
            }
            return least;
        }
    }
}
