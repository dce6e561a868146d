package dev.lanewise.linalg;

import dev.lanewise.Workers;
import java.util.function.IntConsumer;

/**
 * Products of matrices of floats: A·B, Aᵀ·B and A·Bᵀ, which are all that a fully connected layer needs.
 *
 * <p>A matrix is an array, the index of its first element, and a stride from one row to the next. Each element of C is
 * a sum that starts at 0 and takes its products in ascending order of k, each with one {@link Math#fma(float, float,
 * float) fma}; a sum of −0, which only products that underflow make, becomes 0; then come the bias, the rectifier or the
 * mask. So the bits do not depend on the vector width, the threads, or where in C the element is.
 *
 * <p>Where four neighbouring rows of A (as it is multiplied, so its columns in Aᵀ·B) are all 0, as images are along their
 * edges, their products are left out, unless B has infinities or NaN there; that changes the time and no bit.
 *
 * <p>Both factors are first copied to panels, in the order in which the inner loop reads them, unless C has so few rows or
 * columns that this takes longer than the product. An instance keeps that memory, as much as its largest product took; after
 * that a product allocates nothing. An instance is used by one thread at a time.
 */
public final class Gemm {
    /** Multiplications that are worth a thread's while; fewer stay on the caller's. */
    private static final long GRAIN = 1 << 18;

    /** Parts to pack for each thread, and tasks to multiply, so that one that comes late holds up no other. */
    private static final int PARTS = 4, TASKS = 2;

    /** Floats of the largest tile. */
    private static final int TILE =
            Math.max(Math.max(Panels.HIGH * Panels.WIDTH, Panels.LOW * Panels.WIDE), Panels.EIGHT * Panels.NARROW);

    /** Places where A is looked at for zeros. */
    private static final int SAMPLE = 64;

    /** Rows of C that are multiplied without packing. */
    private static final int FEW = 3;

    private final Workers workers;
    private final IntConsumer pack = this::pack, multiply = this::multiply, narrow = this::narrow;
    private float[] packedA = {}, packedB = {}, tiles = {};

    /** Where zeros are left out: how many rows of B each panel of A takes, and where in a panel of B they begin. */
    private int[] taken = {}, kept = {};

    // The product at work.
    private int rows, columns, inner;
    private float[] a, b, c, bias, mask;
    private int aOffset, aStride, bOffset, bStride, cOffset, cStride, biasOffset, maskOffset, maskStride;
    private boolean transposedA, transposedB, relu;

    /** Whether Cᵀ = Bᵀ·Aᵀ is computed instead, for a C that is narrower than a panel. */
    private boolean turned;

    /** Whether panels of A leave out what is 0 in all of their rows; and whether B allows it, because 0 times it is 0. */
    private boolean skipping, finite;

    // How it is divided: panels of A, the first of them high; panels of B; tasks.
    private int high, panelsA, panelsB, width, parts, slices;

    /** Products on the caller's thread. */
    public Gemm() {
        this(Workers.caller());
    }

    /**
     * Products on several threads.
     *
     * @param workers the threads
     */
    public Gemm(Workers workers) {
        this.workers = workers;
    }

    /**
     * C = A·B.
     *
     * @param rows rows of A and C, from 0
     * @param columns columns of B and C, from 0
     * @param inner columns of A and rows of B, from 0; with 0 every sum is 0
     * @param a A, {@code rows} × {@code inner}
     * @param aOffset index of its first element
     * @param aStride from one row to the next, at least its columns
     * @param b B, {@code inner} × {@code columns}
     * @param bOffset index of its first element
     * @param bStride from one row to the next, at least its columns
     * @param c C, {@code rows} × {@code columns}; what is between its rows stays as it is
     * @param cOffset index of its first element
     * @param cStride from one row to the next, at least its columns
     * @throws IllegalArgumentException if a count or a stride is out of range, or C overlaps a factor; nothing has been
     *     written then
     * @throws IndexOutOfBoundsException if a matrix is not within its array; nothing has been written then
     */
    public void multiply(
            int rows,
            int columns,
            int inner,
            float[] a,
            int aOffset,
            int aStride,
            float[] b,
            int bOffset,
            int bStride,
            float[] c,
            int cOffset,
            int cStride) {
        start(rows, columns, inner, false, a, aOffset, aStride, false, b, bOffset, bStride, c, cOffset, cStride);
        finish();
    }

