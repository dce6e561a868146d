package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.ColumnKernel;
import dev.lanewise.internal.kernel.FirstVectors.Part;
import dev.lanewise.internal.kernel.GemmKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.NarrowKernel;
import dev.lanewise.internal.kernel.NonZeroKernel;
import dev.lanewise.internal.kernel.PackedKernel;
import dev.lanewise.internal.kernel.PanelKernel;
import dev.lanewise.internal.kernel.Readiness;
import dev.lanewise.internal.kernel.TransposeKernel;

/**
 * The readiness of the kernels that {@link Panels} and {@link Packing} call. Their trials take each branch in turn, because C2
 * leaves out branches that it has not seen, and compiles a kernel anew when they are taken.
 */
final class PanelTrials {
    /** The tiles of rows of A; their units are products. */
    static final Readiness TILE = new Readiness("Gemm tile", PanelTrials::tile);

    /** The tiles that pack their columns of B; their units are products. */
    static final Readiness PACKING_TILE = new Readiness("Gemm packing tile", PanelTrials::packingTile);

    /** The tile of a packed A; its units are products. */
    static final Readiness PACKED_TILE = new Readiness("Gemm packed tile", PanelTrials::packedTile);

    /** The tile that leaves out zeros; its units are products. */
    static final Readiness SPARSE_TILE = new Readiness("Gemm sparse tile", PanelTrials::sparseTile);

    /** The two tiles of a panel of at most 16 columns; their units are products. */
    static final Readiness NARROW_TILE = new Readiness("Gemm narrow tile", 16, PanelTrials::narrowTile);

    /** The tile of at most ten columns, in vectors of rows; its units are products. */
    static final Readiness COLUMN_TILE = new Readiness("Gemm column tile", PanelTrials::columnTile);

    /** The product of a row and a matrix; its units are products. */
    static final Readiness ROW = new Readiness("Gemm row", PanelTrials::row);

    /** Packing rows of B, and looking for infinities in them; the units are floats. */
    static final Readiness COPY = new Readiness("Gemm copy", PanelTrials::copy);

    /** Packing a transposed B in blocks of vectors; the units are floats. */
    static final Readiness TRANSPOSE = new Readiness("Gemm transposition", 4, PanelTrials::transpose, Part.BITS);

    /** Packing A without zeros; the units are floats. */
    static final Readiness COPY_NON_ZERO = new Readiness("Gemm copy without zeros", 4, PanelTrials::copyNonZero);

    /** Storing a row with an epilogue; the units are floats. */
    static final Readiness STORE = new Readiness("Gemm store", PanelTrials::store);

    private static final int LANES = Kernels.lanes();

    /** The distance from a row of a trial to the next, in floats. */
    private static final int STRIDE = 64;

    /** Memory for all trials. Several threads may write it at once, since nobody reads the results. */
    private static final float[] A = new float[64 * STRIDE], B = A.clone(), C = A.clone(), PANEL = A.clone();

    private static final int[] ZEROS = new int[STRIDE], INDICES = new int[64 * STRIDE];

    /** The number of trials. Some may not be counted if several threads try, which is harmless. */
    private static int turns;

    /** Whether the class of the transposition has been initialized, which takes half of the time that its link takes. */
    private static boolean initialized;

    static {
        // In every other group of four a float is not 0.
        for (int i = 0; i < A.length; i += 8) {
            A[i] = 1;
        }
    }

    private PanelTrials() {}

    /** {@return three bits that differ from call to call, whichever kernels are tried in turn} */
    private static int turn() {
        return turns++ * 0x9E3779B9 >>> 29;
    }

    /** {@return the partial sums of a tile, which about every other call has} */
    private static float[] sums() {
        return turn() % 2 == 0 ? null : PANEL;
    }

    /** {@return the terms of the sums of a tile; −1 instead of 0, for which a tile would store zeros} */
    private static int terms(int vectors) {
        return vectors == 0 ? -1 : vectors;
    }

    /** {@return where rows begin that end where an array does, as matrices mostly do, so that the last vector reaches beyond it} */
    private static int atEnd(int rows, int columns) {
        return C.length - Math.max(rows - 1, 0) * STRIDE - columns;
    }

