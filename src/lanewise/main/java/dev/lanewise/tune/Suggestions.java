package dev.lanewise.tune;

import dev.lanewise.tune.LearningRateRangeTest.Point;
import dev.lanewise.tune.LearningRateRangeTest.Result;
import java.util.List;
import java.util.OptionalDouble;

/** Computes the learning rates that fastai suggests from the curve of a range test, with equal numbers. */
final class Suggestions {
    /** The width of the window of {@code slide}, in steps. */
    private static final int WINDOW = 15;

    /** The difference of slopes up to which {@code slide} takes them as even. */
    private static final double EVEN = 0.005;

    private final double[] rates;
    private final double[] losses;

    private Suggestions(List<Point> points) {
        this.rates = points.stream().mapToDouble(Point::learningRate).toArray();
        this.losses = points.stream().mapToDouble(Point::smoothed).toArray();
    }

    static Result of(List<Point> points, int steps) {
        int count = points.size();
        boolean finite = Double.isFinite(points.getLast().smoothed());
        // fastai continues after a NaN, so that the five points that it drops are NaN too; the test here stops at the
        // first.
        int end = finite ? count - 5 : Math.min(count - 1, steps - 5);
        int start = steps / 10;
        Suggestions usable = new Suggestions(start < end ? points.subList(start, end) : List.of());
        return new Result(points, usable.valley(), usable.slide(), usable.minimum(), usable.steep());
    }

    /**
     * Returns the middle of the longest decreasing subsequence. fastai uses its length as a distance between indices, and not
     * always its last length; this does the same, so that the suggestions are equal.
     */
    private OptionalDouble valley() {
        int n = losses.length;
        if (n < 2) {
            return OptionalDouble.empty();
        }
        int[] longest = new int[n];
        int start = 0;
        int end = 0;
        for (int i = 0; i < n; i++) {
            longest[i] = 1;
            for (int j = 0; j < i; j++) {
                if (losses[i] < losses[j] && longest[i] < longest[j] + 1) {
                    longest[i] = longest[j] + 1;
                }
                if (longest[end] < longest[i]) {
                    end = i;
                    start = end - longest[end];
                }
            }
        }
        double section = (end - start) / 3.0;
        return OptionalDouble.of(rates[Math.max(0, start + (int) section + (int) (section / 2))]);
    }

    private OptionalDouble slide() {
        int right = losses.length - 1;
        int left = right - WINDOW;
        if (left < 0) {
            return OptionalDouble.empty();
        }
        double rate = rates[left];
        while (left >= 0 && Math.abs(slope(right) - slope(left)) > EVEN) {
            rate = rates[left];
            right--;
            left--;
        }
        return OptionalDouble.of(rate);
    }

    /** Returns the slope for a step, by central differences, or one-sided ones at the ends. */
    private double slope(int i) {
        int before = Math.max(i - 1, 0);
        int after = Math.min(i + 1, losses.length - 1);
        return (losses[after] - losses[before]) / (after - before);
    }

    private OptionalDouble minimum() {
        if (losses.length == 0) {
            return OptionalDouble.empty();
        }
        int lowest = 0;
        for (int i = 1; i < losses.length; i++) {
            lowest = losses[i] < losses[lowest] ? i : lowest;
        }
        return OptionalDouble.of(rates[lowest] / 10);
    }

    private OptionalDouble steep() {
        if (losses.length < 2) {
            return OptionalDouble.empty();
        }
        int steepest = 0;
        for (int i = 1; i < losses.length - 1; i++) {
            steepest = fall(i) < fall(steepest) ? i : steepest;
        }
        return OptionalDouble.of(rates[steepest]);
    }

    private double fall(int i) {
        return (losses[i + 1] - losses[i]) / StrictMath.log(rates[i + 1] / rates[i]);
    }
}