    /**
     * C = A·B + bias, or the greater of that and 0: the forward pass of a layer.
     *
     * @param rows rows of A and C, from 0
     * @param columns columns of B and C, from 0
     * @param inner columns of A and rows of B, from 0
     * @param a A, {@code rows} × {@code inner}
     * @param aOffset index of its first element
     * @param aStride from one row to the next, at least its columns
     * @param b B, {@code inner} × {@code columns}
     * @param bOffset index of its first element
     * @param bStride from one row to the next, at least its columns
     * @param bias added to each row of the product
     * @param biasOffset index of its first element
     * @param relu whether to replace what is below 0 by 0; NaN stays NaN
     * @param c C, {@code rows} × {@code columns}; what is between its rows stays as it is
     * @param cOffset index of its first element
     * @param cStride from one row to the next, at least its columns
     * @throws IllegalArgumentException if a count or a stride is out of range, or C overlaps an input; nothing has been
     *     written then
     * @throws IndexOutOfBoundsException if a matrix is not within its array; nothing has been written then
     */
    public void multiplyAddBias(
            int rows,
            int columns,
            int inner,
            float[] a,
            int aOffset,
            int aStride,
            float[] b,
            int bOffset,
            int bStride,
            float[] bias,
            int biasOffset,
            boolean relu,
            float[] c,
            int cOffset,
            int cStride) {
        start(rows, columns, inner, false, a, aOffset, aStride, false, b, bOffset, bStride, c, cOffset, cStride);
        Checks.matrix("bias", bias, biasOffset, 1, columns, columns);
        apart("bias", bias, biasOffset, 1, columns, columns);
        this.bias = bias;
        this.biasOffset = biasOffset;
        this.relu = relu;
        finish();
    }

    /**
     * C = Aᵀ·B: the gradient of a layer's weights, of its input and the gradient of its output.
     *
     * @param rows columns of A and rows of C, from 0
     * @param columns columns of B and C, from 0
     * @param inner rows of A and B, from 0; with 0 every sum is 0
     * @param a A, {@code inner} × {@code rows}
     * @param aOffset index of its first element
     * @param aStride from one row to the next, at least its columns
     * @param b B, {@code inner} × {@code columns}
     * @param bOffset index of its first element
     * @param bStride from one row to the next, at least its columns
     * @param c C, {@code rows} × {@code columns}; what is between its rows stays as it is
     * @param cOffset index of its first element
     * @param cStride from one row to the next, at least its columns
     * @throws IllegalArgumentException if a count or a stride is out of range, or C overlaps a factor; nothing has been
     *     written then
     * @throws IndexOutOfBoundsException if a matrix is not within its array; nothing has been written then
     */
    public void multiplyTransposedA(
            int rows,
            int columns,
            int inner,
            float[] a,
            int aOffset,
            int aStride,
            float[] b,
            int bOffset,
            int bStride,
            float[] c,
            int cOffset,
            int cStride) {
        start(rows, columns, inner, true, a, aOffset, aStride, false, b, bOffset, bStride, c, cOffset, cStride);
        finish();
    }

    /**
     * C = A·Bᵀ.
     *
     * @param rows rows of A and C, from 0
     * @param columns rows of B and columns of C, from 0
     * @param inner columns of A and B, from 0; with 0 every sum is 0
     * @param a A, {@code rows} × {@code inner}
     * @param aOffset index of its first element
     * @param aStride from one row to the next, at least its columns
     * @param b B, {@code columns} × {@code inner}
     * @param bOffset index of its first element
     * @param bStride from one row to the next, at least its columns
     * @param c C, {@code rows} × {@code columns}; what is between its rows stays as it is
     * @param cOffset index of its first element
     * @param cStride from one row to the next, at least its columns
     * @throws IllegalArgumentException if a count or a stride is out of range, or C overlaps a factor; nothing has been
     *     written then
     * @throws IndexOutOfBoundsException if a matrix is not within its array; nothing has been written then
     */
    public void multiplyTransposedB(
            int rows,
            int columns,
            int inner,
            float[] a,
            int aOffset,
            int aStride,
            float[] b,
            int bOffset,
            int bStride,
            float[] c,
            int cOffset,
            int cStride) {
        start(rows, columns, inner, false, a, aOffset, aStride, true, b, bOffset, bStride, c, cOffset, cStride);
        finish();
    }

