package dev.lanewise.linalg;

import dev.lanewise.Workers;
import java.util.function.IntConsumer;

/**
 * Executes a {@link GemmPlan}: packs the factors into panels, multiplies panel by panel, and stores the tiles to C. It keeps the
 * memory of the panels, so that a product allocates only if it is larger than all products before it.
 */
final class GemmLoop {
    /** The floats of the largest tile. */
    private static final int TILE = Math.max(
            Math.max(Panels.MR * Panels.NR, Panels.MR_TAIL * Panels.NR_SPARSE), Panels.MR_NARROW * Panels.NR_NARROW);

    private final Workers workers;
    private final GemmPlan plan;
    private final IntConsumer pack = this::pack, multiply = this::multiply, multiplyNarrow = this::multiplyNarrow;
    private float[] packedA = {}, packedB = {}, tiles = {};

    /** When zeros are skipped: the number of rows of B that each panel of A is multiplied by, and their indices in a panel of B. */
    private int[] nonZeroCount = {}, nonZeroRows = {};

    /** Whether B is finite, so that 0 times any of its elements is 0 and zeros may be skipped. */
    private boolean finite;

    GemmLoop(Workers workers, GemmPlan plan) {
        this.workers = workers;
        this.plan = plan;
    }

    /** Computes C, which has at least one element. */
    void run() {
        if (plan.hasFewRows()) {
            runRows();
        } else if (plan.isNarrow()) {
            runNarrow();
        } else {
            plan.transposeIfNarrow();
            boolean skipZeros = plan.hasZeros();
            runPacked(skipZeros);
            if (skipZeros && !finite) {
                // 0 times an infinity or NaN is NaN.
                runPacked(false);
            }
        }
    }

    private void runRows() {
        Matrix a = plan.a, b = plan.b;
        tiles = atLeast(plan.columns, tiles);
        for (int i = 0; i < plan.rows; i++) {
            int first = a.offset + (plan.transposedA ? i : i * a.stride), step = plan.transposedA ? a.stride : 1;
            Panels.multiplyRow(plan.columns, plan.inner, a.array, first, step, b.array, b.offset, b.stride, tiles);
            plan.epilogue.storeRow(tiles, 0, plan.c, i, 0, plan.columns);
        }
    }

    private void runNarrow() {
        plan.divideNarrow();
        packedB = atLeast((long) plan.nr * plan.inner, packedB);
        tiles = atLeast((long) plan.slices * TILE, tiles);
        packB(0);
        workers.run(plan.slices, multiplyNarrow);
    }

    private void multiplyNarrow(int slice) {
        GemmPlan plan = this.plan;
        Matrix a = plan.a;
        int end = GemmPlan.share(plan.panelsA, slice + 1, plan.slices), tile = slice * TILE;
        for (int panel = GemmPlan.share(plan.panelsA, slice, plan.slices); panel < end; panel++) {
            // The last panel may repeat rows of the one before it, which gives them the same bits again.
            int row = Math.min(panel * Panels.MR_NARROW, plan.rows - Panels.MR_NARROW);
            Panels.multiplyNarrow(plan.inner, a.array, a.offset + row * a.stride, a.stride, packedB, tiles, tile);
            for (int i = 0; i < Panels.MR_NARROW; i++) {
                plan.epilogue.storeRow(tiles, tile + i * Panels.NR_NARROW, plan.c, row + i, 0, plan.columns);
            }
        }
    }

    private void runPacked(boolean skipZeros) {
        plan.divide(skipZeros);
        packedA = atLeast((long) plan.firstRow(plan.panelsA) * plan.inner, packedA);
        packedB = atLeast((long) plan.panelsB * plan.nr * plan.inner, packedB);
        tiles = atLeast((long) plan.panelsB * plan.slices * TILE, tiles);
        if (skipZeros && nonZeroCount.length < plan.panelsA) {
            nonZeroCount = new int[plan.panelsA];
        }
        if (skipZeros && nonZeroRows.length < plan.panelsA * plan.inner) {
            nonZeroRows = new int[plan.panelsA * plan.inner];
        }
        finite = true;
        workers.run(plan.packTasks, pack);
        workers.run(plan.panelsB * plan.slices, multiply);
    }

