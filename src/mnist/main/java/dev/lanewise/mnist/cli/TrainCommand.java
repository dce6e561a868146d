package dev.lanewise.mnist.cli;

import dev.lanewise.Workers;
import dev.lanewise.mnist.data.Batches;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.Split;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.DivergedException;
import dev.lanewise.mnist.train.Evaluation;
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
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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
import picocli.CommandLine.Spec;

/** {@code train}: everything that can be wrong is found before the first step. */
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
    /** Pixels to be trained on, in all epochs; fewer are seen before the kernels are compiled. */
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

    @Option(
            names = "--schedule",
            paramLabel = "NAME[:KEY=VALUE,...]",
            defaultValue = "warmup-cosine",
            description = {
                "How the learning rate goes from step to step. --lr is its highest value. Keys that are left out are as"
                        + " shown here (default: ${DEFAULT-VALUE}):",
                "  constant",
                "  step:every=30%%,factor=0.1",
                "      times factor again and again",
                "  multi-step:at=50%%/75%%,factor=0.1",
                "      times factor at each of these",
                "  exponential:every=1,factor=0.8",
                "      times factor in each such time, but evenly",
                "  polynomial:power=1,floor=0",
                "      down to floor with the power of what is left",
                "  linear-warmup:warmup=5%%,start=0.01",
                "      a line up from start, then constant",
                "  cosine:floor=0",
                "      half a cosine down to floor",
                "  cosine-restarts:period=1,growth=2,floor=0",
                "      the same again and again, each growth times as long",
                "  warmup-cosine:warmup=5%%,floor=0",
                "      a line up, half a cosine down to floor",
                "  one-cycle:rise=0.3,division=25,final-division=10000",
                "      a cosine up from 1/division in the fraction rise of the training, another down to"
                        + " 1/final-division of that",
                "  warmup-stable-decay:warmup=5%%,decay=20%%,floor=0",
                "      a line up, constant, and in the end a root down to floor",
                "  inverse-square-root:warmup=5%%",
                "      a line up, down with the root of the steps",
                "  reduce-on-plateau:on=validation-loss,factor=0.1,patience=2,threshold=0.0001,cooldown=0,floor=0",
                "      times factor after more than patience epochs without an improvement by the fraction threshold;"
                        + " then cooldown epochs do not count; on may be training-loss, validation-loss or"
                        + " validation-accuracy",
                "every, at, warmup, decay and period are in epochs (2 or 0.5), in steps (200steps) or parts of the"
                        + " training (5%%); start and floor are fractions of --lr"
            })
    private ScheduleOption schedule;

    @Option(
            names = "--layer-lr",
            paramLabel = "RATES",
            description = "A learning rate for each layer, the input's first, as 0.1,0.05,0.01; or for those named, as"
                    + " layers.0=0.1,layers.2.bias=0.01, with --lr for the others. The schedule goes for each")
    private String layerRates;

    @Option(
            names = "--validation",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Holds out N training images, drawn at random but the same for every --seed: their accuracy is"
                        + " shown after each epoch, and the test images are looked at only in the end (default: none,"
                        + " and the test accuracy is shown after each epoch)")
    private int validation;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Writes the weights here at the end, in the safetensors format")
    private Path out;

    @Option(
            names = "--metrics",
            paramLabel = "FILE",
            description =
                    "Logs JSON lines here, replacing the file: step, epoch, loss and lr of each step (with --layer-lr"
                        + " one for each weight and bias); epoch, loss, test_accuracy and seconds of each epoch. With"
                        + " --validation an epoch has validation_loss and validation_accuracy, and test_accuracy is in"
                        + " the last line. Each line is written at once, so the file can be followed with tail -f")
    private Path metricsFile;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "Writes a page here at the end, also if the training diverges: loss, accuracy, learning rate and"
                        + " update-to-weight ratio of each layer as curves, spikes with what they may come from, and"
                        + " all options. Steps take longer, since the norms are taken and kept")
    private Path reportFile;

    @Option(
            names = "--watch",
            description = "Prints a line when the loss or the step of a layer stands out, with the likely reason and"
                    + " advice")
    private boolean watched;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description =
                    "Saves all that the training needs to continue here, in checkpoint.safetensors, after each epoch"
                            + " and at the end, and the curves of --report in curves.safetensors; the directory is made"
                            + " if there is none. The files are whole whenever the program is stopped")
    private Path checkpoint;

    @Option(
            names = "--every",
            paramLabel = "N",
            description =
                    "Saves the checkpoint after every N steps too, counted from the first epoch; the time of an epoch"
                            + " includes these saves")
    private Integer every;

    @Option(
            names = "--resume",
            description =
                    "Continues from the checkpoint, or begins if there is none yet: the weights will be those of a"
                        + " training without interruption, and times and the log include what was before. All options"
                        + " that the weights depend on must be as they were; if the --schedule does not depend on"
                        + " --epochs, as constant does not, --epochs may be larger. The report has the curves from the"
                        + " beginning if what was before had --report and --checkpoint too")
    private boolean resume;

    @Override
    public Integer call() {
        checkNumbers();
        setup.check();
        UpdateRule rule = setup.rule();
        double[] rates = LayerRatesOption.of(layerRates, setup.layers(), rule.learningRate(), setup.hasLearningRate());
        List<UpdateRule> rules = Arrays.stream(rates)
                .mapToObj(rate -> rate == rule.learningRate() ? rule : setup.rule(rate, "--layer-lr"))
                .toList();
        ReduceOnPlateau plateau = schedule.plateau();
        Path saved = checkpoint == null ? null : TrainingCheckpoint.file(checkpoint, resume);
        checkFiles(saved);
        OutputFile model = out == null ? null : new OutputFile("--out", out);
        OutputFile report = reportFile == null ? null : new OutputFile("--report", reportFile);
        try (Workers workers = Workers.of(setup.threads())) {
            DataSet[] loaded = load(workers, rule);
            DataSet all = loaded[0], test = loaded[1];
            Split split = Split.of(all, validation);
            int[] sizes = setup.sizes(all);
            int batch = setup.batch(split.training());
            long epoch = Batches.steps(split.training().size(), batch);
            long steps = epochs * epoch;
            Map<Double, Schedule> schedules = new LinkedHashMap<>();
            for (double rate : rates) {
                schedules.computeIfAbsent(rate, r -> schedule.of(r, epoch, steps, plateau));
            }
            Mlp mlp = new Mlp(workers, sizes);
            mlp.initialize(setup.seed());
            List<ParameterGroup> groups = new ArrayList<>();
            for (Mlp.Parameter range : mlp.parameterRanges()) {
                int i = groups.size();
                groups.add(new ParameterGroup(
                        range.name(), range.from(), range.length(), rules.get(i), schedules.get(rates[i])));
            }
            StepOptions stepOptions = StepOptions.DEFAULT
                    .withWorkers(workers)
                    .withClipping(setup.clipping())
                    .withStatistics(watched || report != null);
            Optimizer optimizer = new Optimizer(mlp.parameters(), groups, stepOptions);
            Map<String, String> options = options(all, batch);
            TrainingMonitor watch = !watched && report == null
                    ? null
                    : new TrainingMonitor(
                            mlp.parameterRanges().stream()
                                    .map(Mlp.Parameter::name)
                                    .toList(),
                            report != null);
            TrainingCheckpoint saves = new TrainingCheckpoint(saved, every == null ? 0 : every, mlp, optimizer, options, watch);
            PrintWriter lines = spec.commandLine().getOut();
            ResumePoint position = resume ? saves.resume(steps, lines) : ResumePoint.START;
            Evaluation tested = new Evaluation(Evaluation.Kind.TEST, mlp, test, all.classes());
            Evaluation evaluation = split.validation() == null
                    ? tested
                    : new Evaluation(Evaluation.Kind.VALIDATION, mlp, split.validation(), all.classes());
            Consumer<TrainingPage.End> reporter = end -> {
                if (report != null) {
                    write(report, sizes, options, new TrainingPage(watch, evaluation.name()), end);
                }
            };
            try (MetricsLog metrics = MetricsLog.open(metricsFile, position.logged());
                    Progress progress = new Progress(lines, Progress.terminal(), epochs)) {
                Trainer trainer = new Trainer(
                        new Batches(split.training(), batch, setup.seed(), workers),
                        mlp,
                        optimizer,
                        epochs,
                        new Trainer.Rates(plateau, schedule.metric(), layerRates != null),
                        new Trainer.Outputs(progress, metrics, saves, evaluation, watch, watched));
                double seconds = run(trainer, position, reporter) / 1e9;
                if (evaluation != tested) {
                    tested.run();
                    metrics.end(tested);
                }
                if (model != null) {
                    ModelFile.write(mlp, model);
                }
                String sha256 = ModelFile.sha256(mlp.parameters());
                reporter.accept(new TrainingPage.End(epochs, tested.accuracy(), sha256, null));
                progress.end(tested.accuracy(), sha256, seconds);
            }
        }
        return 0;
    }

    /** Reads the training and the test data, while another thread, if there is one, sees to the kernels. */
    private DataSet[] load(Workers workers, UpdateRule update) {
        KernelWarmUp warmUp = new KernelWarmUp(update);
        DataSet[] loaded = new DataSet[2];
        workers.run(2, task -> {
            if (task == 1) {
                warmUp.run();
                return;
            }
            boolean worthIt = false;
            try {
                loaded[0] = DataSet.load(setup.data(), DataSet.TRAINING);
                loaded[1] = DataSet.load(setup.data(), DataSet.TEST);
                loaded[0].checkTrainable();
                loaded[1].checkGoesWith(loaded[0]);
                worthIt = (long) epochs * loaded[0].images().length > WORTH_WARMING_UP;
            } finally {
                if (!worthIt) {
                    warmUp.cancel();
                }
            }
        });
        return loaded;
    }

    private static long run(Trainer trainer, ResumePoint position, Consumer<TrainingPage.End> reporter) {
        try {
            return trainer.run(position);
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

    private void checkNumbers() {
        TrainingOptions.check("--epochs", epochs, Integer.MAX_VALUE);
        if (every != null) {
            TrainingOptions.check("--every", every, Integer.MAX_VALUE);
        }
        if (validation < 0) {
            throw new UsageException("--validation must be from 0: " + validation);
        }
        ScheduleOption.Metric metric = schedule.metric();
        if (metric != null && metric != ScheduleOption.Metric.TRAINING_LOSS && validation == 0) {
            throw new UsageException("--schedule reduce-on-plateau:on=" + metric
                    + " needs --validation, how many images to hold out; or give it on=training-loss");
        }
        if (checkpoint == null && (every != null || resume)) {
            throw new UsageException(
                    (resume ? "--resume" : "--every") + " needs --checkpoint, the directory to save in");
        }
    }

    private void checkFiles(Path saved) {
        if (metricsFile != null) {
            OutputFile.checkPlace("--metrics", metricsFile);
        }
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("--out", out);
        files.put("--metrics", metricsFile);
        files.put("--report", reportFile);
        files.put("--checkpoint", saved);
        Map<Path, String> names = new HashMap<>();
        files.forEach((option, file) -> {
            String other = file == null
                    ? null
                    : names.putIfAbsent(file.toAbsolutePath().normalize(), option);
            if (other != null) {
                throw new UsageException(other + " and " + option + " must not be the same file: " + files.get(other));
            }
        });
    }

    /** What the weights depend on. */
    private Map<String, String> options(DataSet all, int batch) {
        Map<String, String> options = setup.settings(all, batch);
        options.put("--layer-lr", layerRates == null ? "none" : layerRates);
        options.put("--schedule", schedule.toString());
        options.put("--validation", Integer.toString(validation));
        if (schedule.dependsOnTheEnd()) {
            options.put("--epochs", Integer.toString(epochs));
        }
        return options;
    }
}
