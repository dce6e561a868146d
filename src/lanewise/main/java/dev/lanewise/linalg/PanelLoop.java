package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Readiness;
import java.util.function.IntConsumer;

/** Executes a {@link GemmPlan} by packed panels: packs what has to be packed, multiplies panel by panel, and stores the tiles to C. */
final class PanelLoop {
    /** The floats of the largest tile. */
    private static final int TILE =
            Math.max(Math.max(Panels.MR, Panels.MR_PACKED) * Panels.NR, Panels.MR_SPARSE * Panels.NR_SPARSE);

    private final Workers workers;
    private final GemmPlan plan;
    private final IntConsumer pack = this::pack, multiply = this::multiply;
    private float[] tiles = {};

    /** The panels, which {@link TreeLoop} reads too. */
    float[] packedA = {}, packedB = {};

    /** When zeros are skipped: the number of rows of B that each panel of A is multiplied by, and their indices in a panel of B. */
    int[] nonZeroCount = {}, nonZeroRows = {};

    /** Whether B is finite, so that 0 times any of its elements is 0 and zeros may be skipped. */
    boolean finite;

    PanelLoop(Workers workers, GemmPlan plan) {
        this.workers = workers;
        this.plan = plan;
    }

    /** {@return the kernel of most tiles, if zeros are not left out} */
    Readiness kernel() {
        return plan.isPackedA() ? PanelTrials.PACKED_TILE : PanelTrials.TILE;
    }

    /** Computes C without the epilogue, unless zeros are skipped and B is not {@link #finite}. */
    void run(boolean skipZeros) {
        plan.divide(skipZeros);
        pack(skipZeros);
        tiles = GemmLoop.atLeast((long) plan.panelsB * plan.slices * TILE, tiles);
        workers.runShares(plan.panelsB * plan.slices, multiply);
    }

    /** Packs A, and B if several tasks multiply by the same panel of it. */
    void pack(boolean skipZeros) {
        if (skipZeros || plan.transposedA) {
            packedA = GemmLoop.atLeast(
                    (long) plan.panelsA * plan.mr * (skipZeros || plan.isPackedA() ? plan.inner : plan.packedStride()),
                    packedA);
        }
        packedB = GemmLoop.atLeast((long) (plan.onePanel ? 1 : plan.panelsB) * plan.nr * plan.inner, packedB);
        if (skipZeros && nonZeroCount.length < plan.panelsA) {
            nonZeroCount = new int[plan.panelsA];
        }
        if (skipZeros && nonZeroRows.length < plan.panelsA * plan.inner) {
            nonZeroRows = new int[plan.panelsA * plan.inner];
        }
        finite = true;
        workers.runShares(plan.packTasks, pack);
    }

    private void pack(int task) {
        GemmPlan plan = this.plan;
        int panelA = GemmPlan.share(plan.panelsA, task, plan.packTasks);
        int endA = GemmPlan.share(plan.panelsA, task + 1, plan.packTasks);
        if (plan.skipZeros) {
            for (int panel = panelA; panel < endA; panel++) {
                packNonZero(panel);
            }
        } else if (plan.isPackedA()) {
            for (int panel = panelA; panel < endA; panel++) {
                int row = panel * plan.mr, valid = Math.min(plan.mr, plan.rows - row);
                Matrix a = plan.a;
                Packing.copy(a.array, a.offset + row, a.stride, valid, plan.inner, packedA, row * plan.inner, plan.mr);
            }
        } else if (plan.transposedA) {
            int row = panelA * plan.mr, rows = Math.min(endA * plan.mr, plan.rows) - row, stride = plan.packedStride();
            Matrix a = plan.a;
            Packing.transpose(
                    a.array, a.offset + row, a.stride, plan.inner, rows, packedA, row * stride, plan.inner, stride);
        }
        if (plan.slices > 1) {
            int endB = GemmPlan.share(plan.panelsB, task + 1, plan.packTasks);
            for (int panel = GemmPlan.share(plan.panelsB, task, plan.packTasks); panel < endB; panel++) {
                packB(panel);
            }
        }
    }

    private void packNonZero(int panel) {
        Matrix a = plan.a;
        float[] x = a.array;
        int inner = plan.inner, stride = a.stride, row = panel * plan.mr, valid = Math.min(plan.mr, plan.rows - row);
        int from = a.offset + (plan.transposedA ? row : row * stride), to = row * inner, at = panel * inner;
        nonZeroCount[panel] = plan.transposedA
                ? Packing.copyNonZero(x, from, stride, valid, inner, packedA, to, nonZeroRows, at)
                : Packing.transposeNonZero(x, from, stride, valid, inner, packedA, to, nonZeroRows, at);
    }

    void packB(int panel) {
        Matrix b = plan.b;
        int inner = plan.inner, nr = plan.nr, column = panel * nr, valid = Math.min(nr, plan.columns - column);
        int to = plan.onePanel ? 0 : column * inner;
        Packing.pack(b, plan.transposedB, column, valid, packedB, to, nr);
        if (plan.skipZeros && !Packing.finite(packedB, to, nr * inner)) {
            finite = false;
        }
    }

