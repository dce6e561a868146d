package dev.lanewise.internal.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The tiles of products by a packed matrix, for one storage of its panels. Each is linked by its first trial, and becomes ready
 * on its own, so that C2 never sees a tile for the first time in a method that is in use.
 */
public final class PrepackedTiles {
    private static final int LANES = Kernels.lanes();

    /** The rows of each tile, and the suffix of its method. */
    private static final int[] ROWS = LANES == 16 ? new int[] {1, 2, 4, 8, 12} : new int[] {1, 4, 6};

    /** The rows of the smallest tile that reads a copy of A. */
    private static final int COPIED = 8;

    private static final String[] METHODS = LANES == 16
            ? new String[] {"tile1", "tile2", "tile4Wide", "tile8", "tile12"}
            : new String[] {"tile1", "tile4", "tile6"};

    /** The panels that each takes at a time. */
    private static final int[] PANELS = LANES == 16 ? new int[] {4, 2, 2, 1, 1} : new int[] {4, 1, 1};

    private static final PrepackedTiles ARRAY = new PrepackedTiles(Storage.ARRAY),
            NATIVE = new PrepackedTiles(Storage.NATIVE);

    private final Storage storage;
    private final Tile[] tiles = new Tile[ROWS.length];

    /** The tiles for strips, which are for 32 registers; the one that reads B where it is is for arrays. */
    private final Tile direct, transposed, copying;

    /** Memory for all trials. Several threads may write it at once, since nobody reads the results. */
    private float[] a, c;

    private Object b;
    private MemorySegment memory;

    private PrepackedTiles(Storage storage) {
        this.storage = storage;
        for (int i = 0; i < tiles.length; i++) {
            Reads reads = ROWS[i] >= COPIED ? Reads.COPIES : Reads.ROWS;
            tiles[i] = new Tile(ROWS[i], PANELS[i], "Prepacked", METHODS[i], reads, Set.of());
        }
        direct = new Tile(StripKernel.DIRECT, 2, "Strip", "direct", Reads.COPIES_AND_B, Set.of());
        transposed = new Tile(StripKernel.TRANSPOSED, 1, "Strip", "transposed", Reads.COLUMNS, Set.of());
        copying = new Tile(StripKernel.TRANSPOSED, 1, "Strip", "transposed", Reads.COLUMNS, Set.of(StripKernel.COPY));
    }

    /** {@return the tiles for panels in an array, or in native memory} */
    public static PrepackedTiles of(boolean isNative) {
        return isNative ? NATIVE : ARRAY;
    }

    /** {@return the rows of the largest tile} */
    public static int mr() {
        return ROWS[ROWS.length - 1];
    }

    /**
     * {@return how many of some rows the next tile has, so that those that follow are large as well} Eight rows, for instance,
     * are two tiles of four where the largest has six. Two rows are two tiles of one where the next has four, which would take
     * 1.3 times as long.
     *
     * @param left the number of rows that are left
     * @param k the number of terms of each sum
     */
    public static int rows(int left, int k) {
        if (LANES == 16 && k > PrepackedKernel.STRIDE) {
            return Math.min(left, COPIED / 2);
        }
        if (left == 2 && ROWS[1] > 2) {
            return 1;
        }
        int most = mr(), second = ROWS[ROWS.length - 2];
        return left <= most ? left : left <= 2 * second ? second : most;
    }

    /** {@return the distance from a copied row to the next, in floats} */
    public static int stride() {
        return PrepackedKernel.STRIDE;
    }

    /** {@return the smallest tile with at least {@code rows} rows, at most {@link #mr()}} */
    public Tile tile(int rows) {
        int i = 0;
        while (ROWS[i] < rows) {
            i++;
        }
        return tiles[i];
    }

    /**
     * {@return the smallest tile for 32 registers with at least {@code rows} rows, at most {@link #mr()}, that can read B where
     * it is, in an array}
     */
    public static Tile direct(int rows) {
        return rows <= StripKernel.DIRECT ? ARRAY.direct : ARRAY.tile(rows);
    }

    /** {@return the rows of {@link #transposed}} */
    public static int transposedRows() {
        return StripKernel.TRANSPOSED;
    }

    /** {@return the tile of {@link #transposedRows} adjacent columns of A, which are rows of Aᵀ; whether it copies them or not} */
    public Tile transposed(boolean copies) {
        return copies ? copying : transposed;
    }

    private synchronized void allocate() {
        if (a == null) {
            int vectors = Readiness.VECTORS;
            b = storage == Storage.NATIVE ? null : new float[PANELS[0] * 2 * LANES * vectors];
            memory = Arena.ofAuto().allocate(4L * PANELS[0] * 2 * LANES * vectors, 64);
            c = new float[mr() * PANELS[0] * 2 * LANES];
            a = new float[(mr() - 1) * stride() + vectors];
        }
    }

