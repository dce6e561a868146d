package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernels of {@link dev.lanewise.linalg.Gemm}, one for each tile size. They repeat their code, because
 * C2 keeps only local variables in registers, so that each accumulator needs a name.
 *
 * <p>A tile has {@code rows} × 2 vectors of C, whose accumulators are in registers: 16 of 32 registers if vectors have 512 bits,
 * else 12 of 16. Both factors are packed in the order in which the loop reads them, {@code rows} floats of A and two vectors of B
 * for each k, so that each needs only one index.
 */
public final class GemmKernel {
    private GemmKernel() {}

    /** {@return the rows of the tile} */
    public static int mr() {
        return LANES == 16 ? 8 : 6;
    }

    /** {@return the rows of the smaller tile, for the rows of A left over by panels of {@link #mr()} rows} */
    public static int mrTail() {
        return 4;
    }

    /** {@return the columns of a panel of B for {@link #sparse}} */
    public static int nrSparse() {
        return LANES == 16 ? 4 * LANES : 2 * LANES;
    }

    /**
     * Multiplies a panel of A by a panel of B.
     *
     * @param rows {@link #mr()} or {@link #mrTail()}
     * @param k the number of terms of each sum
     * @param a the panel of A, from {@code a0} on
     * @param b the panel of B, from {@code b0} on
     * @param c receives the tile, from {@code c0} on, a row every {@code stride} floats
     */
    public static void tile(int rows, int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int stride) {
        switch (rows) {
            case 8 -> tile8(k, a, a0, b, b0, c, c0, stride);
            case 6 -> tile6(k, a, a0, b, b0, c, c0, stride);
            default -> tile4(k, a, a0, b, b0, c, c0, stride);
        }
    }

