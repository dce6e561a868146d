package dev.lanewise.mnist.train;

import java.util.Locale;

/** What {@code --schedule reduce-on-plateau} observes after each epoch. */
public enum PlateauMetric {
    TRAINING_LOSS,
    VALIDATION_LOSS,
    VALIDATION_ACCURACY;

    /**
     * {@return the value after an epoch}
     *
     * @param trainingLoss the mean loss of the epoch
     * @param evaluation the evaluation after it, of the validation images
     */
    double value(double trainingLoss, Evaluation evaluation) {
        return switch (this) {
            case TRAINING_LOSS -> trainingLoss;
            case VALIDATION_LOSS -> evaluation.loss();
            case VALIDATION_ACCURACY -> evaluation.accuracy();
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
