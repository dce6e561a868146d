package dev.lanewise.linalg;

import dev.lanewise.Workers;
import java.util.function.IntConsumer;

/**
 * Products of matrices of floats: A·B, Aᵀ·B and A·Bᵀ, which are all that a fully connected layer needs.
 *
 * <p>A matrix is an array, the index of its first element, and a stride from one row to the next. Each element of C is
 * a sum that starts at 0 and takes its products in ascending order of k, each with one {@link Math#fma(float, float,
 * float) fma}; then come the bias, the rectifier or the mask. So the bits do not depend on the vector width, the
 * threads, or where in C the element is.
 *
 * <p>Both factors are first copied to panels, in the order in which the inner loop reads them. An instance keeps that
 * memory, as much as its largest product took; after that a product allocates nothing. An instance is used by one
 * thread at a time.
 */
public final class Gemm {
    /** Multiplications that are worth a thread's while; fewer stay on the caller's. */
    private static final long GRAIN = 1 << 18;

    /** Parts to pack for each thread, and tasks to multiply, so that one that comes late holds up no other. */
    private static final int PARTS = 4, TASKS = 2;

    /** Rows of C that are multiplied without packing. */
    private static final int FEW = 3;

    private final Workers workers;
    private final IntConsumer pack = this::pack, multiply = this::multiply;
    private float[] packedA = {}, packedB = {}, tiles = {};

    // The product at work.
    private int rows, columns, inner;
    private float[] a, b, c, bias, mask;
    private int aOffset, aStride, bOffset, bStride, cOffset, cStride, biasOffset, maskOffset, maskStride;
    private boolean transposedA, transposedB, relu;

    /** Whether Cᵀ = Bᵀ·Aᵀ is computed instead, for a C that is narrower than a panel. */
    private boolean turned;

    // How it is divided: panels of A, the first of them high; panels of B; tasks.
    private int high, panelsA, panelsB, parts, slices;

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
            } else {
                divide();
                workers.run(parts, pack);
                workers.run(panelsB * slices, multiply);
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

    private void divide() {
        turned = false;
        long area = (long) divideRows() * panelsIn(columns);
        if (columns < Panels.WIDTH) {
            turn();
            if ((long) divideRows() * panelsIn(columns) * 4 > area * 3) {
                turn();
                divideRows();
            }
        }
        panelsB = panelsIn(columns);
        int threads = workers.threads();
        long work = (long) rows * columns * Math.max(inner, 1);
        boolean alone = threads == 1 || work < 2 * GRAIN;
        parts = alone ? 1 : PARTS * threads;
        slices = alone ? 1 : Math.clamp((TASKS * threads + panelsB - 1) / panelsB, 1, panelsA);
        packedA = atLeast((long) rowOf(panelsA) * inner, packedA);
        packedB = atLeast((long) panelsB * Panels.WIDTH * inner, packedB);
        tiles = atLeast((long) panelsB * slices * Panels.HIGH * Panels.WIDTH, tiles);
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

    private static int panelsIn(int columns) {
        return (columns + Panels.WIDTH - 1) / Panels.WIDTH;
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
            if (transposedA) {
                Panels.copy(a, aOffset + row, aStride, valid, inner, packedA, row * inner, height);
            } else {
                Panels.transpose(a, aOffset + row * aStride, aStride, valid, inner, packedA, row * inner, height);
            }
        }
        if (slices > 1) {
            for (int panel = share(panelsB, part, parts); panel < share(panelsB, part + 1, parts); panel++) {
                packB(panel);
            }
        }
    }

    private void packB(int panel) {
        int column = panel * Panels.WIDTH, valid = Math.min(Panels.WIDTH, columns - column);
        if (transposedB) {
            int first = bOffset + column * bStride;
            Panels.transpose(b, first, bStride, valid, inner, packedB, column * inner, Panels.WIDTH);
        } else {
            Panels.copy(b, bOffset + column, bStride, valid, inner, packedB, column * inner, Panels.WIDTH);
        }
    }

    /** A panel of B, which stays in the cache, by a slice of the panels of A. Whoever needs all of it packs the former. */
    private void multiply(int task) {
        int slice = task % slices, column = task / slices * Panels.WIDTH;
        int width = Math.min(Panels.WIDTH, columns - column), tile = task * Panels.HIGH * Panels.WIDTH;
        if (slices == 1) {
            packB(task);
        }
        boolean plain = bias == null && mask == null && !turned && width == Panels.WIDTH;
        for (int panel = share(panelsA, slice, slices); panel < share(panelsA, slice + 1, slices); panel++) {
            int row = rowOf(panel), height = rowOf(panel + 1) - row;
            if (plain && row + height <= rows) {
                int to = cOffset + row * cStride + column;
                Panels.multiply(height, inner, packedA, row * inner, packedB, column * inner, c, to, cStride);
            } else {
                Panels.multiply(
                        height, inner, packedA, row * inner, packedB, column * inner, tiles, tile, Panels.WIDTH);
                for (int i = 0; i < Math.min(height, rows - row); i++) {
                    int from = tile + i * Panels.WIDTH;
                    if (turned) {
                        storeColumn(from, row + i, column, width);
                    } else {
                        storeRow(from, row + i, column, width);
                    }
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
