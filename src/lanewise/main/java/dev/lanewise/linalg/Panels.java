package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.GemmKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PanelKernel;

/**
 * The inner parts of a product: packing a panel, multiplying two panels, storing a row of a tile. Each is a kernel, or a plain
 * loop where the Vector API is not there, with the same bits.
 */
final class Panels {
    private static final boolean VECTORS = Kernels.lanes() > 0, FOURS = Kernels.lanes() >= 4;

    /** Rows of a panel of A, and of the shorter panels that hold the rows left over. */
    static final int MR = VECTORS ? GemmKernel.mr() : 6, MR_TAIL = VECTORS ? GemmKernel.mrTail() : 4;

    /** Columns of a panel of B. */
    static final int NR = VECTORS ? 2 * Kernels.lanes() : 16;

    /**
     * Columns of a panel of B for panels of A without zeros, which have {@link #MR_TAIL} rows: more than {@link #NR}, because each
     * product looks up its row of B.
     */
    static final int NR_SPARSE = VECTORS ? GemmKernel.nrSparse() : 16;

    /** Rows of A and columns of B in a tile for which A is not packed and B is one narrow panel. */
    static final int MR_NARROW = 8, NR_NARROW = 16;

    /** Rows of C up to which neither factor is packed. */
    static final int MAX_UNPACKED_ROWS = 3;

    /** Elements of a row that are transposed at a time: the groups they go to stay in the first-level cache. */
    private static final int TRANSPOSE_BLOCK = 128;

    private Panels() {}

