package dev.lanewise.optim;

/** A step as a rule needs it to compute its coefficients. */
public interface Step {
    /**
     * Returns the number of this step among those applied to the parameters. Steps while they were frozen do not count.
     *
     * @return the number, which is 1 for the first step
     */
    long number();

    /** {@return the learning rate of this step, from 0 to {@link Float#MAX_VALUE}} */
    double learningRate();

    /**
     * Returns the factor by which the rule multiplies the gradient. It is 1, less to clip or unscale the gradient, or negative to
     * maximize.
     *
     * @return the gradient factor, finite as a float
     */
    double gradientFactor();

    /**
     * Returns the Euclidean norm of the gradient, times the magnitude of its factor, over the rule's {@link UpdateRule#normScope()}.
     * Its sum has one fixed order, so it has the same bits on any machine.
     *
     * @return the norm, from 0; infinite or NaN if the gradient is; 0 for a rule whose scope is {@link NormScope#NONE}
     */
    double gradientNorm();

    /** {@return the shape of the group, for a rule that {@linkplain UpdateRule#needsMatrix() needs} one; null for other rules} */
    default MatrixShape shape() {
        return null;
    }

    /**
     * Returns the number of parameters in the group, on all ranks, for a rule with {@link UpdateRule#reductions()}.
     *
     * @return the length of the group
     */
    long length();

    /**
     * Returns the sum of a reduction, when {@link UpdateRule#completeCoefficients} is called.
     *
     * @param index its index in {@link UpdateRule#reductions()}
     * @return the sum over its scope; infinite or NaN if a term is
     */
    double sum(int index);

    /**
     * Reports the learning rate that the rule applies, where it is not {@link #learningRate()}: see
     * {@link StepReport.Group#effectiveLearningRate()}.
     *
     * @param rate the rate
     */
    void effectiveLearningRate(double rate);

    /**
     * Returns a number that the rule keeps, as it was after the previous step.
     *
     * @param index its index in {@link UpdateRule#scalars()}
     * @return the number, which is its initial value at the first step
     */
    double scalar(int index);

    /**
     * Keeps a number for the next step.
     *
     * @param index its index in {@link UpdateRule#scalars()}
     * @param value the number
     */
    void scalar(int index, double value);
}
