package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PrepackedTiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.function.IntConsumer;

/**
 * Executes products by a {@link PackedMatrix}: panels of rows of A, each of which stays in the L1 cache while it is multiplied by
 * panels of B that fit into the L2 cache.
 */
final class PrepackedLoop {
    private static final boolean VECTORS = Kernels.lanes() > 0;

    /** The floats of the panels of B that all rows are multiplied by before the next: processors with long vectors have large L2 caches. */
    private static final int GROUP = Kernels.lanes() == 16 ? 1 << 18 : 1 << 16;

    /** The least rows of a slice. */
    private static final int SLICE = 12;

    private final Workers workers;
    private final IntConsumer multiply = this::multiply;

    /** For each slice of the rows, copied rows of A, a tile, and a panel of B for the scalar definition. */
    private float[][] copies = {}, tiles = {}, panels = {};

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
        if (copies.length < slices) {
            copies = new float[slices][0];
            tiles = new float[slices][0];
            panels = new float[slices][0];
        }
        try {
            workers.run(slices, multiply);
        } finally {
            this.a = null;
            this.b = null;
            this.epilogue = null;
            this.c = null;
            // The kernels have its address alone.
            Reference.reachabilityFence(b);
        }
    }

    /** Computes a slice of the rows of C. */
    private void multiply(int slice) {
        int row = GemmPlan.share(c.rows, slice, slices), end = GemmPlan.share(c.rows, slice + 1, slices);
        if (VECTORS) {
            multiply(slice, row, end);
        } else {
            define(slice, row, end);
        }
        if (epilogue.isUnfinished()) {
            epilogue.finish(c, row, end);
        }
    }

    private void multiply(int slice, int row, int end) {
        int k = b.rows, all = Math.ceilDiv(c.columns, Panels.NR), group = group(end - row, k, all);
        tiles[slice] = GemmLoop.atLeast((long) PrepackedTiles.mr() * Math.min(group, all) * Panels.NR, tiles[slice]);
        for (int panel = 0; panel < all; panel += group) {
            int count = Math.min(group, all - panel);
            for (int i = row; i < end; ) {
                int rows = PrepackedTiles.rows(end - i, k);
                multiply(slice, i, rows, panel, count);
                i += rows;
            }
        }
    }

    /** {@return the panels of B that all rows of a slice are multiplied by before the next} */
    private int group(int rows, int k, int all) {
        if (rows <= PrepackedTiles.mr()) {
            // A single tile reads each panel once.
            return all;
        }
        // A tile that takes several panels at a time would take some of them twice otherwise.
        int panels = PrepackedTiles.of(b.memory != null)
                .tile(PrepackedTiles.rows(rows, k))
                .panels();
        return Math.ceilDiv(Math.max(GROUP / (Math.max(k, 1) * Panels.NR), 1), panels) * panels;
    }

    /** Multiplies rows by B as it is, a row of B at a time, which C2 vectorizes. */
    private void define(int slice, int row, int end) {
        float[] sums = tiles[slice] = GemmLoop.atLeast(c.columns, tiles[slice]);
        for (int i = row; i < end; i++) {
            int first = a.offset + i * a.stride;
            ScalarTiles.multiplyRow(0, c.columns, b.rows, a.array, first, 1, b.array, 0, c.columns, sums);
            epilogue.storeRow(sums, 0, c, i, 0, c.columns);
        }
    }

    /** Multiplies some rows of A by some panels of B. What is not a whole tile of C goes through the tile's memory. */
    private void multiply(int slice, int row, int rows, int panel, int count) {
        Matrix c = this.c;
        PrepackedTiles.Tile tile = PrepackedTiles.of(b.memory != null).tile(rows);
        int nr = Panels.NR, column = panel * nr, to = c.offset + row * c.stride + column;
        int whole = rows == tile.rows() ? Math.min(count, c.columns / nr - panel) : 0, rest = count - whole;
        float[] sums = tiles[slice];
        if (tile.isReady()) {
            Matrix a = this.a;
            float[] x = a.array;
            int x0 = a.offset + row * a.stride;
            if (tile.copies()) {
                x = copy(slice, row, rows, tile.rows());
                x0 = 0;
            }
            if (whole > 0) {
                tile.multiply(rows, whole, b.rows, x, x0, a.stride, b.array, b.at(panel), c.array, to, c.stride);
            }
            if (rest > 0) {
                tile.multiply(rows, rest, b.rows, x, x0, a.stride, b.array, b.at(panel + whole), sums, 0, rest * nr);
            }
        } else {
            long start = tile.start();
            define(slice, row, rows, panel, whole, c.array, to, c.stride);
            define(slice, row, rows, panel + whole, rest, sums, 0, rest * nr);
            tile.end(start, 1 + (long) rows * count * nr * b.rows);
        }
        for (int i = 0; i < rows; i++) {
            if (whole > 0 && !epilogue.isNone()) {
                epilogue.storeRow(c.array, to + i * c.stride, c, row + i, column, whole * nr);
            }
            if (rest > 0) {
                int from = column + whole * nr;
                epilogue.storeRow(sums, i * rest * nr, c, row + i, from, Math.min(rest * nr, c.columns - from));
            }
        }
    }

    /** {@return copies of rows of A, of which the last is repeated, because a tile reads as many as it has} */
    private float[] copy(int slice, int row, int rows, int mr) {
        int stride = PrepackedTiles.stride(), k = b.rows;
        float[] copies = this.copies[slice] = GemmLoop.atLeast((mr - 1L) * stride + k, this.copies[slice]);
        for (int i = 0; i < mr; i++) {
            int from = a.offset + (row + Math.min(i, rows - 1)) * a.stride;
            System.arraycopy(a.array, from, copies, i * stride, k);
        }
        return copies;
    }

    /** Multiplies like a tile. */
    private void define(int slice, int row, int rows, int panel, int count, float[] to, int to0, int stride) {
        int nr = Panels.NR, k = b.rows;
        for (int i = panel; i < panel + count; i++) {
            float[] p = b.array;
            int p0 = i * nr * k;
            if (b.memory != null) {
                p = panels[slice] = GemmLoop.atLeast((long) nr * k, panels[slice]);
                MemorySegment.copy(b.memory, ValueLayout.JAVA_FLOAT, (long) Float.BYTES * p0, p, 0, nr * k);
                p0 = 0;
            }
            int x0 = a.offset + row * a.stride;
            ScalarTiles.multiply(
                    rows, nr, k, a.array, x0, a.stride, 1, p, p0, null, 0, 0, to, to0 + (i - panel) * nr, stride);
        }
    }
}
