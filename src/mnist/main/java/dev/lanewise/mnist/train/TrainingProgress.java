package dev.lanewise.mnist.train;

/** Shows the user how a training proceeds. */
public interface TrainingProgress {
    /**
     * Begins an epoch.
     *
     * @param epoch its number, from 1
     * @param done how many of its steps were taken before the training was resumed
     * @param steps how many steps it has
     */
    void beginEpoch(int epoch, long done, long steps);

    /** Counts a step. */
    void step(double loss);

    /** Prints a line in the middle of an epoch. */
    void print(String line);

    /**
     * Ends an epoch.
     *
     * @param epoch its number, from 1
     * @param loss the mean loss of its images
     * @param evaluation the evaluation after it
     * @param seconds the time of its steps
     */
    void endEpoch(int epoch, double loss, Evaluation evaluation, double seconds);
}
