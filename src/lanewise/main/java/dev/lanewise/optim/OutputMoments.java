package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;

/**
 * The mean squares of the outputs of a matrix, by whose roots {@link NorMuon} divides the orthogonalized matrix x:
 *
 * <pre>
 * v = β₂ · v + (1 − β₂) · mean of x² over each output
 * y = x / (√v + 1e-10)
 * x = y · ‖x‖ / ‖y‖
 * </pre>
 *
 * Sums are in double in a fixed order. ‖y‖ follows from the sums of the outputs and v, so that the matrix is read twice and
 * written once; the product with the iteration's cost is small.
 */
final class OutputMoments {
    private static final double EPSILON = 1e-10;

    private final MatrixShape shape;
    private final boolean byRow;
    private final MatrixSquares sums;
    private final SumOfSquares squares = new SumOfSquares(1);
    private final FloatSource source = new FloatSource();
    private final float[] piece = new float[MatrixSquares.PIECE];
    private final float[] v, factors;
    private final FloatSpan span;

    OutputMoments(MatrixShape shape) {
        this.shape = shape;
        this.byRow = shape.fanOut() == MatrixShape.FanOut.ROWS;
        this.sums = new MatrixSquares(shape, byRow, !byRow);
        this.v = new float[shape.outputs()];
        this.factors = new float[v.length];
        this.span = FloatSpan.of(v);
    }

    /** {@return the mean squares} */
    FloatSpan span() {
        return span;
    }

    /** Moves the mean squares towards those of a matrix, and divides the matrix by their roots. */
    void divide(FloatSpan x, double beta2) {
        source.set(x);
        squares.bindArrays();
        for (int band = 0; band < sums.bands(); band++) {
            sums.add(band, source, 0, null, 1, piece, squares, 0);
        }
        source.clear();
        sums.addUp();
        double before = 0, after = 0;
        for (int i = 0; i < v.length; i++) {
            double sum = byRow ? sums.ofRow(i) : sums.ofColumn(i);
            v[i] = (float) (v[i] * beta2 + sum / shape.inputs() * (1 - beta2)) + UpdateRule.TINY;
            double divisor = Math.sqrt(v[i]) + EPSILON;
            before += sum;
            after += sum / (divisor * divisor);
        }
        double length = after == 0 ? 0 : Math.sqrt(before / after);
        for (int i = 0; i < v.length; i++) {
            factors[i] = (float) (length / (Math.sqrt(v[i]) + EPSILON));
        }
        multiply(x);
    }

    private void multiply(FloatSpan x) {
        int columns = shape.columns();
        for (int i = 0; i < shape.rows(); i++) {
            for (int j = 0; j < columns; j += piece.length) {
                int count = Math.min(piece.length, columns - j);
                long at = (long) i * columns + j;
                x.copyTo(at, piece, 0, count);
                if (byRow) {
                    multiply(piece, count, factors[i]);
                } else {
                    multiply(piece, count, factors, j);
                }
                x.copyFrom(piece, 0, at, count);
            }
        }
    }

    private static void multiply(float[] x, int count, float factor) {
        for (int k = 0; k < count; k++) {
            x[k] *= factor;
        }
    }

    private static void multiply(float[] x, int count, float[] factors, int from) {
        for (int k = 0; k < count; k++) {
            x[k] *= factors[from + k];
        }
    }
}
