package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;

/** This class has the micro-kernels of {@link dev.lanewise.linalg.Gemm} that leave out zeros of a packed A. */
public final class NonZeroKernel {
    private NonZeroKernel() {}

    /** {@return the rows of a panel of A} */
    public static int mr() {
        return 4;
    }

    /** {@return the columns of a panel of B} */
    public static int nr() {
        return LANES == 16 ? 4 * LANES : 2 * LANES;
    }

    /**
     * Multiplies a panel of A without zeros by a panel of B of {@link #nr()} columns. The panel of A has four rows and
     * leaves out each k for which all four are 0.
     *
     * @param k the number of terms left in each sum
     * @param a the panel of A, from {@code a0} on
     * @param b the panel of B, from {@code b0} on
     * @param at for each of these terms, the index of its row of B relative to {@code b0}; from {@code at0} on
     * @param c receives the tile, from {@code c0} on, a row every {@code stride} floats
     */
    public static void tile(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (LANES == 16) {
            tile4(k, a, a0, b, b0, at, at0, c, c0, stride);
        } else {
            tile2(k, a, a0, b, b0, at, at0, c, c0, stride);
        }
    }

    private static void tile4(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero,
                c01 = zero,
                c02 = zero,
                c03 = zero,
                c10 = zero,
                c11 = zero,
                c12 = zero,
                c13 = zero,
                c20 = zero,
                c21 = zero,
                c22 = zero,
                c23 = zero,
                c30 = zero,
                c31 = zero,
                c32 = zero,
                c33 = zero;
        for (int p = 0; p < k; p++) {
            int i = a0 + p * 4;
            int j = b0 + at[at0 + p];
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector w = FloatVector.fromArray(SPECIES, b, j + 2 * LANES);
            FloatVector x = FloatVector.fromArray(SPECIES, b, j + 3 * LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[i]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            c02 = t.fma(w, c02);
            c03 = t.fma(x, c03);
            t = FloatVector.broadcast(SPECIES, a[i + 1]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            c12 = t.fma(w, c12);
            c13 = t.fma(x, c13);
            t = FloatVector.broadcast(SPECIES, a[i + 2]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            c22 = t.fma(w, c22);
            c23 = t.fma(x, c23);
            t = FloatVector.broadcast(SPECIES, a[i + 3]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            c32 = t.fma(w, c32);
            c33 = t.fma(x, c33);
        }
        zero = FLOAT_TYPE.cast(zero);
        FLOAT_TYPE.cast(zero.add(c00)).intoArray(c, c0);
        FLOAT_TYPE.cast(zero.add(c01)).intoArray(c, c0 + LANES);
        FLOAT_TYPE.cast(zero.add(c02)).intoArray(c, c0 + 2 * LANES);
        FLOAT_TYPE.cast(zero.add(c03)).intoArray(c, c0 + 3 * LANES);
        FLOAT_TYPE.cast(zero.add(c10)).intoArray(c, c0 + stride);
        FLOAT_TYPE.cast(zero.add(c11)).intoArray(c, c0 + stride + LANES);
        FLOAT_TYPE.cast(zero.add(c12)).intoArray(c, c0 + stride + 2 * LANES);
        FLOAT_TYPE.cast(zero.add(c13)).intoArray(c, c0 + stride + 3 * LANES);
        FLOAT_TYPE.cast(zero.add(c20)).intoArray(c, c0 + 2 * stride);
        FLOAT_TYPE.cast(zero.add(c21)).intoArray(c, c0 + 2 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c22)).intoArray(c, c0 + 2 * stride + 2 * LANES);
        FLOAT_TYPE.cast(zero.add(c23)).intoArray(c, c0 + 2 * stride + 3 * LANES);
        FLOAT_TYPE.cast(zero.add(c30)).intoArray(c, c0 + 3 * stride);
        FLOAT_TYPE.cast(zero.add(c31)).intoArray(c, c0 + 3 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c32)).intoArray(c, c0 + 3 * stride + 2 * LANES);
        FLOAT_TYPE.cast(zero.add(c33)).intoArray(c, c0 + 3 * stride + 3 * LANES);
    }

    private static void tile2(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        for (int p = 0; p < k; p++) {
            int i = a0 + p * 4;
            int j = b0 + at[at0 + p];
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[i]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FloatVector.broadcast(SPECIES, a[i + 1]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FloatVector.broadcast(SPECIES, a[i + 2]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FloatVector.broadcast(SPECIES, a[i + 3]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
        }
        zero = FLOAT_TYPE.cast(zero);
        FLOAT_TYPE.cast(zero.add(c00)).intoArray(c, c0);
        FLOAT_TYPE.cast(zero.add(c01)).intoArray(c, c0 + LANES);
        FLOAT_TYPE.cast(zero.add(c10)).intoArray(c, c0 + stride);
        FLOAT_TYPE.cast(zero.add(c11)).intoArray(c, c0 + stride + LANES);
        FLOAT_TYPE.cast(zero.add(c20)).intoArray(c, c0 + 2 * stride);
        FLOAT_TYPE.cast(zero.add(c21)).intoArray(c, c0 + 2 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c30)).intoArray(c, c0 + 3 * stride);
        FLOAT_TYPE.cast(zero.add(c31)).intoArray(c, c0 + 3 * stride + LANES);
    }
}
