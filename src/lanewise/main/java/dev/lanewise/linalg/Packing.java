package dev.lanewise.linalg;

import static dev.lanewise.linalg.PanelTrials.COPY;
import static dev.lanewise.linalg.PanelTrials.COPY_NON_ZERO;
import static dev.lanewise.linalg.PanelTrials.TRANSPOSE;
import static dev.lanewise.linalg.Panels.MR_SPARSE;
import static dev.lanewise.linalg.Panels.NR_SPARSE;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.NarrowKernel;
import dev.lanewise.internal.kernel.PanelKernel;
import dev.lanewise.internal.kernel.TransposeKernel;

/** Packs panels of the factors of a product: by a kernel, or by a plain loop with the same bits until the kernel is compiled. */
final class Packing {
    /** The elements of a row that are transposed at a time, so that the part of the panel that they go to stays in the L1 cache. */
    private static final int TRANSPOSE_BLOCK = 128;

    private Packing() {}

    /**
     * Packs {@code valid} columns of B, or rows if it is read transposed, from {@code column} on, into a panel of {@code width}
     * columns.
     */
    static void pack(Matrix b, boolean transposed, int column, int valid, float[] panel, int to, int width) {
        if (transposed) {
            int first = b.offset + column * b.stride;
            transpose(b.array, first, b.stride, valid, b.columns, panel, to, width, width);
        } else {
            copy(b.array, b.offset + column, b.stride, valid, b.rows, panel, to, width);
        }
    }

    /**
     * Packs columns of B, or rows if it is read transposed, for {@link Panels#multiplyNarrow}.
     *
     * @param rows the result of {@link Panels#narrowRows} for these columns
     * @param columns their number, at most {@link Panels#NR_NARROW}
     * @param panel must have room for as many columns as that
     */
    static void packNarrow(int rows, Matrix b, boolean transposed, int column, int columns, float[] panel) {
        int half = NarrowKernel.HALF;
        if (rows == Panels.MR_NARROW) {
            pack(b, transposed, column, columns, panel, 0, Panels.NR_NARROW);
        } else if (transposed) {
            pack(b, true, column, half, panel, 0, half);
            pack(b, true, column + columns - half, half, panel, half * b.columns, half);
        } else {
            NarrowKernel.pack(b.array, b.offset + column, b.stride, columns, b.rows, panel);
        }
    }

    /** Packs k rows of {@code valid} floats, each padded with zeros to {@code width}. */
    static void copy(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        if (valid == 6 && width == 6) {
            copySix(x, x0, stride, k, panel, to);
            return;
        }
        if (COPY.isReady()) {
            PanelKernel.copy(x, x0, stride, valid, k, panel, to, width);
            return;
        }
        long start = COPY.start();
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < valid; j++) {
                panel[to + p * width + j] = x[x0 + p * stride + j];
            }
            for (int j = valid; j < width; j++) {
                panel[to + p * width + j] = 0;
            }
        }
        COPY.end(start, 1 + (long) k * width);
    }

    /** The floats of a row are too few for a vector, and in a loop of their own would take longer than one by one. */
    private static void copySix(float[] x, int x0, int stride, int k, float[] panel, int to) {
        for (int p = 0; p < k; p++) {
            int from = x0 + p * stride, at = to + p * 6;
            float a = x[from], b = x[from + 1], c = x[from + 2], d = x[from + 3], e = x[from + 4], f = x[from + 5];
            panel[at] = a;
            panel[at + 1] = b;
            panel[at + 2] = c;
            panel[at + 3] = d;
            panel[at + 4] = e;
            panel[at + 5] = f;
        }
    }

    /**
     * Packs a transposed matrix: {@code valid} rows of k floats become k rows of {@code width}, {@code toStride} floats apart. The
     * padding repeats the last row; its products are not stored. Two rows at a time take half as long as one; if the width is odd,
     * a float behind each row is overwritten.
     */
    static void transpose(
            float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width, int toStride) {
        int lanes = Kernels.lanes();
        boolean blocks = lanes >= 4 && width % lanes == 0 && k >= lanes;
        if (blocks && TRANSPOSE.isReady()) {
            TransposeKernel.transpose(x, x0, stride, valid, k, panel, to, width, toStride);
            return;
        }
        long start = blocks ? TRANSPOSE.start() : 0;
        for (int from = 0; from < k; from += TRANSPOSE_BLOCK) {
            int end = Math.min(from + TRANSPOSE_BLOCK, k);
            for (int j = 0; j < width; j += 2) {
                int row = x0 + Math.min(j, valid - 1) * stride, next = x0 + Math.min(j + 1, valid - 1) * stride;
                int at = to + from * toStride + j;
                for (int p = from; p < end; p++) {
                    panel[at] = x[row + p];
                    panel[at + 1] = x[next + p];
                    at += toStride;
                }
            }
        }
        TRANSPOSE.end(start, (long) width * k);
    }

    /**
     * Packs k rows of {@code valid} floats into a panel of {@link Panels#MR_SPARSE} columns, without the rows that are all 0.
     *
     * @param at receives the indices of the packed rows, times {@link Panels#NR_SPARSE}, from {@code at0} on; must have room for k
     * @return the number of packed rows
     */
    static int copyNonZero(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        if (valid == MR_SPARSE && COPY_NON_ZERO.isReady()) {
            return PanelKernel.copyNonZero(x, x0, stride, k, panel, to, at, at0, NR_SPARSE);
        }
        long start = COPY_NON_ZERO.start();
        int n = 0;
        for (int p = 0; p < k; p++) {
            boolean zero = true;
            for (int j = 0; j < MR_SPARSE; j++) {
                float value = j < valid ? x[x0 + p * stride + j] : 0;
                panel[to + n * MR_SPARSE + j] = value;
                zero &= value == 0;
            }
            at[at0 + n] = p * NR_SPARSE;
            n += zero ? 0 : 1;
        }
        COPY_NON_ZERO.end(start, 1 + 4L * k);
        return n;
    }

    /** Packs like {@link #transpose}, {@link Panels#MR_SPARSE} wide, without the columns that are all 0. See {@link #copyNonZero}. */
    static int transposeNonZero(
            float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int[] at, int at0) {
        int r0 = x0, r1 = x0 + Math.min(1, valid - 1) * stride;
        int r2 = x0 + Math.min(2, valid - 1) * stride, r3 = x0 + (valid - 1) * stride;
        int n = 0;
        if (COPY_NON_ZERO.isReady()) {
            n = PanelKernel.nonZero(x, r0, r1, r2, r3, k, at, at0);
        } else {
            long start = COPY_NON_ZERO.start();
            for (int p = 0; p < k; p++) {
                if (x[r0 + p] != 0 || x[r1 + p] != 0 || x[r2 + p] != 0 || x[r3 + p] != 0) {
                    at[at0 + n++] = p;
                }
            }
            COPY_NON_ZERO.end(start, 1 + 4L * k);
        }
        for (int q = 0; q < n; q++) {
            int p = at[at0 + q];
            panel[to + q * MR_SPARSE] = x[r0 + p];
            panel[to + q * MR_SPARSE + 1] = x[r1 + p];
            panel[to + q * MR_SPARSE + 2] = x[r2 + p];
            panel[to + q * MR_SPARSE + 3] = x[r3 + p];
            at[at0 + q] = p * NR_SPARSE;
        }
        return n;
    }

    /** {@return whether {@code count} floats are all finite} */
    static boolean finite(float[] x, int x0, int count) {
        if (COPY.isReady()) {
            return PanelKernel.finite(x, x0, count);
        }
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += x[x0 + i] * 0;
        }
        return sum == 0;
    }
}
