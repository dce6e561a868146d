package dev.lanewise.linalg;

import static dev.lanewise.internal.kernel.ExpKernel.MIN_ARGUMENT;

import dev.lanewise.internal.Check;

/**
 * Computes softmax, and the cross-entropy of a classifier with integer labels, over contiguous rows of logits.
 *
 * <p>The largest logit of a row is subtracted from the row first, so that no exponential overflows. Rows are summed in double
 * from the first column to the last, losses in double from the first row to the last, so that the bits do not depend on the
 * machine. Each thread keeps some memory: a call allocates only once, and again in {@link #totalLoss} for longer rows.
 *
 * <p><b>NaN and infinity:</b> if a row has a NaN or a logit of +∞, or if all of its logits are −∞, all of its probabilities and
 * the loss are NaN. In other rows a logit of −∞ has probability 0.
 */
public final class Softmax {
    /** Arguments of {@link #exp} are at most this. Above it eˣ is ∞; up to it both factors of 2ⁿ are normal floats. */
    private static final float MAX_ARGUMENT = 89;

    /** The floats that {@link #totalLoss} copies at a time, unless a row has more. */
    private static final int COPIED = 1 << 10;

    private static final ThreadLocal<float[]> COPY = new ThreadLocal<>();

    private Softmax() {}

    /**
     * Computes eˣ with the same bits on every machine. The error is less than 1 ulp, or 2 ulp if the result is subnormal.
     *
     * <p>x is reduced to n · ln 2 + r with |r| ≤ ½ ln 2, and eʳ is computed as its Taylor polynomial of degree 7, whose truncation
     * error is below a tenth of an ulp.
     *
     * @param x any float
     * @return eˣ: ∞ above 88.72, 0 below −103.98, NaN for NaN
     */
    public static float exp(float x) {
        // Math.min and Math.max would take twice as long, because they order -0 below 0.
        float a = x > MAX_ARGUMENT ? MAX_ARGUMENT : x < MIN_ARGUMENT ? MIN_ARGUMENT : x;
        float shifted = Exp.shifted(a);
        return Exp.scaled(Exp.polynomial(Exp.reduced(a, shifted)), Exp.exponent(shifted));
    }

    /**
     * Replaces each row of logits by its probabilities.
     *
     * @param x the logits, {@code rows} × {@code columns} from {@code offset} on
     * @param offset the index of the first logit
     * @param rows the number of rows, at least 0
     * @param columns the number of classes, at least 1
     * @throws IllegalArgumentException if a count is out of range
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public static void probabilities(float[] x, int offset, int rows, int columns) {
        check(x, offset, rows, columns);
        if (rows == 0) {
            return;
        }
        subtractMaxima(x, offset, rows, columns);
        ExpLoop.run(x, offset, rows * columns);
        divideBySums(x, offset, null, 0, rows, columns, 1, 0);
    }

    /**
     * Computes the mean over the rows of −log(softmax(row)[label]), and replaces the logits by its gradient:
     * (softmax(row) − onehot(label)) / rows.
     *
     * @param x the logits, {@code rows} × {@code columns} from {@code offset} on; the gradient afterwards
     * @param offset the index of the first logit
     * @param labels the class of each row, from {@code labelOffset} on
     * @param labelOffset the index of the first label
     * @param rows the number of rows, at least 1
     * @param columns the number of classes, at least 1
     * @return the mean loss, in nats
     * @throws IllegalArgumentException if a count is out of range or a label is not a class; nothing has been written then
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     */
    public static double crossEntropy(float[] x, int offset, int[] labels, int labelOffset, int rows, int columns) {
        return crossEntropy(x, offset, labels, labelOffset, rows, columns, rows);
    }

    /**
     * Computes the share of some rows in the mean over more rows, the others of which are elsewhere: the sum over these rows of
     * −log(softmax(row)[label]) / {@code meanRows}, and replaces the logits by its gradient: (softmax(row) − onehot(label)) /
     * {@code meanRows}. The shares of all rows add up to the mean and its gradient.
     *
     * @param x the logits, {@code rows} × {@code columns} from {@code offset} on; the gradient afterwards
     * @param offset the index of the first logit
     * @param labels the class of each row, from {@code labelOffset} on
     * @param labelOffset the index of the first label
     * @param rows the number of rows, at least 1
     * @param columns the number of classes, at least 1
     * @param meanRows the number of rows that the mean is over, at least {@code rows}
     * @return the share of the mean loss, in nats
     * @throws IllegalArgumentException if a count is out of range or a label is not a class; nothing has been written then
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     */
    public static double crossEntropy(
            float[] x, int offset, int[] labels, int labelOffset, int rows, int columns, int meanRows) {
        Check.atLeast(1, "rows", rows);
        Check.atLeast(rows, "meanRows", meanRows);
        check(x, offset, rows, columns);
        Check.labels(labels, labelOffset, rows, columns);
        subtractMaxima(x, offset, rows, columns);
        double loss = 0;
        for (int i = 0; i < rows; i++) {
            loss -= x[offset + i * columns + labels[labelOffset + i]];
        }
        ExpLoop.run(x, offset, rows * columns);
        return divideBySums(x, offset, labels, labelOffset, rows, columns, 1f / meanRows, loss) / meanRows;
    }