    /** Copies k rows of {@code valid} floats, each widened to {@code width} by zeros. */
    static void copy(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        if (VECTORS) {
            PanelKernel.copy(x, x0, stride, valid, k, panel, to, width);
            return;
        }
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < valid; j++) {
                panel[to + p * width + j] = x[x0 + p * stride + j];
            }
            for (int j = valid; j < width; j++) {
                panel[to + p * width + j] = 0;
            }
        }
    }

    /**
     * Copies a transposed matrix: {@code valid} rows of k floats become k groups of {@code width}. They are widened by copies of the
     * last row, whose products are not stored. Two rows at a time take half as long as one; every width is even.
     */
    static void transpose(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        for (int from = 0; from < k; from += TRANSPOSE_BLOCK) {
            int end = Math.min(from + TRANSPOSE_BLOCK, k);
            for (int j = 0; j < width; j += 2) {
                int row = x0 + Math.min(j, valid - 1) * stride, next = x0 + Math.min(j + 1, valid - 1) * stride;
                int at = to + from * width + j;
                for (int p = from; p < end; p++) {
                    panel[at] = x[row + p];
                    panel[at + 1] = x[next + p];
                    at += width;
                }
            }
        }
    }

    /**
     * Copies k rows of {@code valid} floats to a panel of {@link #MR_TAIL}, without the rows that are all 0.
     *
     * @param at receives the numbers of the others, times {@link #NR_SPARSE}, from {@code at0} on; has room for all
     * @return how many those are
     */
    static int copyNonZero(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        if (FOURS && valid == MR_TAIL) {
            return PanelKernel.copyNonZero(x, x0, stride, k, panel, to, at, at0, NR_SPARSE);
        }
        int n = 0;
        for (int p = 0; p < k; p++) {
            boolean zero = true;
            for (int j = 0; j < MR_TAIL; j++) {
                float value = j < valid ? x[x0 + p * stride + j] : 0;
                panel[to + n * MR_TAIL + j] = value;
                zero &= value == 0;
            }
            at[at0 + n] = p * NR_SPARSE;
            n += zero ? 0 : 1;
        }
        return n;
    }

    /** Transposes to a panel of {@link #MR_TAIL} rows as {@link #transpose} does, without the columns that are all 0. */
    static int transposeNonZero(
            float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        int r0 = x0, r1 = x0 + Math.min(1, valid - 1) * stride;
        int r2 = x0 + Math.min(2, valid - 1) * stride, r3 = x0 + (valid - 1) * stride;
        int n = 0;
        if (VECTORS) {
            n = PanelKernel.nonZero(x, r0, r1, r2, r3, k, at, at0);
        } else {
            for (int p = 0; p < k; p++) {
                if (x[r0 + p] != 0 || x[r1 + p] != 0 || x[r2 + p] != 0 || x[r3 + p] != 0) {
                    at[at0 + n++] = p;
                }
            }
        }
        for (int q = 0; q < n; q++) {
            int p = at[at0 + q];
            panel[to + q * MR_TAIL] = x[r0 + p];
            panel[to + q * MR_TAIL + 1] = x[r1 + p];
            panel[to + q * MR_TAIL + 2] = x[r2 + p];
            panel[to + q * MR_TAIL + 3] = x[r3 + p];
            at[at0 + q] = p * NR_SPARSE;
        }
        return n;
    }

    /** Returns whether none of some floats is infinite or NaN. */
    static boolean finite(float[] x, int x0, int count) {
        if (VECTORS) {
            return PanelKernel.finite(x, x0, count);
        }
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += x[x0 + i] * 0;
        }
        return sum == 0;
    }

    /** Multiplies a panel of A by a panel of B: {@code rows} × {@link #NR} sums, from the first of k to the last. */
    static void multiply(int rows, int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int stride) {
        if (VECTORS) {
            GemmKernel.tile(rows, k, a, a0, b, b0, c, c0, stride);
            return;
        }
        for (int i = 0; i < rows; i++) {
            int row = c0 + i * stride;
            for (int j = 0; j < NR; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + p * rows + i], b[b0 + p * NR + j], sum);
                }
                c[row + j] = sum + 0f;
            }
        }
    }

    /** Multiplies a panel of {@link #copyNonZero} by a panel of B: {@link #MR_TAIL} × {@link #NR_SPARSE} sums. */
    static void multiplyNonZero(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (VECTORS) {
            GemmKernel.sparse(k, a, a0, b, b0, at, at0, c, c0, stride);
            return;
        }
        for (int i = 0; i < MR_TAIL; i++) {
            int row = c0 + i * stride;
            for (int j = 0; j < NR_SPARSE; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + p * MR_TAIL + i], b[b0 + at[at0 + p] + j], sum);
                }
                c[row + j] = sum + 0f;
            }
        }
    }

    /** Multiplies {@link #MR_NARROW} rows that are not packed by a panel of B of {@link #NR_NARROW} columns. */
    static void multiplyNarrow(int k, float[] a, int a0, int stride, float[] b, float[] c, int c0) {
        if (VECTORS) {
            GemmKernel.narrow(NR_NARROW, k, a, a0, stride, b, 0, c, c0);
            return;
        }
        for (int i = 0; i < MR_NARROW; i++) {
            for (int j = 0; j < NR_NARROW; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + i * stride + p], b[p * NR_NARROW + j], sum);
                }
                c[c0 + i * NR_NARROW + j] = sum + 0f;
            }
        }
    }

    /** Multiplies a row, whose elements are {@code step} apart, by a matrix as it is: {@code columns} sums, from 0 on in c. */
    static void multiplyRow(int columns, int k, float[] a, int a0, int step, float[] b, int b0, int stride, float[] c) {
        int j = 0;
        if (VECTORS) {
            j = columns - columns % Kernels.lanes();
            GemmKernel.row(j, k, a, a0, step, b, b0, stride, c);
        }
        for (; j < columns; j++) {
            float sum = 0;
            for (int p = 0; p < k; p++) {
                sum = Math.fma(a[a0 + p * step], b[b0 + p * stride + j], sum);
            }
            c[j] = sum + 0f;
        }
    }

    /** Stores t + bias to c, or the greater of that and 0. */
    static void addBias(float[] t, int t0, float[] bias, int bias0, boolean relu, float[] c, int c0, int count) {
        if (VECTORS) {
            PanelKernel.addBias(t, t0, bias, bias0, relu, c, c0, count);
            return;
        }
        for (int j = 0; j < count; j++) {
            float x = t[t0 + j] + bias[bias0 + j];
            c[c0 + j] = relu ? Math.max(x, 0) : x;
        }
    }

    /** Stores t to c where y > 0, and 0 elsewhere. */
    static void mask(float[] t, int t0, float[] y, int y0, float[] c, int c0, int count) {
        if (VECTORS) {
            PanelKernel.mask(t, t0, y, y0, c, c0, count);
            return;
        }
        for (int j = 0; j < count; j++) {
            c[c0 + j] = y[y0 + j] > 0 ? t[t0 + j] : 0;
        }
    }
}
