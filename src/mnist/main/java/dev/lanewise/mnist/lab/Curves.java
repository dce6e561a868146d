package dev.lanewise.mnist.lab;

import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Makes charts and their curves from the values of several seeds. A curve ends where one of the seeds has diverged. */
public final class Curves {
    /** The most points that a curve has: the page must be light, and a phone shows no more. */
    public static final int POINTS = 40;

    /** Up to so many points are drawn as such. */
    private static final int FEW = 12;

    private Curves() {}

    /**
     * {@return a chart without the curves that have no points}
     *
     * @param title the caption
     * @param x the horizontal axis
     * @param y the vertical axis
     * @param curves the curves
     */
    public static Chart chart(String title, Axis x, Axis y, List<Series> curves) {
        return Chart.of(
                title,
                x,
                y,
                curves.stream().filter(curve -> curve.x().length > 0).toList());
    }

    /** {@return the steps in bins of equal width, each by its mean} */
    public static Series binned(String name, List<float[]> seeds, int steps) {
        int bins = Math.min(POINTS, steps);
        double[] x = new double[bins];
        List<double[]> rows = new ArrayList<>();
        for (float[] seed : seeds) {
            double[] row = new double[bins];
            for (int bin = 0; bin < bins; bin++) {
                int from = (int) ((long) steps * bin / bins), to = (int) ((long) steps * (bin + 1) / bins);
                x[bin] = (from + 1 + to) / 2.0;
                row[bin] = to <= seed.length ? mean(seed, from, to) : Double.NaN;
            }
            rows.add(row);
        }
        return of(name, x, rows);
    }

    /** {@return the first steps as they are} */
    public static Series first(String name, List<float[]> seeds, int steps) {
        return window(name, seeds, 0, steps);
    }

    /** {@return the steps from one index to another as they are, numbered from 1} */
    public static Series window(String name, List<float[]> seeds, int from, int to) {
        int count = Math.max(0, to - from);
        double[] x = IntStream.range(0, count).mapToDouble(i -> from + i + 1).toArray();
        return of(
                name,
                x,
                seeds.stream()
                        .map(seed -> row(count, i -> from + i < seed.length ? seed[from + i] : Double.NaN))
                        .toList());
    }

    /** {@return the mean and the range of the values at each x; a row is a seed} */
    public static Series of(String name, double[] x, List<double[]> rows) {
        int end = 0;
        while (end < x.length && finite(rows, end)) {
            end++;
        }
        double[] mean = new double[end], low = new double[end], high = new double[end];
        for (int i = 0; i < end; i++) {
            int at = i;
            double[] values = rows.stream().mapToDouble(row -> row[at]).toArray();
            mean[i] = DoubleStream.of(values).sum() / values.length;
            low[i] = DoubleStream.of(values).min().orElseThrow();
            high[i] = DoubleStream.of(values).max().orElseThrow();
        }
        Series line = Series.line(name, Arrays.copyOf(x, end), mean)
                .with(end <= FEW ? Series.Style.LINE_AND_POINTS : Series.Style.LINE);
        return rows.size() > 1 ? line.between(low, high) : line;
    }

    /** {@return a quantity against x, where each x has its own statistics with the same seeds} */
    public static Series bySeed(String name, double[] x, List<SeedStatistics> values) {
        return of(
                name,
                x,
                IntStream.range(0, values.getFirst().count())
                        .mapToObj(seed -> values.stream()
                                .mapToDouble(each -> each.values().get(seed))
                                .toArray())
                        .toList());
    }

    private static boolean finite(List<double[]> rows, int i) {
        return rows.stream().allMatch(row -> Double.isFinite(row[i]));
    }

    /** {@return the values of a function at 0 to {@code count} − 1} */
    public static double[] row(int count, IntToDoubleFunction value) {
        return IntStream.range(0, count).mapToDouble(value).toArray();
    }

    /** {@return the mean of the values from one index to another} */
    public static double mean(float[] values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += values[i];
        }
        return sum / (to - from);
    }

    /** {@return the median of the values from one index to another; NaN if there are none} */
    public static double median(float[] values, int from, int to) {
        float[] sorted = Arrays.copyOfRange(values, from, to);
        Arrays.sort(sorted);
        return sorted.length == 0
                ? Double.NaN
                : (sorted[(sorted.length - 1) / 2] + (double) sorted[sorted.length / 2]) / 2;
    }
}
