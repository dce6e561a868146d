package dev.lanewise.tune;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * The result of a run of training. The arrays are not copied.
 *
 * @param losses the loss of each step, above 0; a run that diverges may end with the first loss that is not finite
 * @param updateRatios for each step and each group of parameters the norm of the update divided by the norm of the
 *     parameters, ‖Δθ‖ / ‖θ‖; NaN where it is unknown; no rows where all are unknown
 * @param accuracy the accuracy on data outside the training set, or any other number of which more is better
 */
public record TrialResult(double[] losses, double[][] updateRatios, OptionalDouble accuracy) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if there is no loss, or if the accuracy is NaN
     */
    public TrialResult {
        Objects.requireNonNull(updateRatios, "updateRatios");
        if (losses.length == 0) {
            throw new IllegalArgumentException("losses must have at least one element: []");
        }
        if (accuracy.isPresent() && Double.isNaN(accuracy.getAsDouble())) {
            throw new IllegalArgumentException("accuracy must be a number or empty: NaN");
        }
    }

    /**
     * Creates the result of a run of which only the losses are known.
     *
     * @param losses the loss of each step
     * @throws IllegalArgumentException if there is none
     */
    public TrialResult(double... losses) {
        this(losses, new double[0][], OptionalDouble.empty());
    }
}