    /**
     * Multiplies a row by a matrix that is not packed.
     *
     * @param columns the number of columns, a multiple of the lanes of a vector
     * @param k the number of terms of each sum
     * @param a the row, from {@code a0} on, an element every {@code step} floats
     * @param b the matrix, from {@code b0} on, a row every {@code stride} floats
     * @param c receives the product, from 0 on
     */
    public static void row(int columns, int k, float[] a, int a0, int step, float[] b, int b0, int stride, float[] c) {
        int j = 0;
        for (; j <= columns - 8 * LANES; j += 8 * LANES) {
            FloatVector zero = FloatVector.zero(SPECIES);
            FloatVector c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero, c7 = zero;
            for (int p = 0; p < k; p++) {
                FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p * step]);
                int i = b0 + p * stride + j;
                c0 = t.fma(FloatVector.fromArray(SPECIES, b, i), c0);
                c1 = t.fma(FloatVector.fromArray(SPECIES, b, i + LANES), c1);
                c2 = t.fma(FloatVector.fromArray(SPECIES, b, i + 2 * LANES), c2);
                c3 = t.fma(FloatVector.fromArray(SPECIES, b, i + 3 * LANES), c3);
                c4 = t.fma(FloatVector.fromArray(SPECIES, b, i + 4 * LANES), c4);
                c5 = t.fma(FloatVector.fromArray(SPECIES, b, i + 5 * LANES), c5);
                c6 = t.fma(FloatVector.fromArray(SPECIES, b, i + 6 * LANES), c6);
                c7 = t.fma(FloatVector.fromArray(SPECIES, b, i + 7 * LANES), c7);
            }
            c0.add(zero).intoArray(c, j);
            c1.add(zero).intoArray(c, j + LANES);
            c2.add(zero).intoArray(c, j + 2 * LANES);
            c3.add(zero).intoArray(c, j + 3 * LANES);
            c4.add(zero).intoArray(c, j + 4 * LANES);
            c5.add(zero).intoArray(c, j + 5 * LANES);
            c6.add(zero).intoArray(c, j + 6 * LANES);
            c7.add(zero).intoArray(c, j + 7 * LANES);
        }
        for (; j < columns; j += LANES) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int p = 0; p < k; p++) {
                FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p * step]);
                sum = t.fma(FloatVector.fromArray(SPECIES, b, b0 + p * stride + j), sum);
            }
            sum.add(0).intoArray(c, j);
        }
    }

    /**
     * Multiplies eight rows that are not packed by a narrow panel of B.
     *
     * @param columns the columns of the panel, a multiple of the lanes of a vector
     * @param k the number of terms of each sum
     * @param a the rows, from {@code a0} on
     * @param stride the distance from one row to the next
     * @param b the panel, from {@code b0} on, a row every {@code columns} floats
     * @param c receives the tile, from {@code c0} on, a row every {@code columns} floats
     */
    public static void narrow(int columns, int k, float[] a, int a0, int stride, float[] b, int b0, float[] c, int c0) {
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int j = 0; j < columns; j += LANES) {
            FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
            for (int p = 0; p < k; p++) {
                int i = a0 + p;
                FloatVector u = FloatVector.fromArray(SPECIES, b, b0 + j + p * columns);
                FloatVector t = FloatVector.broadcast(SPECIES, a[i]);
                s0 = t.fma(u, s0);
                t = FloatVector.broadcast(SPECIES, a[i + stride]);
                s1 = t.fma(u, s1);
                t = FloatVector.broadcast(SPECIES, a[i + 2 * stride]);
                s2 = t.fma(u, s2);
                t = FloatVector.broadcast(SPECIES, a[i + 3 * stride]);
                s3 = t.fma(u, s3);
                t = FloatVector.broadcast(SPECIES, a[i + 4 * stride]);
                s4 = t.fma(u, s4);
                t = FloatVector.broadcast(SPECIES, a[i + 5 * stride]);
                s5 = t.fma(u, s5);
                t = FloatVector.broadcast(SPECIES, a[i + 6 * stride]);
                s6 = t.fma(u, s6);
                t = FloatVector.broadcast(SPECIES, a[i + 7 * stride]);
                s7 = t.fma(u, s7);
            }
            s0.add(zero).intoArray(c, c0 + j);
            s1.add(zero).intoArray(c, c0 + j + columns);
            s2.add(zero).intoArray(c, c0 + j + 2 * columns);
            s3.add(zero).intoArray(c, c0 + j + 3 * columns);
            s4.add(zero).intoArray(c, c0 + j + 4 * columns);
            s5.add(zero).intoArray(c, c0 + j + 5 * columns);
            s6.add(zero).intoArray(c, c0 + j + 6 * columns);
            s7.add(zero).intoArray(c, c0 + j + 7 * columns);
        }
    }

    private static void tile8(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int stride) {
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
        c00.add(zero).intoArray(c, c0);
        c01.add(zero).intoArray(c, c0 + LANES);
        c10.add(zero).intoArray(c, c0 + stride);
        c11.add(zero).intoArray(c, c0 + stride + LANES);
        c20.add(zero).intoArray(c, c0 + 2 * stride);
        c21.add(zero).intoArray(c, c0 + 2 * stride + LANES);
        c30.add(zero).intoArray(c, c0 + 3 * stride);
        c31.add(zero).intoArray(c, c0 + 3 * stride + LANES);
        c40.add(zero).intoArray(c, c0 + 4 * stride);
        c41.add(zero).intoArray(c, c0 + 4 * stride + LANES);
        c50.add(zero).intoArray(c, c0 + 5 * stride);
        c51.add(zero).intoArray(c, c0 + 5 * stride + LANES);
        c60.add(zero).intoArray(c, c0 + 6 * stride);
        c61.add(zero).intoArray(c, c0 + 6 * stride + LANES);
        c70.add(zero).intoArray(c, c0 + 7 * stride);
        c71.add(zero).intoArray(c, c0 + 7 * stride + LANES);
    }

    private static void tile6(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int stride) {
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
                c51 = zero;
        for (int p = 0; p < k; p++) {
            int i = a0 + p * 6;
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
        }
        c00.add(zero).intoArray(c, c0);
        c01.add(zero).intoArray(c, c0 + LANES);
        c10.add(zero).intoArray(c, c0 + stride);
        c11.add(zero).intoArray(c, c0 + stride + LANES);
        c20.add(zero).intoArray(c, c0 + 2 * stride);
        c21.add(zero).intoArray(c, c0 + 2 * stride + LANES);
        c30.add(zero).intoArray(c, c0 + 3 * stride);
        c31.add(zero).intoArray(c, c0 + 3 * stride + LANES);
        c40.add(zero).intoArray(c, c0 + 4 * stride);
        c41.add(zero).intoArray(c, c0 + 4 * stride + LANES);
        c50.add(zero).intoArray(c, c0 + 5 * stride);
        c51.add(zero).intoArray(c, c0 + 5 * stride + LANES);
    }

    private static void tile4(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int stride) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        for (int p = 0; p < k; p++) {
            int i = a0 + p * 4;
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
