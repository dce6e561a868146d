package dev.lanewise.mnist.cli;

import dev.lanewise.Workers;
import dev.lanewise.mnist.data.Batches;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.Split;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.OutputFile;
import dev.lanewise.nn.Mlp;
import dev.lanewise.report.Chart;
import dev.lanewise.tune.Judge;
import dev.lanewise.tune.LargestRate;
import dev.lanewise.tune.Outcome;
import dev.lanewise.tune.RangeTest;
import dev.lanewise.tune.Trial;
import dev.lanewise.tune.Verdict;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code find-lr}: trains for a while at many learning rates, and says in words which to take. */
@Command(
        name = "find-lr",
        description = {
            "Finds a learning rate for train with the same options.",
            "largest trains from the start at each rate of a grid and bisects between the largest that trains and the"
                    + " next one: the limit is where the loss jumps or a step is half as large as a layer's weights. Of"
                    + " what trains, the accuracy on images that are held out decides.",
            "range is one short training in which the rate grows with each step: it takes a hundred steps, and gives"
                    + " the order of magnitude.",
            "The rate is constant in each training; for a schedule it is the highest. The same options give the same"
                    + " answer on any number of threads. Nothing is written but the plot, at the end."
        },
        sortOptions = false)
final class FindRateCommand implements Callable<Integer> {
    /** Of the training images, those that are held out if the user does not say how many. */
    private static final int TWELFTH = 12;

    private static final double HIGHEST = 10;
    private static final int MOST_STEPS = 10_000_000;

    /** How {@code --method} may search. */
    enum Method {
        LARGEST,
        RANGE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            defaultValue = "largest",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Method method;

    @Option(
            names = "--per-layer",
            description = "Then finds a rate for each layer, one after another and with those found before, for train"
                    + " --layer-lr; with --lr it begins with this rate everywhere and searches for no common one")
    private boolean perLayer;

    @Mixin
    private TrainingOptions setup;

    @Option(
            names = "--from",
            paramLabel = "RATE",
            description = "The lowest rate (default for largest: 0.0001; range: 0.0000001)")
    private Double from;

    @Option(
            names = "--to",
            paramLabel = "RATE",
            description = "The highest rate (default: 10, or less where --weight-decay does not allow it)")
    private Double to;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Steps of each training (default for largest: an epoch, but 30 at least, and 300 with momentum"
                            + " 0.9; range: 100)")
    private Integer steps;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Rates of the grid of largest (default: 11, which is two for each power of ten)")
    private Integer points;

    @Option(
            names = "--bisections",
            paramLabel = "N",
            description = "Trainings of largest after the grid; each halves the distance (default: 4)")
    private Integer bisections;

    @Option(
            names = "--validation",
            paramLabel = "N",
            description =
                    "Holds out N training images, as train does, for the accuracy; 0 for none (default for largest:"
                            + " a twelfth, 5000 of MNIST's; range: none)")
    private Integer validation;

    @Option(names = "--plot", paramLabel = "FILE", description = "Draws the curve here: FILE.svg or FILE.png")
    private Path plot;

    private PrintWriter out;

    @Override
    public Integer call() {
        out = spec.commandLine().getOut();
        setup.check();
        checkNumbers();
        OutputFile file = plot == null ? null : plotFile();
        DataSet all = DataSet.load(setup.data(), DataSet.TRAINING);
        all.checkTrainable();
        int held = validation != null ? validation : method == Method.LARGEST ? all.size() / TWELFTH : 0;
        Split split = Split.of(all, held);
        int[] sizes = setup.sizes(all);
        int batch = setup.batch(split.training());
        try (Workers workers = Workers.of(setup.threads())) {
            Mlp mlp = new Mlp(workers, sizes);
            Trials trials = new Trials(setup, mlp, workers, split, batch, all.classes());
            describe(sizes, batch, split);
            if (method == Method.RANGE) {
                range(trials, file);
            } else {
                largest(trials, Batches.steps(split.training().size(), batch), file);
            }
        }
        return 0;
    }

