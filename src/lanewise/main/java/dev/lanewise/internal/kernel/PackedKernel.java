package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernels of {@link dev.lanewise.linalg.Gemm} for a packed A: one for 32 registers, and one that leaves out
 * zeros. A panel of A has the elements of its rows side by side for each k, so that it needs only one index.
 */
public final class PackedKernel {
    private PackedKernel() {}

    /**
     * {@return the rows of the tile, or 0 if there is none} With 32 registers, eight rows are a tenth faster than the six of {@link
     * GemmKernel}. With 16, they do not fit; shorter vectors of a processor that has 32 cannot be told from those of one that has 16.
     */
    public static int mr() {
        return LANES == 16 ? 8 : 0;
    }

    /** {@return the rows of a panel of A for {@link #sparse}} */
    public static int mrSparse() {
        return 4;
    }

    /** {@return the columns of a panel of B for {@link #sparse}} */
    public static int nrSparse() {
        return LANES == 16 ? 4 * LANES : 2 * LANES;
    }

    /**
     * Multiplies a panel of A of {@link #mr()} rows by a panel of B, and adds the products to partial sums.
     *
     * @param k the number of terms that are added to each sum
     * @param a the panel of A, from {@code a0} on
     * @param b the panel of B, from {@code b0} on
     * @param s the partial sums, from {@code s0} on, a row every {@code sStride} floats; null for 0
     * @param c receives the tile, from {@code c0} on, a row every {@code stride} floats
     */
    public static void tile(
            int k,
            float[] a,
            int a0,
            float[] b,
            int b0,
            float[] s,
            int s0,
            int sStride,
            float[] c,
            int c0,
            int stride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero,
                c01 = zero,
                c10 = zero,
                c11 = zero,
                c20 = zero,
                c21 = zero,
                c30 = zero,
                c31 = zero,
                c40 = zero,
                c41 = zero,
                c50 = zero,
                c51 = zero,
                c60 = zero,
                c61 = zero,
                c70 = zero,
                c71 = zero;
        if (s != null) {
            c00 = FloatVector.fromArray(SPECIES, s, s0);
            c01 = FloatVector.fromArray(SPECIES, s, s0 + LANES);
            c10 = FloatVector.fromArray(SPECIES, s, s0 + sStride);
            c11 = FloatVector.fromArray(SPECIES, s, s0 + sStride + LANES);
            c20 = FloatVector.fromArray(SPECIES, s, s0 + 2 * sStride);
            c21 = FloatVector.fromArray(SPECIES, s, s0 + 2 * sStride + LANES);
            c30 = FloatVector.fromArray(SPECIES, s, s0 + 3 * sStride);
            c31 = FloatVector.fromArray(SPECIES, s, s0 + 3 * sStride + LANES);
            c40 = FloatVector.fromArray(SPECIES, s, s0 + 4 * sStride);
            c41 = FloatVector.fromArray(SPECIES, s, s0 + 4 * sStride + LANES);
            c50 = FloatVector.fromArray(SPECIES, s, s0 + 5 * sStride);
            c51 = FloatVector.fromArray(SPECIES, s, s0 + 5 * sStride + LANES);
            c60 = FloatVector.fromArray(SPECIES, s, s0 + 6 * sStride);
            c61 = FloatVector.fromArray(SPECIES, s, s0 + 6 * sStride + LANES);
            c70 = FloatVector.fromArray(SPECIES, s, s0 + 7 * sStride);
            c71 = FloatVector.fromArray(SPECIES, s, s0 + 7 * sStride + LANES);
        }
        for (int p = 0; p < k; p++) {
            int i = a0 + p * 8;
            int j = b0 + 2 * LANES * p;
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
            t = FloatVector.broadcast(SPECIES, a[i + 4]);
            c40 = t.fma(u, c40);
            c41 = t.fma(v, c41);
            t = FloatVector.broadcast(SPECIES, a[i + 5]);
            c50 = t.fma(u, c50);
            c51 = t.fma(v, c51);
            t = FloatVector.broadcast(SPECIES, a[i + 6]);
            c60 = t.fma(u, c60);
            c61 = t.fma(v, c61);
            t = FloatVector.broadcast(SPECIES, a[i + 7]);
            c70 = t.fma(u, c70);
            c71 = t.fma(v, c71);
        }
        c00.add(0).intoArray(c, c0);
        c01.add(0).intoArray(c, c0 + LANES);
        c10.add(0).intoArray(c, c0 + stride);
        c11.add(0).intoArray(c, c0 + stride + LANES);
        c20.add(0).intoArray(c, c0 + 2 * stride);
        c21.add(0).intoArray(c, c0 + 2 * stride + LANES);
        c30.add(0).intoArray(c, c0 + 3 * stride);
        c31.add(0).intoArray(c, c0 + 3 * stride + LANES);
        c40.add(0).intoArray(c, c0 + 4 * stride);
        c41.add(0).intoArray(c, c0 + 4 * stride + LANES);
        c50.add(0).intoArray(c, c0 + 5 * stride);
        c51.add(0).intoArray(c, c0 + 5 * stride + LANES);
        c60.add(0).intoArray(c, c0 + 6 * stride);
        c61.add(0).intoArray(c, c0 + 6 * stride + LANES);
        c70.add(0).intoArray(c, c0 + 7 * stride);
        c71.add(0).intoArray(c, c0 + 7 * stride + LANES);
    }

