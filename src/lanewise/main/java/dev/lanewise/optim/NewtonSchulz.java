package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.memory.FloatSpan;

/**
 * Orthogonalizes matrices by the Newton–Schulz iteration: the singular vectors stay, and each singular value σ becomes p(σ), where p is an
 * odd polynomial that is applied several times and comes near 1 for any σ.
 *
 * <pre>
 * X = X / (safety · ‖X‖)
 * X = (a · I + b · A + c · A²) · X,   A = X · Xᵀ       for each step's a, b, c; X · (…) and Xᵀ · X if X has more rows than columns
 * </pre>
 *
 * The products are those of {@link Gemm}, whose elements have one fixed order of addition, and the norm is a sum in double in a
 * fixed order, so the bits depend neither on the vector width nor on the threads. A and A² are symmetric to the bit, so half of
 * them is computed and the rest is copied. The memory is allocated once, for the largest matrix.
 */
final class NewtonSchulz {
    /** The rows of A that are computed at a time, from the diagonal on. */
    private static final int BAND = 64;

    /** The rows and columns of a square that is copied to the other side of the diagonal, which fits in the L1 cache. */
    private static final int TILE = 32;

    private final Gemm gemm;
    private final SumOfSquares squares = new SumOfSquares(1);
    private final Matrix x = new Matrix(), y = new Matrix(), a = new Matrix(), p = new Matrix();
    private final Matrix left = new Matrix(), right = new Matrix(), band = new Matrix();

    /** As long as the largest matrix; the second, for memory that is no array, is made when it is needed. */
    private final float[] other;

    private float[] staged;

    /** A and the polynomial. */
    private final float[] gram, polynomial;

    /**
     * Allocates the memory.
     *
     * @param longest the number of elements of the largest matrix
     * @param side the largest number of rows or columns of a matrix, whichever is smaller
     */
    NewtonSchulz(Workers workers, long longest, int side) {
        this.gemm = new Gemm(workers);
        this.other = new float[Math.toIntExact(longest)];
        this.gram = new float[Math.multiplyExact(side, side)];
        this.polynomial = new float[gram.length];
    }

    /**
     * Replaces a matrix by an orthogonal one. The norm is divided out whatever its size; a matrix of zeros stays, and one with a NaN or an
     * infinity becomes NaN.
     *
     * @param u the matrix, row by row
     * @param shape its shape
     */
    void run(FloatSpan u, MatrixShape shape, Muon.Coefficients coefficients) {
        double[][] steps = coefficients.steps;
        double norm = coefficients.safety * Math.sqrt(sumOfSquares(u));
        if (norm == 0) {
            return;
        }
        int length = (int) u.length();
        float[] array = u.isArray() ? u.array() : staged(length);
        int offset = u.isArray() ? u.arrayOffset() : 0;
        if (!u.isArray()) {
            u.copyTo(0, array, 0, length);
        }
        // Each step changes the array, so that the last one ends in the first.
        boolean odd = steps.length % 2 == 1;
        scale(array, offset, 1 / norm, odd ? other : array, odd ? 0 : offset, length);
        x.set(odd ? other : array, odd ? 0 : offset, shape.rows(), shape.columns());
        y.set(odd ? array : other, odd ? offset : 0, shape.rows(), shape.columns());
        for (int i = 0; i < steps.length; i++) {
            step(i % 2 == 0 ? x : y, i % 2 == 0 ? y : x, steps[i]);
        }
        x.clear();
        y.clear();
        if (!u.isArray()) {
            u.copyFrom(array, 0, 0, length);
        }
    }

    private double sumOfSquares(FloatSpan u) {
        squares.bind(u);
        double sum = 0;
        for (long from = 0; from < u.length(); from += SumOfSquares.BLOCK) {
            sum += squares.sum(0, from, (int) Math.min(SumOfSquares.BLOCK, u.length() - from));
        }
        return sum;
    }

    private float[] staged(int length) {
        if (staged == null || staged.length < length) {
            staged = new float[other.length];
        }
        return staged;
    }

    /** Scales in double, where the inverse of the smallest norm does not overflow. */
    private static void scale(float[] from, int at, double factor, float[] to, int start, int count) {
        for (int i = 0; i < count; i++) {
            to[start + i] = (float) (from[at + i] * factor);
        }
    }

    private void step(Matrix x, Matrix y, double[] coefficients) {
        boolean tall = x.rows() > x.columns();
        int side = Math.min(x.rows(), x.columns());
        a.set(gram, 0, side, side);
        p.set(polynomial, 0, side, side);
        symmetric(x, tall, a);
        symmetric(a, false, p);
        float first = (float) coefficients[0], second = (float) coefficients[1], third = (float) coefficients[2];
        for (int i = 0; i < side; i++) {
            combine(polynomial, gram, i * side, (i + 1) * side, third, second);
            polynomial[i * side + i] += first;
        }
        if (tall) {
            gemm.multiply(x, p, y);
        } else {
            gemm.multiply(p, x, y);
        }
    }

    private static void combine(float[] p, float[] a, int from, int to, float c, float b) {
        for (int i = from; i < to; i++) {
            p[i] = p[i] * c + a[i] * b;
        }
    }

    /** Computes X · Xᵀ or Xᵀ · X: bands of rows from the diagonal on, whose elements are then copied to the other side. */
    private void symmetric(Matrix x, boolean transposed, Matrix c) {
        int side = c.rows(), stride = x.stride();
        for (int from = 0; from < side; from += BAND) {
            int rows = Math.min(BAND, side - from);
            band.set(c.array(), c.offset() + from * side + from, rows, side - from, side);
            if (transposed) {
                left.set(x.array(), x.offset() + from, x.rows(), rows, stride);
                right.set(x.array(), x.offset() + from, x.rows(), side - from, stride);
                gemm.multiplyTransposedA(left, right, band);
            } else {
                left.set(x.array(), x.offset() + from * stride, rows, x.columns(), stride);
                right.set(x.array(), x.offset() + from * stride, side - from, x.columns(), stride);
                gemm.multiplyTransposedB(left, right, band);
            }
        }
        for (int i = 0; i < side; i += TILE) {
            for (int j = 0; j <= i; j += TILE) {
                mirror(c.array(), side, i, Math.min(i + TILE, side), j, Math.min(j + TILE, side));
            }
        }
    }

    /** Copies what is above the diagonal to a square below it. */
    private static void mirror(float[] c, int side, int row, int endRow, int column, int endColumn) {
        for (int i = row; i < endRow; i++) {
            for (int j = column; j < Math.min(endColumn, i); j++) {
                c[i * side + j] = c[j * side + i];
            }
        }
    }
}
