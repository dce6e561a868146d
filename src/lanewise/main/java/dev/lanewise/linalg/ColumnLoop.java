package dev.lanewise.linalg;

import static dev.lanewise.linalg.PanelTrials.COLUMN_TILE;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.ColumnKernel;
import dev.lanewise.internal.kernel.Kernels;
import java.util.function.IntConsumer;

/**
 * Executes a {@link GemmPlan} for Aᵀ·B of few columns, as Cᵀ = Bᵀ·A: the vectors hold elements of columns of C, which are rows of
 * A where it is.
 */
final class ColumnLoop {
    /** The smallest number of multiplications for which another thread pays off. */
    private static final int GRAIN = 1 << 20;

    /** The fewest columns: for six, a tile of as many rows of Cᵀ is enough. */
    private static final int LEAST_COLUMNS = 7;

    private final Workers workers;
    private final GemmPlan plan;
    private final IntConsumer multiply = this::multiply;

    /** A row of {@link ColumnKernel#WIDTH} floats for each term. */
    private float[] b = {};

    /** The tile of each task. */
    private float[][] tiles = {};

    private int tasks;

    ColumnLoop(Workers workers, GemmPlan plan) {
        this.workers = workers;
        this.plan = plan;
    }

    /** {@return whether A is transposed, and C has few enough columns, and at least as many rows as a tile} */
    static boolean fits(GemmPlan plan) {
        boolean columns = plan.columns >= LEAST_COLUMNS && plan.columns <= ColumnKernel.COLUMNS;
        return columns && plan.transposedA && plan.rows >= Panels.NR && Kernels.lanes() > 0;
    }

    /** Computes C. */
    void run() {
        GemmPlan plan = this.plan;
        int threads = workers.threads(), most = Math.ceilDiv(plan.rows, Panels.NR);
        boolean alone = threads == 1 || plan.work() < GRAIN;
        tasks = alone ? 1 : Math.min(GemmPlan.PACK_TASKS * threads, most);
        if (tiles.length < tasks) {
            tiles = new float[tasks][ColumnKernel.WIDTH * Panels.NR];
        }
        b = GemmLoop.atLeast((long) ColumnKernel.WIDTH * plan.inner, b);
        Packing.pack(plan.b, plan.transposedB, 0, plan.columns, b, 0, ColumnKernel.WIDTH);
        workers.runShares(tasks, multiply);
    }

    private void multiply(int task) {
        GemmPlan plan = this.plan;
        int nr = Panels.NR, all = Math.ceilDiv(plan.rows, nr);
        for (int i = GemmPlan.share(all, task, tasks); i < GemmPlan.share(all, task + 1, tasks); i++) {
            // The last tile begins with rows of the one before it, because there may be nothing behind the last row.
            int skipped = Math.max((i + 1) * nr - plan.rows, 0), row = i * nr - skipped;
            multiply(row, skipped, tiles[task]);
        }
    }

    /** Computes the rows of a tile from {@code row} on, and stores those that are not skipped. */
    private void multiply(int row, int skipped, float[] tile) {
        GemmPlan plan = this.plan;
        Matrix a = plan.a, c = plan.c;
        int nr = Panels.NR, width = ColumnKernel.WIDTH, k = plan.inner, a0 = a.offset + row;
        if (COLUMN_TILE.isReady()) {
            ColumnKernel.tile(k, a.array, a0, a.stride, b, tile);
            plan.epilogue.storeTransposed(tile, skipped, nr, c, row + skipped, nr - skipped, 0, plan.columns);
            return;
        }
        long start = COLUMN_TILE.start();
        ScalarTiles.multiply(nr, width, k, a.array, a0, 1, a.stride, b, 0, null, 0, 0, tile, 0, width);
        for (int i = skipped; i < nr; i++) {
            plan.epilogue.storeRow(tile, i * width, c, row + i, 0, plan.columns);
        }
        COLUMN_TILE.end(start, 1 + (long) nr * width * k);
    }
}