    /**
     * Multiplies a panel of A without zeros by a panel of B of {@link #nrSparse()} columns. The panel of A has four rows and
     * leaves out each k for which all four are 0.
     *
     * @param k the number of terms left in each sum
     * @param a the panel of A, from {@code a0} on
     * @param b the panel of B, from {@code b0} on
     * @param at for each of these terms, the index of its row of B relative to {@code b0}; from {@code at0} on
     * @param c receives the tile, from {@code c0} on, a row every {@code stride} floats
     */
    public static void sparse(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (LANES == 16) {
            sparse4(k, a, a0, b, b0, at, at0, c, c0, stride);
        } else {
            sparse2(k, a, a0, b, b0, at, at0, c, c0, stride);
        }
    }

    private static void sparse4(
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
        c00.add(zero).intoArray(c, c0);
        c01.add(zero).intoArray(c, c0 + LANES);
        c02.add(zero).intoArray(c, c0 + 2 * LANES);
        c03.add(zero).intoArray(c, c0 + 3 * LANES);
        c10.add(zero).intoArray(c, c0 + stride);
        c11.add(zero).intoArray(c, c0 + stride + LANES);
        c12.add(zero).intoArray(c, c0 + stride + 2 * LANES);
        c13.add(zero).intoArray(c, c0 + stride + 3 * LANES);
        c20.add(zero).intoArray(c, c0 + 2 * stride);
        c21.add(zero).intoArray(c, c0 + 2 * stride + LANES);
        c22.add(zero).intoArray(c, c0 + 2 * stride + 2 * LANES);
        c23.add(zero).intoArray(c, c0 + 2 * stride + 3 * LANES);
        c30.add(zero).intoArray(c, c0 + 3 * stride);
        c31.add(zero).intoArray(c, c0 + 3 * stride + LANES);
        c32.add(zero).intoArray(c, c0 + 3 * stride + 2 * LANES);
        c33.add(zero).intoArray(c, c0 + 3 * stride + 3 * LANES);
    }

    private static void sparse2(
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
        c00.add(zero).intoArray(c, c0);
        c01.add(zero).intoArray(c, c0 + LANES);
        c10.add(zero).intoArray(c, c0 + stride);
        c11.add(zero).intoArray(c, c0 + stride + LANES);
        c20.add(zero).intoArray(c, c0 + 2 * stride);
        c21.add(zero).intoArray(c, c0 + 2 * stride + LANES);
        c30.add(zero).intoArray(c, c0 + 3 * stride);
        c31.add(zero).intoArray(c, c0 + 3 * stride + LANES);
    }
}
