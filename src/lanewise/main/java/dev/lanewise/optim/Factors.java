package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;

/**
 * The factors of the mean squares of a matrix's gradient: the mean squares of its rows, R, and of its columns, C. The mean square
 * of an element is R · Cᵀ / mean of R. The loops of {@link Adafactor} read these as a temporary, which is filled for a block at a
 * time, so that only the factors are in memory.
 */
final class Factors {
    private final int rows, columns;
    private final MatrixSquares squares;
    private final float[] r, c;
    private final FloatSpan rowSpan, columnSpan;

    /** R over its mean. */
    private final float[] relative;

    /** {@return the number of state buffers of a rule that have a float for each row, column or output} */
    static int count(UpdateRule rule) {
        int count = 0;
        for (StateBuffer buffer : rule.state()) {
            count += buffer.extent() == StateBuffer.Extent.ELEMENT ? 0 : 1;
        }
        return count;
    }

    /** {@return the number of temporaries that the loops of a rule read} */
    static int temporaries(UpdateRule rule) {
        return has(rule, StateBuffer.Extent.ROW) ? 1 : 0;
    }

    /** {@return whether a rule has a state buffer of an extent} */
    static boolean has(UpdateRule rule, StateBuffer.Extent extent) {
        for (StateBuffer buffer : rule.state()) {
            if (buffer.extent() == extent) {
                return true;
            }
        }
        return false;
    }

    Factors(MatrixShape shape) {
        this.rows = shape.rows();
        this.columns = shape.columns();
        this.squares = new MatrixSquares(shape, true, true);
        this.r = new float[rows];
        this.c = new float[columns];
        this.rowSpan = FloatSpan.of(r);
        this.columnSpan = FloatSpan.of(c);
        this.relative = new float[rows];
    }

    /** {@return the mean squares of the rows or of the columns} */
    FloatSpan span(StateBuffer.Extent extent) {
        return extent == StateBuffer.Extent.ROW ? rowSpan : columnSpan;
    }

    /** {@return the squares of the gradient, which are added up before {@link #update}} */
    MatrixSquares squares() {
        return squares;
    }

    /**
     * Moves the factors towards the squares that were added up.
     *
     * @param constants the coefficients of {@link Adafactor}
     */
    void update(float[] constants) {
        float keep = constants[1], fresh = constants[2];
        squares.addUp();
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            r[i] = (float) (r[i] * (double) keep + squares.ofRow(i) / columns * fresh) + UpdateRule.TINY;
            sum += r[i];
        }
        double mean = Math.max(sum / rows, constants[6]);
        for (int i = 0; i < rows; i++) {
            relative[i] = mean == 0 ? 0 : (float) (r[i] / mean);
        }
        for (int j = 0; j < columns; j++) {
            c[j] = (float) (c[j] * (double) keep + squares.ofColumn(j) / rows * fresh) + UpdateRule.TINY;
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
