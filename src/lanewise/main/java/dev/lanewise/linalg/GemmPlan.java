package dev.lanewise.linalg;

/**
 * The operands of one product, and its division into panels and tasks. {@link Gemm} prepares the plan for each product, and
 * {@link GemmLoop} executes it. The plan is reused, so that a product allocates nothing.
 */
final class GemmPlan {
    /** The smallest number of multiplications for which another thread pays off. */
    private static final long GRAIN = 1 << 18;

    /** The number of tasks for each thread: more than one, so that the others do not wait for a thread that starts late. */
    private static final int PACK_TASKS = 4, MULTIPLY_TASKS = 2;

    /** The number of samples of A that {@link #hasZeros} takes. */
    private static final int SAMPLES = 64;

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

    /** The number of panels of A, of which the first {@link #tallPanels} have {@link Panels#MR} rows and the others fewer. */
    int panelsA, tallPanels;

    /** The number of panels of B, and the columns of each. */
    int panelsB, nr;

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

    /** {@return whether B is one narrow panel, so that A is read only once and packing it would not pay off} */
    boolean isNarrow() {
        return columns <= Panels.NR_NARROW && rows >= Panels.MR_NARROW && !transposedA;
    }

    /** Divides a {@linkplain #isNarrow() narrow} product into unpacked panels of A and one panel of B. */
    void divideNarrow() {
        skipZeros = false;
        nr = Panels.NR_NARROW;
        panelsB = 1;
        panelsA = Math.ceilDiv(rows, Panels.MR_NARROW);
        boolean alone = threads == 1 || work() < 2 * GRAIN;
        slices = alone ? 1 : Math.min(MULTIPLY_TASKS * threads, panelsA);
    }

    /** Divides a product whose factors are packed. */
    void divide(boolean skipZeros) {
        this.skipZeros = skipZeros;
        nr = skipZeros ? Panels.NR_SPARSE : Panels.NR;
        if (skipZeros) {
            tallPanels = 0;
            panelsA = Math.ceilDiv(rows, Panels.MR_TAIL);
        } else {
            divideRows();
        }
        panelsB = Math.ceilDiv(columns, nr);
        boolean alone = threads == 1 || work() < 2 * GRAIN;
        packTasks = alone ? 1 : PACK_TASKS * threads;
        int wanted = rows > columns ? MULTIPLY_TASKS * threads : Math.ceilDiv(MULTIPLY_TASKS * threads, panelsB);
        slices = alone ? 1 : Math.clamp(wanted, 1, panelsA);
    }

    private long work() {
        return (long) rows * columns * Math.max(inner, 1);
    }

    /** Chooses the numbers of tall and short panels that need the least padding, and returns the rows of all of them. */
    private int divideRows() {
        int least = Integer.MAX_VALUE;
        for (int tails = 0; tails < Panels.MR; tails++) {
            int rest = Math.max(rows - tails * Panels.MR_TAIL, 0);
            int tall = (rest + Panels.MR - 1) / Panels.MR;
            int padded = tall * Panels.MR + tails * Panels.MR_TAIL;
            if (padded < least) {
                least = padded;
                tallPanels = tall;
                panelsA = tall + tails;
            }
        }
        return least;
    }

    /** {@return the first row of a panel of A; for {@link #panelsA}, the rows of all panels} */
    int firstRow(int panel) {
        return Math.min(panel, tallPanels) * Panels.MR + Math.max(panel - tallPanels, 0) * Panels.MR_TAIL;
    }

    /** {@return the first panel of a part, if the panels are divided into {@code parts} parts} */
    static int share(int panels, int part, int parts) {
        return (int) ((long) panels * part / parts);
    }

    /** Transposes the product if C is narrower than a panel of B and this reduces the area of the tiles by a quarter. */
    void transposeIfNarrow() {
        if (columns < Panels.NR) {
            long area = (long) divideRows() * Panels.NR;
            transpose();
            if ((long) divideRows() * Math.ceilDiv(columns, Panels.NR) * Panels.NR * 4 > area * 3) {
                transpose();
            }
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
     * {@return whether skipping zeros is estimated to pay off} This holds if at least an eighth of a sample of A are zeros that its
     * panels can leave out, and if the wider panels of B that this needs have less than a quarter of padding.
     */
    boolean hasZeros() {
        if (Math.ceilDiv(columns, Panels.NR_SPARSE) * Panels.NR_SPARSE > columns + columns / 4) {
            return false;
        }
        int zeros = 0;
        for (int i = 0; i < SAMPLES; i++) {
            // Multiples of the golden ratio, modulo 1, are spread evenly for any shape.
            int row = (int) ((i * 0x9E3779B9L & 0xFFFFFFFFL) * (rows / Panels.MR_TAIL) >>> 32) * Panels.MR_TAIL;
            int p = (int) ((long) inner * i / SAMPLES);
            boolean zero = rows >= Panels.MR_TAIL && inner > 0;
            for (int j = row; zero && j < row + Panels.MR_TAIL; j++) {
                zero = a.array[a.offset + (transposedA ? p * a.stride + j : j * a.stride + p)] == 0;
            }
            zeros += zero ? 1 : 0;
        }
        return zeros >= SAMPLES / 8;
    }
}
