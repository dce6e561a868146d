package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.invoke.VarHandle;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/**
 * This class has the micro-kernels of {@link dev.lanewise.linalg.Gemm} for a packed A. A panel of A has the elements of its rows side by
 * side for each k, so that it needs only one index.
 *
 * <p>With 32 registers a tile has eight rows, and with 16 it has six, as in {@link GemmKernel}. There C2 would load the adjacent
 * elements of A ahead of their use, and spill an accumulator in each iteration, unless there was a fence between them. The fence
 * is no instruction on x86-64; elsewhere it is one, and there is no such tile.
 */
public final class PackedKernel {
    private static final boolean X86 = List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

    private PackedKernel() {}

    /**
     * {@return the rows of the tile, or 0 if there is none} Shorter vectors of a processor that has 32 registers cannot be told
     * from those of one that has 16.
     */
    public static int mr() {
        return LANES == 16 ? 8 : X86 ? 6 : 0;
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
        if (LANES == 16) {
            tile8(k, a, a0, b, b0, s, s0, sStride, c, c0, stride);
        } else {
            tile6(k, a, a0, b, b0, s, s0, sStride, c, c0, stride);
        }
    }

    private static void tile8(
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

    private static void tile6(
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
        for (int p = 0; p < k; p++) {
            int i = a0 + p * 6;
            int j = b0 + 2 * LANES * p;
            FloatVector u = FloatVector.fromArray(SPECIES, b, j);
            FloatVector v = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector t = FloatVector.broadcast(SPECIES, a[i]);
            c00 = t.fma(u, c00);
            c01 = t.fma(v, c01);
            VarHandle.loadLoadFence();
            t = FloatVector.broadcast(SPECIES, a[i + 1]);
            c10 = t.fma(u, c10);
            c11 = t.fma(v, c11);
            VarHandle.loadLoadFence();
            t = FloatVector.broadcast(SPECIES, a[i + 2]);
            c20 = t.fma(u, c20);
            c21 = t.fma(v, c21);
            VarHandle.loadLoadFence();
            t = FloatVector.broadcast(SPECIES, a[i + 3]);
            c30 = t.fma(u, c30);
            c31 = t.fma(v, c31);
            VarHandle.loadLoadFence();
            t = FloatVector.broadcast(SPECIES, a[i + 4]);
            c40 = t.fma(u, c40);
            c41 = t.fma(v, c41);
            VarHandle.loadLoadFence();
            t = FloatVector.broadcast(SPECIES, a[i + 5]);
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
}
