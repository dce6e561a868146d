package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.GradientEdit;
import dev.lanewise.internal.kernel.SumOfSquares;
import java.util.Arrays;

/**
 * The sums of the squares of a matrix's rows, of its columns, or of both.
 *
 * <p>The squares are exact in double. A band of rows is one task: it adds up its rows, as {@link SumOfSquares} does, and its part
 * of the columns, from the first row to the last. The parts are then added in their order, so the bits do not depend on the
 * threads.
 */
final class MatrixSquares {
    /** The elements that are copied at a time from any memory. */
    static final int PIECE = SumOfSquares.BLOCK;

    /**
     * The elements of a band, and the fewest rows, which limit the memory for its parts of the columns to an eighth of a byte a
     * parameter.
     */
    private static final int BAND = 1 << 16, LEAST_ROWS = 64;

    private final int rows, columns, bandRows;

    /** The sums of the rows; null if there are none. */
    private final double[] rowSums;

    /** The parts of the sums of the columns, a band after another; null if there are none. */
    private final double[] columnSums;

    MatrixSquares(MatrixShape shape, boolean ofRows, boolean ofColumns) {
        this.rows = shape.rows();
        this.columns = shape.columns();
        this.bandRows = Math.min(rows, Math.max(LEAST_ROWS, BAND / columns));
        this.rowSums = ofRows ? new double[rows] : null;
        this.columnSums = ofColumns ? new double[Math.multiplyExact(bands(), columns)] : null;
    }

    /** {@return the number of tasks that add up the squares} */
    int bands() {
        return Math.ceilDiv(rows, bandRows);
    }

    /**
     * Adds up the squares of a band.
     *
     * @param band its index
     * @param source the memory of the matrix and of others
     * @param from the index of the first element of the matrix
     * @param edit what changes the elements before they are scaled; null for none
     * @param scale the factor of the elements
     * @param piece the memory of the task, {@link #PIECE} elements
     * @param squares adds up the squares of a piece
     * @param thread the index of the task
     */
    void add(
            int band,
            FloatSource source,
            long from,
            GradientEdit edit,
            float scale,
            float[] piece,
            SumOfSquares squares,
            int thread) {
        int end = Math.min((band + 1) * bandRows, rows), sums = band * columns;
        if (columnSums != null) {
            Arrays.fill(columnSums, sums, sums + columns, 0);
        }
        for (int i = band * bandRows; i < end; i++) {
            double sum = 0;
            for (int j = 0; j < columns; j += PIECE) {
                int count = Math.min(PIECE, columns - j);
                long at = from + (long) i * columns + j;
                source.copyTo(at, piece, 0, count);
                if (edit != null) {
                    edit.apply(piece, 0, at, count);
                }
                scale(piece, count, scale);
                if (rowSums != null) {
                    sum += squares.sum(thread, piece, 0, count);
                }
                if (columnSums != null) {
                    addSquares(piece, count, columnSums, sums + j);
                }
            }
            if (rowSums != null) {
                rowSums[i] = sum;
            }
        }
    }

    private static void scale(float[] x, int count, float scale) {
        for (int j = 0; j < count; j++) {
            x[j] = x[j] * scale;
        }
    }

    private static void addSquares(float[] g, int count, double[] sums, int at) {
        for (int j = 0; j < count; j++) {
            double x = g[j];
            sums[at + j] += x * x;
        }
    }

    /** Adds up the parts of the columns, after all bands. */
    void addUp() {
        for (int band = 1; columnSums != null && band < bands(); band++) {
            for (int j = 0; j < columns; j++) {
                columnSums[j] += columnSums[band * columns + j];
            }
        }
    }

    double ofRow(int i) {
        return rowSums[i];
    }

    double ofColumn(int j) {
        return columnSums[j];
    }
}
