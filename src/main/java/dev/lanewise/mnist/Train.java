package dev.lanewise.mnist;

import dev.lanewise.Workers;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.WarmupCosine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
final class Train implements Callable<Integer> {
    private static final int MOST_THREADS = 1024;

    /** Pixels to be trained on, in all epochs; fewer are seen before the kernels are compiled. */
    private static final int WORTH_WARMING_UP = 10_000_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--hidden",
            paramLabel = "WIDTHS",
            defaultValue = "256,128",
            description = "Widths of the hidden layers, or none for the linear network (default: ${DEFAULT-VALUE})")
    private String hidden;

    @Option(
            names = "--optimizer",
            paramLabel = "RULE",
            defaultValue = "adamw",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Rule rule;

    @Mixin
    private Hyperparameters hyperparameters;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            defaultValue = "warmup-cosine",
            description = "${COMPLETION-CANDIDATES}; the warmup takes 5 %% of all steps, then a cosine leads down to 0"
                    + " (default: ${DEFAULT-VALUE})")
    private Course schedule;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "128",
            description = "Images a step; more than there are is all of them (default: ${DEFAULT-VALUE})")
    private int batchSize;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "10",
            description = "Passes over the training data (default: ${DEFAULT-VALUE})")
    private int epochs;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Determines the initial weights and the order of the images (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to use (default: the processors)")
    private Integer threads;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "src/data/mnist",
            description = "Where the four IDX files are, named as MNIST's are, each with or without .gz; images of any"
                    + " size, any number of classes (default: ${DEFAULT-VALUE})")
    private Path data;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Writes the weights here at the end, in the safetensors format")
    private Path out;

    @Option(
            names = "--metrics",
            paramLabel = "FILE",
            description =
                    "Logs JSON lines here, replacing the file: step, epoch, loss and lr of each step; epoch, loss,"
                        + " test_accuracy and seconds of each epoch. Each line is written at once, so the file can be"
                        + " followed with tail -f")
    private Path metricsFile;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description =
                    "Saves all that the training needs to continue here, in checkpoint.safetensors, after each epoch"
                            + " and at the end; the directory is made if there is none. The file is whole whenever the"
                            + " program is stopped")
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
                        + " that the weights depend on must be as they were; with --schedule constant, --epochs may be"
                        + " larger")
    private boolean resume;

    @Override
    public Integer call() {
        checkNumbers();
        int[] widths = widths();
        UpdateRule update = rule.with(hyperparameters.given());
        Path saved = checkpoint == null ? null : Saves.file(checkpoint, resume);
        OutputFile model = checkFiles(saved);
        try (Workers workers = Workers.of(threads)) {
            DataSet[] loaded = load(workers, update);
            DataSet training = loaded[0], test = loaded[1];
            int[] sizes = sizes(training, widths);
            int batch = batch(training);
            long steps = epochs * Trainer.steps(training.size(), batch);
            Mlp mlp = new Mlp(workers, sizes);
            mlp.initialise(seed);
            Schedule rates = schedule.of(update.learningRate(), steps);
            List<ParameterGroup> groups = mlp.ranges().stream()
                    .map(range -> new ParameterGroup(range.name(), range.from(), range.length(), update, rates))
                    .toList();
            Optimizer optimizer = new Optimizer(mlp.parameters(), groups, StepOptions.DEFAULT.withWorkers(workers));
            Map<String, String> options = saved == null ? Map.of() : options(training, batch);
            Saves saves = new Saves(saved, every == null ? 0 : every, mlp, optimizer, options);
            PrintWriter lines = spec.commandLine().getOut();
            Position position = resume ? saves.resume(steps, lines) : Position.START;
            Trainer trainer = new Trainer(training, mlp, optimizer, batch, epochs, seed);
            Evaluation evaluation = new Evaluation(mlp, test, training.classes());
            try (Metrics metrics = Metrics.open(metricsFile, position.logged());
                    Progress progress = new Progress(lines, Progress.terminal(), epochs)) {
                double seconds = trainer.run(position, evaluation, progress, metrics, saves) / 1e9;
                if (model != null) {
                    ModelFile.write(mlp, model);
                }
                progress.end(evaluation.accuracy(), ModelFile.sha256(mlp.parameters()), seconds);
            }
        }
        return 0;
    }

    /** Reads the training and the test data, while another thread, if there is one, sees to the kernels. */
    private DataSet[] load(Workers workers, UpdateRule update) {
        WarmUp warmUp = new WarmUp(update);
        DataSet[] loaded = new DataSet[2];
        workers.run(2, task -> {
            if (task == 1) {
                warmUp.run();
                return;
            }
            boolean worthIt = false;
            try {
                loaded[0] = DataSet.load(data, DataSet.TRAINING);
                loaded[1] = DataSet.load(data, DataSet.TEST);
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

    private void checkNumbers() {
        threads = threads == null ? Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS) : threads;
        check("--batch-size", batchSize, Integer.MAX_VALUE);
        check("--epochs", epochs, Integer.MAX_VALUE);
        check("--threads", threads, MOST_THREADS);
        if (every != null) {
            check("--every", every, Integer.MAX_VALUE);
        }
        if (checkpoint == null && (every != null || resume)) {
            throw new BadInput((resume ? "--resume" : "--every") + " needs --checkpoint, the directory to save in");
        }
    }

    private static void check(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new BadInput(
                    option + " must be from 1" + (most < Integer.MAX_VALUE ? " to " + most : "") + ": " + value);
        }
    }

    private OutputFile checkFiles(Path saved) {
        if (metricsFile != null) {
            OutputFile.checkPlace("--metrics", metricsFile);
        }
        checkDifferent("--out and --metrics", out, metricsFile);
        checkDifferent("--out and --checkpoint", out, saved);
        checkDifferent("--metrics and --checkpoint", metricsFile, saved);
        return out == null ? null : new OutputFile("--out", out);
    }

    private static void checkDifferent(String options, Path one, Path other) {
        if (one != null
                && other != null
                && one.toAbsolutePath()
                        .normalize()
                        .equals(other.toAbsolutePath().normalize())) {
            throw new BadInput(options + " must not be the same file: " + one);
        }
    }

    /** What the weights depend on. A constant schedule does not depend on the number of epochs. */
    private Map<String, String> options(DataSet training, int batch) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("--data", training.fingerprint());
        options.put("--hidden", hidden);
        options.put("--optimizer", rule.toString());
        rule.settings(hyperparameters.given()).forEach((option, value) -> options.put(option, value.toString()));
        options.put("--schedule", schedule.toString());
        options.put("--batch-size", Integer.toString(batch));
        options.put("--seed", Long.toString(seed));
        if (schedule != Course.CONSTANT) {
            options.put("--epochs", Integer.toString(epochs));
        }
        return options;
    }

    /** {@code 256,128} or {@code none}. */
    private int[] widths() {
        if (hidden.equals("none")) {
            return new int[0];
        }
        if (!hidden.matches("[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*")) {
            throw new BadInput("--hidden must be widths from 1, separated by commas, or none: " + hidden);
        }
        return Stream.of(hidden.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    /** The network's layers, if their parameters fit an array. */
    private static int[] sizes(DataSet training, int[] widths) {
        int[] sizes = IntStream.concat(
                        IntStream.concat(IntStream.of(training.pixels()), IntStream.of(widths)),
                        IntStream.of(training.classes()))
                .toArray();
        long parameters = 0;
        for (int i = 1; i < sizes.length; i++) {
            parameters += (sizes[i - 1] + 1L) * sizes[i];
            if (parameters > ModelFile.MOST_PARAMETERS) {
                throw new BadInput("--hidden is too large: a network may have at most " + ModelFile.MOST_PARAMETERS
                        + " parameters");
            }
        }
        return sizes;
    }

    private int batch(DataSet training) {
        int batch = Math.min(batchSize, training.size());
        int most = (Integer.MAX_VALUE - 16) / training.pixels();
        if (batch > most) {
            throw new BadInput("--batch-size must be at most " + most + " for images of " + training.pixels()
                    + " pixels: " + batchSize);
        }
        return batch;
    }

    /** What {@code --schedule} may name. */
    enum Course {
        CONSTANT,
        WARMUP_COSINE;

        Schedule of(double learningRate, long steps) {
            return switch (this) {
                case CONSTANT -> new Constant(learningRate);
                case WARMUP_COSINE -> new WarmupCosine(learningRate, steps / 20, steps);
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