    /** Multiplies a slice of the panels of A by a panel of B. If no other task needs that, it is packed here. */
    private void multiply(int task) {
        int panelB = task % plan.panelsB, slice = task / plan.panelsB;
        int first = GemmPlan.share(plan.panelsA, slice, plan.slices),
                end = GemmPlan.share(plan.panelsA, slice + 1, plan.slices);
        boolean whole = (panelB + 1) * plan.nr <= plan.columns;
        boolean packing = plan.slices == 1 && whole && !plan.transposedB && !plan.skipZeros && !plan.isPackedA();
        if (plan.slices == 1 && !packing) {
            packB(panelB);
        }
        if (plan.skipZeros) {
            multiplyNonZero(first, end, panelB, task * TILE);
            return;
        }
        for (int block = 0; block < plan.blocks; block++) {
            multiplyBlock(block, first, end, panelB, whole, packing, task * TILE);
        }
    }

    private void multiplyBlock(int block, int first, int end, int panelB, boolean whole, boolean packing, int tile) {
        GemmPlan plan = this.plan;
        Matrix a = plan.a, b = plan.b, c = plan.c;
        int column = panelB * plan.nr, columns = Math.min(plan.nr, plan.columns - column), mr = plan.mr, nr = plan.nr;
        int k0 = GemmPlan.share(plan.inner, block, plan.blocks),
                k = GemmPlan.share(plan.inner, block + 1, plan.blocks) - k0;
        int b0 = (plan.onePanel ? 0 : column * plan.inner) + k0 * nr;
        float[] rowsA = plan.transposedA ? packedA : a.array;
        int a0 = plan.transposedA ? 0 : a.offset, strideA = plan.transposedA ? plan.packedStride() : a.stride;
        boolean plain = whole && !plan.transposed;
        if (plan.isPackedA() && plain) {
            // Looking for the place of each tile takes a twentieth of the time of short sums.
            int panels = Math.min(end, plan.rows / mr) - first, step = mr * plan.inner, cs = c.stride;
            int fromA = first * step + k0 * mr, at = c.offset + first * mr * cs + column;
            float[] sums = block > 0 ? c.array : null;
            Panels.multiplyPacked(panels, k, packedA, fromA, step, packedB, b0, sums, at, cs, c.array, at, cs);
            first += panels;
        }
        for (int panel = first; panel < end; panel++) {
            int row = panel * mr, rows = Math.min(mr, plan.rows - row), at = c.offset + row * c.stride + column;
            boolean direct = plain && rows == mr;
            float[] sums = null;
            int s0 = 0, sStride = 0;
            if (block > 0) {
                // The kernels read whole tiles.
                if (whole && rows == mr) {
                    sums = c.array;
                    s0 = at;
                    sStride = c.stride;
                } else {
                    for (int i = 0; i < rows; i++) {
                        System.arraycopy(c.array, at + i * c.stride, tiles, tile + i * nr, columns);
                    }
                    sums = tiles;
                    s0 = tile;
                    sStride = nr;
                }
            }
            float[] to = direct ? c.array : tiles;
            int to0 = direct ? at : tile, stride = direct ? c.stride : nr;
            int fromA = a0 + row * strideA + k0;
            if (plan.isPackedA()) {
                Panels.multiplyPacked(
                        1, k, packedA, row * plan.inner + k0 * mr, 0, packedB, b0, sums, s0, sStride, to, to0, stride);
            } else if (packing && panel == first) {
                int fromB = b.offset + k0 * b.stride + column;
                Panels.packAndMultiply(
                        rows, k, rowsA, fromA, strideA, b.array, fromB, b.stride, packedB, b0, sums, s0, sStride, to,
                        to0, stride);
            } else {
                Panels.multiply(rows, k, rowsA, fromA, strideA, packedB, b0, sums, s0, sStride, to, to0, stride);
            }
            if (!direct) {
                store(tile, row, rows, column, columns);
            }
        }
    }

    private void multiplyNonZero(int first, int end, int panelB, int tile) {
        GemmPlan plan = this.plan;
        Matrix c = plan.c;
        int inner = plan.inner, nr = plan.nr, column = panelB * nr, columns = Math.min(nr, plan.columns - column);
        int b0 = plan.onePanel ? 0 : column * inner;
        boolean plain = !plan.transposed && columns == nr;
        for (int panel = first; panel < end; panel++) {
            int row = panel * plan.mr, rows = Math.min(plan.mr, plan.rows - row), at = panel * inner;
            boolean direct = plain && rows == plan.mr;
            float[] to = direct ? c.array : tiles;
            int to0 = direct ? c.offset + row * c.stride + column : tile, stride = direct ? c.stride : nr;
            Panels.multiplyNonZero(
                    nonZeroCount[panel], packedA, row * inner, packedB, b0, nonZeroRows, at, to, to0, stride);
            if (!direct) {
                store(tile, row, rows, column, columns);
            }
        }
    }

    private void store(int tile, int row, int rows, int column, int columns) {
        GemmPlan plan = this.plan;
        if (plan.transposed) {
            Epilogue.NONE.storeTransposed(tiles, tile, plan.nr, plan.c, column, columns, row, rows);
            return;
        }
        for (int i = 0; i < rows; i++) {
            Epilogue.NONE.storeRow(tiles, tile + i * plan.nr, plan.c, row + i, column, columns);
        }
    }
}