    /**
     * C = A·Bᵀ where a mask is greater than 0, and 0 elsewhere: the gradient of a layer's input, of the gradient of its
     * output and its weights, taken back through the rectifier that made that input.
     *
     * @param rows rows of A and C, from 0
     * @param columns rows of B and columns of C, from 0
     * @param inner columns of A and B, from 0
     * @param a A, {@code rows} × {@code inner}
     * @param aOffset index of its first element
     * @param aStride from one row to the next, at least its columns
     * @param b B, {@code columns} × {@code inner}
     * @param bOffset index of its first element
     * @param bStride from one row to the next, at least its columns
     * @param mask the mask, {@code rows} × {@code columns}; NaN counts as not greater
     * @param maskOffset index of its first element
     * @param maskStride from one row to the next, at least its columns
     * @param c C, {@code rows} × {@code columns}; what is between its rows stays as it is
     * @param cOffset index of its first element
     * @param cStride from one row to the next, at least its columns
     * @throws IllegalArgumentException if a count or a stride is out of range, or C overlaps an input; nothing has been
     *     written then
     * @throws IndexOutOfBoundsException if a matrix is not within its array; nothing has been written then
     */
    public void multiplyTransposedBMasked(
            int rows,
            int columns,
            int inner,
            float[] a,
            int aOffset,
            int aStride,
            float[] b,
            int bOffset,
            int bStride,
            float[] mask,
            int maskOffset,
            int maskStride,
            float[] c,
            int cOffset,
            int cStride) {
        start(rows, columns, inner, false, a, aOffset, aStride, true, b, bOffset, bStride, c, cOffset, cStride);
        Checks.matrix("mask", mask, maskOffset, rows, columns, maskStride);
        apart("mask", mask, maskOffset, rows, columns, maskStride);
        this.mask = mask;
        this.maskOffset = maskOffset;
        this.maskStride = maskStride;
        finish();
    }

    private void start(
            int rows,
            int columns,
            int inner,
            boolean transposedA,
            float[] a,
            int aOffset,
            int aStride,
            boolean transposedB,
            float[] b,
            int bOffset,
            int bStride,
            float[] c,
            int cOffset,
            int cStride) {
        Checks.atLeast(0, "rows", rows);
        Checks.atLeast(0, "columns", columns);
        Checks.atLeast(0, "inner", inner);
        int aRows = transposedA ? inner : rows, aColumns = transposedA ? rows : inner;
        int bRows = transposedB ? columns : inner, bColumns = transposedB ? inner : columns;
        Checks.matrix("a", a, aOffset, aRows, aColumns, aStride);
        Checks.matrix("b", b, bOffset, bRows, bColumns, bStride);
        Checks.matrix("c", c, cOffset, rows, columns, cStride);
        this.rows = rows;
        this.columns = columns;
        this.inner = inner;
        this.c = c;
        this.cOffset = cOffset;
        this.cStride = cStride;
        apart("a", a, aOffset, aRows, aColumns, aStride);
        apart("b", b, bOffset, bRows, bColumns, bStride);
        this.transposedA = transposedA;
        this.a = a;
        this.aOffset = aOffset;
        this.aStride = aStride;
        this.transposedB = transposedB;
        this.b = b;
        this.bOffset = bOffset;
        this.bStride = bStride;
        this.bias = null;
        this.relu = false;
        this.mask = null;
    }

    /** From first element to last, C and an input must not meet. */
    private void apart(String name, float[] x, int offset, int rows, int columns, int stride) {
        if (x != c || rows == 0 || columns == 0 || this.rows == 0 || this.columns == 0) {
            return;
        }
        int end = offset + (rows - 1) * stride + columns;
        int cEnd = cOffset + (this.rows - 1) * cStride + this.columns;
        if (offset < cEnd && cOffset < end) {
            throw new IllegalArgumentException("c must not overlap " + name + ", but both are in one array, from "
                    + cOffset + " to " + (cEnd - 1) + " and from " + offset + " to " + (end - 1));
        }
    }

    private void finish() {
        if (rows > 0 && columns > 0) {
            if (rows <= FEW && !transposedB) {
                multiplyRows();
            } else if (columns <= Panels.NARROW && rows >= Panels.EIGHT && !transposedA) {
                multiplyNarrow();
            } else {
                turnIfNarrow();
                skipping = hasZeros();
                run();
                if (skipping && !finite) {
                    // Zeros have been left out that make NaN.
                    skipping = false;
                    run();
                }
            }
        }
        a = b = c = bias = mask = null;
    }

    /** So few rows that packing B would take longer than reading it once for each. */
    private void multiplyRows() {
        tiles = atLeast(columns, tiles);
        for (int i = 0; i < rows; i++) {
            int first = aOffset + (transposedA ? i : i * aStride), step = transposedA ? aStride : 1;
            Panels.multiplyRow(columns, inner, a, first, step, b, bOffset, bStride, tiles);
            storeRow(0, i, 0, columns);
        }
    }

