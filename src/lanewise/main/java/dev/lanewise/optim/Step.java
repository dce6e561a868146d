package dev.lanewise.optim;

/** What a rule is given about a step, to compute its coefficients for it. */
public interface Step {
    /**
     * The number of this step among those applied to the parameters; steps while they were frozen do not count.
     *
     * @return 1 for the first
     */
    long number();

    /** {@return the learning rate of this step, finite and not negative} */
    double learningRate();

    /**
     * The factor that the rule multiplies the gradient by: 1, or less to clip or unscale it; negative to maximize.
     *
     * @return any finite number
     */
    double gradientFactor();

    /**
     * The Euclidean norm of the gradient, times the magnitude of its factor, over the rule's {@link UpdateRule#normScope()}.
     * Its sum has one fixed order, so it has the same bits on any machine.
     *
     * @return from 0; infinite or NaN if the gradient is; 0 for a rule that asks for none
     */
    double gradientNorm();

    /** {@return the number that the rule kept at the step before, such as a product over all steps; 1 at the first step} */
    double runningProduct();

    /**
     * Keeps a number for the next step.
     *
     * @param value the number
     */
    void runningProduct(double value);
}
