package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;

/**
 * The factors of the mean squares of a matrix's gradient: the mean squares of its rows, R, and of its columns, C. The mean square of an element is R · Cᵀ / mean of R. The
 * loops of {@link Adafactor} read these as a temporary, which is filled for a block at a time, so that only the factors are in memory.
 *
 * <p>The squares are exact in double. A band of rows is one task: it adds up its rows, as {@link SumOfSquares} does, and its part of the columns, from the first row to the last. The parts are then added
 * in their order, so the bits do not depend on the threads.
 */
final class Factors {
    /** The elements that are copied at a time from any memory. */
    static final int PIECE = SumOfSquares.BLOCK;

    /** The elements of a band, and the fewest rows, which limit the memory for its parts of the columns to an eighth of a byte a parameter. */
    private static final int BAND = 1 << 16, LEAST_ROWS = 64;

    private final int rows, columns, bandRows;
    private final float[] r, c;
    private final FloatSpan rowSpan, columnSpan;

    /** R over its mean. */
    private final float[] relative;

    private final double[] rowSums;

    /** The parts of the sums of the columns, a band after another; only its length matters between steps. */
    private final double[] columnSums;

    /** {@return the number of state buffers of a rule that have a float for each row or column} */
    static int count(UpdateRule rule) {
        int count = 0;
        for (StateBuffer buffer : rule.state()) {
            count += buffer.extent() == StateBuffer.Extent.ELEMENT ? 0 : 1;
        }
        return count;
    }

    /** {@return the number of temporaries that the loops of a rule read} */
    static int temporaries(UpdateRule rule) {
        return count(rule) > 0 ? 1 : 0;
    }

    Factors(MatrixShape shape) {
        this.rows = shape.rows();
        this.columns = shape.columns();
        this.bandRows = Math.min(rows, Math.max(LEAST_ROWS, BAND / columns));
        this.r = new float[rows];
        this.c = new float[columns];
        this.rowSpan = FloatSpan.of(r);
        this.columnSpan = FloatSpan.of(c);
        this.relative = new float[rows];
        this.rowSums = new double[rows];
        this.columnSums = new double[Math.multiplyExact(bands(), columns)];
    }

    /** {@return the mean squares of the rows or of the columns} */
    FloatSpan span(StateBuffer.Extent extent) {
        return extent == StateBuffer.Extent.ROW ? rowSpan : columnSpan;
    }

    /** {@return the number of tasks that add up the squares} */
    int bands() {
        return Math.ceilDiv(rows, bandRows);
    }

    /**
     * Adds up the squares of a band.
     *
     * @param band its index
     * @param gradients the gradients of all groups
     * @param from the index of the first gradient of the matrix
     * @param piece the memory of the task, {@link #PIECE} elements
     * @param squares adds up the squares of a piece
     * @param thread the index of the task
     * @param scale the factor of the gradient
     * @param limit the largest magnitude of the product; infinite for none
     */
    void add(
            int band,
            FloatSource gradients,
            long from,
            float[] piece,
            SumOfSquares squares,
            int thread,
            float scale,
            float limit) {
        int end = Math.min((band + 1) * bandRows, rows), sums = band * columns;
        Arrays.fill(columnSums, sums, sums + columns, 0);
        for (int i = band * bandRows; i < end; i++) {
            double sum = 0;
            for (int j = 0; j < columns; j += PIECE) {
                int count = Math.min(PIECE, columns - j);
                gradients.copyTo(from + (long) i * columns + j, piece, 0, count);
                scale(piece, count, scale, limit);
                sum += squares.sum(thread, piece, count);
                addSquares(piece, count, columnSums, sums + j);
            }
            rowSums[i] = sum;
        }
    }

    private static void scale(float[] g, int count, float scale, float limit) {
        for (int j = 0; j < count; j++) {
            g[j] = g[j] * scale;
        }
        for (int j = 0; limit < Float.POSITIVE_INFINITY && j < count; j++) {
            g[j] = Math.min(Math.max(g[j], -limit), limit);
        }
    }

    private static void addSquares(float[] g, int count, double[] sums, int at) {
        for (int j = 0; j < count; j++) {
            double x = g[j];
            sums[at + j] += x * x;
        }
    }

    /**
     * Moves the factors towards the squares that were added up.
     *
     * @param constants the coefficients of {@link Adafactor}
     */
    void update(float[] constants) {
        float keep = constants[1], fresh = constants[2];
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            r[i] = (float) (r[i] * (double) keep + rowSums[i] / columns * fresh) + UpdateRule.TINY;
            sum += r[i];
        }
        double mean = Math.max(sum / rows, constants[6]);
        for (int i = 0; i < rows; i++) {
            relative[i] = mean == 0 ? 0 : (float) (r[i] / mean);
        }
        for (int band = 1; band < bands(); band++) {
            for (int j = 0; j < columns; j++) {
                columnSums[j] += columnSums[band * columns + j];
            }
        }
        for (int j = 0; j < columns; j++) {
            c[j] = (float) (c[j] * (double) keep + columnSums[j] / rows * fresh) + UpdateRule.TINY;
        }
    }

    /** Fills the first elements of an array with the mean squares of elements of the matrix, from an index on. */
    void fill(float[] v, long from, int count) {
        int row = (int) (from / columns), column = (int) (from % columns);
        for (int at = 0; at < count; row++, column = 0) {
            int end = Math.min(count, at + columns - column);
            product(relative[row], c, column, v, at, end);
            at = end;
        }
    }

    /** Copies before it multiplies, because C2 vectorizes no loop whose arrays have an index each. */
    private static void product(float factor, float[] c, int column, float[] v, int at, int end) {
        System.arraycopy(c, column, v, at, end - at);
        for (int i = at; i < end; i++) {
            v[i] = v[i] * factor + UpdateRule.TINY;
        }
    }
}
