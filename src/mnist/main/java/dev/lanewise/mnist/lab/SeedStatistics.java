package dev.lanewise.mnist.lab;

import java.util.Arrays;
import java.util.Collection;

/**
 * The same measured with several seeds.
 *
 * @param mean of the values
 * @param deviation their standard deviation, by n − 1; 0 for a single value
 * @param count how many
 */
public record SeedStatistics(double mean, double deviation, int count) {
    /** What two accuracies must differ by to be told apart, however little the seeds scatter: 0.1 percentage points. */
    public static final double MARGIN = 0.001;

    public static SeedStatistics of(double... values) {
        double mean = Arrays.stream(values).sum() / values.length;
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        return new SeedStatistics(mean, values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)), values.length);
    }

    public static SeedStatistics of(Collection<Double> values) {
        return of(values.stream().mapToDouble(value -> value).toArray());
    }

    private double error() {
        return deviation / Math.sqrt(count);
    }

    /** Whether this mean is above another by more than 0.1 points and by more than twice the standard error. */
    public boolean clearlyAbove(SeedStatistics other) {
        double difference = mean - other.mean;
        return difference > MARGIN && difference > 2 * Math.hypot(error(), other.error());
    }

    /** The same rule in words. */
    public static final String CLEARLY =
            "Clearly above or below means by more than 0.1 percentage points and more than twice the standard"
                    + " error of the difference.";
}
