package dev.lanewise.tune;

/**
 * One run of training from the start, as the caller does it. Every run must begin with the same bits and see the same
 * batches in the same order, or the runs do not compare; {@link Snapshot#restore} at the end or at the beginning takes care of the first.
 */
@FunctionalInterface
public interface Trial {
    /**
     * Trains for as many steps as the caller thinks fit, always the same number.
     *
     * @param learningRates one for each group of parameters
     * @return what the run gave
     */
    TrialResult run(double[] learningRates);
}