    /** So few columns that B is one narrow panel and reading A takes as long as packing it would. */
    private void multiplyNarrow() {
        width = Panels.NARROW;
        panelsA = Math.ceilDiv(rows, Panels.EIGHT);
        packedB = atLeast((long) width * inner, packedB);
        skipping = false;
        packB(0);
        slices = (long) rows * columns * inner < 2 * GRAIN ? 1 : Math.min(TASKS * workers.threads(), panelsA);
        tiles = atLeast((long) slices * TILE, tiles);
        workers.run(slices, narrow);
    }

    private void narrow(int slice) {
        for (int panel = share(panelsA, slice, slices); panel < share(panelsA, slice + 1, slices); panel++) {
            // The last eight may have some rows that were computed already: the same bits once more.
            int row = Math.min(panel * Panels.EIGHT, rows - Panels.EIGHT), tile = slice * TILE;
            Panels.multiplyNarrow(inner, a, aOffset + row * aStride, aStride, packedB, tiles, tile);
            for (int i = 0; i < Panels.EIGHT; i++) {
                storeRow(tile + i * width, row + i, 0, columns);
            }
        }
    }

    private void turnIfNarrow() {
        turned = false;
        if (columns < Panels.WIDTH) {
            long area = (long) divideRows() * Panels.WIDTH;
            turn();
            if ((long) divideRows() * Math.ceilDiv(columns, Panels.WIDTH) * Panels.WIDTH * 4 > area * 3) {
                turn();
            }
        }
    }

    /** Whether at least an eighth of a sample of A are zeros that a panel can leave out: those of all of its rows. */
    private boolean hasZeros() {
        if (Math.ceilDiv(columns, Panels.WIDE) * Panels.WIDE > columns + columns / 4) {
            return false;
        }
        int zeros = 0;
        for (int i = 0; i < SAMPLE; i++) {
            // Multiples of the golden ratio are spread evenly, whatever the shape.
            int row = (int) ((i * 0x9E3779B9L & 0xFFFFFFFFL) * (rows / Panels.LOW) >>> 32) * Panels.LOW;
            int p = (int) ((long) inner * i / SAMPLE);
            boolean zero = rows >= Panels.LOW && inner > 0;
            for (int j = row; zero && j < row + Panels.LOW; j++) {
                zero = a[aOffset + (transposedA ? p * aStride + j : j * aStride + p)] == 0;
            }
            zeros += zero ? 1 : 0;
        }
        return zeros >= SAMPLE / 8;
    }

    private void run() {
        finite = true;
        divide();
        workers.run(parts, pack);
        workers.run(panelsB * slices, multiply);
    }

    private void divide() {
        width = skipping ? Panels.WIDE : Panels.WIDTH;
        if (skipping) {
            high = 0;
            panelsA = Math.ceilDiv(rows, Panels.LOW);
        } else {
            divideRows();
        }
        panelsB = Math.ceilDiv(columns, width);
        int threads = workers.threads();
        long work = (long) rows * columns * Math.max(inner, 1);
        boolean alone = threads == 1 || work < 2 * GRAIN;
        parts = alone ? 1 : PARTS * threads;
        int wanted = rows > columns ? TASKS * threads : (TASKS * threads + panelsB - 1) / panelsB;
        slices = alone ? 1 : Math.clamp(wanted, 1, panelsA);
        packedA = atLeast((long) rowOf(panelsA) * inner, packedA);
        packedB = atLeast((long) panelsB * width * inner, packedB);
        tiles = atLeast((long) panelsB * slices * TILE, tiles);
        if (skipping && taken.length < panelsA) {
            taken = new int[panelsA];
        }
        if (skipping && kept.length < panelsA * inner) {
            kept = new int[panelsA * inner];
        }
    }

    /** High and low panels in the numbers that leave the fewest rows empty; how many rows that makes with the empty ones. */
    private int divideRows() {
        int least = Integer.MAX_VALUE;
        for (int low = 0; low < Panels.HIGH; low++) {
            int rest = Math.max(rows - low * Panels.LOW, 0);
            int high = (rest + Panels.HIGH - 1) / Panels.HIGH;
            int padded = high * Panels.HIGH + low * Panels.LOW;
            if (padded < least) {
                least = padded;
                this.high = high;
                this.panelsA = high + low;
            }
        }
        return least;
    }

