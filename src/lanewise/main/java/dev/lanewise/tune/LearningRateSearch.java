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
 * Finds the largest learning rate that trains. It runs at the rates of a logarithmic grid, and then bisects
 * between the largest that trains and the next one, on the logarithm again.
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
 * @param highest the last rate of the grid; finite and above {@code lowest}
 * @param points how many rates the grid has; at least 2
 * @param bisections how many runs come after the grid; from 0
 * @param judge the criteria that judge a run
 */
public record LearningRateSearch(double lowest, double highest, int points, int bisections, TrialCriteria judge) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public LearningRateSearch {
        Check.positive("lowest", lowest);
        Check.above("highest", highest, "lowest", lowest);
        Check.atLeast(2, "points", points);
        Check.atLeast(0, "bisections", bisections);
        Objects.requireNonNull(judge, "judge");
    }

    /** Two rates a decade from 1e-4 to 10, and 4 bisections, which leave 7.5 % between what trains and what does not. */
    public LearningRateSearch() {
        this(1e-4, 10, 11, 4, new TrialCriteria());
    }

    /**
     * A run at a rate.
     *
     * @param learningRate the rate, of all groups or of the one in question
     * @param verdict what became of the run
     * @param outcome what it gave
     */
    public record Attempt(double learningRate, TrialVerdict verdict, TrialResult outcome) {}

    /**
     * What a search gave.
     *
     * @param attempts every run, by rising rate
     * @param limit the lowest rate that spiked or diverged; empty if none did, and then the grid ends too low
     * @param largest the largest rate below the limit that trains; empty if none does
     * @param best of the rates below the limit that train the one with the highest accuracy, and of equals the largest;
     *     {@code largest} where no run has an accuracy
     */
    public record Result(List<Attempt> attempts, OptionalDouble limit, OptionalDouble largest, OptionalDouble best) {
        /** Copies the attempts. */
        public Result {
            attempts = List.copyOf(attempts);
        }
    }

    /**
     * What a search group by group gave.
     *
     * @param learningRates the rate of each group; where its search found none, the one it began with
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
     * @param trial the run
     * @param groups how many groups of parameters it has; at least 1
     * @return the rates and all the runs
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
     * Finds a rate for each group: for the first with all others as given, for the second with the first as found, and
     * so on. The rates found train together, for the last run that chose one had all of them.
     *
     * @param trial the run
     * @param start the rate of each group to begin with, such as the one that was found for all, or 0 for groups that
     *     are to learn nothing before their turn
     * @return the rates and all the runs
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
                                (Attempt a) -> a.outcome().accuracy().orElse(Double.NEGATIVE_INFINITY))
                        .thenComparingDouble(Attempt::learningRate))
                .map(a -> OptionalDouble.of(a.learningRate()))
                .orElse(OptionalDouble.empty());
        return new Result(attempts, limit(attempts), largest(attempts), best);
    }

    /** A rate that only stalls counts as too high: just below the limit the loss falls ever more slowly. */
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
        TrialResult outcome = run.apply(rate);
        return new Attempt(rate, judge.of(outcome), outcome);
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
