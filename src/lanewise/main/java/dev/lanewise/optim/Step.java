package dev.lanewise.optim;

/** What a rule may know of the step that it folds its constants for. */
public interface Step {
    /**
     * The number of this step, among those applied to the parameters: steps while they were frozen do not count.
     *
     * @return 1 for the first
     */
    long number();

    /**
     * The learning rate of this step.
     *
     * @return finite and not negative
     */
    double learningRate();

    /**
     * What the gradient is to be multiplied by: 1, or less to clip or unscale it; negative to maximise.
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

    /**
     * A number that the rule keeps from step to step, for a product over all steps.
     *
     * @return what {@link #carry(double)} was given at the step before; 1 at the first
     */
    double carry();

    /**
     * Keeps a number for the next step.
     *
     * @param value the number
     */
    void carry(double value);
}
