package dev.lanewise.mnist.cli;

import dev.lanewise.Workers;
import dev.lanewise.fit.Batches;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.Split;
import dev.lanewise.mnist.train.BaseRate;
import dev.lanewise.mnist.train.OutputFile;
import dev.lanewise.nn.Mlp;
import dev.lanewise.report.Chart;
import dev.lanewise.tune.LearningRateRangeTest;
import dev.lanewise.tune.LearningRateSearch;
import dev.lanewise.tune.Trial;
import dev.lanewise.tune.TrialCriteria;
import dev.lanewise.tune.TrialResult;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code find-lr}: trains for a few steps at many learning rates, and prints which to use. */
@Command(
        name = "find-lr",
        description = {
            "Finds a learning rate for train with the same options.",
            "largest trains from the start at each rate of a grid and bisects between the largest that trains and the"
                    + " next one: a rate is too high if the loss jumps or a step is half as large as a layer's weights."
                    + " Among the rates that train, the accuracy on held-out images decides.",
            "range is one short training in which the rate grows with each step: it takes a hundred steps, and gives"
                    + " the order of magnitude.",
            "The rate is constant in each training; use it as the highest rate of a schedule. The same options give"
                + " the same answer on any number of threads. The plot is the only file that is written, at the end."
        },
        sortOptions = false)
final class FindRateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private SearchOptions search;

    @Mixin
    private TrainingOptions setup;

    private PrintWriter out;
    private RateReport report;

    @Override
    public Integer call() {
        out = spec.commandLine().getOut();
        report = new RateReport(out);
        setup.check();
        search.check(setup);
        OutputFile plot = search.plot(setup.data());
        DataSet all = setup.data().training();
        Split split = search.split(all);
        int[] sizes = setup.sizes(all);
        int batch = setup.batch(split.training());
        try (Workers workers = Workers.of(setup.threads())) {
            Mlp mlp = new Mlp(workers, sizes);
            Trials trials = new Trials(setup, mlp, workers, split, batch, all.classes());
            report.begin(sizes, setup.optimizer(), batch, split);
            Chart chart = search.range()
                    ? range(trials)
                    : largest(trials, Batches.steps(split.training().size(), batch));
            if (plot != null) {
                plot.write(search.png() ? chart.png() : chart.svg().getBytes(StandardCharsets.UTF_8));
            }
        }
        return 0;
    }

    private Chart range(Trials trials) {
        int steps = search.steps() == null ? 100 : search.steps();
        LearningRateRangeTest test = new LearningRateRangeTest(search.from(), search.to(), steps, 0.98, 4);
        LearningRateRangeTest.Result result;
        try (Progress progress = new Progress(out, Progress.terminal(), 1)) {
            progress.begin("range test", 0, test.steps(), Duration.ZERO);
            result = trials.range(test, progress);
        }
        report.range(result, steps);
        return RateCharts.range(result);
    }

    private Chart largest(Trials trials, long epoch) {
        TrialCriteria criteria = new TrialCriteria().withMomentum(setup.momentum());
        int length = search.steps() != null
                ? search.steps()
                : (int) Math.clamp(epoch, 3L * criteria.warmIn(), SearchOptions.MOST_STEPS);
        if (criteria.warmIn() > length / 2) {
            criteria = new TrialCriteria(
                    length / 2, criteria.smoothing(), criteria.jump(), criteria.ratio(), criteria.progress());
        }
        LearningRateSearch largest =
                new LearningRateSearch(search.from(), search.to(), search.points(), search.bisections(), criteria);
        boolean common = !setup.hasLearningRate();
        int runs =
                (search.points() + search.bisections()) * ((common ? 1 : 0) + (search.perLayer() ? setup.layers() : 0));
        out.println(runs + " trainings or fewer, each of " + length + " steps");
        List<String> names = new ArrayList<>();
        List<LearningRateSearch.Result> results = new ArrayList<>();
        double[] rates = new double[setup.layers()];
        try (Progress progress = new Progress(out, Progress.terminal(), 1)) {
            progress.begin("find-lr", 0, (long) runs * length, Duration.ZERO);
            TrialCriteria used = criteria;
            Trial trial = tried -> {
                TrialResult outcome = trials.run(tried, length, progress);
                progress.print(RateReport.line(tried, used.of(outcome), outcome));
                return outcome;
            };
            if (common) {
                results.add(largest.search(trial, rates.length));
                names.add("all layers");
            }
            Arrays.fill(rates, common ? results.getFirst().best().orElse(0) : BaseRate.of(setup.rule()));
            if (search.perLayer() && rates[0] > 0) {
                LearningRateSearch.Groups each = largest.searchEach(trial, rates);
                results.addAll(each.searches());
                IntStream.range(0, rates.length).forEach(layer -> names.add("layers." + layer));
                rates = each.learningRates().stream().mapToDouble(rate -> rate).toArray();
            }
        }
        for (int i = 0; i < results.size(); i++) {
            report.explain(names.get(i), results.get(i));
        }
        if (rates[0] > 0) {
            out.println("try "
                    + (search.perLayer()
                            ? "--layer-lr " + RateReport.rates(rates)
                            : "--lr " + RateReport.rate(rates[0])));
        }
        return RateCharts.largest(names, results);
    }
}
