package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernels of {@link dev.lanewise.linalg.Gemm} for 32 registers and a prepacked B: tiles of twelve and of eight rows. Rows
 * of A are copied before, a fixed distance apart, so that one index is enough for all of them. With an index for each row, eight rows are a
 * fifth slower; side by side, twelve rows are a twentieth faster, which is less than transposing them takes.
 */
public final class RowPanelKernel {
    /** The distance from a row to the next, in floats: an odd number of cache lines, which spreads them over all sets of the L1 cache. */
    public static final int STRIDE = (1 << 12) + 16;

    private RowPanelKernel() {}

    /** {@return the rows of the larger tile; 0 if there are too few registers} */
    public static int mr() {
        return LANES == 16 ? 12 : 0;
    }

    /** {@return the rows of the smaller tile} */
    public static int mrSmall() {
        return 8;
    }

    /**
     * Multiplies a row by packed panels of two vectors.
     *
     * @param panels the number of panels
     * @param k the number of terms of each sum
     * @param a the row, from {@code a0} on
     * @param b the panels, from 0 on
     * @param c receives the product, from 0 on
     */
    public static void row(int panels, int k, float[] a, int a0, float[] b, float[] c) {
        if (k < 0) {
            return;
        }
        int size = 2 * LANES * k;
        int panel = 0;
        // Four panels at a time, because each sum waits for the term before it, and eight keep both units for fma busy.
        for (; panel <= panels - 4; panel += 4) {
            FloatVector zero = FloatVector.zero(SPECIES);
            FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
            int b0 = panel * size, b1 = b0 + size, b2 = b1 + size, b3 = b2 + size;
            for (int p = 0; p < k; p++) {
                int j = 2 * LANES * p;
                FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p]);
                s0 = t.fma(FloatVector.fromArray(SPECIES, b, b0 + j), s0);
                s1 = t.fma(FloatVector.fromArray(SPECIES, b, b0 + j + LANES), s1);
                s2 = t.fma(FloatVector.fromArray(SPECIES, b, b1 + j), s2);
                s3 = t.fma(FloatVector.fromArray(SPECIES, b, b1 + j + LANES), s3);
                s4 = t.fma(FloatVector.fromArray(SPECIES, b, b2 + j), s4);
                s5 = t.fma(FloatVector.fromArray(SPECIES, b, b2 + j + LANES), s5);
                s6 = t.fma(FloatVector.fromArray(SPECIES, b, b3 + j), s6);
                s7 = t.fma(FloatVector.fromArray(SPECIES, b, b3 + j + LANES), s7);
            }
            int to = 2 * LANES * panel;
            s0.add(zero).intoArray(c, to);
            s1.add(zero).intoArray(c, to + LANES);
            s2.add(zero).intoArray(c, to + 2 * LANES);
            s3.add(zero).intoArray(c, to + 3 * LANES);
            s4.add(zero).intoArray(c, to + 4 * LANES);
            s5.add(zero).intoArray(c, to + 5 * LANES);
            s6.add(zero).intoArray(c, to + 6 * LANES);
            s7.add(zero).intoArray(c, to + 7 * LANES);
        }
        for (; panel < panels; panel++) {
            FloatVector s0 = FloatVector.zero(SPECIES), s1 = s0;
            int b0 = panel * size;
            for (int p = 0; p < k; p++) {
                int j = b0 + 2 * LANES * p;
                FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p]);
                s0 = t.fma(FloatVector.fromArray(SPECIES, b, j), s0);
                s1 = t.fma(FloatVector.fromArray(SPECIES, b, j + LANES), s1);
            }
            s0.add(0).intoArray(c, 2 * LANES * panel);
            s1.add(0).intoArray(c, 2 * LANES * panel + LANES);
        }
    }

    /**
     * Multiplies copied rows of A by a panel of B.
     *
     * @param rows {@link #mr()} or {@link #mrSmall()}
     * @param k the number of terms of each sum, at most {@link #STRIDE}
     * @param a the rows, from 0 on, {@link #STRIDE} floats apart
     * @param b the panel of B, from {@code b0} on
     * @param c receives the tile, from {@code c0} on, a row every {@code stride} floats
     */
    public static void tile(int rows, int k, float[] a, float[] b, int b0, float[] c, int c0, int stride) {
        if (rows > 8) {
            tile12(k, a, b, b0, c, c0, stride);
        } else {
            tile8(k, a, b, b0, c, c0, stride);
        }
    }

    private static void tile12(int k, float[] a, float[] b, int b0, float[] c, int c0, int stride) {
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
                c71 = zero,
                c80 = zero,
                c81 = zero,
                c90 = zero,
                c91 = zero,
                ca0 = zero,
                ca1 = zero,
                cb0 = zero,
                cb1 = zero;
        for (int p = 0; p < k; p++) {
            int j = b0 + 2 * LANES * p;
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FloatVector.broadcast(SPECIES, a[p + STRIDE]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FloatVector.broadcast(SPECIES, a[p + 2 * STRIDE]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FloatVector.broadcast(SPECIES, a[p + 3 * STRIDE]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            t = FloatVector.broadcast(SPECIES, a[p + 4 * STRIDE]);
            c40 = t.fma(u, c40);
            c41 = t.fma(v, c41);
            t = FloatVector.broadcast(SPECIES, a[p + 5 * STRIDE]);
            c50 = t.fma(u, c50);
            c51 = t.fma(v, c51);
            t = FloatVector.broadcast(SPECIES, a[p + 6 * STRIDE]);
            c60 = t.fma(u, c60);
            c61 = t.fma(v, c61);
            t = FloatVector.broadcast(SPECIES, a[p + 7 * STRIDE]);
            c70 = t.fma(u, c70);
            c71 = t.fma(v, c71);
            t = FloatVector.broadcast(SPECIES, a[p + 8 * STRIDE]);
            c80 = t.fma(u, c80);
            c81 = t.fma(v, c81);
            t = FloatVector.broadcast(SPECIES, a[p + 9 * STRIDE]);
            c90 = t.fma(u, c90);
            c91 = t.fma(v, c91);
            t = FloatVector.broadcast(SPECIES, a[p + 10 * STRIDE]);
            ca0 = t.fma(u, ca0);
            ca1 = t.fma(v, ca1);
            t = FloatVector.broadcast(SPECIES, a[p + 11 * STRIDE]);
            cb0 = t.fma(u, cb0);
            cb1 = t.fma(v, cb1);
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
        c80.add(zero).intoArray(c, c0 + 8 * stride);
        c81.add(zero).intoArray(c, c0 + 8 * stride + LANES);
        c90.add(zero).intoArray(c, c0 + 9 * stride);
        c91.add(zero).intoArray(c, c0 + 9 * stride + LANES);
        ca0.add(zero).intoArray(c, c0 + 10 * stride);
        ca1.add(zero).intoArray(c, c0 + 10 * stride + LANES);
        cb0.add(zero).intoArray(c, c0 + 11 * stride);
        cb1.add(zero).intoArray(c, c0 + 11 * stride + LANES);
    }

    private static void tile8(int k, float[] a, float[] b, int b0, float[] c, int c0, int stride) {
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
        for (int p = 0; p < k; p++) {
            int j = b0 + 2 * LANES * p;
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FloatVector.broadcast(SPECIES, a[p + STRIDE]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FloatVector.broadcast(SPECIES, a[p + 2 * STRIDE]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FloatVector.broadcast(SPECIES, a[p + 3 * STRIDE]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            t = FloatVector.broadcast(SPECIES, a[p + 4 * STRIDE]);
            c40 = t.fma(u, c40);
            c41 = t.fma(v, c41);
            t = FloatVector.broadcast(SPECIES, a[p + 5 * STRIDE]);
            c50 = t.fma(u, c50);
            c51 = t.fma(v, c51);
            t = FloatVector.broadcast(SPECIES, a[p + 6 * STRIDE]);
            c60 = t.fma(u, c60);
            c61 = t.fma(v, c61);
            t = FloatVector.broadcast(SPECIES, a[p + 7 * STRIDE]);
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
}
