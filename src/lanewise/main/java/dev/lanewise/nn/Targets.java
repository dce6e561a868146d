package dev.lanewise.nn;

import dev.lanewise.internal.Check;
import dev.lanewise.linalg.Losses;
import dev.lanewise.linalg.Softmax;
import java.util.Objects;

/**
 * What the outputs of a network should be, row by row, and with that the loss that compares them: see {@link Losses}. The arrays are
 * not copied, so that a batch can be written to them before each call.
 *
 * {@snippet :
 * Mlp mlp = new Mlp(784, 64, 1);
 * float[] clicks = new float[128];
 * double loss = mlp.forwardBackward(images, 0, Targets.logistic(clicks), 0, 128);
 * }
 */
public final class Targets {
    private enum Loss {
        CLASSES,
        PROBABILITIES,
        LOGISTIC,
        SQUARED_ERROR
    }

    private final Loss loss;
    private final int[] labels;
    private final float[] values, weights;

    private Targets(Loss loss, int[] labels, float[] values, float[] weights) {
        this.loss = loss;
        this.labels = labels;
        this.values = values;
        this.weights = weights;
    }

    /**
     * {@return classes, compared by the cross-entropy of the softmax of the outputs}
     *
     * @param labels the class of each row, from 0
     */
    public static Targets classes(int[] labels) {
        return new Targets(Loss.CLASSES, Objects.requireNonNull(labels, "labels"), null, null);
    }

    /**
     * {@return probabilities of all classes, such as smoothed labels, compared by the cross-entropy of the softmax of the outputs}
     *
     * @param probabilities one for each output of each row, in [0, 1]
     */
    public static Targets probabilities(float[] probabilities) {
        return new Targets(Loss.PROBABILITIES, null, Objects.requireNonNull(probabilities, "probabilities"), null);
    }

    /**
     * {@return a probability for each output alone, compared by its binary cross-entropy}
     *
     * @param probabilities one for each output of each row, in [0, 1]: 0 or 1, if it is known what happened
     */
    public static Targets logistic(float[] probabilities) {
        return new Targets(Loss.LOGISTIC, null, Objects.requireNonNull(probabilities, "probabilities"), null);
    }

    /**
     * {@return numbers, compared by the mean of the squared errors}
     *
     * @param values one for each output of each row, finite
     */
    public static Targets values(float[] values) {
        return new Targets(Loss.SQUARED_ERROR, null, Objects.requireNonNull(values, "values"), null);
    }

    /**
     * {@return these targets with a weight for each row} The mean loss is then the weighted mean: the sum of weight × loss over the
     * sum of the weights.
     *
     * @param weights one for each row, finite and not negative
     */
    public Targets withWeights(float[] weights) {
        return new Targets(loss, labels, values, Objects.requireNonNull(weights, "weights"));
    }

    /** {@return the class of each row, not a copy; null if these are no classes} */
    public int[] labels() {
        return labels;
    }

    /**
     * Checks the lengths of the arrays.
     *
     * @param rows the number of rows that they should have
     * @param columns the number of outputs of a row
     * @throws IllegalArgumentException if an array has another length
     */
    public void checkRows(int rows, int columns) {
        if (labels != null) {
            Check.equal("length of labels", labels.length, rows, "rows");
        } else {
            Check.equal("length of targets", values.length, Math.multiplyExact(rows, columns), "rows × outputs");
        }
        if (weights != null) {
            Check.equal("length of weights", weights.length, rows, "rows");
        }
    }

    /**
     * {@return new targets of the same loss, as the memory of a batch}
     *
     * @param rows the number of its rows
     * @param all the number of rows of these targets
     */
    public Targets allocate(int rows, int all) {
        return new Targets(
                loss,
                labels == null ? null : new int[rows],
                values == null ? null : new float[Math.multiplyExact(rows, values.length / all)],
                weights == null ? null : new float[rows]);
    }

    /**
     * Copies some rows to other targets of the same loss.
     *
     * @param order the numbers of rows, from 0
     * @param from the index in {@code order} of the first row to copy
     * @param count the number of rows
     * @param all the number of rows of these targets
     * @param batch receives the rows
     * @param first the first row of {@code batch} that is written
     */
    public void gather(int[] order, int from, int count, int all, Targets batch, int first) {
        int width = values == null ? 0 : values.length / all;
        for (int i = 0; i < count; i++) {
            int row = order[from + i];
            if (labels != null) {
                batch.labels[first + i] = labels[row];
            }
            if (width > 0) {
                System.arraycopy(values, row * width, batch.values, (first + i) * width, width);
            }
            if (weights != null) {
                batch.weights[first + i] = weights[row];
            }
        }
    }

    /**
     * Sums the losses of some rows, each times its weight, for an evaluation.
     *
     * @param outputs the outputs of these rows, from index 0 on; they are overwritten
     * @param row the first row of these targets
     * @param rows the number of rows, at least 1
     * @param columns the number of outputs of a row
     * @return the sum, whose mean is over the {@link #weight}
     */
    public double totalLoss(float[] outputs, int row, int rows, int columns) {
        return loss == Loss.CLASSES && weights == null
                ? Softmax.totalLoss(outputs, 0, labels, row, rows, columns)
                : gradient(outputs, 0, row, rows, columns, 1);
    }

    /**
     * {@return the sum of the weights of some rows, which is their number if they have none}
     *
     * @param row the first row
     * @param rows the number of rows, at least 1
     * @throws IllegalArgumentException if a weight is out of range, or if their sum is 0
     */
    public double weight(int row, int rows) {
        return weights == null ? rows : Losses.sumOfWeights(weights, row, rows);
    }

    /** Computes the loss of the outputs of some rows, over {@code divisor}, and replaces the outputs by its gradient. */
    double gradient(float[] outputs, int offset, int row, int rows, int columns, double divisor) {
        return switch (loss) {
            case CLASSES ->
                weights == null && divisor == rows
                        ? Softmax.crossEntropy(outputs, offset, labels, row, rows, columns)
                        : Losses.crossEntropy(outputs, offset, labels, row, weights, row, rows, columns, divisor);
            case PROBABILITIES ->
                Losses.crossEntropy(outputs, offset, values, first(row, columns), weights, row, rows, columns, divisor);
            case LOGISTIC ->
                Losses.logistic(outputs, offset, values, first(row, columns), weights, row, rows, columns, divisor);
            case SQUARED_ERROR ->
                Losses.squaredError(outputs, offset, values, first(row, columns), weights, row, rows, columns, divisor);
        };
    }

    private static int first(int row, int columns) {
        return Math.multiplyExact(row, columns);
    }
}
