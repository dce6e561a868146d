package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.GemmKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PackedKernel;
import dev.lanewise.internal.kernel.PanelKernel;

/**
 * This class has the inner parts of a product: packing a panel, multiplying two panels, storing a row of a tile. Each calls a
 * kernel, or runs a plain loop with the same bits if vectors are not in use.
 */
final class Panels {
    private static final boolean VECTORS = Kernels.lanes() > 0, FOURS = Kernels.lanes() >= 4;

    /** The rows of a tile, and of a panel of A without zeros. */
    static final int MR = VECTORS ? GemmKernel.mr() : 6, MR_SPARSE = VECTORS ? PackedKernel.mrSparse() : 4;

    /** The rows of a packed panel of Aᵀ; 0 if Aᵀ is transposed into rows instead. */
    static final int MR_PACKED = VECTORS ? PackedKernel.mr() : 0;

    /** The columns of a panel of B. */
    static final int NR = VECTORS ? 2 * Kernels.lanes() : 16;

    /**
     * The columns of a panel of B for panels of A without zeros, which have {@link #MR_SPARSE} rows. They can be more than {@link
     * #NR}, because each term of a sum loads the index of its row of B.
     */
    static final int NR_SPARSE = VECTORS ? PackedKernel.nrSparse() : 16;

    /** The rows of A and columns of B in a tile of a narrow product, for which A is not packed and B is one panel. */
    static final int MR_NARROW = 8, NR_NARROW = 16;

    /** The largest number of rows of C for which neither factor is packed. */
    static final int MAX_UNPACKED_ROWS = 3;

    /** The elements of a row that are transposed at a time, so that the part of the panel that they go to stays in the L1 cache. */
    private static final int TRANSPOSE_BLOCK = 128;

    private Panels() {}

