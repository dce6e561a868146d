package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernel for a C of few columns, whose vectors hold elements of a column of C. Vectors that hold a row
 * of ten have six unused lanes of sixteen, and need as many broadcasts as additions. It writes its code out for the reason of
 * {@link GemmKernel}.
 */
public final class ColumnKernel {
    /** The columns of a tile, and the floats of B for each term, of which the last are not used. */
    public static final int COLUMNS = 10, WIDTH = 16;

    private ColumnKernel() {}

    /**
     * Multiplies two vectors of rows of C, for each term side by side in a row of a transposed A, by {@link #COLUMNS} columns.
     * With 16 registers, the columns take two turns.
     *
     * @param k the number of terms of each sum
     * @param a the transposed A, from {@code a0} on, a row every {@code aStride} floats
     * @param b a row of {@link #WIDTH} floats for each term
     * @param tile receives the columns, two vectors each
     */
    public static void tile(int k, float[] a, int a0, int aStride, float[] b, float[] tile) {
        if (LANES == 16) {
            ten(k, a, a0, aStride, b, 0, tile, 0);
        } else {
            five(k, a, a0, aStride, b, 0, tile, 0);
            five(k, a, a0, aStride, b, 5, tile, 10 * LANES);
        }
    }

    private static void ten(int k, float[] a, int a0, int aStride, float[] b, int b0, float[] tile, int to) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s0 = zero,
                t0 = zero,
                s1 = zero,
                t1 = zero,
                s2 = zero,
                t2 = zero,
                s3 = zero,
                t3 = zero,
                s4 = zero,
                t4 = zero,
                s5 = zero,
                t5 = zero,
                s6 = zero,
                t6 = zero,
                s7 = zero,
                t7 = zero,
                s8 = zero,
                t8 = zero,
                s9 = zero,
                t9 = zero;
        int i = a0, j = b0;
        for (int p = 0; p < k; p++) {
            FloatVector u = FloatVector.fromArray(SPECIES, a, i), v = FloatVector.fromArray(SPECIES, a, i + LANES);
            FloatVector x = FloatVector.broadcast(SPECIES, b[j]);
            s0 = x.fma(u, s0);
            t0 = x.fma(v, t0);
            x = FloatVector.broadcast(SPECIES, b[j + 1]);
            s1 = x.fma(u, s1);
            t1 = x.fma(v, t1);
            x = FloatVector.broadcast(SPECIES, b[j + 2]);
            s2 = x.fma(u, s2);
            t2 = x.fma(v, t2);
            x = FloatVector.broadcast(SPECIES, b[j + 3]);
            s3 = x.fma(u, s3);
            t3 = x.fma(v, t3);
            x = FloatVector.broadcast(SPECIES, b[j + 4]);
            s4 = x.fma(u, s4);
            t4 = x.fma(v, t4);
            x = FloatVector.broadcast(SPECIES, b[j + 5]);
            s5 = x.fma(u, s5);
            t5 = x.fma(v, t5);
            x = FloatVector.broadcast(SPECIES, b[j + 6]);
            s6 = x.fma(u, s6);
            t6 = x.fma(v, t6);
            x = FloatVector.broadcast(SPECIES, b[j + 7]);
            s7 = x.fma(u, s7);
            t7 = x.fma(v, t7);
            x = FloatVector.broadcast(SPECIES, b[j + 8]);
            s8 = x.fma(u, s8);
            t8 = x.fma(v, t8);
            x = FloatVector.broadcast(SPECIES, b[j + 9]);
            s9 = x.fma(u, s9);
            t9 = x.fma(v, t9);
            i += aStride;
            j += WIDTH;
        }
        zero = FLOAT_TYPE.cast(zero);
        FLOAT_TYPE.cast(zero.add(s0)).intoArray(tile, to);
        FLOAT_TYPE.cast(zero.add(t0)).intoArray(tile, to + LANES);
        FLOAT_TYPE.cast(zero.add(s1)).intoArray(tile, to + 2 * LANES);
        FLOAT_TYPE.cast(zero.add(t1)).intoArray(tile, to + 3 * LANES);
        FLOAT_TYPE.cast(zero.add(s2)).intoArray(tile, to + 4 * LANES);
        FLOAT_TYPE.cast(zero.add(t2)).intoArray(tile, to + 5 * LANES);
        FLOAT_TYPE.cast(zero.add(s3)).intoArray(tile, to + 6 * LANES);
        FLOAT_TYPE.cast(zero.add(t3)).intoArray(tile, to + 7 * LANES);
        FLOAT_TYPE.cast(zero.add(s4)).intoArray(tile, to + 8 * LANES);
        FLOAT_TYPE.cast(zero.add(t4)).intoArray(tile, to + 9 * LANES);
        FLOAT_TYPE.cast(zero.add(s5)).intoArray(tile, to + 10 * LANES);
        FLOAT_TYPE.cast(zero.add(t5)).intoArray(tile, to + 11 * LANES);
        FLOAT_TYPE.cast(zero.add(s6)).intoArray(tile, to + 12 * LANES);
        FLOAT_TYPE.cast(zero.add(t6)).intoArray(tile, to + 13 * LANES);
        FLOAT_TYPE.cast(zero.add(s7)).intoArray(tile, to + 14 * LANES);
        FLOAT_TYPE.cast(zero.add(t7)).intoArray(tile, to + 15 * LANES);
        FLOAT_TYPE.cast(zero.add(s8)).intoArray(tile, to + 16 * LANES);
        FLOAT_TYPE.cast(zero.add(t8)).intoArray(tile, to + 17 * LANES);
        FLOAT_TYPE.cast(zero.add(s9)).intoArray(tile, to + 18 * LANES);
        FLOAT_TYPE.cast(zero.add(t9)).intoArray(tile, to + 19 * LANES);
    }

    private static void five(int k, float[] a, int a0, int aStride, float[] b, int b0, float[] tile, int to) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s0 = zero,
                t0 = zero,
                s1 = zero,
                t1 = zero,
                s2 = zero,
                t2 = zero,
                s3 = zero,
                t3 = zero,
                s4 = zero,
                t4 = zero;
        int i = a0, j = b0;
        for (int p = 0; p < k; p++) {
            FloatVector u = FloatVector.fromArray(SPECIES, a, i), v = FloatVector.fromArray(SPECIES, a, i + LANES);
            FloatVector x = FloatVector.broadcast(SPECIES, b[j]);
            s0 = x.fma(u, s0);
            t0 = x.fma(v, t0);
            x = FloatVector.broadcast(SPECIES, b[j + 1]);
            s1 = x.fma(u, s1);
            t1 = x.fma(v, t1);
            x = FloatVector.broadcast(SPECIES, b[j + 2]);
            s2 = x.fma(u, s2);
            t2 = x.fma(v, t2);
            x = FloatVector.broadcast(SPECIES, b[j + 3]);
            s3 = x.fma(u, s3);
            t3 = x.fma(v, t3);
            x = FloatVector.broadcast(SPECIES, b[j + 4]);
            s4 = x.fma(u, s4);
            t4 = x.fma(v, t4);
            i += aStride;
            j += WIDTH;
        }
        zero = FLOAT_TYPE.cast(zero);
        FLOAT_TYPE.cast(zero.add(s0)).intoArray(tile, to);
        FLOAT_TYPE.cast(zero.add(t0)).intoArray(tile, to + LANES);
        FLOAT_TYPE.cast(zero.add(s1)).intoArray(tile, to + 2 * LANES);
        FLOAT_TYPE.cast(zero.add(t1)).intoArray(tile, to + 3 * LANES);
        FLOAT_TYPE.cast(zero.add(s2)).intoArray(tile, to + 4 * LANES);
        FLOAT_TYPE.cast(zero.add(t2)).intoArray(tile, to + 5 * LANES);
        FLOAT_TYPE.cast(zero.add(s3)).intoArray(tile, to + 6 * LANES);
        FLOAT_TYPE.cast(zero.add(t3)).intoArray(tile, to + 7 * LANES);
        FLOAT_TYPE.cast(zero.add(s4)).intoArray(tile, to + 8 * LANES);
        FLOAT_TYPE.cast(zero.add(t4)).intoArray(tile, to + 9 * LANES);
    }
}