    private static float[] atLeast(long length, float[] scratch) {
        if (length > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("elements of a packed factor must be at most 2³¹ − 17: " + length);
        }
        return scratch.length >= length ? scratch : new float[(int) length];
    }

    private void pack(int task) {
        GemmPlan plan = this.plan;
        int end = GemmPlan.share(plan.panelsA, task + 1, plan.packTasks);
        for (int panel = GemmPlan.share(plan.panelsA, task, plan.packTasks); panel < end; panel++) {
            packA(panel);
        }
        if (plan.slices > 1) {
            int endB = GemmPlan.share(plan.panelsB, task + 1, plan.packTasks);
            for (int panel = GemmPlan.share(plan.panelsB, task, plan.packTasks); panel < endB; panel++) {
                packB(panel);
            }
        }
    }

    private void packA(int panel) {
        Matrix a = plan.a;
        float[] x = a.array;
        int inner = plan.inner, stride = a.stride;
        int row = plan.firstRow(panel), mr = plan.firstRow(panel + 1) - row, valid = Math.min(mr, plan.rows - row);
        int from = a.offset + (plan.transposedA ? row : row * stride), to = row * inner, at = panel * inner;
        if (plan.skipZeros) {
            nonZeroCount[panel] = plan.transposedA
                    ? Panels.copyNonZero(x, from, stride, valid, inner, packedA, to, nonZeroRows, at)
                    : Panels.transposeNonZero(x, from, stride, valid, inner, packedA, to, nonZeroRows, at);
        } else if (plan.transposedA) {
            Panels.copy(x, from, stride, valid, inner, packedA, to, mr);
        } else {
            Panels.transpose(x, from, stride, valid, inner, packedA, to, mr);
        }
    }

    private void packB(int panel) {
        Matrix b = plan.b;
        int inner = plan.inner, nr = plan.nr, column = panel * nr, valid = Math.min(nr, plan.columns - column);
        int to = column * inner;
        if (plan.transposedB) {
            Panels.transpose(b.array, b.offset + column * b.stride, b.stride, valid, inner, packedB, to, nr);
        } else {
            Panels.copy(b.array, b.offset + column, b.stride, valid, inner, packedB, to, nr);
        }
        if (plan.skipZeros && !Panels.finite(packedB, to, nr * inner)) {
            finite = false;
        }
    }

    /** Multiplies a slice of the panels of A by a panel of B, which stays in the cache. If no other task needs it, it is packed here. */
    private void multiply(int task) {
        GemmPlan plan = this.plan;
        Matrix c = plan.c;
        int inner = plan.inner, nr = plan.nr, slice = task / plan.panelsB, panelB = task % plan.panelsB;
        int column = panelB * nr, valid = Math.min(nr, plan.columns - column), b0 = column * inner, tile = task * TILE;
        if (plan.slices == 1) {
            packB(panelB);
        }
        boolean plain = plan.epilogue.isNone() && !plan.transposed && valid == nr;
        int end = GemmPlan.share(plan.panelsA, slice + 1, plan.slices);
        for (int panel = GemmPlan.share(plan.panelsA, slice, plan.slices); panel < end; panel++) {
            int row = plan.firstRow(panel), mr = plan.firstRow(panel + 1) - row, a0 = row * inner;
            boolean direct = plain && row + mr <= plan.rows;
            float[] to = direct ? c.array : tiles;
            int first = direct ? c.offset + row * c.stride + column : tile, stride = direct ? c.stride : nr;
            if (plan.skipZeros) {
                int count = nonZeroCount[panel], at = panel * inner;
                Panels.multiplyNonZero(count, packedA, a0, packedB, b0, nonZeroRows, at, to, first, stride);
            } else {
                Panels.multiply(mr, inner, packedA, a0, packedB, b0, to, first, stride);
            }
            if (!direct) {
                store(tile, row, Math.min(mr, plan.rows - row), column, valid);
            }
        }
    }

    private void store(int tile, int row, int rows, int column, int columns) {
        GemmPlan plan = this.plan;
        for (int i = 0; i < rows; i++) {
            if (plan.transposed) {
                plan.epilogue.storeColumn(tiles, tile + i * plan.nr, plan.c, column, row + i, columns);
            } else {
                plan.epilogue.storeRow(tiles, tile + i * plan.nr, plan.c, row + i, column, columns);
            }
        }
    }
}
