package dev.lanewise.fit;

import java.util.List;

/**
 * What a training gave.
 *
 * @param epochs the epochs that were run, in their order
 * @param best the epoch with the lowest loss on the validation data, or on the training data without; the first of several; null if no
 *     epoch was run
 * @param stoppedEarly whether {@link EarlyStopping} ended the training
 */
public record FitResult(List<Epoch> epochs, Epoch best, boolean stoppedEarly) {
    /** Copies the list. */
    public FitResult {
        epochs = List.copyOf(epochs);
    }
}
