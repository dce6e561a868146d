package dev.lanewise.tune;

/** One step of training, which the caller implements. */
@FunctionalInterface
public interface TrainingStep {
    /**
     * Takes the next batch, computes its loss and gradient, and updates the parameters.
     *
     * @param learningRate the rate of the update
     * @param step the number of steps before this one; 0 for the first
     * @return the loss of the batch before the update; NaN or infinite when training has diverged
     */
    double step(double learningRate, long step);
}
