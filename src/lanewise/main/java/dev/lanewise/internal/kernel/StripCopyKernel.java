package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/**
 * This class has the tile of Aᵀ for the first of several panels of B. It multiplies as {@link StripKernel#transposed} does, and
 * copies what it reads of A, which costs a load and a store beside 24 products of vectors. The tiles by the next panels read the
 * copies: the rows of A, far apart, are in more pages than the processor keeps addresses for. It writes its code out for the
 * reason of {@link GemmKernel}.
 */
public final class StripCopyKernel {
    /** The elements of A before the columns of a tile that are copied with them, because whole vectors are copied. */
    static final int LEAD = 16 - StripKernel.TRANSPOSED;

    private static final Access B = Specialization.of(MethodHandles.lookup()).access(0);

    /** Whether panels are addressed by a running address: see {@link PrepackedKernel}. */
    private static final boolean NATIVE = B == Access.NATIVE;

    /** The bytes from a row of a panel to the next. */
    private static final long STEP = 2L * Float.BYTES * LANES;

    private StripCopyKernel() {}

    /**
     * A packed panel of B and twelve adjacent columns of A, which are rows of Aᵀ.
     *
     * @param copies receives a vector for each term, the last twelve elements of which are those of the columns
     */
    static void run(
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
            FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, a, i - LEAD)).intoArray(copies, LANES * p);
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
