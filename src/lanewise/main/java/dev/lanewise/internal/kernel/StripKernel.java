package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.PrepackedKernel.STRIDE;
import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernels for 32 registers that a product needs beside those of {@link PrepackedKernel} if B was not
 * packed before: a tile of Aᵀ, and one of few rows that reads B where it is. They write their code out for the reason of
 * {@link GemmKernel}. Their arguments are like those of {@link PrepackedKernel}.
 */
public final class StripKernel {
    /** The rows of {@link #direct} and {@link #transposed}. */
    static final int DIRECT = 4, TRANSPOSED = 12;

    /** The elements of A before the columns of a tile that are copied with them, because whole vectors are copied. */
    public static final int LEAD = 16 - TRANSPOSED;

    /** The option of a {@link #transposed} that copies its columns of A. */
    static final String COPY = "copy";

    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean COPIES = SPEC.has(COPY);
    private static final Access B = SPEC.access(0);

    /** Whether B is addressed by a running address: see {@link PrepackedKernel}. */
    private static final boolean NATIVE = B == Access.NATIVE;

    /** The bytes from a row of a panel to the next. */
    private static final long STEP = 2L * Float.BYTES * LANES;

    private StripKernel() {}

    /**
     * Four copied rows, and columns of B, where it is, for two panels, of which one is read twice if there is no other. It takes
     * the distance from one row of B to the next in the place of A's.
     */
    static void direct(
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
        float[] b = (float[]) bs;
        int j = (int) b0, next = Math.min(1, panels - 1) * 2 * LANES;
        for (int p = 0; p < k; p++) {
            FloatVector u = FloatVector.fromArray(SPECIES, b, j), v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector w = FloatVector.fromArray(SPECIES, b, j + next),
                    x = FloatVector.fromArray(SPECIES, b, j + next + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[p]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            c02 = t.fma(w, c02);
            c03 = t.fma(x, c03);
            t = FloatVector.broadcast(SPECIES, a[p + STRIDE]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            c12 = t.fma(w, c12);
            c13 = t.fma(x, c13);
            t = FloatVector.broadcast(SPECIES, a[p + 2 * STRIDE]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            c22 = t.fma(w, c22);
            c23 = t.fma(x, c23);
            t = FloatVector.broadcast(SPECIES, a[p + 3 * STRIDE]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            c32 = t.fma(w, c32);
            c33 = t.fma(x, c33);
            j += bStride;
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
     * A packed panel of B and twelve adjacent columns of A, which are rows of Aᵀ. For the first of several panels it copies the
     * columns, which costs a load and a store beside 24 products of vectors, and those for the next panels read the copies: the
     * rows of A, far apart, are in more pages than the processor keeps addresses for.
     *
     * @param copies receives a vector for each term, the last twelve elements of which are those of the columns; null if they are
     *     not copied
     */
    static void transposed(
            int k, float[] a, int a0, int aStride, Object bs, long b0, float[] c, int c0, int stride, float[] copies) {
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
        int i = a0, j0 = (int) b0;
        long q = b0;
        for (int p = 0; p < k; p++) {
            long at = NATIVE ? q : j0 + 2 * LANES * p;
            FloatVector u = B.load(bs, at, 0), v = B.load(bs, at, LANES);
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
            t = FloatVector.broadcast(SPECIES, a[i + 8]);
            c80 = t.fma(u, c80);
            c81 = t.fma(v, c81);
            t = FloatVector.broadcast(SPECIES, a[i + 9]);
            c90 = t.fma(u, c90);
            c91 = t.fma(v, c91);
            t = FloatVector.broadcast(SPECIES, a[i + 10]);
            ca0 = t.fma(u, ca0);
            ca1 = t.fma(v, ca1);
            t = FloatVector.broadcast(SPECIES, a[i + 11]);
            cb0 = t.fma(u, cb0);
            cb1 = t.fma(v, cb1);
            if (COPIES) {
                FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, a, i - LEAD)).intoArray(copies, LANES * p);
            }
            i += aStride;
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
