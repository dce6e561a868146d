package dev.lanewise.optim;

/**
 * Exchanges the sums of the blocks among the ranks that share a step. It is called in the step, once for each set of sums that the step
 * needs, and the same number of times on each rank.
 */
@FunctionalInterface
public interface SumExchange {
    /**
     * Gathers the sums of all ranks.
     *
     * @param sums the sums of all ranks; this rank has written its own, and the others are 0, so that the ranks may also add up
     *     their arrays
     * @param from the index of the first sum of this rank
     * @param count the number of the sums of this rank
     */
    void gather(double[] sums, int from, int count);
}
