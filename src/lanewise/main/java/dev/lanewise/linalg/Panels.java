package dev.lanewise.linalg;

import static dev.lanewise.linalg.PanelTrials.NARROW_TILE;
import static dev.lanewise.linalg.PanelTrials.PACKED_TILE;
import static dev.lanewise.linalg.PanelTrials.PACKING_TILE;
import static dev.lanewise.linalg.PanelTrials.ROW;
import static dev.lanewise.linalg.PanelTrials.SPARSE_TILE;
import static dev.lanewise.linalg.PanelTrials.STORE;
import static dev.lanewise.linalg.PanelTrials.TILE;

import dev.lanewise.internal.kernel.GemmKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.NarrowKernel;
import dev.lanewise.internal.kernel.NonZeroKernel;
import dev.lanewise.internal.kernel.PackedKernel;
import dev.lanewise.internal.kernel.PanelKernel;

/**
 * This class has the inner parts of a product beside {@link Packing}: multiplying two panels, storing a row of a tile. Each calls a
 * kernel, or runs a plain loop with the same bits until the kernel is compiled.
 */
final class Panels {
    private static final boolean VECTORS = Kernels.lanes() > 0;

    /** The rows of a tile, and of a panel of A without zeros. */
    static final int MR = VECTORS ? GemmKernel.mr() : 6, MR_SPARSE = VECTORS ? NonZeroKernel.mr() : 4;

    /** The rows of a packed panel of Aᵀ; 0 if Aᵀ is transposed into rows instead. */
    static final int MR_PACKED = VECTORS ? PackedKernel.mr() : 0;

    /** The columns of a panel of B. */
    static final int NR = VECTORS ? 2 * Kernels.lanes() : 16;

    /**
     * The columns of a panel of B for panels of A without zeros, which have {@link #MR_SPARSE} rows. They can be more than {@link
     * #NR}, because each term of a sum loads the index of its row of B.
     */
    static final int NR_SPARSE = VECTORS ? NonZeroKernel.nr() : 16;

    /** The most rows of A and columns of B in a tile of a narrow panel, for which A is not copied. It needs vectors of as many lanes. */
    static final int MR_NARROW = NarrowKernel.ROWS, NR_NARROW = NarrowKernel.COLUMNS;

    /** The largest number of rows of C for which neither factor is packed. */
    static final int MAX_UNPACKED_ROWS = 3;

    private Panels() {}

    /**
     * Multiplies {@code rows} rows of A by a panel of B, and adds {@link #NR} products, in ascending order of k, to the partial
     * sums of each row, s, which are 0 if s is null. The tile has at most {@link #MR} rows; more rows than {@code rows} may be
     * read and written.
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

    /**
     * Multiplies like {@link #multiply} packed panels of A, which have {@link #MR_PACKED} rows each and are {@code step} apart. Only
     * vectors have such panels.
     */
    static void multiplyPacked(
            int panels,
            int k,
            float[] a,
            int a0,
            int step,
            float[] b,
            int b0,
            float[] s,
            int s0,
            int sStride,
            float[] c,
            int c0,
            int stride) {
        int cStep = MR_PACKED * stride, sStep = MR_PACKED * sStride;
        if (PACKED_TILE.isReady()) {
            for (int i = 0; i < panels; i++, a0 += step, s0 += sStep, c0 += cStep) {
                PackedKernel.tile(k, a, a0, b, b0, s, s0, sStride, c, c0, stride);
            }
            return;
        }
        long start = PACKED_TILE.start();
        for (int i = 0; i < panels; i++, a0 += step, s0 += sStep, c0 += cStep) {
            ScalarTiles.multiply(MR_PACKED, NR, k, a, a0, 1, MR_PACKED, b, b0, s, s0, sStride, c, c0, stride);
        }
        PACKED_TILE.end(start, 1 + (long) panels * MR_PACKED * NR * k);
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
        Packing.copy(b, b0, bStride, NR, k, panel, to, NR);
        ScalarTiles.multiply(rows, NR, k, a, a0, rowStride, 1, panel, to, s, s0, sStride, c, c0, stride);
        PACKING_TILE.end(start, 1 + (long) rows * NR * k);
    }

    /** Multiplies a panel of {@link Packing#copyNonZero} by a panel of B: {@link #MR_SPARSE} × {@link #NR_SPARSE} sums. */
    static void multiplyNonZero(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (SPARSE_TILE.isReady()) {
            NonZeroKernel.tile(k, a, a0, b, b0, at, at0, c, c0, stride);
            return;
        }
        long start = SPARSE_TILE.start();
        ScalarTiles.multiplyNonZero(MR_SPARSE, NR_SPARSE, k, a, a0, b, b0, at, at0, c, c0, stride);
        SPARSE_TILE.end(start, 1 + (long) MR_SPARSE * NR_SPARSE * k);
    }

    /** {@return the rows of the tile of a narrow panel of some columns, at most {@link #MR_NARROW}} */
    static int narrowRows(int columns) {
        return columns > NarrowKernel.HALF && NARROW_TILE.isReady() ? NarrowKernel.rows() : MR_NARROW;
    }

    /**
     * Multiplies unpacked rows of A by a panel of B of {@link #NR_NARROW} columns, of which the first are stored to C.
     *
     * @param rows those for which the panel was packed
     * @param tile memory for a tile
     */
    static void multiplyNarrow(
            int rows,
            int columns,
            int k,
            float[] a,
            int a0,
            int aStride,
            float[] b,
            float[] tile,
            float[] c,
            int c0,
            int cStride) {
        if (rows == NarrowKernel.HALVES_ROWS || NARROW_TILE.isReady()) {
            NarrowKernel.tile(rows, columns, k, a, a0, aStride, b, c, c0, cStride);
            return;
        }
        long start = NARROW_TILE.start();
        ScalarTiles.multiply(rows, NR_NARROW, k, a, a0, aStride, 1, b, 0, null, 0, 0, tile, 0, NR_NARROW);
        for (int i = 0; i < rows; i++) {
            System.arraycopy(tile, i * NR_NARROW, c, c0 + i * cStride, columns);
        }
        NARROW_TILE.end(start, 1 + (long) rows * NR_NARROW * k);
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
