package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.Check;
import java.util.Objects;

/**
 * The options of {@link Lbfgs}.
 *
 * @param learningRate the length of a step along the direction without a line search, and the first length that a search
 *     tries; finite and above 0. The very first iteration multiplies it by min(1, 1 / Σ|g|)
 * @param maxIterations the largest number of iterations in a step; at least 1
 * @param maxEvaluations the number of evaluations in a step after which it ends, also within a line search; at least 1, and at least 2
 *     with a line search
 * @param gradientTolerance the step ends when no element of the gradient has a larger magnitude; finite, from 0
 * @param changeTolerance the step ends when no parameter has changed by more, when the loss has changed by less, or when the
 *     slope along the direction is less; finite, from 0
 * @param historySize the number of the last changes that approximate the curvature; at least 1. Each takes 8 bytes a
 *     parameter
 * @param lineSearch the choice of a step's length
 * @param workers the threads that share the work between evaluations; they change no bit
 */
public record LbfgsOptions(
        double learningRate,
        int maxIterations,
        int maxEvaluations,
        double gradientTolerance,
        double changeTolerance,
        int historySize,
        LineSearch lineSearch,
        Workers workers) {
    /**
     * PyTorch's defaults: learning rate 1, 20 iterations, 25 evaluations, tolerances 1e-7 and 1e-9, a history of 100, and no line
     * search; single-threaded.
     */
    public static final LbfgsOptions DEFAULT =
            new LbfgsOptions(1, 20, 25, 1e-7, 1e-9, 100, LineSearch.none(), Workers.caller());

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public LbfgsOptions {
        Check.positive("learningRate", learningRate);
        Check.atLeast(1, "maxIterations", maxIterations);
        Check.atLeast(1, "maxEvaluations", maxEvaluations);
        Check.notNegative("gradientTolerance", gradientTolerance);
        Check.notNegative("changeTolerance", changeTolerance);
        Check.atLeast(1, "historySize", historySize);
        Objects.requireNonNull(lineSearch, "lineSearch");
        if (lineSearch.kind() != LineSearch.Kind.NONE) {
            Check.atLeast(2, "maxEvaluations with a line search", maxEvaluations);
        }
        Objects.requireNonNull(workers, "workers");
    }

    /** {@return these options with another learning rate}
     * @param learningRate the rate; finite and above 0 */
    public LbfgsOptions withLearningRate(double learningRate) {
        return new LbfgsOptions(
                learningRate,
                maxIterations,
                maxEvaluations,
                gradientTolerance,
                changeTolerance,
                historySize,
                lineSearch,
                workers);
    }

    /** {@return these options with another number of iterations, and with 5/4 of it as the number of evaluations, as in PyTorch,
     * but with at least one more}
     * @param maxIterations the largest number of iterations in a step; at least 1 */
    public LbfgsOptions withMaxIterations(int maxIterations) {
        return new LbfgsOptions(
                learningRate,
                maxIterations,
                (int) Math.min(Math.max(maxIterations + 1L, 5L * maxIterations / 4), Integer.MAX_VALUE),
                gradientTolerance,
                changeTolerance,
                historySize,
                lineSearch,
                workers);
    }

    /** {@return these options with another number of evaluations}
     * @param maxEvaluations the number of evaluations after which a step ends; at least 1 */
    public LbfgsOptions withMaxEvaluations(int maxEvaluations) {
        return new LbfgsOptions(
                learningRate,
                maxIterations,
                maxEvaluations,
                gradientTolerance,
                changeTolerance,
                historySize,
                lineSearch,
                workers);
    }

    /** {@return these options with other tolerances}
     * @param gradient the tolerance for the gradient; finite, from 0
     * @param change the tolerance for changes and the slope; finite, from 0 */
    public LbfgsOptions withTolerances(double gradient, double change) {
        return new LbfgsOptions(
                learningRate, maxIterations, maxEvaluations, gradient, change, historySize, lineSearch, workers);
    }

    /** {@return these options with another history}
     * @param historySize the number of changes; at least 1 */
    public LbfgsOptions withHistorySize(int historySize) {
        return new LbfgsOptions(
                learningRate,
                maxIterations,
                maxEvaluations,
                gradientTolerance,
                changeTolerance,
                historySize,
                lineSearch,
                workers);
    }

    /** {@return these options with another line search}
     * @param lineSearch the choice of a step's length */
    public LbfgsOptions withLineSearch(LineSearch lineSearch) {
        return new LbfgsOptions(
                learningRate,
                maxIterations,
                maxEvaluations,
                gradientTolerance,
                changeTolerance,
                historySize,
                lineSearch,
                workers);
    }

    /** {@return these options with other threads}
     * @param workers the threads that share the work between evaluations */
    public LbfgsOptions withWorkers(Workers workers) {
        return new LbfgsOptions(
                learningRate,
                maxIterations,
                maxEvaluations,
                gradientTolerance,
                changeTolerance,
                historySize,
                lineSearch,
                workers);
    }
}