    /** From C = A·B to Cᵀ = Bᵀ·Aᵀ, and back. */
    private void turn() {
        turned ^= true;
        int count = rows, offset = aOffset, stride = aStride;
        rows = columns;
        columns = count;
        float[] factor = a;
        a = b;
        aOffset = bOffset;
        aStride = bStride;
        b = factor;
        bOffset = offset;
        bStride = stride;
        boolean transposed = transposedA;
        transposedA = !transposedB;
        transposedB = !transposed;
    }

    private static float[] atLeast(long length, float[] scratch) {
        if (length > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("a factor must have fewer than 2³¹ elements: " + length);
        }
        return scratch.length >= length ? scratch : new float[(int) length];
    }

    private int rowOf(int panel) {
        return Math.min(panel, high) * Panels.HIGH + Math.max(panel - high, 0) * Panels.LOW;
    }

    private void pack(int part) {
        for (int panel = share(panelsA, part, parts); panel < share(panelsA, part + 1, parts); panel++) {
            int row = rowOf(panel), height = rowOf(panel + 1) - row, valid = Math.min(height, rows - row);
            int from = aOffset + (transposedA ? row : row * aStride), to = row * inner, at = panel * inner;
            if (skipping && transposedA) {
                taken[panel] = Panels.copyNonZero(a, from, aStride, valid, inner, packedA, to, kept, at);
            } else if (skipping) {
                taken[panel] = Panels.transposeNonZero(a, from, aStride, valid, inner, packedA, to, kept, at);
            } else if (transposedA) {
                Panels.copy(a, from, aStride, valid, inner, packedA, to, height);
            } else {
                Panels.transpose(a, from, aStride, valid, inner, packedA, to, height);
            }
        }
        if (slices > 1) {
            for (int panel = share(panelsB, part, parts); panel < share(panelsB, part + 1, parts); panel++) {
                packB(panel);
            }
        }
    }

    private void packB(int panel) {
        int column = panel * width, valid = Math.min(width, columns - column);
        if (transposedB) {
            Panels.transpose(b, bOffset + column * bStride, bStride, valid, inner, packedB, column * inner, width);
        } else {
            Panels.copy(b, bOffset + column, bStride, valid, inner, packedB, column * inner, width);
        }
        if (skipping && !Panels.finite(packedB, column * inner, width * inner)) {
            finite = false;
        }
    }

    /** A panel of B, which stays in the cache, by a slice of the panels of A. Whoever needs all of it packs the former. */
    private void multiply(int task) {
        int slice = task / panelsB, panelB = task % panelsB, column = panelB * width;
        int valid = Math.min(width, columns - column), tile = task * TILE;
        if (slices == 1) {
            packB(panelB);
        }
        boolean plain = bias == null && mask == null && !turned && valid == width;
        for (int panel = share(panelsA, slice, slices); panel < share(panelsA, slice + 1, slices); panel++) {
            int row = rowOf(panel), height = rowOf(panel + 1) - row;
            boolean direct = plain && row + height <= rows;
            float[] to = direct ? c : tiles;
            int first = direct ? cOffset + row * cStride + column : tile, stride = direct ? cStride : width;
            if (skipping) {
                int k = taken[panel], at = panel * inner;
                Panels.multiplyNonZero(k, packedA, row * inner, packedB, column * inner, kept, at, to, first, stride);
            } else {
                Panels.multiply(height, inner, packedA, row * inner, packedB, column * inner, to, first, stride);
            }
            for (int i = 0; !direct && i < Math.min(height, rows - row); i++) {
                if (turned) {
                    storeColumn(tile + i * width, row + i, column, valid);
                } else {
                    storeRow(tile + i * width, row + i, column, valid);
                }
            }
        }
    }

    private void storeRow(int from, int row, int column, int count) {
        int to = cOffset + row * cStride + column;
        if (bias != null) {
            Panels.addBias(tiles, from, bias, biasOffset + column, relu, c, to, count);
        } else if (mask != null) {
            Panels.mask(tiles, from, mask, maskOffset + row * maskStride + column, c, to, count);
        } else {
            System.arraycopy(tiles, from, c, to, count);
        }
    }

    /** A row of Cᵀ; there are few. */
    private void storeColumn(int from, int column, int row, int count) {
        for (int i = 0; i < count; i++) {
            float x = tiles[from + i];
            if (bias != null) {
                x += bias[biasOffset + column];
                x = relu ? Math.max(x, 0) : x;
            } else if (mask != null && !(mask[maskOffset + (row + i) * maskStride + column] > 0)) {
                x = 0;
            }
            c[cOffset + (row + i) * cStride + column] = x;
        }
    }

    private static int share(int panels, int part, int parts) {
        return (int) ((long) panels * part / parts);
    }
}
