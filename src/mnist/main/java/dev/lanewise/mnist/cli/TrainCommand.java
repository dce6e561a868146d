package dev.lanewise.mnist.cli;

import dev.lanewise.Workers;
import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.DataParallel;
import dev.lanewise.distributed.Replicas;
import dev.lanewise.fit.Batches;
import dev.lanewise.fit.Fit;
import dev.lanewise.fit.ModelGroups;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.Split;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.BaseRate;
import dev.lanewise.mnist.train.DivergedException;
import dev.lanewise.mnist.train.Evaluation;
import dev.lanewise.mnist.train.EvaluationNetwork;
import dev.lanewise.mnist.train.KernelWarmUp;
import dev.lanewise.mnist.train.MetricsLog;
import dev.lanewise.mnist.train.ModelFile;
import dev.lanewise.mnist.train.OutputFile;
import dev.lanewise.mnist.train.ResumePoint;
import dev.lanewise.mnist.train.Trainer;
import dev.lanewise.mnist.train.TrainingCheckpoint;
import dev.lanewise.mnist.train.TrainingMonitor;
import dev.lanewise.mnist.train.TrainingPage;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code train}: trains a network. Mistakes in the options and files are found before the first step. */
@Command(
        name = "train",
        description = {
            "Trains a network and reports its accuracy on the test data after each epoch.",
            "The time of an epoch is that of its training steps; the last line has the time of all epochs with their"
                    + " evaluation. The same options give the same weights, bit for bit, on any number of threads and"
                    + " any vector width."
        },
        sortOptions = false)
