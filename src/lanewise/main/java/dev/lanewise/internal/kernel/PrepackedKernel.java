package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernels of products by a {@link dev.lanewise.linalg.PackedMatrix}; {@link PrepackedTiles} links and calls
 * them. They write their code out for the reason of {@link GemmKernel}.
 *
 * <p>Few rows wait for the loads of B, of which none crosses a cache line if the panels are in native memory and aligned: one row
 * takes half of the time then. Eight sums or more keep both units for fma busy, since each addition waits for the one before it;
 * with one row they are of four panels. Tiles of one to six rows read A where it is, with an index for each row. Those of eight
 * and twelve rows, for 32 registers, read a copy whose rows are a constant distance apart, so that one index is enough, and can
 * read a B that is not packed: they take the distance from one of its rows to the next in the place of A's. A load of 64 bytes
 * then crosses a cache line unless B happens to begin at one, which costs twelve rows a twentieth, and fewer rows more.
 *
 * <p>Each kernel takes the rows of its tile that differ, beyond which the last one is repeated; likewise the number of panels of
 * B; the terms of each sum; A from {@code a0} on, a row every {@code aStride} floats; the array of B, or null, and the position
 * or address of its first panel; and C from {@code c0} on, a row every {@code stride} floats. It writes all rows of its tile, and
 * the panels that differ.
 */
public final class PrepackedKernel {
    /**
     * The distance from a copied row to the next, in floats: an odd number of cache lines, which spreads them over all sets of
     * the L1 cache.
     */
    static final int STRIDE = (1 << 12) + 16;

    private static final Access B = Specialization.of(MethodHandles.lookup()).access(0);

    /**
     * Whether B is addressed by a running address, which takes C2 fewer instructions than an index from which it computes one for
     * each vector.
     */
    private static final boolean NATIVE = B == Access.NATIVE;

    /** The bytes from a row of a panel to the next. */
    private static final long STEP = 2L * Float.BYTES * LANES;

    private PrepackedKernel() {}

