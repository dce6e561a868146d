package dev.lanewise.linalg;

import static dev.lanewise.linalg.PanelTrials.PACKED_ROW;
import static dev.lanewise.linalg.PanelTrials.ROWS_TILE;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.RowPanelKernel;

/**
 * Executes products by a {@link PackedMatrix} on the caller's thread: one row, or panels of rows of A that are copied, each of which stays in the
 * L1 cache while it is multiplied by all panels of B.
 */
final class PrepackedLoop {
    /** The rows of panels of A that are copied, a fixed stride apart, and the most terms of their sums; 0 rows if there are none. */
    static final int MR_ROWS = Kernels.lanes() > 0 ? RowPanelKernel.mr() : 0,
            MR_ROWS_SMALL = Kernels.lanes() > 0 ? RowPanelKernel.mrSmall() : 0,
            STRIDE = Kernels.lanes() > 0 ? RowPanelKernel.STRIDE : 0;

    private float[] rowsA = {}, tiles = {};

    /** {@return whether it executes the product; otherwise {@link GemmLoop} does} */
    static boolean takes(GemmPlan plan, int threads) {
        if (plan.rows == 1) {
            return true;
        }
        return MR_ROWS > 0 && threads == 1 && plan.rows > Panels.MR_SPARSE && plan.inner <= STRIDE && !plan.hasZeros();
    }

    void run(GemmPlan plan) {
        if (plan.rows == 1) {
            runRow(plan);
            return;
        }
        int rows = Math.ceilDiv(plan.rows, 4) * 4;
        rowsA = GemmLoop.atLeast((long) (MR_ROWS - 1) * STRIDE + plan.inner, rowsA);
        tiles = GemmLoop.atLeast((long) MR_ROWS * Panels.NR, tiles);
        for (int row = 0; row < plan.rows; ) {
            // Twelve rows at a time, but 16 are twice eight, because a tile of four is slow.
            int left = rows - row, mr = left >= 24 || left == 12 || left == 20 ? MR_ROWS : MR_ROWS_SMALL;
            multiply(plan, row, Math.min(mr, plan.rows - row), mr);
            row += mr;
        }
    }

    private void runRow(GemmPlan plan) {
        Matrix a = plan.a;
        PackedMatrix b = plan.prepacked;
        int count = Math.ceilDiv(b.columns, Panels.NR);
        tiles = GemmLoop.atLeast((long) count * Panels.NR, tiles);
        multiplyRow(count, b.rows, a.array, a.offset, b.panels, tiles);
        plan.epilogue.storeRow(tiles, 0, plan.c, 0, 0, b.columns);
    }

    /** Multiplies some rows of A by all panels of B in tiles of {@code mr} rows. */
    private void multiply(GemmPlan plan, int row, int rows, int mr) {
        Matrix a = plan.a, c = plan.c;
        int inner = plan.inner, nr = Panels.NR;
        for (int i = 0; i < mr; i++) {
            // The last row is repeated; its products are not stored.
            int from = a.offset + (row + Math.min(i, rows - 1)) * a.stride;
            System.arraycopy(a.array, from, rowsA, i * STRIDE, inner);
        }
        int at = c.offset + row * c.stride, whole = rows == mr ? plan.columns - plan.columns % nr : 0;
        for (int column = 0; column < plan.columns; column += nr) {
            int columns = Math.min(nr, plan.columns - column);
            boolean direct = column < whole;
            float[] to = direct ? c.array : tiles;
            int to0 = direct ? at + column : 0, stride = direct ? c.stride : nr;
            multiplyRows(mr, inner, rowsA, plan.prepacked.panels, column * inner, to, to0, stride);
            for (int i = 0; i < rows && !direct; i++) {
                plan.epilogue.storeRow(tiles, i * nr, c, row + i, column, columns);
            }
        }
        for (int i = 0; i < rows && whole > 0 && !plan.epilogue.isNone(); i++) {
            plan.epilogue.storeRow(c.array, at + i * c.stride, c, row + i, 0, whole);
        }
    }

    /** Multiplies a row of A by packed panels of B: {@link #Panels.NR} sums for each panel, from 0 on in c. */
    private static void multiplyRow(int panels, int k, float[] a, int a0, float[] b, float[] c) {
        if (PACKED_ROW.isReady()) {
            RowPanelKernel.row(panels, k, a, a0, b, c);
            return;
        }
        long start = PACKED_ROW.start();
        for (int panel = 0; panel < panels; panel++) {
            int at = panel * Panels.NR;
            ScalarTiles.multiply(1, Panels.NR, k, a, a0, 0, 1, b, at * k, null, 0, 0, c, at, Panels.NR);
        }
        PACKED_ROW.end(start, 1 + (long) panels * Panels.NR * k);
    }

    /** Multiplies copied rows of A by a panel of B, as many rows as a tile has. Only vectors have such tiles. */
    private static void multiplyRows(int rows, int k, float[] a, float[] b, int b0, float[] c, int c0, int stride) {
        if (ROWS_TILE.isReady()) {
            RowPanelKernel.tile(rows, k, a, b, b0, c, c0, stride);
            return;
        }
        long start = ROWS_TILE.start();
        ScalarTiles.multiply(rows, Panels.NR, k, a, 0, STRIDE, 1, b, b0, null, 0, 0, c, c0, stride);
        ROWS_TILE.end(start, 1 + (long) rows * Panels.NR * k);
    }
}
