package dev.lanewise.optim;

/**
 * A report describes the last step of {@link Lbfgs}. There is one report, which each step overwrites, so that a step allocates
 * nothing: read it before the next step, or keep a {@link #copy()}.
 */
public final class LbfgsReport {
    /** Why a step ended. */
    public enum Reason {
        /** No element of the gradient is larger than the gradient tolerance: the parameters are at an optimum. */
        GRADIENT_TOLERANCE,

        /** The last iteration changed no parameter by more than the change tolerance, or the loss by less. */
        CHANGE_TOLERANCE,

        /** The slope along the direction is within the change tolerance, so that no step is worth its evaluation. */
        SLOPE_TOLERANCE,

        /** The line search has found no lower loss: the floats allow none, or the gradient is not that of the loss. */
        NO_PROGRESS,

        /** The step has made its iterations. */
        MAX_ITERATIONS,

        /** The step has made its evaluations. */
        MAX_EVALUATIONS,

        /** The loss or the gradient is NaN or infinite, and no line search could avoid it. */
        NON_FINITE
    }

    double initialLoss = Double.NaN;
    double loss = Double.NaN;
    double largestGradient = Double.NaN;
    int iterations;
    int evaluations;
    Reason reason;

    LbfgsReport() {}

    void clear() {
        initialLoss = Double.NaN;
        loss = Double.NaN;
        largestGradient = Double.NaN;
        iterations = 0;
        evaluations = 0;
        reason = null;
    }

    /** {@return an independent copy of this report, which no later step rewrites} */
    public LbfgsReport copy() {
        LbfgsReport copy = new LbfgsReport();
        copy.initialLoss = initialLoss;
        copy.loss = loss;
        copy.largestGradient = largestGradient;
        copy.iterations = iterations;
        copy.evaluations = evaluations;
        copy.reason = reason;
        return copy;
    }

    /** {@return the loss of the first evaluation, before the parameters changed, which is what PyTorch's {@code step} returns} */
    public double initialLoss() {
        return initialLoss;
    }

    /**
     * Returns the loss at the parameters. Without a line search, an iteration that is the last of its step by
     * {@link LbfgsOptions#maxIterations} is not followed by an evaluation, as in PyTorch; this is the loss before it then.
     *
     * @return the last loss that is known of
     */
    public double loss() {
        return loss;
    }

    /** {@return the largest magnitude of the gradient's elements where {@link #loss()} was taken} */
    public double largestGradient() {
        return largestGradient;
    }

    /** {@return the number of iterations that the step has made} */
    public int iterations() {
        return iterations;
    }

    /** {@return the number of times that the step has evaluated the objective} */
    public int evaluations() {
        return evaluations;
    }

    /** {@return why the step ended; null before the first step, and if the objective threw an exception} */
    public Reason reason() {
        return reason;
    }

    /** {@return whether the step ended by one of the tolerances, so that another step would change little or nothing} */
    public boolean converged() {
        return reason == Reason.GRADIENT_TOLERANCE
                || reason == Reason.CHANGE_TOLERANCE
                || reason == Reason.SLOPE_TOLERANCE;
    }

    @Override
    public String toString() {
        return "LbfgsReport[initialLoss=" + initialLoss + ", loss=" + loss + ", largestGradient=" + largestGradient
                + ", iterations=" + iterations + ", evaluations=" + evaluations + ", reason=" + reason + "]";
    }
}
