package dev.lanewise.tune;

/** One step of training, as the caller does it. */
@FunctionalInterface
public interface TrainingStep {
    /**
     * Takes the next batch, computes its loss and gradient, and updates the parameters.
     *
     * @param learningRate the rate to update with
     * @param step how many steps came before; 0 for the first
     * @return the loss of the batch, from before the update; NaN or infinite when training has diverged
     */
    double step(double learningRate, long step);
}