    /** Packs k rows of {@code valid} floats, each padded with zeros to {@code width}. */
    static void copy(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        if (VECTORS) {
            PanelKernel.copy(x, x0, stride, valid, k, panel, to, width);
            return;
        }
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < valid; j++) {
                panel[to + p * width + j] = x[x0 + p * stride + j];
            }
            for (int j = valid; j < width; j++) {
                panel[to + p * width + j] = 0;
            }
        }
    }

    /**
     * Packs a transposed matrix: {@code valid} rows of k floats become k rows of {@code width}, {@code toStride} floats apart. The
     * padding repeats the last row;
     * its products are not stored. Two rows at a time take half as long as one; if the width is odd, a
     * float behind each row is overwritten.
     */
    static void transpose(
            float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width, int toStride) {
        for (int from = 0; from < k; from += TRANSPOSE_BLOCK) {
            int end = Math.min(from + TRANSPOSE_BLOCK, k);
            for (int j = 0; j < width; j += 2) {
                int row = x0 + Math.min(j, valid - 1) * stride, next = x0 + Math.min(j + 1, valid - 1) * stride;
                int at = to + from * toStride + j;
                for (int p = from; p < end; p++) {
                    panel[at] = x[row + p];
                    panel[at + 1] = x[next + p];
                    at += toStride;
                }
            }
        }
    }

    /**
     * Packs k rows of {@code valid} floats into a panel of {@link #MR_SPARSE} columns, without the rows that are all 0.
     *
     * @param at receives the indices of the packed rows, times {@link #NR_SPARSE}, from {@code at0} on; must have room for k
     * @return the number of packed rows
     */
    static int copyNonZero(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        if (FOURS && valid == MR_SPARSE) {
            return PanelKernel.copyNonZero(x, x0, stride, k, panel, to, at, at0, NR_SPARSE);
        }
        int n = 0;
        for (int p = 0; p < k; p++) {
            boolean zero = true;
            for (int j = 0; j < MR_SPARSE; j++) {
                float value = j < valid ? x[x0 + p * stride + j] : 0;
                panel[to + n * MR_SPARSE + j] = value;
                zero &= value == 0;
            }
            at[at0 + n] = p * NR_SPARSE;
            n += zero ? 0 : 1;
        }
        return n;
    }

    /** Packs like {@link #transpose}, {@link #MR_SPARSE} wide, without the columns that are all 0. See {@link #copyNonZero}. */
    static int transposeNonZero(
            float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        int r0 = x0, r1 = x0 + Math.min(1, valid - 1) * stride;
        int r2 = x0 + Math.min(2, valid - 1) * stride, r3 = x0 + (valid - 1) * stride;
        int n = 0;
        if (VECTORS) {
            n = PanelKernel.nonZero(x, r0, r1, r2, r3, k, at, at0);
        } else {
            for (int p = 0; p < k; p++) {
                if (x[r0 + p] != 0 || x[r1 + p] != 0 || x[r2 + p] != 0 || x[r3 + p] != 0) {
                    at[at0 + n++] = p;
                }
            }
        }
        for (int q = 0; q < n; q++) {
            int p = at[at0 + q];
            panel[to + q * MR_SPARSE] = x[r0 + p];
            panel[to + q * MR_SPARSE + 1] = x[r1 + p];
            panel[to + q * MR_SPARSE + 2] = x[r2 + p];
            panel[to + q * MR_SPARSE + 3] = x[r3 + p];
            at[at0 + q] = p * NR_SPARSE;
        }
        return n;
    }

    /** {@return whether {@code count} floats are all finite} */
    static boolean finite(float[] x, int x0, int count) {
        if (VECTORS) {
            return PanelKernel.finite(x, x0, count);
        }
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += x[x0 + i] * 0;
        }
        return sum == 0;
    }

    /**
     * Multiplies {@code rows} rows of A by a panel of B, and adds {@link #NR} products, in ascending order of k, to the partial
     * sums of each row, s, which are 0 if s is null. The tile has at most {@link #MR} rows; more rows than {@code rows} may be read and written.
     */
    static void multiply(
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
        if (VECTORS) {
            GemmKernel.tile(rows, k, a, a0, rowStride, b, b0, s, s0, sStride, c, c0, stride);
            return;
        }
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < NR; j++) {
                float sum = s == null ? 0 : s[s0 + i * sStride + j];
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + i * rowStride + p], b[b0 + p * NR + j], sum);
                }
                c[c0 + i * stride + j] = sum + 0f;
            }
        }
    }

    /** Multiplies like {@link #multiply} a packed panel of A, which has {@link #MR_PACKED} rows. Only vectors have such panels. */
    static void multiplyPacked(
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
        PackedKernel.tile(k, a, a0, b, b0, s, s0, sStride, c, c0, stride);
    }

    /** Multiplies like {@link #multiply} by whole columns of B that are not packed, and packs them into a panel. */
    static void packAndMultiply(
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
        if (VECTORS) {
            GemmKernel.packingTile(rows, k, a, a0, rowStride, b, b0, bStride, panel, to, s, s0, sStride, c, c0, stride);
        } else {
            copy(b, b0, bStride, NR, k, panel, to, NR);
            multiply(rows, k, a, a0, rowStride, panel, to, s, s0, sStride, c, c0, stride);
        }
    }

    /** Multiplies a panel of {@link #copyNonZero} by a panel of B: {@link #MR_SPARSE} × {@link #NR_SPARSE} sums. */
    static void multiplyNonZero(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (VECTORS) {
            PackedKernel.sparse(k, a, a0, b, b0, at, at0, c, c0, stride);
            return;
        }
        for (int i = 0; i < MR_SPARSE; i++) {
            int row = c0 + i * stride;
            for (int j = 0; j < NR_SPARSE; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + p * MR_SPARSE + i], b[b0 + at[at0 + p] + j], sum);
                }
                c[row + j] = sum + 0f;
            }
        }
    }

    /** Multiplies {@link #MR_NARROW} unpacked rows of A by a panel of B of {@link #NR_NARROW} columns. */
    static void multiplyNarrow(int k, float[] a, int a0, int stride, float[] b, float[] c, int c0) {
        if (VECTORS) {
            GemmKernel.narrow(NR_NARROW, k, a, a0, stride, b, 0, c, c0);
            return;
        }
        for (int i = 0; i < MR_NARROW; i++) {
            for (int j = 0; j < NR_NARROW; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + i * stride + p], b[p * NR_NARROW + j], sum);
                }
                c[c0 + i * NR_NARROW + j] = sum + 0f;
            }
        }
    }

    /** Multiplies a row of A, whose elements are {@code step} apart, by an unpacked B: {@code columns} sums, from 0 on in c. */
    static void multiplyRow(int columns, int k, float[] a, int a0, int step, float[] b, int b0, int stride, float[] c) {
        int j = 0;
        if (VECTORS) {
            j = columns - columns % Kernels.lanes();
            GemmKernel.row(j, k, a, a0, step, b, b0, stride, c);
        }
        for (; j < columns; j++) {
            float sum = 0;
            for (int p = 0; p < k; p++) {
                sum = Math.fma(a[a0 + p * step], b[b0 + p * stride + j], sum);
            }
            c[j] = sum + 0f;
        }
    }

    /** Stores t + bias to c, or max(t + bias, 0) if {@code relu} is set. */
    static void addBias(float[] t, int t0, float[] bias, int bias0, boolean relu, float[] c, int c0, int count) {
        if (VECTORS) {
            PanelKernel.addBias(t, t0, bias, bias0, relu, c, c0, count);
            return;
        }
        for (int j = 0; j < count; j++) {
            float x = t[t0 + j] + bias[bias0 + j];
            c[c0 + j] = relu ? Math.max(x, 0) : x;
        }
    }

    /** Stores t to c where y > 0, and 0 elsewhere. */
    static void mask(float[] t, int t0, float[] y, int y0, float[] c, int c0, int count) {
        if (VECTORS) {
            PanelKernel.mask(t, t0, y, y0, c, c0, count);
            return;
        }
        for (int j = 0; j < count; j++) {
            c[c0 + j] = y[y0 + j] > 0 ? t[t0 + j] : 0;
        }
    }
}
