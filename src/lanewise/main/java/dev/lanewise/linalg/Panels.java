package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.GemmKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PanelKernel;

/**
 * The inner parts of a product: copies into panels, the product of two panels, the last step to C. Each is a kernel, or
 * a plain loop where the Vector API is not there, with the same bits.
 */
final class Panels {
    private static final boolean VECTORS = Kernels.lanes() > 0, FOURS = Kernels.lanes() >= 4;

    /** Columns of a panel of B. */
    static final int WIDTH = VECTORS ? 2 * Kernels.lanes() : 16;

    /** Columns of a panel of B that is multiplied by panels of A without zeros: more, because each product looks up its place. */
    static final int WIDE = VECTORS ? GemmKernel.wide() : 16;

    /** Columns of the only panel of a narrow B, and how many rows of A it is multiplied by at a time. */
    static final int NARROW = 16, EIGHT = 8;

    /** Rows of the two kinds of panels of A; without zeros, always the latter. */
    static final int HIGH = VECTORS ? GemmKernel.high() : 6, LOW = VECTORS ? GemmKernel.low() : 4;

    /** Of a row at a time, so that the groups they go to stay in the first-level cache. */
    private static final int BLOCK = 128;

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
     * The same of a transposed matrix: {@code valid} rows of k floats become k groups of {@code width}, widened by what the
     * last row has, which only meets what is left out of C. Two rows at a time take half as long as one: every width is even.
     */
    static void transpose(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        for (int from = 0; from < k; from += BLOCK) {
            int end = Math.min(from + BLOCK, k);
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
     * {@link #copy} to a panel of {@link #LOW}, without the rows that are all 0.
     *
     * @param at where the numbers of the others go, times {@link #WIDE}, from {@code at0} on; has room for all
     * @return how many those are
     */
    static int copyNonZero(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        if (FOURS && valid == LOW) {
            return PanelKernel.copyNonZero(x, x0, stride, k, panel, to, at, at0, WIDE);
        }
        int n = 0;
        for (int p = 0; p < k; p++) {
            boolean zero = true;
            for (int j = 0; j < LOW; j++) {
                float value = j < valid ? x[x0 + p * stride + j] : 0;
                panel[to + n * LOW + j] = value;
                zero &= value == 0;
            }
            at[at0 + n] = p * WIDE;
            n += zero ? 0 : 1;
        }
        return n;
    }

    /** {@link #transpose} to a panel of {@link #LOW}, without the columns that are all 0; the rest as in {@link #copyNonZero}. */
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
            panel[to + q * LOW] = x[r0 + p];
            panel[to + q * LOW + 1] = x[r1 + p];
            panel[to + q * LOW + 2] = x[r2 + p];
            panel[to + q * LOW + 3] = x[r3 + p];
            at[at0 + q] = p * WIDE;
        }
        return n;
    }

    /** Whether none of some floats is infinite or NaN. */
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

    /** Multiplies a panel of A by a panel of B: {@code rows} × {@link #WIDTH} sums, from the first of k to the last. */
    static void multiply(int rows, int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int stride) {
        if (VECTORS) {
            GemmKernel.tile(rows, k, a, a0, b, b0, c, c0, stride);
            return;
        }
        for (int i = 0; i < rows; i++) {
            int row = c0 + i * stride;
            for (int j = 0; j < WIDTH; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + p * rows + i], b[b0 + p * WIDTH + j], sum);
                }
                c[row + j] = sum + 0f;
            }
        }
    }

    /** The same for a panel of {@link #copyNonZero}: {@link #LOW} × {@link #WIDE} sums. */
    static void multiplyNonZero(
            int k, float[] a, int a0, float[] b, int b0, int[] at, int at0, float[] c, int c0, int stride) {
        if (VECTORS) {
            GemmKernel.sparse(k, a, a0, b, b0, at, at0, c, c0, stride);
            return;
        }
        for (int i = 0; i < LOW; i++) {
            int row = c0 + i * stride;
            for (int j = 0; j < WIDE; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + p * LOW + i], b[b0 + at[at0 + p] + j], sum);
                }
                c[row + j] = sum + 0f;
            }
        }
    }

    /** Multiplies {@link #EIGHT} rows that are not packed by a panel of B of {@link #NARROW} columns. */
    static void multiplyNarrow(int k, float[] a, int a0, int stride, float[] b, float[] c, int c0) {
        if (VECTORS) {
            GemmKernel.narrow(NARROW, k, a, a0, stride, b, 0, c, c0);
            return;
        }
        for (int i = 0; i < EIGHT; i++) {
            for (int j = 0; j < NARROW; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[a0 + i * stride + p], b[p * NARROW + j], sum);
                }
                c[c0 + i * NARROW + j] = sum + 0f;
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

    /** c = t + bias, or the greater of that and 0. */
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

    /** c = t where y > 0, else 0. */
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
