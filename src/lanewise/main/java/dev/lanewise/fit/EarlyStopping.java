package dev.lanewise.fit;

import dev.lanewise.internal.Check;

/**
 * Ends a training when its loss on the validation data has not become lower for some epochs; without validation data, its loss on the
 * training data.
 *
 * @param patience the number of epochs without a lower loss after which the training ends, at least 1
 * @param minDelta how much lower than the lowest so far a loss must be to count, from 0
 * @param restoreBest whether the network ends with the weights of the epoch with the lowest loss; the optimizer keeps its last state
 */
public record EarlyStopping(int patience, double minDelta, boolean restoreBest) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    public EarlyStopping {
        Check.atLeast(1, "patience", patience);
        Check.notNegative("minDelta", minDelta);
    }

    /**
     * Counts any lower loss, and restores the best weights.
     *
     * @param patience the number of epochs without a lower loss after which the training ends, at least 1
     */
    public EarlyStopping(int patience) {
        this(patience, 0, true);
    }
}
