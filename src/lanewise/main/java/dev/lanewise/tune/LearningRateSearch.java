package dev.lanewise.tune;

import dev.lanewise.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/**
 * Finds the largest learning rate that trains, which is the lecture's rule. The search makes a run for each rate of a logarithmic
 * grid, and then bisects the logarithm between the largest rate that trains and the next one.
 *
 * {@snippet :
 * double curvature = 8; // of the loss: the limit is 2 / curvature
 * Trial trial = rates -> {
 *     double[] losses = new double[100];
 *     double w = 1;
 *     for (int step = 0; step < losses.length; step++) {
 *         losses[step] = curvature * w * w / 2;
 *         w -= rates[0] * curvature * w;
 *     }
 *     return new TrialResult(losses);
 * };
 * double rate = new LearningRateSearch().search(trial, 1).largest().orElseThrow();
 * }
 *
 * @param lowest the first rate of the grid; finite and above 0
 * @param highest the last rate of the grid; finite, above {@code lowest}, and finite as a multiple of it
 * @param points the number of rates in the grid; at least 2
 * @param bisections the number of runs after the grid; from 0
 * @param criteria the criteria for the result of a run
 */
public record LearningRateSearch(double lowest, double highest, int points, int bisections, TrialCriteria criteria) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public LearningRateSearch {
        Check.positive("lowest", lowest);
        Check.above(lowest, "lowest", "highest", highest);
        if (highest / lowest == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("highest / lowest must be finite: " + highest + " / " + lowest);
        }
        Check.atLeast(2, "points", points);
        Check.atLeast(0, "bisections", bisections);
        Objects.requireNonNull(criteria, "criteria");
    }

    /** Creates a search with two rates a decade from 1e-4 to 10, and 4 bisections, which locate the limit within 7.5 %. */
    public LearningRateSearch() {
        this(1e-4, 10, 11, 4, new TrialCriteria());
    }

    /**
     * One run of the search.
     *
     * @param learningRate the rate of all groups, or of the group that is searched
     * @param verdict what the criteria make of the result
     * @param result the losses, update ratios and accuracy of the run
     */
    public record Attempt(double learningRate, TrialVerdict verdict, TrialResult result) {}

    /**
     * The result of a search.
     *
     * @param attempts every run, by rising rate
     * @param limit the lowest rate that spiked or diverged; empty if none did, and then the grid ends too low
     * @param largest the largest rate below the limit that trains; empty if none does
     * @param best the rate with the highest accuracy among those below the limit that train, and the largest of equals;
     *     {@code largest} where no run has an accuracy
     */
    public record Result(List<Attempt> attempts, OptionalDouble limit, OptionalDouble largest, OptionalDouble best) {
        /** Copies the attempts. */
        public Result {
            attempts = List.copyOf(attempts);
        }
    }

    /**
     * The result of a search group by group.
     *
     * @param learningRates the rate of each group; its start value where its search found none
     * @param searches the search of each group
     */
    public record Groups(List<Double> learningRates, List<Result> searches) {
        /** Copies the lists. */
        public Groups {
            learningRates = List.copyOf(learningRates);
            searches = List.copyOf(searches);
        }
    }

    /**
     * Finds one rate for all groups.
     *
     * @param trial the training that each run makes
     * @param groups the number of groups of parameters; at least 1
     * @return the rates and all runs
     * @throws IllegalArgumentException if there is no group
     */
    public Result search(Trial trial, int groups) {
        Check.atLeast(1, "groups", groups);
        return search(rate -> {
            double[] rates = new double[groups];
            Arrays.fill(rates, rate);
            return trial.run(rates);
        });
    }

    /**
     * Finds a rate for each group in order. The search for a group uses the rates that were found for the groups before it, and
     * the start values of those after it, so the last rate is chosen from runs with all the rates found.
     *
     * @param trial the training that each run makes
     * @param start the start value for each group, such as the one rate that was found for all; 0 freezes a group until its
     *     own search
     * @return the rates and all runs
     * @throws IllegalArgumentException if there is no group
     */
    public Groups searchEach(Trial trial, double... start) {
        Check.atLeast(1, "groups", start.length);
        double[] rates = start.clone();
        List<Result> searches = new ArrayList<>();
        for (int g = 0; g < rates.length; g++) {
            int group = g;
            Result result = search(rate -> {
                double[] tried = rates.clone();
                tried[group] = rate;
                return trial.run(tried);
            });
            rates[group] = result.best().orElse(rates[group]);
            searches.add(result);
        }
        return new Groups(Arrays.stream(rates).boxed().toList(), searches);
    }

    private Result search(DoubleFunction<TrialResult> run) {
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            double rate = i == points - 1 ? highest : lowest * StrictMath.pow(highest / lowest, i / (points - 1.0));
            attempts.add(attempt(run, rate));
        }
        double low = largest(attempts).orElse(highest);
        double high = attempts.stream()
                .mapToDouble(Attempt::learningRate)
                .filter(rate -> rate > low)
                .min()
                .orElse(low);
        bisect(run, attempts, low, limit(attempts).isPresent() ? high : low);
        attempts.sort(Comparator.comparingDouble(Attempt::learningRate));
        OptionalDouble best = training(attempts).stream()
                .max(Comparator.comparingDouble(
                                (Attempt a) -> a.result().accuracy().orElse(Double.NEGATIVE_INFINITY))
                        .thenComparingDouble(Attempt::learningRate))
                .map(a -> OptionalDouble.of(a.learningRate()))
                .orElse(OptionalDouble.empty());
        return new Result(attempts, limit(attempts), largest(attempts), best);
    }

    /** Counts a rate that stalls as too high, because the loss falls ever more slowly just below the limit. */
    private void bisect(DoubleFunction<TrialResult> run, List<Attempt> attempts, double from, double to) {
        double low = from;
        double high = to;
        for (int i = 0; i < bisections && low < high; i++) {
            Attempt middle = attempt(run, Math.sqrt(low * high));
            attempts.add(middle);
            if (middle.verdict() == TrialVerdict.TRAINS) {
                low = middle.learningRate();
            } else {
                high = middle.learningRate();
            }
        }
    }

    private Attempt attempt(DoubleFunction<TrialResult> run, double rate) {
        TrialResult result = run.apply(rate);
        return new Attempt(rate, criteria.of(result), result);
    }

    private static OptionalDouble limit(List<Attempt> attempts) {
        return attempts.stream()
                .filter(a -> a.verdict() == TrialVerdict.SPIKED || a.verdict() == TrialVerdict.DIVERGED)
                .mapToDouble(Attempt::learningRate)
                .min();
    }

    private static List<Attempt> training(List<Attempt> attempts) {
        double limit = limit(attempts).orElse(Double.POSITIVE_INFINITY);
        return attempts.stream()
                .filter(a -> a.verdict() == TrialVerdict.TRAINS && a.learningRate() < limit)
                .toList();
    }

    private static OptionalDouble largest(List<Attempt> attempts) {
        return training(attempts).stream().mapToDouble(Attempt::learningRate).max();
    }
}
