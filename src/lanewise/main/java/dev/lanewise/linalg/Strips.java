package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.PrepackedTiles;
import dev.lanewise.internal.kernel.StripKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Multiplies strips of rows of A, each of which stays in the L1 cache, by panels of B that fit into the L2 cache. One task
 * at a time has an instance, with memory for copied rows and for tiles that are not whole.
 */
final class Strips {
    /** The floats that are copied of a row of Aᵀ. */
    private static final int COPIED = 16;

    /** Columns of A are copied for so many terms and panels at least; for fewer, the copies take longer than they save. */
    private static final int COPIED_TERMS = 32, COPIED_PANELS = 4;

    /** The floats of a page: rows that are a multiple of it apart share a few sets of the caches. */
    static final int PAGE = 1 << 10;

    private float[] copies = {}, sums = {}, panel = {};
    private Matrix a, c;
    private boolean transposedA;
    private Epilogue epilogue;

    /** The panels of B, and the column of C that the first of them belongs to. */
    private PackedPanels b;

    private int column;

    void set(Matrix a, boolean transposedA, Epilogue epilogue, Matrix c) {
        this.a = a;
        this.transposedA = transposedA;
        this.epilogue = epilogue;
        this.c = c;
    }

    void set(PackedPanels b, int column) {
        this.b = b;
        this.column = column;
    }

    /** Forgets the operands, so that their arrays can be collected. */
    void clear() {
        a = c = null;
        b = null;
        epilogue = null;
    }

    /** Computes the rows of C from {@code row} to {@code end}, of {@code count} panels from {@code first} on. */
    void multiply(int row, int end, int first, int count) {
        sums = GemmLoop.atLeast((long) PrepackedTiles.mr() * count * Panels.NR, sums);
        for (int i = row; i < end; ) {
            int rows = transposedA
                    ? Math.min(PrepackedTiles.transposedRows(), end - i)
                    : PrepackedTiles.rows(end - i, b.rows);
            multiplyStrip(i, rows, first, count);
            i += rows;
        }
    }

    /**
     * Computes the rows of C from {@code row} to {@code end}, of {@code count} whole panels of columns of B, which are read where
     * they are.
     */
    void multiplyDirect(int row, int end, Matrix b, int column, int count) {
        int k = b.rows, nr = Panels.NR;
        sums = GemmLoop.atLeast((long) PrepackedTiles.mr() * count * nr, sums);
        for (int i = row; i < end; ) {
            int rows = PrepackedTiles.rows(end - i, k);
            PrepackedTiles.Tile tile = PrepackedTiles.direct(rows);
            boolean whole = rows == tile.rows();
            float[] to = whole ? c.array : sums;
            int to0 = whole ? c.offset + i * c.stride + column : 0, stride = whole ? c.stride : count * nr;
            int from = b.offset + column;
            if (tile.isReady()) {
                float[] x = copy(i, rows, tile.rows(), k);
                tile.multiplyDirect(rows, count, k, x, b.array, from, b.stride, to, to0, stride);
            } else {
                long start = tile.readiness().start();
                panel = GemmLoop.atLeast((long) nr * k, panel);
                for (int j = 0; j < count; j++) {
                    Packing.copy(b.array, from + j * nr, b.stride, nr, k, panel, 0, nr);
                    define(i, rows, k, panel, 0, to, to0 + j * nr, stride);
                }
                tile.readiness().end(start, 1 + (long) rows * count * nr * k);
            }
            store(i, rows, whole ? count : 0, column, count * nr, 0);
            i += rows;
        }
    }

    /**
     * Computes the rows of C from {@code row} to {@code end}, at least {@link Panels#MR_NARROW}, of {@code columns} columns of B
     * or its transpose, at most {@link Panels#NR_NARROW}. A is read where it is.
     */
    void multiplyNarrow(int row, int end, Matrix b, boolean transposedB, int column, int columns) {
        Matrix a = this.a, c = this.c;
        int k = a.columns, mr = Panels.narrowRows(columns), nr = Panels.NR_NARROW;
        panel = GemmLoop.atLeast((long) nr * k, panel);
        sums = GemmLoop.atLeast((long) mr * nr, sums);
        Packing.packNarrow(mr, b, transposedB, column, columns, panel);
        for (int i = row; i < end; i += mr) {
            // The last tile may repeat rows of the one before it, which gives them the same bits again.
            int first = Math.min(i, end - mr), from = a.offset + first * a.stride, to = c.offset + first * c.stride;
            Panels.multiplyNarrow(mr, columns, k, a.array, from, a.stride, panel, sums, c.array, to + column, c.stride);
        }
        if (!epilogue.isNone()) {
            for (int i = row; i < end; i++) {
                epilogue.storeRow(c.array, c.offset + i * c.stride + column, c, i, column, columns);
            }
        }
    }

