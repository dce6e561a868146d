package dev.lanewise.mnist.lab;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * One quantity measured with several seeds.
 *
 * @param values the value with each seed, in the order of the seeds
 * @param geometric whether the mean and the interval are those of the logarithms, as ratios and rates need them
 */
public record SeedStatistics(List<Double> values, boolean geometric) {
    /** The number of seeds below which nothing is decided. */
    public static final int LEAST = 3;

    /** The 95 % quantiles of Student's t distribution with 2, 3, 4 … degrees of freedom. */
    private static final double[] QUANTILES = {2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833};

    /** Copies the values. */
    public SeedStatistics {
        values = List.copyOf(values);
    }

    /** {@return the statistics of some values} */
    public static SeedStatistics of(double... values) {
        return new SeedStatistics(Arrays.stream(values).boxed().toList(), false);
    }

    /** {@return the statistics of some values} */
    public static SeedStatistics of(Collection<Double> values) {
        return new SeedStatistics(List.copyOf(values), false);
    }

    /** {@return the geometric statistics of ratios or rates, which are positive} */
    public static SeedStatistics ratios(Collection<Double> values) {
        return new SeedStatistics(List.copyOf(values), true);
    }

    /** {@return how many seeds there are} */
    public int count() {
        return values.size();
    }

    /** {@return the mean: the geometric one for ratios; NaN if a seed has no value} */
    public double mean() {
        return back(center());
    }

    /** {@return the standard deviation by n − 1 of the values themselves; 0 for a single value} */
    public double deviation() {
        return deviation(values.stream().mapToDouble(value -> value).toArray());
    }

    /** {@return the lower end of the 90 % interval of the mean; the least possible value below three seeds} */
    public double low() {
        return back(center() - reach());
    }

    /** {@return the upper end of the 90 % interval of the mean; infinite below three seeds} */
    public double high() {
        return back(center() + reach());
    }

    /** {@return how much larger each value is than another's with the same seed} */
    public SeedStatistics minus(SeedStatistics other) {
        return of(IntStream.range(0, count())
                .mapToObj(i -> values.get(i) - other.values.get(i))
                .toList());
    }

    /** {@return how many times as large each value is as another's with the same seed} */
    public SeedStatistics over(SeedStatistics other) {
        return ratios(IntStream.range(0, count())
                .mapToObj(i -> values.get(i) / other.values.get(i))
                .toList());
    }

    /** {@return a function of each value} */
    public SeedStatistics map(DoubleUnaryOperator function) {
        return new SeedStatistics(values.stream().map(function::applyAsDouble).toList(), geometric);
    }

    /** {@return whether the interval of the difference lies wholly above 0.1 percentage points} */
    public boolean decidedlyAbove(SeedStatistics other) {
        return minus(other).low() > Verdict.MARGIN;
    }

    private double[] scaled() {
        return values.stream()
                .mapToDouble(value -> geometric ? StrictMath.log(value) : value)
                .toArray();
    }

    private double back(double value) {
        return geometric ? StrictMath.exp(value) : value;
    }

    private double center() {
        double[] scaled = scaled();
        return same(scaled) ? scaled[0] : Arrays.stream(scaled).sum() / scaled.length;
    }

    /** Half the width of the interval. Where one seed has no finite value and another has, nothing is known. */
    private double reach() {
        double[] scaled = scaled();
        if (scaled.length < LEAST) {
            return Double.POSITIVE_INFINITY;
        }
        double deviation = deviation(scaled);
        int freedom = Math.min(scaled.length - 1, QUANTILES.length + 1);
        return QUANTILES[freedom - 2] * deviation / Math.sqrt(scaled.length);
    }

    private static boolean same(double... values) {
        return Arrays.stream(values).allMatch(value -> value == values[0]);
    }

    private static double deviation(double... values) {
        if (same(values)) {
            return 0;
        }
        double mean = Arrays.stream(values).sum() / values.length;
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        return Math.sqrt(squares / (values.length - 1));
    }
}
