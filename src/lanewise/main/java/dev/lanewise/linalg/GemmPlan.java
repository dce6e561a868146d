package dev.lanewise.linalg;

/**
 * The operands of one product, and its division into panels and tasks. {@link Gemm} prepares the plan for each product, and
 * {@link GemmLoop} executes it. The plan is reused, so that a product allocates nothing.
 */
final class GemmPlan {
    /** The smallest number of multiplications for which another thread pays off. */
    private static final long GRAIN = 1 << 18;

    /** The smallest number of activations for which another thread pays off: each takes about as long as sixteen multiplications. */
    private static final int FINISH_GRAIN = 1 << 14;

    /** The number of tasks for each thread: more than one, so that the others do not wait for a thread that starts late. */
    static final int PACK_TASKS = 4;

    static final int MULTIPLY_TASKS = 2;

    /** The number of samples of A that {@link #hasZeros} takes. */
    private static final int SAMPLES = 64;

    /**
     * The elements of a block of A, 256 KiB, and of a block of a panel of B, 32 KiB: while a block of A stays in the L2 cache, all
     * panels of B are multiplied by it, and while a block of one of them stays in the L1 cache, all rows of A.
     */
    static final int BLOCK_A = 1 << 16, BLOCK_B = 1 << 13;

    private final int threads;

    Matrix a, b, c;
    Epilogue epilogue;

    /** Whether A and B are read transposed. */
    boolean transposedA, transposedB;

    /** Whether Cᵀ = Bᵀ·Aᵀ is computed instead, because C is narrower than a panel. Then {@link #rows} are the columns of C. */
    boolean transposed;

    /** The rows and columns of the computed product, and the number of terms of each sum. */
    int rows, columns, inner;

    /** Whether panels of A leave out the k at which all of their rows are 0. */
    boolean skipZeros;

    /** The number of panels of A, and the rows of each; the last one may have fewer. */
    int panelsA, mr;

    /** The number of blocks of terms, each of which is added to the sums of a whole slice before the next. */
    int blocks;

    /** The number of panels of B, and the columns of each. */
    int panelsB, nr;

    /** Whether one thread packs and multiplies by one panel of B after the other, so that they all can be in the same memory. */
    boolean onePanel;

    /** The number of tasks that pack, and of tasks that multiply by the same panel of B. */
    int packTasks, slices;

    GemmPlan(int threads) {
        this.threads = threads;
    }

    void prepare(Matrix a, boolean transposedA, Matrix b, boolean transposedB, Epilogue epilogue, Matrix c) {
        this.a = a;
        this.transposedA = transposedA;
        this.b = b;
        this.transposedB = transposedB;
        this.epilogue = epilogue;
        this.c = c;
        transposed = false;
        rows = c.rows;
        columns = c.columns;
        inner = transposedA ? a.rows : a.columns;
    }

    /** Clears the operands, so that their arrays can be collected. */
    void release() {
        a = b = c = null;
        epilogue = null;
    }

    /** {@return whether C has so few rows that packing B would take longer than reading it once for each row} */
    boolean hasFewRows() {
        return rows <= Panels.MAX_UNPACKED_ROWS && !transposedB;
    }

    /** {@return whether C is a panel of so few columns that A need not be copied} */
    boolean isNarrow() {
        return columns <= Panels.NR_NARROW && rows >= Panels.MR_NARROW && !transposedA;
    }

    /** Divides a product whose factors are packed; if zeros are not skipped, A is packed only if it is transposed. */
    void divide(boolean skipZeros) {
        this.skipZeros = skipZeros;
        nr = skipZeros ? Panels.NR_SPARSE : Panels.NR;
        if (skipZeros || isPackedA()) {
            mr = skipZeros ? Panels.MR_SPARSE : Panels.MR_PACKED;
        } else {
            // Eight rows, for instance, are two small tiles.
            mr = Math.ceilDiv(rows, Math.ceilDiv(rows, Panels.MR)) > Panels.MR_SPARSE ? Panels.MR : Panels.MR_SPARSE;
        }
        panelsA = Math.ceilDiv(rows, mr);
        panelsB = Math.ceilDiv(columns, nr);
        blocks = skipZeros || transposed ? 1 : Math.max(Math.ceilDiv(inner, BLOCK_B / nr), 1);
        boolean alone = isAlone(threads, work());
        packTasks = alone ? 1 : PACK_TASKS * threads;
        int wanted = rows > columns ? MULTIPLY_TASKS * threads : Math.ceilDiv(MULTIPLY_TASKS * threads, panelsB);
        int fitting = skipZeros ? 1 : (int) Math.min((long) rows * inner / blocks / BLOCK_A + 1, panelsA);
        slices = Math.max(alone ? 1 : Math.clamp(wanted, 1, panelsA), fitting);
        onePanel = threads == 1 && slices == 1;
    }

