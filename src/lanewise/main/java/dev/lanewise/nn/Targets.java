package dev.lanewise.nn;

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

    /** {@return the sum of the weights of some rows, which is their number if they have none} */
    double weight(int row, int rows) {
        return weights == null ? rows : Losses.sumOfWeights(weights, row, rows);
    }

    /** Computes the loss of the outputs of some rows, over {@code divisor}, and replaces the outputs by its gradient. */
    double gradient(float[] outputs, int row, int rows, int columns, double divisor) {
        return switch (loss) {
            case CLASSES ->
                weights == null && divisor == rows
                        ? Softmax.crossEntropy(outputs, 0, labels, row, rows, columns)
                        : Losses.crossEntropy(outputs, 0, labels, row, weights, row, rows, columns, divisor);
            case PROBABILITIES ->
                Losses.crossEntropy(outputs, 0, values, first(row, columns), weights, row, rows, columns, divisor);
            case LOGISTIC ->
                Losses.logistic(outputs, 0, values, first(row, columns), weights, row, rows, columns, divisor);
            case SQUARED_ERROR ->
                Losses.squaredError(outputs, 0, values, first(row, columns), weights, row, rows, columns, divisor);
        };
    }

    private static int first(int row, int columns) {
        return Math.multiplyExact(row, columns);
    }
}
