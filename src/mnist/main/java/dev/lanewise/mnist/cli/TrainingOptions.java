package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.ModelFile;
import dev.lanewise.optim.Clipping;
import dev.lanewise.optim.UpdateRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that say what is trained, how, and on what: those that {@code train} and {@code find-lr} have in common. */
final class TrainingOptions {
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
            completionCandidates = RuleOption.Names.class,
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private RuleOption rule;

    @Mixin
    private CommandSpec hyperparameters = RuleOptions.spec();

    @Option(
            names = "--clip-norm",
            paramLabel = "X",
            description = "Scales the gradient of all layers together down to this norm where it is above it"
                    + " (default: no limit)")
    private Double clipNorm;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "128",
            description = "Images a step; more than there are is all of them (default: ${DEFAULT-VALUE})")
    private int batchSize;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private DataOptions data;

    /** Everything that can be wrong without the data. */
    void check() {
        check("--batch-size", batchSize, Integer.MAX_VALUE);
        threads();
        if (clipNorm != null && !(clipNorm > 0 && clipNorm < Double.POSITIVE_INFINITY)) {
            throw new UsageException("--clip-norm must be finite and above 0: " + clipNorm);
        }
        widths();
        rule();
    }

    static void check(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new UsageException(option
                    + (most < Integer.MAX_VALUE ? " must be from 1 to " + most : " must be at least 1") + ": " + value);
        }
    }

    /** The rule with all hyperparameters as given. */
    UpdateRule rule() {
        return rule.with(RuleOptions.given(hyperparameters));
    }

    /** The same at another learning rate, which an option of this name asks for. */
    UpdateRule rule(double learningRate, String option) {
        Map<String, Object> given = new LinkedHashMap<>(RuleOptions.given(hyperparameters));
        given.put("--lr", learningRate);
        try {
            return rule.with(given);
        } catch (UsageException e) {
            throw new UsageException(e.getMessage().replaceAll("--lr(?!-)", option), e);
        }
    }

    /** By which factor the rule keeps what it remembers of the gradients; 0 if it remembers none. */
    double momentum() {
        Map<String, Object> settings = rule.settings(RuleOptions.given(hyperparameters));
        return (double) settings.getOrDefault("--momentum", settings.getOrDefault("--beta1", 0.0));
    }

    /** Whether {@code --lr} was given. */
    boolean hasLearningRate() {
        return RuleOptions.given(hyperparameters).containsKey("--lr");
    }

    String optimizer() {
        return rule.toString();
    }

    Clipping clipping() {
        return clipNorm == null ? Clipping.none() : Clipping.byNorm(clipNorm);
    }

    /** {@code 256,128} or {@code none}. */
    private int[] widths() {
        if (hidden.equals("none")) {
            return new int[0];
        }
        if (!hidden.matches("[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*")) {
            throw new UsageException("--hidden must be widths from 1, separated by commas, or none: " + hidden);
        }
        return Stream.of(hidden.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    int layers() {
        return widths().length + 1;
    }

    /** The network's layers, if their parameters fit an array. */
    int[] sizes(DataSet training) {
        int[] sizes = IntStream.concat(
                        IntStream.concat(IntStream.of(training.pixels()), IntStream.of(widths())),
                        IntStream.of(training.classes()))
                .toArray();
        long parameters = 0;
        for (int i = 1; i < sizes.length; i++) {
            parameters += (sizes[i - 1] + 1L) * sizes[i];
            if (parameters > ModelFile.MOST_PARAMETERS) {
                throw new UsageException(
                        "--hidden must make at most " + ModelFile.MOST_PARAMETERS + " parameters: " + hidden);
            }
        }
        return sizes;
    }

    int batch(DataSet training) {
        int batch = Math.min(batchSize, training.size());
        int most = (Integer.MAX_VALUE - 16) / training.pixels();
        if (batch > most) {
            throw new UsageException("--batch-size must be at most " + most + " for images of " + training.pixels()
                    + " pixels: " + batchSize);
        }
        return batch;
    }

    long seed() {
        return compute.seed();
    }

    int threads() {
        return compute.threads();
    }

    int threads(int ranks) {
        return compute.threads(ranks);
    }

    DataOptions data() {
        return data;
    }

    /** Option → value, of all that the weights depend on but what {@code train} alone has; given or not. */
    Map<String, String> settings(DataSet all, int batch) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("--data", all.fingerprint());
        settings.put("--hidden", hidden);
        settings.put("--optimizer", rule.toString());
        rule.settings(RuleOptions.given(hyperparameters))
                .forEach((option, value) -> settings.put(option, value.toString()));
        settings.put("--clip-norm", clipNorm == null ? "none" : clipNorm.toString());
        settings.put("--batch-size", Integer.toString(batch));
        settings.put("--seed", Long.toString(seed()));
        return settings;
    }
}
