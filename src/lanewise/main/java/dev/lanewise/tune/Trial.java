package dev.lanewise.tune;

/**
 * One run of training from the start, which the caller implements. Every run must begin with the same bits and use the same
 * batches in the same order, or the runs are not comparable; a call of {@link Snapshot#restore} at the end or at the beginning
 * ensures the first.
 */
@FunctionalInterface
public interface Trial {
    /**
     * Trains for some number of steps, which must be the same in every run.
     *
     * @param learningRates the rate of each group of parameters
     * @return the result of the run
     */
    TrialResult run(double[] learningRates);
}