    /** Multiplies some rows of A by some panels of B. What is not a whole tile of C goes through the tile's memory. */
    private void multiplyStrip(int row, int rows, int first, int count) {
        Matrix a = this.a, c = this.c;
        PrepackedTiles tiles = PrepackedTiles.of(b.isNative());
        PrepackedTiles.Tile tile = transposedA ? tiles.transposed(false) : tiles.tile(rows);
        int nr = Panels.NR, column = this.column + first * nr, to = c.offset + row * c.stride + column;
        int whole = rows == tile.rows() ? Math.min(count, (c.columns - column) / nr) : 0, rest = count - whole;
        int skipped = 0;
        if (tile.isReady()) {
            // The last tile of Aᵀ repeats rows of the one before it, because there may be nothing behind the last row.
            skipped = transposedA ? tile.rows() - rows : 0;
            float[] x = tile.copies() ? copy(row, rows, tile.rows(), b.rows) : a.array;
            int x0 = tile.copies() ? 0 : a.offset + (transposedA ? row - skipped : row * a.stride);
            if (whole > 0) {
                multiplyPanels(tiles, rows, first, whole, x, x0, c.array, to, c.stride);
            }
            if (rest > 0) {
                multiplyPanels(tiles, rows, first + whole, rest, x, x0, sums, 0, rest * nr);
            }
        } else {
            long start = tile.readiness().start();
            for (int i = 0; i < count; i++) {
                boolean isWhole = i < whole;
                int at = isWhole ? to + i * nr : (i - whole) * nr, stride = isWhole ? c.stride : rest * nr;
                define(row, rows, first + i, isWhole ? c.array : sums, at, stride);
            }
            tile.readiness().end(start, 1 + (long) rows * count * nr * b.rows);
        }
        store(row, rows, whole, column, count * nr, skipped);
    }

    /**
     * Applies the epilogue to some rows of C.
     *
     * @param whole the number of panels whose products are in C already; the others' are in {@link #sums}
     * @param columns the columns of all panels, of which some may be behind the last column of C
     * @param skipped the number of rows of the sums that are not stored
     */
    private void store(int row, int rows, int whole, int column, int columns, int skipped) {
        Matrix c = this.c;
        int stored = whole * Panels.NR, rest = columns - stored;
        for (int i = 0; i < rows; i++) {
            if (whole > 0 && !epilogue.isNone()) {
                int at = c.offset + (row + i) * c.stride + column;
                epilogue.storeRow(c.array, at, c, row + i, column, stored);
            }
            if (rest > 0) {
                int from = column + stored, valid = Math.min(rest, c.columns - from);
                epilogue.storeRow(sums, (skipped + i) * rest, c, row + i, from, valid);
            }
        }
    }

    /** {@return copies of rows of A, of which the last is repeated, because a tile reads as many as it has} */
    private float[] copy(int row, int rows, int mr, int k) {
        int stride = PrepackedTiles.stride();
        float[] copies = this.copies = GemmLoop.atLeast((mr - 1L) * stride + k, this.copies);
        // Without terms there may be no array to read either.
        for (int i = 0; i < (k == 0 ? 0 : mr); i++) {
            int from = a.offset + (row + Math.min(i, rows - 1)) * a.stride;
            System.arraycopy(a.array, from, copies, i * stride, k);
        }
        return copies;
    }

    /** Multiplies columns of A by panels. If these are many, the tile by the first one copies the columns for the others. */
    private void multiplyColumns(
            PrepackedTiles tiles, int first, int count, float[] x, int x0, float[] to, int to0, int stride) {
        PrepackedTiles.Tile tile = tiles.transposed(false), copying = tiles.transposed(true);
        int k = b.rows, xStride = a.stride, done = 0, lead = StripKernel.LEAD;
        boolean copies = count >= COPIED_PANELS && k >= COPIED_TERMS && x0 >= lead, isReady = copying.isReady();
        long start = copies && !isReady ? copying.readiness().start() : 0;
        if (copies && isReady) {
            float[] copied = this.copies = GemmLoop.atLeast((long) COPIED * k, this.copies);
            copying.multiplyColumns(1, k, x, x0, xStride, b.array, b.at(first), to, to0, stride, copied);
            x = copied;
            x0 = lead;
            xStride = COPIED;
            done = 1;
        }
        int rest = to0 + done * Panels.NR;
        tile.multiplyColumns(count - done, k, x, x0, xStride, b.array, b.at(first + done), to, rest, stride, null);
        if (copies && !isReady) {
            copying.readiness().end(start, 1 + (long) tile.rows() * count * Panels.NR * k);
        }
    }

    private void multiplyPanels(
            PrepackedTiles tiles, int rows, int first, int count, float[] x, int x0, float[] to, int to0, int stride) {
        if (transposedA) {
            multiplyColumns(tiles, first, count, x, x0, to, to0, stride);
        } else {
            tiles.tile(rows).multiply(rows, count, b.rows, x, x0, a.stride, b.array, b.at(first), to, to0, stride);
        }
    }

    /** Multiplies like a tile by a packed panel. */
    private void define(int row, int rows, int index, float[] to, int to0, int stride) {
        int length = Panels.NR * b.rows;
        if (b.isNative()) {
            panel = GemmLoop.atLeast(length, panel);
            long from = (long) Float.BYTES * index * length;
            MemorySegment.copy(b.memory, ValueLayout.JAVA_FLOAT, from, panel, 0, length);
            define(row, rows, b.rows, panel, 0, to, to0, stride);
        } else {
            define(row, rows, b.rows, b.array, index * length, to, to0, stride);
        }
    }

    private void define(int row, int rows, int k, float[] panel, int p0, float[] to, int to0, int stride) {
        int x0 = a.offset + (transposedA ? row : row * a.stride);
        int rowStride = transposedA ? 1 : a.stride, step = transposedA ? a.stride : 1;
        ScalarTiles.multiply(rows, Panels.NR, k, a.array, x0, rowStride, step, panel, p0, null, 0, 0, to, to0, stride);
    }
}
