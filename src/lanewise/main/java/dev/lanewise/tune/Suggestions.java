package dev.lanewise.tune;

import dev.lanewise.tune.LearningRateRangeTest.Point;
import dev.lanewise.tune.LearningRateRangeTest.Result;
import java.util.List;
import java.util.OptionalDouble;

/** fastai's readings of the curve of a range test, number for number. */
final class Suggestions {
    /** Of {@code slide}: how wide its window is, and which difference of slopes is none. */
    private static final int WINDOW = 15;

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
        // fastai goes on after a NaN, so that the five that it drops are NaN too; the test here stops at the first.
        int end = finite ? count - 5 : Math.min(count - 1, steps - 5);
        int start = steps / 10;
        Suggestions usable = new Suggestions(start < end ? points.subList(start, end) : List.of());
        return new Result(points, usable.valley(), usable.slide(), usable.minimum(), usable.steep());
    }

    /**
     * The longest decreasing subsequence, and its middle. That a length is taken for a distance between indices, and
     * not always the last length, is fastai's, and kept for the sake of equal suggestions.
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

    /** By central differences a step, one-sided at the ends. */
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