    /** What a tile reads: rows of A, copies of these, copies and a B that is not packed, or columns of A. */
    private enum Reads {
        ROWS,
        COPIES,
        COPIES_AND_B,
        COLUMNS
    }

    /** One tile, whose kernel is linked and compiled on its own. */
    public final class Tile {
        private final int rows, panels;
        private final String name, method;
        private final Reads reads;
        private final Set<String> options;
        private final Readiness readiness;

        /** Not a constant for C2; {@link SpecializedKernel} gives the reason. */
        private volatile MethodHandle kernel;

        private Tile(int rows, int panels, String name, String method, Reads reads, Set<String> options) {
            this.rows = rows;
            this.panels = panels;
            this.name = name;
            this.method = method;
            this.reads = reads;
            this.options = options;
            String where = (options.isEmpty() ? "" : ", copied") + (storage == Storage.NATIVE ? ", native" : "");
            readiness = new Readiness("Gemm " + name.toLowerCase(Locale.ROOT) + " " + method + where, this::call);
            if (Readiness.IMMEDIATE && LANES > 0) {
                link();
            }
        }

        /** {@return the number of rows} */
        public int rows() {
            return rows;
        }

        /** {@return the number of panels that it takes at a time} */
        public int panels() {
            return panels;
        }

        /** {@return whether it reads a copy of A, a row every {@link #stride()} floats} */
        public boolean copies() {
            return reads == Reads.COPIES;
        }

        /** {@return whether the kernel should run rather than the scalar definition} */
        public boolean isReady() {
            return readiness.isReady() && kernel != null;
        }

        /** {@return the readiness of its kernel, whose units are products} */
        public Readiness readiness() {
            return readiness;
        }

        /**
         * Multiplies rows of A by panels of B; see {@link PrepackedKernel} for the arguments. As many rows as the tile has are written.
         *
         * @param bs the array of B; null if it is in native memory
         */
        public void multiply(
                int valid,
                int count,
                int k,
                float[] a,
                int a0,
                int aStride,
                Object bs,
                long b0,
                float[] c,
                int c0,
                int stride) {
            long step = 2L * LANES * k * (bs == null ? Float.BYTES : 1);
            run(valid, count, k, a, a0, copies() ? 2 * LANES : aStride, bs, b0, step, c, c0, stride);
        }

        /** Multiplies copied rows of A by columns of B, as many as the panels would have, that are not packed. */
        public void multiplyDirect(
                int valid,
                int count,
                int k,
                float[] copies,
                float[] b,
                int b0,
                int bStride,
                float[] c,
                int c0,
                int stride) {
            run(valid, count, k, copies, 0, bStride, b, b0, 2L * LANES, c, c0, stride);
        }

        /** Multiplies columns of A by panels of B; {@code copies} receives them, or is null: see {@link StripKernel}. */
        public void multiplyColumns(
                int count,
                int k,
                float[] a,
                int a0,
                int aStride,
                Object bs,
                long b0,
                float[] c,
                int c0,
                int stride,
                float[] copies) {
            long step = 2L * LANES * k * (bs == null ? Float.BYTES : 1);
            try {
                for (int i = 0; i < count; i++) {
                    int to = c0 + 2 * LANES * i;
                    kernel.invokeExact(k, a, a0, aStride, bs, b0 + i * step, c, to, stride, copies);
                }
            } catch (Throwable e) {
                throw SpecializedKernel.unchecked(e);
            }
        }

        private void run(
                int valid,
                int count,
                int k,
                float[] a,
                int a0,
                int abStride,
                Object bs,
                long b0,
                long step,
                float[] c,
                int c0,
                int stride) {
            try {
                for (int i = 0; i < count; i += panels) {
                    int some = Math.min(panels, count - i), to = c0 + 2 * LANES * i;
                    kernel.invokeExact(valid, some, k, a, a0, abStride, bs, b0 + i * step, c, to, stride);
                }
            } catch (Throwable e) {
                throw SpecializedKernel.unchecked(e);
            }
        }

        private void link() {
            kernel = Kernels.link(name, new Specialization(List.of(storage), options), method);
        }

        private long call(int vectors) {
            if (kernel == null) {
                link();
                allocate();
                return 0;
            }
            int k = vectors == 0 ? -1 : vectors;
            // Once more with fewer panels, or C2 would leave out the branch.
            attempt(panels, k);
            attempt(1, k);
            return (long) vectors * rows * (panels + 1) * 2 * LANES;
        }

        private void attempt(int count, int k) {
            int width = PANELS[0] * 2 * LANES;
            long b0 = b == null ? memory.address() : 0;
            switch (reads) {
                case COPIES_AND_B -> multiplyDirect(rows, count, k, a, (float[]) b, 0, width, c, 0, width);
                case COLUMNS ->
                    multiplyColumns(count, k, a, StripKernel.LEAD, Readiness.VECTORS, b, b0, c, 0, width, c);
                default -> multiply(rows, count, k, a, 0, Readiness.VECTORS, b, b0, c, 0, width);
            }
        }
    }
}