final class TrainCommand implements Callable<Integer> {
    /** The fewest pixels, in all epochs, that a warm-up pays for: fewer are trained on before the kernels are compiled. */
    private static final int WORTH_WARMING_UP = 10_000_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private TrainingOptions setup;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "10",
            description = "Passes over the training data (default: ${DEFAULT-VALUE})")
    private int epochs;

    @Mixin
    private RateOptions rateOptions;

    @Option(
            names = "--validation",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Holds out N training images, drawn at random but the same for every --seed: their accuracy is"
                        + " shown after each epoch, and the test images are evaluated only at the end (default: none,"
                        + " and the test accuracy is shown after each epoch)")
    private int validation;

    @Mixin
    private StateOption state;

    @Mixin
    private OutputOptions outputOptions;

    @Mixin
    private RankOptions rankOptions;

    @ParentCommand
    private Main main;

    /** The data, which the ranks of a process share; null before the first one has read it. */
    private DataSet[] loaded;

    @Override
    public Integer call() {
        check();
        rankOptions.run(main.ranks(), this::train);
        return 0;
    }

    /** Trains as one rank. Only the first one prints, and writes what is not a part of the checkpoint. */
    private void train(Collective ranks) {
        boolean first = ranks.rank() == 0;
        UpdateRule rule = setup.rule();
        double[] rates = rateOptions.rates(setup.layers(), BaseRate.of(rule), setup.hasLearningRate());
        List<UpdateRule> rules = Arrays.stream(rates)
                .mapToObj(rate -> rate == BaseRate.of(rule) ? rule : setup.rule(rate, "--layer-lr"))
                .toList();
        ScheduleFactory factory = new ScheduleFactory(rateOptions.schedule());
        ReduceOnPlateau plateau = factory.plateau();
        if (first) {
            outputOptions.open(setup.data());
        }
        boolean reported = outputOptions.reported(), watched = outputOptions.watched();
        try (Workers workers = Workers.of(setup.threads(rankOptions.local(ranks)))) {
            DataSet[] loaded = load(workers, rule, watched || reported);
            DataSet all = loaded[0], test = loaded[1];
            Split split = Split.of(all, validation);
            int[] sizes = setup.sizes(all);
            int batch = setup.batch(split.training());
            long epoch = Batches.steps(split.training().size(), batch);
            long steps = epochs * epoch;
            Map<Double, Schedule> schedules = new LinkedHashMap<>();
            for (double rate : rates) {
                schedules.computeIfAbsent(rate, r -> factory.schedule(r, epoch, steps, plateau));
            }
            Mlp mlp = new Mlp(workers, sizes);
            mlp.initialize(setup.seed());
            List<ParameterGroup> groups =
                    ModelGroups.of(mlp, i -> BaseRate.follow(rules.get(i), schedules.get(rates[i])));
            StepOptions stepOptions = StepOptions.DEFAULT
                    .withWorkers(workers)
                    .withClipping(setup.clipping())
                    .withStatistics(watched || reported)
                    .withState(state.type())
                    .withStateSeed(setup.seed());
            Shard shard = new Shard(mlp.parameters().length(), groups, ranks.rank(), ranks.world());
            Optimizer optimizer =
                    new Optimizer(mlp.parameters().slice(shard.from(), shard.length()), shard, stepOptions);
            Map<String, String> options = options(all, batch);
            DataParallel parallel = parallel(ranks, mlp, optimizer, options);
            TrainingMonitor monitor = !first || !watched && !reported
                    ? null
                    : new TrainingMonitor(
                            mlp.parameterRanges().stream()
                                    .map(Mlp.Parameter::name)
                                    .toList(),
                            reported);
            PrintWriter lines = first ? spec.commandLine().getOut() : new PrintWriter(Writer.nullWriter());
            EvaluationNetwork network = new EvaluationNetwork(mlp, optimizer, workers, parallel);
            Evaluation tested = new Evaluation(Evaluation.Kind.TEST, test, all.classes());
            Evaluation evaluation = split.validation() == null
                    ? tested
                    : new Evaluation(Evaluation.Kind.VALIDATION, split.validation(), all.classes());
            Consumer<TrainingPage.End> reporter = end -> {
                if (first && reported) {
                    write(outputOptions.report(), sizes, options, new TrainingPage(monitor, evaluation.name()), end);
                }
            };
            try (TrainingCheckpoint checkpoint = new TrainingCheckpoint(
                    outputOptions.checkpoint(),
                    outputOptions.resume(),
                    outputOptions.every(),
                    mlp,
                    optimizer,
                    parallel,
                    options,
                    monitor)) {
                ResumePoint from = outputOptions.resume() ? checkpoint.resume(steps, lines) : ResumePoint.START;
                try (MetricsLog metrics = MetricsLog.open(first ? outputOptions.metrics() : null, from, lines);
                        Progress progress = new Progress(lines, first ? Progress.terminal() : null, epochs)) {
                    Trainer trainer = new Trainer(
                            new Fit(epochs)
                                    .withBatch(batch)
                                    .withSeed(setup.seed())
                                    .withWorkers(workers),
                            split.training().first(split.training().size()),
                            mlp,
                            optimizer,
                            parallel,
                            new Trainer.Rates(plateau, rateOptions.schedule().metric(), rateOptions.byLayer()),
                            new Trainer.Outputs(progress, metrics, checkpoint, evaluation, network, monitor, watched));
                    double seconds = run(trainer, from, tested, reporter) / 1e9;
                    if (evaluation != tested) {
                        metrics.end(tested);
                    }
                    Mlp evaluated = network.current();
                    if (first && outputOptions.model() != null) {
                        ModelFile.write(evaluated, rankOptions.replicas(), outputOptions.model());
                    }
                    String sha256 = ModelFile.sha256(evaluated.parameters());
                    reporter.accept(new TrainingPage.End(epochs, tested.accuracy(), sha256, null));
                    progress.end(tested.accuracy(), sha256, seconds);
                }
            }
        }
    }

    /** {@return the steps of the ranks; null for a training without replicas} */
    private DataParallel parallel(Collective ranks, Mlp mlp, Optimizer optimizer, Map<String, String> options) {
        int count = rankOptions.replicas();
        if (count == 1 && ranks.world() == 1) {
            return null;
        }
        String recipe = options + ", --epochs=" + epochs + ", --every=" + outputOptions.every() + ", --resume="
                + outputOptions.resume();
        try {
            return new DataParallel(
                    ranks, new Replicas(count, ranks.rank(), ranks.world()), mlp.parameters(), optimizer, recipe);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    /** Reads the training and the test data, while another thread, if there is one, warms up the kernels. */
    private synchronized DataSet[] load(Workers workers, UpdateRule update, boolean statistics) {
        if (loaded != null) {
            return loaded;
        }
        KernelWarmUp warmUp = new KernelWarmUp(update, state.type(), statistics);
        DataSet[] loaded = new DataSet[2];
        workers.run(2, task -> {
            if (task == 1) {
                warmUp.run();
                return;
            }
            boolean worthIt = false;
            try {
                loaded[0] = setup.data().training();
                loaded[1] = setup.data().test();
                loaded[1].checkGoesWith(loaded[0]);
                worthIt = (long) epochs * loaded[0].images().length > WORTH_WARMING_UP;
            } finally {
                if (!worthIt) {
                    warmUp.cancel();
                }
            }
        });
        this.loaded = loaded;
        return loaded;
    }

    private static long run(Trainer trainer, ResumePoint from, Evaluation tested, Consumer<TrainingPage.End> reporter) {
        try {
            long nanos = trainer.run(from);
            trainer.evaluateLast(tested);
            return nanos;
        } catch (DivergedException e) {
            reporter.accept(new TrainingPage.End(0, Double.NaN, null, e.getMessage()));
            throw e;
        }
    }

    private void write(
            OutputFile file, int[] sizes, Map<String, String> options, TrainingPage page, TrainingPage.End end) {
        Map<String, String> shown = new LinkedHashMap<>(options);
        shown.put("--epochs", Integer.toString(epochs));
        String network = Arrays.stream(sizes).mapToObj(String::valueOf).collect(Collectors.joining("-"));
        file.write(page.page(network, shown, end).html().getBytes(StandardCharsets.UTF_8));
    }

    private void check() {
        TrainingOptions.check("--epochs", epochs, Integer.MAX_VALUE);
        outputOptions.check();
        rankOptions.check();
        state.check();
        if (validation < 0) {
            throw new UsageException("--validation must be at least 0: " + validation);
        }
        rateOptions.check(validation);
        setup.check();
    }

    /** Returns option → value, of all options that the weights depend on. */
    private Map<String, String> options(DataSet all, int batch) {
        Map<String, String> options = setup.settings(all, batch);
        rateOptions.addTo(options);
        options.put("--validation", Integer.toString(validation));
        // A checkpoint from before there were replicas has none.
        options.put("--replicas", rankOptions.replicas() == 1 ? "none" : Integer.toString(rankOptions.replicas()));
        options.put("--state", state.toString());
        if (rateOptions.schedule().dependsOnTheEnd()) {
            options.put("--epochs", Integer.toString(epochs));
        }
        return options;
    }
}
