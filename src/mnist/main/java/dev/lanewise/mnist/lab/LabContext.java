package dev.lanewise.mnist.lab;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.tune.LearningRateSearch;
import dev.lanewise.tune.Trial;
import dev.lanewise.tune.TrialCriteria;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Gives an experiment its descriptions of runs, their results, and the other experiments. */
public final class LabContext {
    /** The hidden layers of the linear network: none. */
    public static final List<Integer> LINEAR = List.of();

    private final Scale scale;
    private final long seed;
    private final LabData data;
    private final RunSource source;
    private final List<Experiment> experiments;

    LabContext(Scale scale, long seed, LabData data, RunSource source, List<Experiment> experiments) {
        this.scale = scale;
        this.seed = seed;
        this.data = data;
        this.source = source;
        this.experiments = experiments;
    }

    /** {@return how much is measured} */
    public Scale scale() {
        return scale;
    }

    /** {@return how many images there are to train on} */
    public int images() {
        return data.images();
    }

    /** {@return how many classes the images have} */
    public int classes() {
        return data.training().classes();
    }

    /** {@return the images to train on} */
    public DataSet training() {
        return data.training();
    }

    /** {@return the seeds with which every run is repeated} */
    public List<Long> seeds() {
        return seeds(scale.seeds());
    }

    private List<Long> seeds(int count) {
        return LongStream.rangeClosed(1, count).mapToObj(i -> 100 * seed + i).toList();
    }

    /** {@return a run of the short kind, which tells whether a rate trains: its accuracy and its largest update ratios} */
    public Run shortRun(List<Integer> hidden, UpdateRule rule) {
        Run run = new Run(hidden, rule, images(), Scale.BATCH, scale.steps(), seeds().getFirst());
        return run.checked(1).with(Run.Norms.LARGEST);
    }

    /** {@return a run of some epochs, which gives its losses only} */
    public Run longRun(List<Integer> hidden, UpdateRule rule, int batch, int epochs) {
        int steps = Run.steps(epochs, images(), Math.min(batch, images()));
        return new Run(hidden, rule, images(), batch, steps, seeds().getFirst());
    }

    /** {@return the run by which rules and schedules are compared: an accuracy each epoch, and tested at the end} */
    public Run comparedRun(LectureRule rule, double rate) {
        return comparedRun(rule.rule, rate);
    }

    /** {@return the same for any rule} */
    public Run comparedRun(UpdateRule rule, double rate) {
        return longRun(scale.hidden(), rule, Scale.BATCH, scale.epochs())
                .at(rate)
                .tested(scale.epochs());
    }

    /** {@return the result of a run with its own seed} */
    public Result result(Run run) {
        return source.of(List.of(run)).getFirst();
    }

    /** {@return the result of each of some runs, which are trained at the same time, each with its own seed} */
    public List<Result> each(List<Run> runs) {
        return source.of(runs);
    }

    /** {@return the results of a run with each of the seeds, in their order} */
    public List<Result> results(Run run) {
        return results(run, scale.seeds());
    }

    /** {@return the results of a run with more seeds, or fewer, than is usual} */
    public List<Result> results(Run run, int count) {
        return source.of(seeds(count).stream().map(run::withSeed).toList());
    }

    /** Trains some runs with each of the seeds, all at the same time. */
    public void prefetch(List<Run> runs) {
        source.of(runs.stream()
                .flatMap(run -> seeds().stream().map(run::withSeed))
                .toList());
    }

    /** Does several things at the same time, such as searches that wait for one run after another. */
    public void together(Runnable... work) {
        RunSource.together(Arrays.stream(work)
                .map(part -> (Callable<Boolean>) () -> {
                    part.run();
                    return true;
                })
                .toList());
    }

    /** {@return the first of some runs whose mean accuracy on the validation images is highest} */
    public Run best(List<Run> runs) {
        Run best = runs.getFirst();
        double highest = Double.NEGATIVE_INFINITY;
        for (Run run : runs) {
            double accuracy = Measures.accuracy(results(run)).mean();
            if (accuracy > highest) {
                best = run;
                highest = accuracy;
            }
        }
        return best;
    }

    /** {@return a search for the largest rate from one rate to another, with two rates a decade} */
    public LearningRateSearch search(double lowest, double highest) {
        int points = (int) Math.round(2 * Math.log10(highest / lowest)) + 1;
        return new LearningRateSearch(lowest, highest, points, scale.bisections(), new TrialCriteria());
    }

    /** {@return what a search finds for a run with each of the seeds, at the same time} */
    public List<LearningRateSearch.Result> searches(LearningRateSearch search, Run run) {
        List<Callable<LearningRateSearch.Result>> work = new ArrayList<>();
        for (long each : seeds()) {
            work.add(() -> search.search(trial(run.withSeed(each)), 1));
        }
        return RunSource.together(work);
    }

    /** {@return a run at any rates, one for all layers or one for each} */
    public Trial trial(Run run) {
        return rates -> {
            List<Double> each = DoubleStream.of(rates).boxed().toList();
            return result(rates.length == 1 ? run.at(rates[0]) : run.atEach(each))
                    .outcome();
        };
    }

    /** {@return some rates around one, two a decade} */
    public static List<Double> around(double rate, int points) {
        return IntStream.range(0, points)
                .mapToObj(i -> rate * StrictMath.pow(10, (i - points / 2) / 2.0))
                .toList();
    }

    /** {@return an experiment of this lab, whose results others use} */
    public <E extends Experiment> E experiment(Class<E> type) {
        return experiments.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such experiment in this lab: " + type.getName()));
    }

    /** {@return the name of an experiment's section, such as "section 5", as a link to it} */
    public String reference(Class<? extends Experiment> type) {
        int number = experiments.indexOf(experiment(type)) + 1;
        return "[section " + number + "](#s" + number + ")";
    }

    /** {@return the sizes of a network's layers, such as "784–256–128–10"} */
    public String network(List<Integer> hidden) {
        return Format.network(training().pixels(), hidden, classes());
    }

    /** {@return the hidden layers of the deepest network} */
    public List<Integer> deepest() {
        return scale.deep(scale.deepest());
    }

    /** {@return the seeds in words} */
    public String seedsText() {
        return "seeds " + Format.list(seeds());
    }
}
