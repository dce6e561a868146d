package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PrepackedTiles;
import dev.lanewise.internal.kernel.Readiness;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Executes products by a {@link PackedMatrix}, in {@link Strips}, or by {@link ScalarProduct} while the kernel of most rows is
 * not compiled.
 */
final class PrepackedLoop {
    private static final boolean VECTORS = Kernels.lanes() > 0;

    /** The floats of the panels of B that all rows are multiplied by before the next: processors with long vectors have large L2 caches. */
    static final int GROUP = Kernels.lanes() == 16 ? 1 << 18 : 1 << 16;

    /** The least rows of a slice, and of a product for which the copies of {@link ScalarProduct} pay off. */
    private static final int SLICE = 12, LEAST_SCALAR_ROWS = 4;

    private final Workers workers;
    private final IntConsumer multiply = this::multiply, define = this::define;

    /** For each slice of the rows. */
    private Strips[] strips = {};

    private FactorRows[] factors = {};
    private float[][] memory = {};

    private Matrix a, c;
    private PackedMatrix b;
    private Epilogue epilogue;
    private int slices;

    PrepackedLoop(Workers workers) {
        this.workers = workers;
    }

    /** Computes C, which has at least one element. */
    void run(Matrix a, PackedMatrix b, Epilogue epilogue, Matrix c) {
        this.a = a;
        this.b = b;
        this.epilogue = epilogue;
        this.c = c;
        boolean alone = GemmPlan.isAlone(workers.threads(), (long) c.rows * c.columns * b.rows);
        slices = alone ? 1 : Math.min(GemmPlan.MULTIPLY_TASKS * workers.threads(), Math.ceilDiv(c.rows, SLICE));
        if (strips.length < slices) {
            strips = new Strips[slices];
            factors = new FactorRows[slices];
            memory = new float[slices][0];
            Arrays.setAll(strips, i -> new Strips());
            Arrays.setAll(factors, i -> new FactorRows());
        }
        try {
            if (!VECTORS) {
                workers.runShares(slices, define);
            } else if (!defineInsteadOf(kernel())) {
                workers.runShares(slices, multiply);
            }
        } finally {
            this.a = null;
            this.b = null;
            this.epilogue = null;
            this.c = null;
            // The kernels have its address alone.
            Reference.reachabilityFence(b);
        }
    }

    /**
     * Computes C by {@link ScalarProduct} if a kernel is not compiled, and tries that kernel.
     *
     * @return whether it has
     */
    private boolean defineInsteadOf(Readiness kernel) {
        if (c.rows < LEAST_SCALAR_ROWS || !ScalarProduct.fits(c.columns) || !kernel.isReplaceable()) {
            return false;
        }
        long start = kernel.start();
        workers.runShares(slices, define);
        kernel.end(start, 1 + (long) c.rows * c.columns * b.rows);
        return true;
    }

    /** {@return the kernel of most rows} */
    private Readiness kernel() {
        int rows = PrepackedTiles.rows(Math.ceilDiv(c.rows, slices), b.rows);
        return PrepackedTiles.of(b.panels.isNative()).tile(rows).readiness();
    }

    /** Computes a slice of the rows of C. */
    private void multiply(int slice) {
        int row = GemmPlan.share(c.rows, slice, slices), end = GemmPlan.share(c.rows, slice + 1, slices);
        int all = Math.ceilDiv(c.columns, Panels.NR), group = group(end - row, all);
        Strips strips = this.strips[slice];
        strips.set(a, false, epilogue, c);
        strips.set(b.panels, 0);
        for (int panel = 0; panel < all; panel += group) {
            strips.multiply(row, end, panel, Math.min(group, all - panel));
        }
        strips.clear();
        finish(row, end);
    }

    private void finish(int row, int end) {
        if (epilogue.isUnfinished()) {
            epilogue.finish(c, row, end);
        }
    }

    /** {@return the panels of B that all rows of a slice are multiplied by before the next} */
    private int group(int rows, int all) {
        int first = PrepackedTiles.rows(rows, b.rows);
        if (rows == first) {
            // A single tile reads each panel once.
            return all;
        }
        // A tile that takes several panels at a time would take some of them twice otherwise.
        int panels = PrepackedTiles.of(b.panels.isNative()).tile(first).panels();
        return Math.ceilDiv(group(b.rows), panels) * panels;
    }

    /** {@return how many panels of so many rows stay in the L2 cache} */
    static int group(int rows) {
        return Math.max(GROUP / (Math.max(rows, 1) * Panels.NR), 1);
    }

    /** Computes a slice of the rows of C without vectors. */
    private void define(int slice) {
        int row = GemmPlan.share(c.rows, slice, slices), end = GemmPlan.share(c.rows, slice + 1, slices);
        if (ScalarProduct.fits(c.columns)) {
            float[] memory = this.memory[slice] = GemmLoop.atLeast(ScalarProduct.MEMORY, this.memory[slice]);
            FactorRows factor = factors[slice].set(b.panels);
            ScalarProduct.multiply(a, false, factor, c, row, end, memory);
            factor.clear();
            epilogue.apply(c, row, end);
        } else {
            // Without vectors B is not packed.
            float[] sums = memory[slice] = GemmLoop.atLeast(c.columns, memory[slice]);
            for (int i = row; i < end; i++) {
                int first = a.offset + i * a.stride;
                ScalarTiles.multiplyRow(0, c.columns, b.rows, a.array, first, 1, b.panels.array, 0, c.columns, sums);
                epilogue.storeRow(sums, 0, c, i, 0, c.columns);
            }
        }
        finish(row, end);
    }
}