    /** {@return whether A, if zeros are not skipped, is packed into panels of {@link Panels#MR_PACKED} rows} */
    boolean isPackedA() {
        return transposedA && !transposed && Panels.MR_PACKED > 0;
    }

    /** {@return whether one thread should compute so many multiplications} */
    static boolean isAlone(int threads, long work) {
        return threads == 1 || work < 2 * GRAIN;
    }

    /** {@return the number of tasks that divide the rows of C to finish the epilogue} */
    int finishTasks() {
        long most = Math.min((long) c.rows * c.columns / FINISH_GRAIN, Math.min(threads, c.rows));
        return (int) Math.max(most, 1);
    }

    /** {@return the number of multiplications} */
    long work() {
        return (long) rows * columns * Math.max(inner, 1);
    }

    /**
     * {@return the number of floats from one row of a packed A to the next, which is even} Unless rows are short, this is an odd
     * number of cache lines, so that they are spread over all sets of the L1 cache.
     */
    int packedStride() {
        return inner < 16 ? inner + inner % 2 : (Math.ceilDiv(inner, 16) | 1) * 16;
    }

    /** {@return the first panel of a part, if the panels are divided into {@code parts} parts} */
    static int share(int panels, int part, int parts) {
        return (int) ((long) panels * part / parts);
    }

    /**
     * Transposes A·Bᵀ if C has so few rows that packing A instead of B saves more time than storing Cᵀ takes. The rows of C
     * become columns, which should fill their panels but for a quarter of one.
     */
    void transposeIfFlat() {
        boolean flat = 3L * rows <= inner && 2L * rows <= columns && inner <= 2 * BLOCK_B / Panels.NR;
        boolean fills = Math.ceilDiv(rows, Panels.NR) * Panels.NR - rows <= Panels.NR / 4;
        if (transposedB && !transposedA && flat && fills) {
            transpose();
        }
    }

    /** Transposes Aᵀ·B if C is narrower than a panel of B and this reduces the area of the tiles by a quarter. */
    void transposeIfNarrow() {
        if (columns < Panels.NR && transposedA && !transposedB) {
            long area = (long) Math.ceilDiv(rows, Panels.MR) * Panels.NR;
            if ((long) Math.ceilDiv(columns, Panels.MR) * Math.ceilDiv(rows, Panels.NR) * Panels.NR * 4 <= area * 3) {
                transpose();
            }
        }
    }

    /** Changes the product back to C = A·B. */
    void untranspose() {
        if (transposed) {
            transpose();
        }
    }

    /** Changes the product from C = A·B to Cᵀ = Bᵀ·Aᵀ, or back. */
    private void transpose() {
        transposed ^= true;
        int rows = this.rows;
        this.rows = columns;
        columns = rows;
        Matrix a = this.a;
        this.a = b;
        b = a;
        boolean transposedA = this.transposedA;
        this.transposedA = !transposedB;
        transposedB = !transposedA;
    }

    /**
     * {@return whether skipping zeros is estimated to pay off} This holds if at least three eighths of a sample of A are zeros
     * that its panels can leave out, and if the wider panels of B that this needs have less than a quarter of padding.
     */
    boolean hasZeros() {
        if (Math.ceilDiv(columns, Panels.NR_SPARSE) * Panels.NR_SPARSE > columns + columns / 4) {
            return false;
        }
        int zeros = 0;
        for (int i = 0; i < SAMPLES; i++) {
            // Multiples of the golden ratio, modulo 1, are spread evenly for any shape.
            int row = (int) ((i * 0x9E3779B9L & 0xFFFFFFFFL) * (rows / Panels.MR_SPARSE) >>> 32) * Panels.MR_SPARSE;
            int p = (int) ((long) inner * i / SAMPLES);
            boolean zero = rows >= Panels.MR_SPARSE && inner > 0;
            for (int j = row; zero && j < row + Panels.MR_SPARSE; j++) {
                zero = a.array[a.offset + (transposedA ? p * a.stride + j : j * a.stride + p)] == 0;
            }
            zeros += zero ? 1 : 0;
        }
        return zeros >= SAMPLES * 3 / 8;
    }
}
