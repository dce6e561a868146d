package dev.lanewise.mnist.lab;

import dev.lanewise.optim.UpdateRule;
import dev.lanewise.tune.Judge;
import dev.lanewise.tune.LargestRate;
import dev.lanewise.tune.Trial;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * What an experiment works with.
 *
 * @param scale how much is measured
 * @param seed of the seeds
 * @param material what is trained on
 * @param trainings where results come from
 */
public record LabContext(Scale scale, long seed, Material material, RunSource trainings) {
    /** How many images there are to train on. */
    public int images() {
        return material.images();
    }

    /** How many classes the images have. */
    public int classes() {
        return material.training().classes();
    }

    /** The training set. */
    public Images training() {
        return material.training();
    }

    /** A run of the short kind that tells whether a rate trains. */
    public Run shortRun(List<Integer> hidden, UpdateRule rule) {
        return new Run(hidden, rule, material.images(), Scale.BATCH, scale.steps(), seeds().getFirst());
    }

    /** A run of so many epochs. */
    public Run longRun(List<Integer> hidden, UpdateRule rule, int batch, int epochs) {
        int steps = Run.steps(epochs, material.images(), Math.min(batch, material.images()));
        return new Run(hidden, rule, material.images(), batch, steps, seeds().getFirst());
    }

    public List<Long> seeds() {
        return LongStream.rangeClosed(1, scale.seeds())
                .mapToObj(i -> 100 * seed + i)
                .toList();
    }

    /** The same with each seed. */
    public List<Run> seeded(Run run) {
        return seeds().stream().map(run::withSeed).toList();
    }

    /** Each run with each seed, all at once; a row is a run. */
    public List<List<Result>> grid(List<Run> runs) {
        List<Result> results =
                trainings.of(runs.stream().flatMap(run -> seeded(run).stream()).toList());
        int seeds = scale.seeds();
        return IntStream.range(0, runs.size())
                .mapToObj(i -> results.subList(i * seeds, (i + 1) * seeds))
                .toList();
    }

    /** The largest rate at which a run trains, judged as the library judges. */
    public LargestRate.Result largest(LargestRate search, Run run) {
        return search.search(trial(run), 1);
    }

    /** The run at any rates, one for all layers or one a layer. */
    public Trial trial(Run run) {
        Run judged = run.with(Run.Norms.LARGEST).checked(1);
        return rates -> trainings
                .of(List.of(rates.length == 1 ? judged.at(rates[0]) : judged.atEach(boxed(rates))))
                .getFirst()
                .outcome();
    }

    private static List<Double> boxed(double[] rates) {
        return IntStream.range(0, rates.length).mapToObj(i -> rates[i]).toList();
    }

    /** From one rate to another, two a decade. */
    public LargestRate search(double lowest, double highest) {
        int points = (int) Math.round(2 * Math.log10(highest / lowest)) + 1;
        return new LargestRate(lowest, highest, points, scale.bisections(), new Judge());
    }

    /** So many rates around one, two a decade. */
    public static List<Double> around(double rate, int points) {
        return IntStream.range(0, points)
                .mapToObj(i -> rate * StrictMath.pow(10, (i - points / 2) / 2.0))
                .toList();
    }

    public String network(List<Integer> hidden) {
        return Format.network(
                material.training().pixels(), hidden, material.training().classes());
    }

    /** In words, for the method. */
    public String seedsText() {
        return "seeds " + Format.list(seeds());
    }

    public List<Integer> linear() {
        return Collections.emptyList();
    }
}
