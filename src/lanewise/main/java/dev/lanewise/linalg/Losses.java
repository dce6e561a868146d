package dev.lanewise.linalg;

import dev.lanewise.internal.Check;

/**
 * Losses of rows of outputs, each of which replaces the outputs by its gradient. {@link Softmax#crossEntropy} is the one for
 * classes without weights.
 *
 * <p>The result is Σ wᵢ · lᵢ / divisor over the rows i, with weights w, or 1 for each row if they are null. With the sum of the
 * weights as the divisor it is the weighted mean, with the number of rows the mean.
 *
 * <table>
 * <caption>Losses of a row</caption>
 * <tr><th>method</th><th>l</th><th>PyTorch</th></tr>
 * <tr><td>{@code crossEntropy} of labels</td><td>−log softmax(z)[label]</td><td>{@code CrossEntropyLoss}</td></tr>
 * <tr><td>{@code crossEntropy} of targets</td><td>−Σ tⱼ · log softmax(z)ⱼ</td><td>{@code CrossEntropyLoss} with probabilities</td></tr>
 * <tr><td>{@code logistic}</td><td>the mean over the outputs of −t · log σ(z) − (1 − t) · log(1 − σ(z))</td>
 *     <td>{@code BCEWithLogitsLoss}</td></tr>
 * <tr><td>{@code squaredError}</td><td>the mean over the outputs of (z − t)²</td><td>{@code MSELoss}</td></tr>
 * </table>
 *
 * <p>The mean over rows and outputs is that of PyTorch's reduction {@code mean}. With weights PyTorch divides by their sum in
 * {@code CrossEntropyLoss} with labels and in {@code mse_loss}, and by the number of rows in {@code BCEWithLogitsLoss}.
 *
 * <p>Losses are summed in double from the first row to the last, and nothing overflows: e^(−|z|) is at most 1, and the largest logit of a
 * row is subtracted. <b>NaN and infinity:</b> a NaN among the outputs of a row, or an infinity, makes the loss NaN or infinite. Memory
 * is that of {@link Softmax}, and nothing has been written if an argument is refused.
 */
public final class Losses {
    private Losses() {}

