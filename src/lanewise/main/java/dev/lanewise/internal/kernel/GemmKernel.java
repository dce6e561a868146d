package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernels of {@link dev.lanewise.linalg.Gemm}, one for each tile size. They repeat their code, because
 * C2 keeps only local variables in registers, so that each accumulator needs a name.
 *
 * <p>A tile has six or four rows and two vectors of C. Its 12 accumulators, two vectors of B and one element of A fit into 16
 * registers, if C2 does not load elements of A far ahead of their use. It does so if they are adjacent, in panels of six floats
 * for each k, and then spills an accumulator in each iteration; it does not if each row of A has an index of its own. Therefore A
 * is read in rows along k, where it is, and only B is packed, two vectors for each k. {@link PackedKernel} and
 * {@link NonZeroKernel} have the tiles for a packed A.
 */
public final class GemmKernel {
    private GemmKernel() {}

    /** {@return the rows of the larger tile} */
    public static int mr() {
        return 6;
    }

    /**
     * Multiplies rows of A by a panel of B, and adds the products to partial sums.
     *
     * @param rows the rows of the tile that differ, at least one and at most {@link #mr()}; beyond them, the last one is repeated
     *     up to four or six rows, all of which are read and written
     * @param k the number of terms that are added to each sum
     * @param a the rows, from {@code a0} on, one every {@code rowStride} floats
     * @param b the panel of B, from {@code b0} on
     * @param s the partial sums, from {@code s0} on, a row every {@code sStride} floats; null for 0
     * @param c receives the tile, from {@code c0} on, a row every {@code stride} floats
     */
    public static void tile(
            int rows,
            int k,
            float[] a,
            int a0,
            int rowStride,
            float[] b,
            int b0,
            float[] s,
            int s0,
            int sStride,
            float[] c,
            int c0,
            int stride) {
        if (rows > 4) {
            tile6(k, rows - 1, a, a0, rowStride, b, b0, s, s0, sStride, c, c0, stride);
        } else {
            tile4(k, rows - 1, a, a0, rowStride, b, b0, s, s0, sStride, c, c0, stride);
        }
    }