    private static long tile(int vectors) {
        float[] sums = sums();
        int k = terms(vectors);
        GemmKernel.tile(GemmKernel.mr(), k, A, 0, STRIDE, B, 0, sums, 0, STRIDE, C, 0, STRIDE);
        GemmKernel.tile(4, k, A, 0, STRIDE, B, 0, sums, 0, STRIDE, C, 0, STRIDE);
        return vectors * (GemmKernel.mr() + 4L) * Panels.NR;
    }

    private static long packingTile(int vectors) {
        float[] sums = sums();
        int k = terms(vectors);
        int mr = GemmKernel.mr();
        GemmKernel.packingTile(mr, k, A, 0, STRIDE, B, 0, STRIDE, PANEL, 0, sums, 0, STRIDE, C, 0, STRIDE);
        GemmKernel.packingTile(4, k, A, 0, STRIDE, B, 0, STRIDE, PANEL, 0, sums, 0, STRIDE, C, 0, STRIDE);
        return vectors * (mr + 4L) * Panels.NR;
    }

    private static long packedTile(int vectors) {
        PackedKernel.tile(terms(vectors), A, 0, B, 0, sums(), 0, STRIDE, C, 0, STRIDE);
        return (long) vectors * Panels.MR_PACKED * Panels.NR;
    }

    private static long sparseTile(int vectors) {
        NonZeroKernel.tile(terms(vectors), A, 0, B, 0, ZEROS, 0, C, 0, STRIDE);
        return (long) vectors * Panels.MR_SPARSE * Panels.NR_SPARSE;
    }

    private static long narrowTile(int vectors) {
        int columns = LANES - turn() % 2, k = terms(vectors), c = atEnd(NarrowKernel.ROWS, columns);
        NarrowKernel.tile(NarrowKernel.ROWS, columns, k, A, 0, STRIDE, B, C, c, STRIDE);
        NarrowKernel.pack(B, 0, STRIDE, columns, vectors, PANEL);
        NarrowKernel.tile(NarrowKernel.HALVES_ROWS, columns, k, A, 0, STRIDE, B, C, c, STRIDE);
        return (long) vectors * (NarrowKernel.ROWS + NarrowKernel.HALVES_ROWS) * NarrowKernel.COLUMNS;
    }

    private static long columnTile(int vectors) {
        ColumnKernel.tile(terms(vectors), A, 0, STRIDE, B, C);
        return (long) vectors * ColumnKernel.COLUMNS * Panels.NR;
    }

    private static long row(int vectors) {
        int columns = (turn() % 2 == 0 ? 16 : 9) * LANES;
        GemmKernel.row(columns, terms(vectors), A, 0, 1, B, 0, columns, C);
        return (long) vectors * columns;
    }

    private static long copy(int k) {
        int turn = turn(), odd = k == 0 ? 0 : turn % 2, width = 2 * LANES - turn / 2 % 2, valid = width - odd;
        PanelKernel.copy(B, atEnd(k, valid), STRIDE, valid, k, PANEL, PANEL.length - k * width, width);
        PanelKernel.finite(B, 0, k * LANES + odd);
        return 3L * k * LANES;
    }

    private static long transpose(int vectors) {
        if (!initialized) {
            initialized = true;
            TransposeKernel.transpose(A, 0, STRIDE, 1, 0, PANEL, 0, 2 * LANES, 2 * LANES);
            return 0;
        }
        // A block and its second pass, twice, and half of the time a block that repeats rows.
        int k = vectors == 0 ? 0 : LANES + turn() % 2;
        TransposeKernel.transpose(A, 0, STRIDE, 2 * LANES - 1, k, PANEL, 0, 2 * LANES, 2 * LANES);
        return 2L * LANES * k;
    }

    private static long copyNonZero(int k) {
        PanelKernel.copyNonZero(A, 0, 4, k, PANEL, 0, INDICES, 0, STRIDE);
        // This kernel looks at 64 columns at a time.
        int columns = k == 0 ? 0 : k * 16 + turn() % 2;
        PanelKernel.nonZero(A, 0, STRIDE, 2 * STRIDE, 3 * STRIDE, columns, INDICES, 0);
        return 4L * (k + columns);
    }

    private static long store(int vectors) {
        int turn = turn(), count = vectors == 0 ? 0 : vectors * LANES + turn % 2, at = A.length - count;
        PanelKernel.addBias(A, at, B, at, turn / 2 % 2 == 0, C, at, count);
        PanelKernel.mask(A, at, B, at, C, at, count);
        return 2L * count;
    }
}