    /** Four panels. */
    static void tile1(
            int rows,
            int panels,
            int k,
            float[] a,
            int a0,
            int aStride,
            Object bs,
            long b0,
            float[] c,
            int c0,
            int stride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero, c01 = zero, c02 = zero, c03 = zero, c04 = zero, c05 = zero, c06 = zero, c07 = zero;
        int size = 2 * LANES * k, j0 = (int) b0;
        int j1 = j0 + Math.min(1, panels - 1) * size,
                j2 = j0 + Math.min(2, panels - 1) * size,
                j3 = j0 + Math.min(3, panels - 1) * size;
        long q1 = 4L * (j1 - j0), q2 = 4L * (j2 - j0), q3 = 4L * (j3 - j0), q = b0;
        for (int p = 0; p < k; p++) {
            FloatVector t = FloatVector.broadcast(SPECIES, a[a0 + p]);
            long at = NATIVE ? q : j0 + 2 * LANES * p;
            c00 = t.fma(B.load(bs, at, 0), c00);
            c01 = t.fma(B.load(bs, at, LANES), c01);
            at = NATIVE ? q + q1 : j1 + 2 * LANES * p;
            c02 = t.fma(B.load(bs, at, 0), c02);
            c03 = t.fma(B.load(bs, at, LANES), c03);
            at = NATIVE ? q + q2 : j2 + 2 * LANES * p;
            c04 = t.fma(B.load(bs, at, 0), c04);
            c05 = t.fma(B.load(bs, at, LANES), c05);
            at = NATIVE ? q + q3 : j3 + 2 * LANES * p;
            c06 = t.fma(B.load(bs, at, 0), c06);
            c07 = t.fma(B.load(bs, at, LANES), c07);
            q += STEP;
        }
        zero = FLOAT_TYPE.cast(zero);
        FLOAT_TYPE.cast(zero.add(c00)).intoArray(c, c0);
        FLOAT_TYPE.cast(zero.add(c01)).intoArray(c, c0 + LANES);
        if (panels > 1) {
            FLOAT_TYPE.cast(zero.add(c02)).intoArray(c, c0 + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c03)).intoArray(c, c0 + 3 * LANES);
        }
        if (panels > 2) {
            FLOAT_TYPE.cast(zero.add(c04)).intoArray(c, c0 + 4 * LANES);
            FLOAT_TYPE.cast(zero.add(c05)).intoArray(c, c0 + 5 * LANES);
        }
        if (panels > 3) {
            FLOAT_TYPE.cast(zero.add(c06)).intoArray(c, c0 + 6 * LANES);
            FLOAT_TYPE.cast(zero.add(c07)).intoArray(c, c0 + 7 * LANES);
        }
    }

    /** Two panels, for 32 registers. */
    static void tile2(
            int rows,
            int panels,
            int k,
            float[] a,
            int a0,
            int aStride,
            Object bs,
            long b0,
            float[] c,
            int c0,
            int stride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero, c01 = zero, c02 = zero, c03 = zero, c10 = zero, c11 = zero, c12 = zero, c13 = zero;
        int r0 = a0, r1 = a0 + Math.min(1, rows - 1) * aStride;
        int size = 2 * LANES * k, j0 = (int) b0;
        int j1 = j0 + Math.min(1, panels - 1) * size;
        long q1 = 4L * (j1 - j0), q = b0;
        for (int p = 0; p < k; p++) {
            long at = NATIVE ? q : j0 + 2 * LANES * p;
            FloatVector u = B.load(bs, at, 0), v = B.load(bs, at, LANES);
            at = NATIVE ? q + q1 : j1 + 2 * LANES * p;
            FloatVector w = B.load(bs, at, 0), x = B.load(bs, at, LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[r0 + p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            c02 = t.fma(w, c02);
            c03 = t.fma(x, c03);
            t = FloatVector.broadcast(SPECIES, a[r1 + p]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            c12 = t.fma(w, c12);
            c13 = t.fma(x, c13);
            q += STEP;
        }
        zero = FLOAT_TYPE.cast(zero);
        FLOAT_TYPE.cast(zero.add(c00)).intoArray(c, c0);
        FLOAT_TYPE.cast(zero.add(c01)).intoArray(c, c0 + LANES);
        FLOAT_TYPE.cast(zero.add(c10)).intoArray(c, c0 + stride);
        FLOAT_TYPE.cast(zero.add(c11)).intoArray(c, c0 + stride + LANES);
        if (panels > 1) {
            FLOAT_TYPE.cast(zero.add(c02)).intoArray(c, c0 + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c03)).intoArray(c, c0 + 3 * LANES);
            FLOAT_TYPE.cast(zero.add(c12)).intoArray(c, c0 + stride + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c13)).intoArray(c, c0 + stride + 3 * LANES);
        }
    }

    /** One panel, for 16 registers. */
    static void tile4(
            int rows,
            int panels,
            int k,
            float[] a,
            int a0,
            int aStride,
            Object bs,
            long b0,
            float[] c,
            int c0,
            int stride) {
        if (k < 0) {
            return;
        }
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        int r0 = a0,
                r1 = a0 + Math.min(1, rows - 1) * aStride,
                r2 = a0 + Math.min(2, rows - 1) * aStride,
                r3 = a0 + Math.min(3, rows - 1) * aStride;
        int j0 = (int) b0;
        long q = b0;
        for (int p = 0; p < k; p++) {
            long at = NATIVE ? q : j0 + 2 * LANES * p;
            FloatVector u = B.load(bs, at, 0), v = B.load(bs, at, LANES);
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
            q += STEP;
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

    /** Two panels, for 32 registers. */
    static void tile4Wide(
            int rows,
            int panels,
            int k,
            float[] a,
            int a0,
            int aStride,
            Object bs,
            long b0,
            float[] c,
            int c0,
            int stride) {
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
        int r0 = a0,
                r1 = a0 + Math.min(1, rows - 1) * aStride,
                r2 = a0 + Math.min(2, rows - 1) * aStride,
                r3 = a0 + Math.min(3, rows - 1) * aStride;
        int size = 2 * LANES * k, j0 = (int) b0;
        int j1 = j0 + Math.min(1, panels - 1) * size;
        long q1 = 4L * (j1 - j0), q = b0;
        for (int p = 0; p < k; p++) {
            long at = NATIVE ? q : j0 + 2 * LANES * p;
            FloatVector u = B.load(bs, at, 0), v = B.load(bs, at, LANES);
            at = NATIVE ? q + q1 : j1 + 2 * LANES * p;
            FloatVector w = B.load(bs, at, 0), x = B.load(bs, at, LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[r0 + p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            c02 = t.fma(w, c02);
            c03 = t.fma(x, c03);
            t = FloatVector.broadcast(SPECIES, a[r1 + p]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            c12 = t.fma(w, c12);
            c13 = t.fma(x, c13);
            t = FloatVector.broadcast(SPECIES, a[r2 + p]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            c22 = t.fma(w, c22);
            c23 = t.fma(x, c23);
            t = FloatVector.broadcast(SPECIES, a[r3 + p]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            c32 = t.fma(w, c32);
            c33 = t.fma(x, c33);
            q += STEP;
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
        if (panels > 1) {
            FLOAT_TYPE.cast(zero.add(c02)).intoArray(c, c0 + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c03)).intoArray(c, c0 + 3 * LANES);
            FLOAT_TYPE.cast(zero.add(c12)).intoArray(c, c0 + stride + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c13)).intoArray(c, c0 + stride + 3 * LANES);
            FLOAT_TYPE.cast(zero.add(c22)).intoArray(c, c0 + 2 * stride + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c23)).intoArray(c, c0 + 2 * stride + 3 * LANES);
            FLOAT_TYPE.cast(zero.add(c32)).intoArray(c, c0 + 3 * stride + 2 * LANES);
            FLOAT_TYPE.cast(zero.add(c33)).intoArray(c, c0 + 3 * stride + 3 * LANES);
        }
    }

    /**
     * One panel; the largest tile for 16 registers, all of which it needs. C2 compiles an operation on a vector whose class it does
     * not know yet by the profile of the whole JVM. Where other code used vectors of other lengths, it orders the instructions
     * differently, and keeps a sum in memory, which takes 2.2 times the time. It therefore knows all classes here.
     */
    static void tile6(
            int rows,
            int panels,
            int k,
            float[] a,
            int a0,
            int aStride,
            Object bs,
            long b0,
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
        int r0 = a0,
                r1 = a0 + Math.min(1, rows - 1) * aStride,
                r2 = a0 + Math.min(2, rows - 1) * aStride,
                r3 = a0 + Math.min(3, rows - 1) * aStride,
                r4 = a0 + Math.min(4, rows - 1) * aStride,
                r5 = a0 + Math.min(5, rows - 1) * aStride;
        int j0 = (int) b0;
        long q = b0;
        for (int p = 0; p < k; p++) {
            long at = NATIVE ? q : j0 + 2 * LANES * p;
            FloatVector u = FLOAT_TYPE.cast(B.load(bs, at, 0)), v = FLOAT_TYPE.cast(B.load(bs, at, LANES));
            FloatVector t = FLOAT_TYPE.cast(FloatVector.broadcast(SPECIES, a[r0 + p]));
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            t = FLOAT_TYPE.cast(FloatVector.broadcast(SPECIES, a[r1 + p]));
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            t = FLOAT_TYPE.cast(FloatVector.broadcast(SPECIES, a[r2 + p]));
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            t = FLOAT_TYPE.cast(FloatVector.broadcast(SPECIES, a[r3 + p]));
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            t = FLOAT_TYPE.cast(FloatVector.broadcast(SPECIES, a[r4 + p]));
            c40 = t.fma(u, c40);
            c41 = t.fma(v, c41);
            t = FLOAT_TYPE.cast(FloatVector.broadcast(SPECIES, a[r5 + p]));
            c50 = t.fma(u, c50);
            c51 = t.fma(v, c51);
            q += STEP;
        }
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c00).add(zero)).intoArray(c, c0);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c01).add(zero)).intoArray(c, c0 + LANES);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c10).add(zero)).intoArray(c, c0 + stride);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c11).add(zero)).intoArray(c, c0 + stride + LANES);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c20).add(zero)).intoArray(c, c0 + 2 * stride);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c21).add(zero)).intoArray(c, c0 + 2 * stride + LANES);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c30).add(zero)).intoArray(c, c0 + 3 * stride);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c31).add(zero)).intoArray(c, c0 + 3 * stride + LANES);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c40).add(zero)).intoArray(c, c0 + 4 * stride);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c41).add(zero)).intoArray(c, c0 + 4 * stride + LANES);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c50).add(zero)).intoArray(c, c0 + 5 * stride);
        FLOAT_TYPE.cast(FLOAT_TYPE.cast(c51).add(zero)).intoArray(c, c0 + 5 * stride + LANES);
    }

    /** One panel and copied rows, for 32 registers. */
    static void tile8(
            int rows,
            int panels,
            int k,
            float[] a,
            int a0,
            int bStride,
            Object bs,
            long b0,
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
        float[] b = NATIVE ? null : (float[]) bs;
        int j = (int) b0;
        long q = b0;
        for (int p = 0; p < k; p++) {
            FloatVector u = NATIVE ? B.load(null, q, 0) : FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = NATIVE ? B.load(null, q, LANES) : FloatVector.fromArray(SPECIES, b, j + LANES);
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
            j += bStride;
            q += STEP;
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
        FLOAT_TYPE.cast(zero.add(c60)).intoArray(c, c0 + 6 * stride);
        FLOAT_TYPE.cast(zero.add(c61)).intoArray(c, c0 + 6 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c70)).intoArray(c, c0 + 7 * stride);
        FLOAT_TYPE.cast(zero.add(c71)).intoArray(c, c0 + 7 * stride + LANES);
    }

    /** One panel and copied rows, for 32 registers. */
    static void tile12(
            int rows,
            int panels,
            int k,
            float[] a,
            int a0,
            int bStride,
            Object bs,
            long b0,
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
                c71 = zero,
                c80 = zero,
                c81 = zero,
                c90 = zero,
                c91 = zero,
                ca0 = zero,
                ca1 = zero,
                cb0 = zero,
                cb1 = zero;
        float[] b = NATIVE ? null : (float[]) bs;
        int j = (int) b0;
        long q = b0;
        for (int p = 0; p < k; p++) {
            FloatVector u = NATIVE ? B.load(null, q, 0) : FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = NATIVE ? B.load(null, q, LANES) : FloatVector.fromArray(SPECIES, b, j + LANES);
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
            j += bStride;
            q += STEP;
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
        FLOAT_TYPE.cast(zero.add(c60)).intoArray(c, c0 + 6 * stride);
        FLOAT_TYPE.cast(zero.add(c61)).intoArray(c, c0 + 6 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c70)).intoArray(c, c0 + 7 * stride);
        FLOAT_TYPE.cast(zero.add(c71)).intoArray(c, c0 + 7 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c80)).intoArray(c, c0 + 8 * stride);
        FLOAT_TYPE.cast(zero.add(c81)).intoArray(c, c0 + 8 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(c90)).intoArray(c, c0 + 9 * stride);
        FLOAT_TYPE.cast(zero.add(c91)).intoArray(c, c0 + 9 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(ca0)).intoArray(c, c0 + 10 * stride);
        FLOAT_TYPE.cast(zero.add(ca1)).intoArray(c, c0 + 10 * stride + LANES);
        FLOAT_TYPE.cast(zero.add(cb0)).intoArray(c, c0 + 11 * stride);
        FLOAT_TYPE.cast(zero.add(cb1)).intoArray(c, c0 + 11 * stride + LANES);
    }
}