    /**
     * Computes the cross-entropy of classes with a weight for each row: see {@link Losses}.
     *
     * @param z the logits, {@code rows} × {@code columns} from {@code offset} on; the gradient afterwards
     * @param offset the index of the first logit
     * @param labels the class of each row, from {@code labelOffset} on
     * @param labelOffset the index of the first label
     * @param weights the weight of each row, finite and not negative, from {@code weightOffset} on; null for 1
     * @param weightOffset the index of the first weight
     * @param rows the number of rows, at least 1
     * @param columns the number of classes, at least 1
     * @param divisor what the sum is divided by, above 0
     * @return the loss, in nats
     * @throws IllegalArgumentException if a count, a label, a weight or the divisor is out of range
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public static double crossEntropy(
            float[] z,
            int offset,
            int[] labels,
            int labelOffset,
            float[] weights,
            int weightOffset,
            int rows,
            int columns,
            double divisor) {
        check(z, offset, weights, weightOffset, rows, columns, divisor);
        Check.labels(labels, labelOffset, rows, columns);
        Softmax.subtractMaxima(z, offset, rows, columns);
        double loss = 0;
        for (int i = 0; i < rows; i++) {
            loss -= weight(weights, weightOffset + i) * z[offset + i * columns + labels[labelOffset + i]];
        }
        ExpLoop.run(z, offset, rows * columns);
        for (int i = 0; i < rows; i++) {
            int row = offset + i * columns;
            double sum = ExactSum.ofRow(z, row, columns), weight = weight(weights, weightOffset + i);
            loss += weight * StrictMath.log(sum);
            Softmax.gradient(z, row, columns, (float) (1 / sum), labels[labelOffset + i], (float) (weight / divisor));
        }
        return loss / divisor;
    }

    /**
     * Computes the cross-entropy of probabilities, such as smoothed labels: see {@link Losses}. They need not add up to 1.
     *
     * @param z the logits, {@code rows} × {@code columns} from {@code offset} on; the gradient afterwards
     * @param offset the index of the first logit
     * @param targets the probabilities, like the logits, each in [0, 1], from {@code targetOffset} on
     * @param targetOffset the index of the first target
     * @param weights the weight of each row, finite and not negative, from {@code weightOffset} on; null for 1
     * @param weightOffset the index of the first weight
     * @param rows the number of rows, at least 1
     * @param columns the number of classes, at least 1
     * @param divisor what the sum is divided by, above 0
     * @return the loss, in nats
     * @throws IllegalArgumentException if a count, a target, a weight or the divisor is out of range
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public static double crossEntropy(
            float[] z,
            int offset,
            float[] targets,
            int targetOffset,
            float[] weights,
            int weightOffset,
            int rows,
            int columns,
            double divisor) {
        check(z, offset, weights, weightOffset, rows, columns, divisor);
        checkFractions(targets, targetOffset, rows * columns);
        Softmax.subtractMaxima(z, offset, rows, columns);
        double loss = 0;
        for (int i = 0; i < rows; i++) {
            double dot = 0;
            for (int j = 0; j < columns; j++) {
                float t = targets[targetOffset + i * columns + j];
                // A class without probability may have a logit of −∞.
                dot += t == 0 ? 0 : (double) t * z[offset + i * columns + j];
            }
            loss -= weight(weights, weightOffset + i) * dot;
        }
        ExpLoop.run(z, offset, rows * columns);
        for (int i = 0; i < rows; i++) {
            int row = offset + i * columns, target = targetOffset + i * columns;
            double sum = ExactSum.ofRow(z, row, columns), total = ExactSum.inOrder(targets, target, columns);
            double weight = weight(weights, weightOffset + i);
            loss += weight * total * StrictMath.log(sum);
            float share = (float) (total / sum), scale = (float) (weight / divisor);
            for (int j = 0; j < columns; j++) {
                z[row + j] = (z[row + j] * share - targets[target + j]) * scale;
            }
        }
        return loss / divisor;
    }

    /**
     * Computes the mean over the outputs of the binary cross-entropy of each: see {@link Losses}.
     *
     * @param z the logits, {@code rows} × {@code columns} from {@code offset} on; the gradient afterwards
     * @param offset the index of the first logit
     * @param targets the probabilities, like the logits, each in [0, 1], from {@code targetOffset} on
     * @param targetOffset the index of the first target
     * @param weights the weight of each row, finite and not negative, from {@code weightOffset} on; null for 1
     * @param weightOffset the index of the first weight
     * @param rows the number of rows, at least 1
     * @param columns the number of outputs, at least 1
     * @param divisor what the sum is divided by, above 0
     * @return the loss, in nats
     * @throws IllegalArgumentException if a count, a target, a weight or the divisor is out of range
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public static double logistic(
            float[] z,
            int offset,
            float[] targets,
            int targetOffset,
            float[] weights,
            int weightOffset,
            int rows,
            int columns,
            double divisor) {
        check(z, offset, weights, weightOffset, rows, columns, divisor);
        checkFractions(targets, targetOffset, rows * columns);
        double loss = 0;
        for (int i = 0; i < rows; i++) {
            double weight = weight(weights, weightOffset + i), sum = 0;
            float scale = (float) (weight / (divisor * columns));
            for (int j = 0; j < columns; j++) {
                int at = offset + i * columns + j;
                float logit = z[at], t = targets[targetOffset + i * columns + j];
                float e = Softmax.exp(-Math.abs(logit)), p = (logit >= 0 ? 1 : e) / (1 + e);
                sum += (logit >= 0 ? logit * (1.0 - t) : -logit * (double) t) + log1p(e);
                z[at] = (p - t) * scale;
            }
            loss += weight * sum;
        }
        return loss / (divisor * columns);
    }

    /**
     * Computes the mean over the outputs of the square of each error: see {@link Losses}.
     *
     * @param z the outputs, {@code rows} × {@code columns} from {@code offset} on; the gradient afterwards
     * @param offset the index of the first output
     * @param targets the values that the outputs should have, finite, from {@code targetOffset} on
     * @param targetOffset the index of the first target
     * @param weights the weight of each row, finite and not negative, from {@code weightOffset} on; null for 1
     * @param weightOffset the index of the first weight
     * @param rows the number of rows, at least 1
     * @param columns the number of outputs, at least 1
     * @param divisor what the sum is divided by, above 0
     * @return the loss
     * @throws IllegalArgumentException if a count, a target, a weight or the divisor is out of range
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public static double squaredError(
            float[] z,
            int offset,
            float[] targets,
            int targetOffset,
            float[] weights,
            int weightOffset,
            int rows,
            int columns,
            double divisor) {
        check(z, offset, weights, weightOffset, rows, columns, divisor);
        Check.range("targets", targets.length, "targetOffset", targetOffset, (long) rows * columns);
        for (int i = targetOffset; i < targetOffset + rows * columns; i++) {
            if (!Float.isFinite(targets[i])) {
                throw new IllegalArgumentException("targets[" + i + "] must be finite: " + targets[i]);
            }
        }
        double loss = 0;
        for (int i = 0; i < rows; i++) {
            double weight = weight(weights, weightOffset + i), sum = 0;
            float scale = (float) (2 * weight / (divisor * columns));
            for (int j = 0; j < columns; j++) {
                int at = offset + i * columns + j;
                float error = z[at] - targets[targetOffset + i * columns + j];
                sum += (double) error * error;
                z[at] = error * scale;
            }
            loss += weight * sum;
        }
        return loss / (divisor * columns);
    }

    /**
     * {@return log(1 + e) for e in [0, 1]} It is 2 artanh(s) with s = e / (2 + e), whose series ends below a hundredth of a
     * float's ulp.
     */
    static double log1p(float e) {
        double s = e / (2.0 + e), q = s * s;
        double p = 1 / 15.0;
        p = p * q + 1 / 13.0;
        p = p * q + 1 / 11.0;
        p = p * q + 1 / 9.0;
        p = p * q + 1 / 7.0;
        p = p * q + 1 / 5.0;
        p = p * q + 1 / 3.0;
        return 2 * s * (p * q + 1);
    }