    private void checkNumbers() {
        if (setup.hasLearningRate() && !perLayer) {
            throw new UsageException("--lr does not apply to find-lr without --per-layer: see --from and --to");
        }
        if (method == Method.RANGE) {
            refuse("--per-layer", perLayer ? true : null);
            refuse("--points", points);
            refuse("--bisections", bisections);
            if (setup.optimizer().equals("rprop")) {
                throw new UsageException(
                        "--method range does not apply to --optimizer rprop, whose --lr is only the size of its"
                                + " first step: use largest");
            }
        }
        from = from != null ? from : method == Method.RANGE ? 1e-7 : 1e-4;
        if (to == null) {
            to = highest();
        }
        if (!(from > 0 && from < to)) {
            throw new UsageException("--from must be above 0 and below --to " + to + ": " + from);
        }
        setup.rule(to, "--to");
        TrainingOptions.check("--steps", steps == null ? 2 : steps, MOST_STEPS);
        if (steps != null && steps < 2) {
            throw new UsageException("--steps must be from 2: " + steps);
        }
        points = points == null ? 11 : points;
        bisections = bisections == null ? 4 : bisections;
        if (points < 2 || points > 1000) {
            throw new UsageException("--points must be from 2 to 1000: " + points);
        }
        if (bisections < 0 || bisections > 50) {
            throw new UsageException("--bisections must be from 0 to 50: " + bisections);
        }
        if (validation != null && validation < 0) {
            throw new UsageException("--validation must be from 0: " + validation);
        }
    }

    private void refuse(String option, Object given) {
        if (given != null) {
            throw new UsageException(option + " does not apply to --method range");
        }
    }

    /** Half as much, until the rule with its weight decay takes it. */
    private double highest() {
        double highest = HIGHEST;
        while (true) {
            try {
                setup.rule(highest, "--to");
                return highest;
            } catch (UsageException e) {
                if (highest < 1e-6) {
                    throw e;
                }
                highest /= 2;
            }
        }
    }

    private OutputFile plotFile() {
        if (!plot.toString().matches("(?i).*\\.(svg|png)")) {
            throw new UsageException("--plot must end in .svg or .png: " + plot);
        }
        return new OutputFile("--plot", plot);
    }

    private void describe(int[] sizes, int batch, Split split) {
        String network = Arrays.stream(sizes).mapToObj(String::valueOf).collect(Collectors.joining("-"));
        out.println(network + " with " + setup.optimizer() + ", batches of " + batch + " of "
                + split.training().size() + " images"
                + (split.validation() == null ? "" : ", " + split.validation().size() + " held out"));
    }

    private void range(Trials trials, OutputFile file) {
        RangeTest test = new RangeTest(from, to, steps == null ? 100 : steps, 0.98, 4);
        RangeTest.Result result;
        try (Progress progress = new Progress(out, Progress.terminal(), 1)) {
            progress.begin("range test", 0, test.steps(), Duration.ZERO);
            result = trials.range(test, progress);
        }
        double last = result.points().getLast().learningRate();
        out.println(
                result.points().size() < test.steps()
                        ? "the loss blew up at " + rate(last)
                        : "the loss did not blow up: a higher --to may tell more");
        suggestion("valley", result.valley(), "half-way through the longest fall, fastai's choice");
        suggestion("slide", result.slide(), "where the slope, seen from the end, begins to be even");
        suggestion("minimum", result.minimum(), "a tenth of the rate with the lowest loss");
        suggestion("steep", result.steep(), "where the loss falls fastest");
        out.println(
                result.valley().isPresent()
                        ? "try --lr " + rate(result.valley().getAsDouble())
                        : "no suggestion: the curve has too few points; try more --steps or a lower --from");
        if (file != null) {
            write(file, RateCharts.range(result));
        }
    }

    private void suggestion(String name, OptionalDouble rate, String meaning) {
        if (rate.isPresent()) {
            out.println(String.format(Locale.ROOT, "%-8s %-10s %s", name, rate(rate.getAsDouble()), meaning));
        }
    }