    /**
     * Multiplies like {@link #tile} by two vectors of columns of B that are not packed, and packs them.
     *
     * @param b the columns, from {@code b0} on, a row every {@code bStride} floats
     * @param panel receives the panel of B, from {@code to} on
     */
    public static void packingTile(
            int rows,
            int k,
            float[] a,
            int a0,
            int rowStride,
            float[] b,
            int b0,
            int bStride,
            float[] panel,
            int to,
            float[] s,
            int s0,
            int sStride,
            float[] c,
            int c0,
            int stride) {
        if (rows > 4) {
            packingTile6(k, rows - 1, a, a0, rowStride, b, b0, bStride, panel, to, s, s0, sStride, c, c0, stride);
        } else {
            packingTile4(k, rows - 1, a, a0, rowStride, b, b0, bStride, panel, to, s, s0, sStride, c, c0, stride);
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
        if (k < 0) {
            return;
        }
        // Where an array is large, this is the first column whose vectors begin at cache lines, see Storage.position.
        int j = 0, head = -(Storage.HEADER + b0) & (LANES - 1);
        // Vectors of 16 lanes have 32 registers. One pass reads a matrix of as many columns in the order of its memory.
        // A load that crosses cache lines takes as long as two, so that only those of the first vector and of an
        // additional last one do.
        for (; LANES == 16 && j <= columns - 16 * LANES; j += 16 * LANES) {
            FloatVector zero = FloatVector.zero(SPECIES);
            FloatVector c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero, c7 = zero;
            FloatVector c8 = zero, c9 = zero, ca = zero, cb = zero, cc = zero, cd = zero, ce = zero, cf = zero;
            FloatVector cg = zero;
            for (int p = 0; p < k; p++) {
                FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p * step]);
                int i = b0 + p * stride + j, at = i + head;
                c0 = t.fma(FloatVector.fromArray(SPECIES, b, i), c0);
                c1 = t.fma(FloatVector.fromArray(SPECIES, b, at), c1);
                c2 = t.fma(FloatVector.fromArray(SPECIES, b, at + LANES), c2);
                c3 = t.fma(FloatVector.fromArray(SPECIES, b, at + 2 * LANES), c3);
                c4 = t.fma(FloatVector.fromArray(SPECIES, b, at + 3 * LANES), c4);
                c5 = t.fma(FloatVector.fromArray(SPECIES, b, at + 4 * LANES), c5);
                c6 = t.fma(FloatVector.fromArray(SPECIES, b, at + 5 * LANES), c6);
                c7 = t.fma(FloatVector.fromArray(SPECIES, b, at + 6 * LANES), c7);
                c8 = t.fma(FloatVector.fromArray(SPECIES, b, at + 7 * LANES), c8);
                c9 = t.fma(FloatVector.fromArray(SPECIES, b, at + 8 * LANES), c9);
                ca = t.fma(FloatVector.fromArray(SPECIES, b, at + 9 * LANES), ca);
                cb = t.fma(FloatVector.fromArray(SPECIES, b, at + 10 * LANES), cb);
                cc = t.fma(FloatVector.fromArray(SPECIES, b, at + 11 * LANES), cc);
                cd = t.fma(FloatVector.fromArray(SPECIES, b, at + 12 * LANES), cd);
                ce = t.fma(FloatVector.fromArray(SPECIES, b, at + 13 * LANES), ce);
                cf = t.fma(FloatVector.fromArray(SPECIES, b, at + 14 * LANES), cf);
                cg = t.fma(FloatVector.fromArray(SPECIES, b, i + 15 * LANES), cg);
            }
            zero = FLOAT_TYPE.cast(zero);
            FLOAT_TYPE.cast(zero.add(c0)).intoArray(c, j);
            FLOAT_TYPE.cast(zero.add(c1)).intoArray(c, j + head);
            FLOAT_TYPE.cast(zero.add(c2)).intoArray(c, j + head + LANES);
            FLOAT_TYPE.cast(zero.add(c3)).intoArray(c, j + head + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c4)).intoArray(c, j + head + 3 * LANES);
            FLOAT_TYPE.cast(zero.add(c5)).intoArray(c, j + head + 4 * LANES);
            FLOAT_TYPE.cast(zero.add(c6)).intoArray(c, j + head + 5 * LANES);
            FLOAT_TYPE.cast(zero.add(c7)).intoArray(c, j + head + 6 * LANES);
            FLOAT_TYPE.cast(zero.add(c8)).intoArray(c, j + head + 7 * LANES);
            FLOAT_TYPE.cast(zero.add(c9)).intoArray(c, j + head + 8 * LANES);
            FLOAT_TYPE.cast(zero.add(ca)).intoArray(c, j + head + 9 * LANES);
            FLOAT_TYPE.cast(zero.add(cb)).intoArray(c, j + head + 10 * LANES);
            FLOAT_TYPE.cast(zero.add(cc)).intoArray(c, j + head + 11 * LANES);
            FLOAT_TYPE.cast(zero.add(cd)).intoArray(c, j + head + 12 * LANES);
            FLOAT_TYPE.cast(zero.add(ce)).intoArray(c, j + head + 13 * LANES);
            FLOAT_TYPE.cast(zero.add(cf)).intoArray(c, j + head + 14 * LANES);
            FLOAT_TYPE.cast(zero.add(cg)).intoArray(c, j + 15 * LANES);
        }
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
            zero = FLOAT_TYPE.cast(zero);
            FLOAT_TYPE.cast(zero.add(c0)).intoArray(c, j);
            FLOAT_TYPE.cast(zero.add(c1)).intoArray(c, j + LANES);
            FLOAT_TYPE.cast(zero.add(c2)).intoArray(c, j + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c3)).intoArray(c, j + 3 * LANES);
            FLOAT_TYPE.cast(zero.add(c4)).intoArray(c, j + 4 * LANES);
            FLOAT_TYPE.cast(zero.add(c5)).intoArray(c, j + 5 * LANES);
            FLOAT_TYPE.cast(zero.add(c6)).intoArray(c, j + 6 * LANES);
            FLOAT_TYPE.cast(zero.add(c7)).intoArray(c, j + 7 * LANES);
        }
        for (; j < columns; j += LANES) {
            FloatVector zero = FloatVector.zero(SPECIES), sum = zero;
            for (int p = 0; p < k; p++) {
                FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p * step]);
                sum = t.fma(FloatVector.fromArray(SPECIES, b, b0 + p * stride + j), sum);
            }
            zero = FLOAT_TYPE.cast(zero);
            FLOAT_TYPE.cast(zero.add(sum)).intoArray(c, j);
        }
    }

    private static void tile6(
            int k,
            int last,
            float[] a,
            int a0,
            int rowStride,
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
                c51 = zero;
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
        }
        int r0 = a0,
                r1 = a0 + Math.min(1, last) * rowStride,
                r2 = a0 + Math.min(2, last) * rowStride,
                r3 = a0 + Math.min(3, last) * rowStride,
                r4 = a0 + Math.min(4, last) * rowStride,
                r5 = a0 + Math.min(5, last) * rowStride;
        for (int p = 0; p < k; p++) {
            int j = b0 + 2 * LANES * p;
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[r0 + p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FloatVector.broadcast(SPECIES, a[r1 + p]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FloatVector.broadcast(SPECIES, a[r2 + p]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FloatVector.broadcast(SPECIES, a[r3 + p]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            t = FloatVector.broadcast(SPECIES, a[r4 + p]);
            c40 = t.fma(u, c40);
            c41 = t.fma(v, c41);
            t = FloatVector.broadcast(SPECIES, a[r5 + p]);
            c50 = t.fma(u, c50);
            c51 = t.fma(v, c51);
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
        FLOAT_TYPE.cast(zero.add(c40)).intoArray(c, c0 + 4 * stride);
        FLOAT_TYPE.cast(zero.add(c41)).intoArray(c, c0 + 4 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c50)).intoArray(c, c0 + 5 * stride);
        FLOAT_TYPE.cast(zero.add(c51)).intoArray(c, c0 + 5 * stride + LANES);
    }

    private static void tile4(
            int k,
            int last,
            float[] a,
            int a0,
            int rowStride,
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
        FloatVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        if (s != null) {
            c00 = FloatVector.fromArray(SPECIES, s, s0);
            c01 = FloatVector.fromArray(SPECIES, s, s0 + LANES);
            c10 = FloatVector.fromArray(SPECIES, s, s0 + sStride);
            c11 = FloatVector.fromArray(SPECIES, s, s0 + sStride + LANES);
            c20 = FloatVector.fromArray(SPECIES, s, s0 + 2 * sStride);
            c21 = FloatVector.fromArray(SPECIES, s, s0 + 2 * sStride + LANES);
            c30 = FloatVector.fromArray(SPECIES, s, s0 + 3 * sStride);
            c31 = FloatVector.fromArray(SPECIES, s, s0 + 3 * sStride + LANES);
        }
        int r0 = a0,
                r1 = a0 + Math.min(1, last) * rowStride,
                r2 = a0 + Math.min(2, last) * rowStride,
                r3 = a0 + Math.min(3, last) * rowStride;
        for (int p = 0; p < k; p++) {
            int j = b0 + 2 * LANES * p;
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[r0 + p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FloatVector.broadcast(SPECIES, a[r1 + p]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FloatVector.broadcast(SPECIES, a[r2 + p]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FloatVector.broadcast(SPECIES, a[r3 + p]);
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

    private static void packingTile6(
            int k,
            int last,
            float[] a,
            int a0,
            int rowStride,
            float[] b,
            int b0,
            int bStride,
            float[] panel,
            int to,
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
                c51 = zero;
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
        }
        int r0 = a0,
                r1 = a0 + Math.min(1, last) * rowStride,
                r2 = a0 + Math.min(2, last) * rowStride,
                r3 = a0 + Math.min(3, last) * rowStride,
                r4 = a0 + Math.min(4, last) * rowStride,
                r5 = a0 + Math.min(5, last) * rowStride;
        for (int p = 0; p < k; p++) {
            int j = b0 + p * bStride;
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FLOAT_TYPE.cast(u).intoArray(panel, to + 2 * LANES * p);
            FLOAT_TYPE.cast(v).intoArray(panel, to + 2 * LANES * p + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[r0 + p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FloatVector.broadcast(SPECIES, a[r1 + p]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FloatVector.broadcast(SPECIES, a[r2 + p]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FloatVector.broadcast(SPECIES, a[r3 + p]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            t = FloatVector.broadcast(SPECIES, a[r4 + p]);
            c40 = t.fma(u, c40);
            c41 = t.fma(v, c41);
            t = FloatVector.broadcast(SPECIES, a[r5 + p]);
            c50 = t.fma(u, c50);
            c51 = t.fma(v, c51);
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
        FLOAT_TYPE.cast(zero.add(c40)).intoArray(c, c0 + 4 * stride);
        FLOAT_TYPE.cast(zero.add(c41)).intoArray(c, c0 + 4 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c50)).intoArray(c, c0 + 5 * stride);
        FLOAT_TYPE.cast(zero.add(c51)).intoArray(c, c0 + 5 * stride + LANES);
    }

    private static void packingTile4(
            int k,
            int last,
            float[] a,
            int a0,
            int rowStride,
            float[] b,
            int b0,
            int bStride,
            float[] panel,
            int to,
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
        FloatVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        if (s != null) {
            c00 = FloatVector.fromArray(SPECIES, s, s0);
            c01 = FloatVector.fromArray(SPECIES, s, s0 + LANES);
            c10 = FloatVector.fromArray(SPECIES, s, s0 + sStride);
            c11 = FloatVector.fromArray(SPECIES, s, s0 + sStride + LANES);
            c20 = FloatVector.fromArray(SPECIES, s, s0 + 2 * sStride);
            c21 = FloatVector.fromArray(SPECIES, s, s0 + 2 * sStride + LANES);
            c30 = FloatVector.fromArray(SPECIES, s, s0 + 3 * sStride);
            c31 = FloatVector.fromArray(SPECIES, s, s0 + 3 * sStride + LANES);
        }
        int r0 = a0,
                r1 = a0 + Math.min(1, last) * rowStride,
                r2 = a0 + Math.min(2, last) * rowStride,
                r3 = a0 + Math.min(3, last) * rowStride;
        for (int p = 0; p < k; p++) {
            int j = b0 + p * bStride;
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FLOAT_TYPE.cast(u).intoArray(panel, to + 2 * LANES * p);
            FLOAT_TYPE.cast(v).intoArray(panel, to + 2 * LANES * p + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[r0 + p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FloatVector.broadcast(SPECIES, a[r1 + p]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FloatVector.broadcast(SPECIES, a[r2 + p]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FloatVector.broadcast(SPECIES, a[r3 + p]);
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