    private static double weight(float[] weights, int row) {
        return weights == null ? 1 : weights[row];
    }

    private static void check(
            float[] z, int offset, float[] weights, int weightOffset, int rows, int columns, double divisor) {
        Check.atLeast(1, "rows", rows);
        Check.atLeast(1, "columns", columns);
        Check.range("outputs", z.length, "offset", offset, (long) rows * columns);
        if (weights != null) {
            checkWeights(weights, weightOffset, rows);
        }
        if (!(divisor > 0 && divisor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("divisor must be finite and above 0: " + divisor);
        }
    }

    private static void checkWeights(float[] weights, int from, int rows) {
        Check.range("weights", weights.length, "weightOffset", from, rows);
        for (int i = from; i < from + rows; i++) {
            if (!(weights[i] >= 0 && weights[i] < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("weights[" + i + "] must be finite and not negative: " + weights[i]);
            }
        }
    }

    /**
     * {@return the sum of the weights of some rows, by which the sum of their losses is divided for the weighted mean}
     *
     * @param weights the weight of each row
     * @param offset the index of the first weight
     * @param rows the number of rows, at least 1
     * @throws IllegalArgumentException if a weight is negative, infinite or NaN, or the sum is 0
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public static double sumOfWeights(float[] weights, int offset, int rows) {
        checkWeights(weights, offset, rows);
        double sum = ExactSum.inOrder(weights, offset, rows);
        if (sum == 0) {
            throw new IllegalArgumentException(
                    "weights[" + offset + ".." + (offset + rows - 1) + "] must have a sum above 0: " + sum);
        }
        return sum;
    }

    private static void checkFractions(float[] targets, int from, int count) {
        Check.range("targets", targets.length, "targetOffset", from, count);
        for (int i = from; i < from + count; i++) {
            if (!(targets[i] >= 0 && targets[i] <= 1)) {
                throw new IllegalArgumentException("targets[" + i + "] must be in [0, 1]: " + targets[i]);
            }
        }
    }
}