    /**
     * Divides the exponentials of each row by their sum, and computes the gradient if there are labels.
     *
     * @param scale is multiplied into the gradient
     * @return {@code loss}, plus the logarithms of the sums if there are labels
     */
    private static double divideBySums(
            float[] x, int offset, int[] labels, int labelOffset, int rows, int columns, float scale, double loss) {
        if (!ExactSum.isReady(columns)) {
            long start = ExactSum.start(columns);
            loss = divideByFour(x, offset, labels, labelOffset, rows, columns, scale, loss);
            ExactSum.end(start, (long) rows * columns);
            return loss;
        }
        for (int i = 0; i < rows; i++) {
            int row = offset + i * columns;
            double sum = ExactSum.of(x, row, columns);
            if (Double.isNaN(sum)) {
                int four = Math.min(rows - i, 4);
                loss = divideByFour(x, row, labels, labelOffset + i, four, columns, scale, loss);
                i += four - 1;
            } else {
                loss = divide(x, row, labels, labelOffset + i, columns, sum, scale, loss);
            }
        }
        return loss;
    }

    /** Sums in order, four rows at a time, because a single sum is bound by the latency of its additions. */
    private static double divideByFour(
            float[] x, int offset, int[] labels, int labelOffset, int rows, int columns, float scale, double loss) {
        for (int i = 0; i < rows; i += 4) {
            int r0 = offset + i * columns, r1 = offset + Math.min(i + 1, rows - 1) * columns;
            int r2 = offset + Math.min(i + 2, rows - 1) * columns, r3 = offset + Math.min(i + 3, rows - 1) * columns;
            double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            for (int j = 0; j < columns; j++) {
                s0 += x[r0 + j];
                s1 += x[r1 + j];
                s2 += x[r2 + j];
                s3 += x[r3 + j];
            }
            for (int row = i; row < Math.min(i + 4, rows); row++) {
                double sum = row == i ? s0 : row == i + 1 ? s1 : row == i + 2 ? s2 : s3;
                loss = divide(x, offset + row * columns, labels, labelOffset + row, columns, sum, scale, loss);
            }
        }
        return loss;
    }

    private static double divide(
            float[] x, int row, int[] labels, int label, int columns, double sum, float scale, double loss) {
        if (labels == null) {
            scale(x, row, columns, (float) (1 / sum));
            return loss;
        }
        gradient(x, row, columns, (float) (1 / sum), labels[label], scale);
        return loss + StrictMath.log(sum);
    }

    private static void scale(float[] x, int row, int columns, float share) {
        for (int j = row; j < row + columns; j++) {
            x[j] *= share;
        }
    }

    static void gradient(float[] x, int row, int columns, float share, int label, float scale) {
        float own = (x[row + label] * share - 1) * scale;
        for (int j = row; j < row + columns; j++) {
            x[j] = x[j] * share * scale;
        }
        x[row + label] = own;
    }

    /**
     * Sums −log(softmax(row)[label]) over the rows, for an evaluation. The logits are unchanged, since a copy of some rows, at
     * least one, is in memory of the thread.
     *
     * @param x the logits, {@code rows} × {@code columns} from {@code offset} on
     * @param offset the index of the first logit
     * @param labels the class of each row, from {@code labelOffset} on
     * @param labelOffset the index of the first label
     * @param rows the number of rows, at least 0
     * @param columns the number of classes, at least 1
     * @return the sum of the losses, in nats
     * @throws IllegalArgumentException if a count is out of range or a label is not a class
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public static double totalLoss(float[] x, int offset, int[] labels, int labelOffset, int rows, int columns) {
        check(x, offset, rows, columns);
        Check.labels(labels, labelOffset, rows, columns);
        int some = Math.max(COPIED / columns, 1);
        float[] copy = COPY.get();
        if (copy == null || copy.length < some * columns + some) {
            copy = new float[Math.max(some * columns + some, 2 * COPIED)];
            COPY.set(copy);
        }
        double loss = 0;
        for (int i = 0; i < rows; i += some) {
            int row = offset + i * columns, count = Math.min(some, rows - i);
            loss = addLosses(x, row, labels, labelOffset + i, count, columns, copy, loss);
        }
        return loss;
    }

    private static double addLosses(
            float[] x, int offset, int[] labels, int labelOffset, int rows, int columns, float[] copy, double loss) {
        int own = rows * columns;
        System.arraycopy(x, offset, copy, 0, own);
        subtractMaxima(copy, 0, rows, columns);
        for (int i = 0; i < rows; i++) {
            copy[own + i] = copy[i * columns + labels[labelOffset + i]];
        }
        ExpLoop.run(copy, 0, own);
        for (int i = 0; i < rows; i++) {
            loss += StrictMath.log(ExactSum.ofRow(copy, i * columns, columns)) - copy[own + i];
        }
        return loss;
    }

    /**
     * Finds the class with the largest logit.
     *
     * @param x the logits of a row, from {@code offset} on
     * @param offset the index of the first logit
     * @param columns the number of classes, at least 1
     * @return the first class with the largest logit, or the first with NaN if there is one
     * @throws IllegalArgumentException if {@code columns} is less than 1
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public static int argmax(float[] x, int offset, int columns) {
        check(x, offset, 1, columns);
        int best = 0;
        for (int j = 1; j < columns; j++) {
            float candidate = x[offset + j], leader = x[offset + best];
            if (candidate > leader || candidate != candidate && leader == leader) {
                best = j;
            }
        }
        return best;
    }

    private static void check(float[] x, int offset, int rows, int columns) {
        Check.atLeast(0, "rows", rows);
        Check.atLeast(1, "columns", columns);
        Check.range("x", x.length, "offset", offset, (long) rows * columns);
    }

    static void subtractMaxima(float[] x, int offset, int rows, int columns) {
        for (int row = offset; row < offset + rows * columns; row += columns) {
            float max = MaxLoop.run(x, row, columns);
            for (int j = row; j < row + columns; j++) {
                x[j] -= max;
            }
        }
    }
}
