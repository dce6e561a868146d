package dev.lanewise.optim;

/** What a rule may know of the step that it folds its constants for. */
public interface Step {
    /**
     * The number of this step.
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
}
