package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.GemmKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PanelKernel;

/**
 * The inner parts of a product: copies into panels, the product of two panels, the last step to C. Each is a kernel, or
 * a plain loop where the Vector API is not there, with the same bits.
 */
final class Panels {
    private static final boolean VECTORS = Kernels.lanes() > 0;

    /** Columns of a panel of B. */
    static final int WIDTH = VECTORS ? 2 * Kernels.lanes() : 16;

    /** Rows of the two kinds of panels of A. */
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

    /** Multiplies a panel of A by a panel of B: {@code rows} × {@link #WIDTH} sums, from the first of k to the last. */
    static void multiply(int rows, int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int stride) {
        if (VECTORS) {
            GemmKernel.tile(rows, k, a, a0, b, b0, c, c0, stride);
            return;
        }
        for (int i = 0; i < rows; i++) {
            int row = c0 + i * stride;
            for (int j = 0; j < WIDTH; j++) {
                c[row + j] = 0;
            }
            for (int p = 0; p < k; p++) {
                float x = a[a0 + p * rows + i];
                for (int j = 0; j < WIDTH; j++) {
                    c[row + j] = Math.fma(x, b[b0 + p * WIDTH + j], c[row + j]);
                }
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
            c[j] = sum;
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
