package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PanelKernel;

/** Sums over the rows of a matrix: the gradient of a bias. */
public final class Columns {
    private static final boolean VECTORS = Kernels.lanes() > 0;

    private Columns() {}

    /**
     * The sum of each column, from 0 and its first row to its last in this order.
     *
     * @param rows how many rows, from 0
     * @param columns how many columns, from 0
     * @param x the matrix, row by row
     * @param xOffset index of its first float
     * @param xStride from one row to the next, at least {@code columns}
     * @param sums where the sums go, from {@code sumsOffset} on
     * @param sumsOffset index of the first sum
     * @throws IllegalArgumentException if a count or stride is out of range
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public static void sum(int rows, int columns, float[] x, int xOffset, int xStride, float[] sums, int sumsOffset) {
        Checks.atLeast(0, "rows", rows);
        Checks.atLeast(0, "columns", columns);
        Checks.matrix("x", x, xOffset, rows, columns, xStride);
        Checks.matrix("sums", sums, sumsOffset, 1, columns, columns);
        if (VECTORS) {
            PanelKernel.columnSums(rows, columns, x, xOffset, xStride, sums, sumsOffset);
            return;
        }
        for (int j = 0; j < columns; j++) {
            sums[sumsOffset + j] = 0;
        }
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                sums[sumsOffset + j] += x[xOffset + i * xStride + j];
            }
        }
    }
}