    private void largest(Trials trials, long epoch, OutputFile file) {
        Judge judge = new Judge().withMomentum(setup.momentum());
        int length = steps != null ? steps : (int) Math.clamp(epoch, 3L * judge.warmIn(), MOST_STEPS);
        if (judge.warmIn() > length / 2) {
            judge = new Judge(length / 2, judge.smoothing(), judge.jump(), judge.ratio(), judge.progress());
        }
        LargestRate search = new LargestRate(from, to, points, bisections, judge);
        boolean common = !setup.hasLearningRate();
        int runs = (points + bisections) * ((common ? 1 : 0) + (perLayer ? setup.layers() : 0));
        out.println(runs + " trainings or fewer, each of " + length + " steps");
        List<String> names = new ArrayList<>();
        List<LargestRate.Result> results = new ArrayList<>();
        double[] rates = new double[setup.layers()];
        try (Progress progress = new Progress(out, Progress.terminal(), 1)) {
            progress.begin("find-lr", 0, (long) runs * length, Duration.ZERO);
            Judge used = judge;
            Trial trial = tried -> {
                Outcome outcome = trials.run(tried, length, progress);
                progress.say(line(tried, used.of(outcome), outcome));
                return outcome;
            };
            if (common) {
                results.add(search.search(trial, rates.length));
                names.add("all layers");
            }
            Arrays.fill(
                    rates,
                    common ? results.getFirst().best().orElse(0) : setup.rule().learningRate());
            if (perLayer && rates[0] > 0) {
                LargestRate.Groups each = search.searchEach(trial, rates);
                results.addAll(each.searches());
                IntStream.range(0, rates.length).forEach(layer -> names.add("layers." + layer));
                rates = each.learningRates().stream().mapToDouble(rate -> rate).toArray();
            }
        }
        for (int i = 0; i < results.size(); i++) {
            explain(names.get(i), results.get(i));
        }
        if (rates[0] > 0) {
            String all = Arrays.stream(rates).mapToObj(FindRateCommand::rate).collect(Collectors.joining(","));
            out.println("try " + (perLayer ? "--layer-lr " + all : "--lr " + rate(rates[0])));
        }
        if (file != null) {
            write(file, RateCharts.largest(names, results));
        }
    }

    private static String line(double[] rates, Verdict verdict, Outcome outcome) {
        double[] losses = outcome.losses();
        String text = Arrays.stream(rates).distinct().count() == 1
                ? rate(rates[0])
                : Arrays.stream(rates).mapToObj(FindRateCommand::rate).collect(Collectors.joining(","));
        return String.format(
                        Locale.ROOT,
                        "%-10s %-9s last loss %-9s%s",
                        text,
                        verdict.name().toLowerCase(Locale.ROOT),
                        loss(losses[losses.length - 1]),
                        outcome.accuracy().isPresent()
                                ? String.format(
                                        Locale.ROOT,
                                        " validation accuracy %5.2f %%",
                                        100 * outcome.accuracy().getAsDouble())
                                : "")
                .stripTrailing();
    }

    private static String loss(double loss) {
        return loss < 1e5 ? String.format(Locale.ROOT, "%.4f", loss) : String.format(Locale.ROOT, "%.1e", loss);
    }

    private void explain(String name, LargestRate.Result result) {
        out.println(name + ": "
                + (result.limit().isPresent()
                        ? "too high from " + rate(result.limit().getAsDouble())
                        : "nothing was too high, so a higher --to may tell more")
                + (result.largest().isPresent()
                        ? "; the largest that trains is "
                                + rate(result.largest().getAsDouble())
                        : "; none trains: try a lower --from, or more --steps")
                + accuracy(result));
    }

    /** Of the best; nothing without validation. */
    private static String accuracy(LargestRate.Result result) {
        return result.attempts().stream()
                .filter(attempt -> result.best().isPresent()
                        && attempt.learningRate() == result.best().getAsDouble()
                        && attempt.outcome().accuracy().isPresent())
                .map(attempt -> String.format(
                        Locale.ROOT,
                        "; the best on images held out is %s with %.2f %%",
                        rate(attempt.learningRate()),
                        100 * attempt.outcome().accuracy().getAsDouble()))
                .findFirst()
                .orElse("");
    }

    /** Three digits. */
    static String rate(double rate) {
        BigDecimal rounded = new BigDecimal(rate)
                .round(new MathContext(3, RoundingMode.HALF_EVEN))
                .stripTrailingZeros();
        return rate >= 1e-6 ? rounded.toPlainString() : rounded.toString();
    }

    private void write(OutputFile file, Chart chart) {
        file.write(
                plot.toString().toLowerCase(Locale.ROOT).endsWith(".png")
                        ? chart.png()
                        : chart.svg().getBytes(StandardCharsets.UTF_8));
    }
}
