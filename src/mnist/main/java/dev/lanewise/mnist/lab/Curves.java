package dev.lanewise.mnist.lab;

import dev.lanewise.report.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Makes curves of what several seeds gave. A curve ends where one of the seeds has diverged. */
public final class Curves {
    /** Points of a curve at most: the page must be light, and a phone shows no more. */
    public static final int POINTS = 40;

    /** So few points are drawn as such. */
    private static final int FEW = 12;

    private Curves() {}

    /** The steps in bins of equal width, each by its mean. */
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

    /** The first steps as they are. */
    public static Series first(String name, List<float[]> seeds, int steps) {
        return window(name, seeds, 0, steps);
    }

    /** Steps from one on, as they are; numbered from 1. */
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

    /** What was measured at some places; a row is a seed. */
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

    private static boolean finite(List<double[]> rows, int i) {
        return rows.stream().allMatch(row -> Double.isFinite(row[i]));
    }

    public static double[] row(int count, IntToDoubleFunction value) {
        return IntStream.range(0, count).mapToDouble(value).toArray();
    }

    public static double mean(float[] values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += values[i];
        }
        return sum / (to - from);
    }

    public static double median(float[] values, int from, int to) {
        float[] sorted = Arrays.copyOfRange(values, from, to);
        Arrays.sort(sorted);
        return sorted.length == 0
                ? Double.NaN
                : (sorted[(sorted.length - 1) / 2] + (double) sorted[sorted.length / 2]) / 2;
    }

    /** The mean of logarithms, back again: for rates and ratios. */
    public static double geometricMean(double... values) {
        return StrictMath.exp(DoubleStream.of(values).map(StrictMath::log).sum() / values.length);
    }
}
