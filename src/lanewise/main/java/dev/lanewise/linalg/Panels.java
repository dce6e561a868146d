package dev.lanewise.linalg;

import static dev.lanewise.linalg.PanelTrials.COPY;
import static dev.lanewise.linalg.PanelTrials.COPY_NON_ZERO;
import static dev.lanewise.linalg.PanelTrials.NARROW_TILE;
import static dev.lanewise.linalg.PanelTrials.PACKED_TILE;
import static dev.lanewise.linalg.PanelTrials.PACKING_TILE;
import static dev.lanewise.linalg.PanelTrials.ROW;
import static dev.lanewise.linalg.PanelTrials.SPARSE_TILE;
import static dev.lanewise.linalg.PanelTrials.STORE;
import static dev.lanewise.linalg.PanelTrials.TILE;

import dev.lanewise.internal.kernel.GemmKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PackedKernel;
import dev.lanewise.internal.kernel.PanelKernel;

/**
 * This class has the inner parts of a product: packing a panel, multiplying two panels, storing a row of a tile. Each calls a
 * kernel, or runs a plain loop with the same bits until the kernel is compiled.
 */
final class Panels {
    private static final boolean VECTORS = Kernels.lanes() > 0;

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
        if (COPY.isReady()) {
            PanelKernel.copy(x, x0, stride, valid, k, panel, to, width);
            return;
        }
        long start = COPY.start();
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < valid; j++) {
                panel[to + p * width + j] = x[x0 + p * stride + j];
            }
            for (int j = valid; j < width; j++) {
                panel[to + p * width + j] = 0;
            }
        }
        COPY.end(start, 1 + (long) k * width);
    }

    /**
     * Packs a transposed matrix: {@code valid} rows of k floats become k rows of {@code width}, {@code toStride} floats apart. The
     * padding repeats the last row; its products are not stored. Two rows at a time take half as long as one; if the width is odd,
     * a float behind each row is overwritten.
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
        if (valid == MR_SPARSE && COPY_NON_ZERO.isReady()) {
            return PanelKernel.copyNonZero(x, x0, stride, k, panel, to, at, at0, NR_SPARSE);
        }
        long start = COPY_NON_ZERO.start();
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
        COPY_NON_ZERO.end(start, 1 + 4L * k);
        return n;
    }

    /** Packs like {@link #transpose}, {@link #MR_SPARSE} wide, without the columns that are all 0. See {@link #copyNonZero}. */
    static int transposeNonZero(
            float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        int r0 = x0, r1 = x0 + Math.min(1, valid - 1) * stride;
        int r2 = x0 + Math.min(2, valid - 1) * stride, r3 = x0 + (valid - 1) * stride;
        int n = 0;
        if (COPY_NON_ZERO.isReady()) {
            n = PanelKernel.nonZero(x, r0, r1, r2, r3, k, at, at0);
        } else {
            long start = COPY_NON_ZERO.start();
            for (int p = 0; p < k; p++) {
                if (x[r0 + p] != 0 || x[r1 + p] != 0 || x[r2 + p] != 0 || x[r3 + p] != 0) {
                    at[at0 + n++] = p;
                }
            }
            COPY_NON_ZERO.end(start, 1 + 4L * k);
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
        if (COPY.isReady()) {
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
        if (TILE.isReady()) {
            GemmKernel.tile(rows, k, a, a0, rowStride, b, b0, s, s0, sStride, c, c0, stride);
            return;
        }
        long start = TILE.start();
        ScalarTiles.multiply(rows, NR, k, a, a0, rowStride, 1, b, b0, s, s0, sStride, c, c0, stride);
        TILE.end(start, 1 + (long) rows * NR * k);
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
        if (PACKED_TILE.isReady()) {
            PackedKernel.tile(k, a, a0, b, b0, s, s0, sStride, c, c0, stride);
            return;
        }
        long start = PACKED_TILE.start();
        ScalarTiles.multiply(MR_PACKED, NR, k, a, a0, 1, MR_PACKED, b, b0, s, s0, sStride, c, c0, stride);
        PACKED_TILE.end(start, 1 + (long) MR_PACKED * NR * k);
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
        if (PACKING_TILE.isReady()) {
            GemmKernel.packingTile(rows, k, a, a0, rowStride, b, b0, bStride, panel, to, s, s0, sStride, c, c0, stride);
            return;
        }
        long start = PACKING_TILE.start();
        copy(b, b0, bStride, NR, k, panel, to, NR);
        ScalarTiles.multiply(rows, NR, k, a, a0, rowStride, 1, panel, to, s, s0, sStride, c, c0, stride);
        PACKING_TILE.end(start, 1 + (long) rows * NR * k);
    }

    /** Multiplies a panel of {@link #copyNonZero} by a panel of B: {@link #MR_SPARSE} × {@link #NR_SPARSE} sums. */
    static void multiplyNonZero(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (SPARSE_TILE.isReady()) {
            PackedKernel.sparse(k, a, a0, b, b0, at, at0, c, c0, stride);
            return;
        }
        long start = SPARSE_TILE.start();
        ScalarTiles.multiplyNonZero(MR_SPARSE, NR_SPARSE, k, a, a0, b, b0, at, at0, c, c0, stride);
        SPARSE_TILE.end(start, 1 + (long) MR_SPARSE * NR_SPARSE * k);
    }

    /** Multiplies {@link #MR_NARROW} unpacked rows of A by a panel of B of {@link #NR_NARROW} columns. */
    static void multiplyNarrow(int k, float[] a, int a0, int stride, float[] b, float[] c, int c0) {
        if (NARROW_TILE.isReady()) {
            GemmKernel.narrow(NR_NARROW, k, a, a0, stride, b, 0, c, c0);
            return;
        }
        long start = NARROW_TILE.start();
        ScalarTiles.multiply(MR_NARROW, NR_NARROW, k, a, a0, stride, 1, b, 0, null, 0, 0, c, c0, NR_NARROW);
        NARROW_TILE.end(start, 1 + (long) MR_NARROW * NR_NARROW * k);
    }

    /** Multiplies a row of A, whose elements are {@code step} apart, by an unpacked B: {@code columns} sums, from 0 on in c. */
    static void multiplyRow(int columns, int k, float[] a, int a0, int step, float[] b, int b0, int stride, float[] c) {
        if (ROW.isReady()) {
            int whole = columns - columns % Kernels.lanes();
            GemmKernel.row(whole, k, a, a0, step, b, b0, stride, c);
            ScalarTiles.multiplyRow(whole, columns, k, a, a0, step, b, b0, stride, c);
            return;
        }
        long start = ROW.start();
        ScalarTiles.multiplyRow(0, columns, k, a, a0, step, b, b0, stride, c);
        ROW.end(start, 1 + (long) columns * k);
    }

    /** Stores t + bias to c, or max(t + bias, 0) if {@code relu} is set. */
    static void addBias(float[] t, int t0, float[] bias, int bias0, boolean relu, float[] c, int c0, int count) {
        if (STORE.isReady()) {
            PanelKernel.addBias(t, t0, bias, bias0, relu, c, c0, count);
            return;
        }
        long start = STORE.start();
        for (int j = 0; j < count; j++) {
            float x = t[t0 + j] + bias[bias0 + j];
            c[c0 + j] = relu ? Math.max(x, 0) : x;
        }
        STORE.end(start, 1 + count);
    }

    /** Stores t to c where y > 0, and 0 elsewhere. */
    static void mask(float[] t, int t0, float[] y, int y0, float[] c, int c0, int count) {
        if (STORE.isReady()) {
            PanelKernel.mask(t, t0, y, y0, c, c0, count);
            return;
        }
        long start = STORE.start();
        for (int j = 0; j < count; j++) {
            c[c0 + j] = y[y0 + j] > 0 ? t[t0 + j] : 0;
        }
        STORE.end(start, 1 + count);
    }
}
