package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Readiness;
import java.util.function.IntConsumer;

/**
 * Executes a {@link GemmPlan} by the loop that fits its shape, or by {@link ScalarProduct} while the kernel of that loop is not
 * compiled. The loops keep their memory, so that a product allocates only if it is larger than all products before it.
 */
final class GemmLoop {
    private final Workers workers;
    private final GemmPlan plan;
    private final PackingLoop packing;
    private final ColumnLoop columns;
    private final ScalarProduct scalar;
    private final IntConsumer finish = this::finish;

    /** The loop for all shapes that no other fits. */
    final PanelLoop panels;

    /** A row of C. */
    private float[] row = {};

    /**
     * Whether C still lacks the bias or the mask, which take a fraction of the time in whole rows that they take in the few
     * columns of a tile.
     */
    private boolean sumsAlone;

    GemmLoop(Workers workers, GemmPlan plan) {
        this.workers = workers;
        this.plan = plan;
        panels = new PanelLoop(workers, plan);
        packing = new PackingLoop(workers, plan);
        columns = new ColumnLoop(workers, plan);
        scalar = new ScalarProduct(workers, plan);
    }

    /** Computes C, which has at least one element. */
    void run() {
        sumsAlone = false;
        runProduct();
        if (sumsAlone || plan.epilogue.isUnfinished()) {
            workers.runShares(plan.finishTasks(), finish);
        }
    }

    private void finish(int task) {
        GemmPlan plan = this.plan;
        int tasks = plan.finishTasks(), rows = plan.c.rows;
        int row = GemmPlan.share(rows, task, tasks), end = GemmPlan.share(rows, task + 1, tasks);
        if (sumsAlone) {
            plan.epilogue.apply(plan.c, row, end);
        }
        if (plan.epilogue.isUnfinished()) {
            plan.epilogue.finish(plan.c, row, end);
        }
    }

    private void runProduct() {
        if (plan.hasFewRows()) {
            if (!runScalar(PanelTrials.ROW)) {
                runRows();
            }
        } else if (ColumnLoop.fits(plan)) {
            if (!runScalar(PanelTrials.COLUMN_TILE)) {
                columns.run();
            }
        } else {
            plan.transposeIfNarrow();
            plan.transposeIfFlat();
            if (!plan.hasZeros() || !runWithoutZeros(PanelTrials.SPARSE_TILE)) {
                runDense();
            }
        }
    }

    /** {@return whether C was computed} It was not if B is not finite, since 0 times an infinity or NaN is NaN. */
    private boolean runWithoutZeros(Readiness sparse) {
        if (sparse.isReplaceable() && denseKernel().isReady()) {
            // The first zeros may come in the middle of a training, whose scalar code is cold.
            long start = sparse.start();
            runDense();
            sparse.end(start, plan.work());
        } else if (!runScalar(sparse)) {
            runPanels(true);
            return panels.finite;
        }
        return true;
    }

    private void runDense() {
        sumsAlone = false;
        if (ScalarProduct.fits(plan) && runScalar(denseKernel())) {
            return;
        }
        if (PackingLoop.fits(plan)) {
            packing.run();
        } else {
            runPanels(false);
        }
    }

    private void runPanels(boolean skipZeros) {
        sumsAlone = !plan.epilogue.isNone();
        panels.run(skipZeros);
    }

    /** {@return the kernel of most tiles, if zeros are not left out} */
    private Readiness denseKernel() {
        return PackingLoop.fits(plan) ? packing.kernel() : panels.kernel();
    }

    /** {@return whether the sums were computed by {@link ScalarProduct}, because the kernel of most tiles is not compiled} */
    boolean runScalar(Readiness kernel) {
        boolean runs = scalar.runInsteadOf(kernel);
        sumsAlone |= runs && !plan.epilogue.isNone();
        return runs;
    }

    private void runRows() {
        Matrix a = plan.a, b = plan.b;
        float[] sums = row = atLeast(plan.columns, row);
        for (int i = 0; i < plan.rows; i++) {
            int first = a.offset + (plan.transposedA ? i : i * a.stride), step = plan.transposedA ? a.stride : 1;
            Panels.multiplyRow(plan.columns, plan.inner, a.array, first, step, b.array, b.offset, b.stride, sums);
            plan.epilogue.storeRow(sums, 0, plan.c, i, 0, plan.columns);
        }
    }

    static float[] atLeast(long length, float[] scratch) {
        checkLength(length);
        return scratch.length >= length ? scratch : new float[(int) length];
    }

    static void checkLength(long length) {
        if (length > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("elements of a packed factor must be at most 2³¹ − 17: " + length);
        }
    }
}
