package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.mnist.lab.ResultStore;
import dev.lanewise.mnist.train.ModelFile;
import dev.lanewise.nn.Mlp;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line is tested as a user sees it: arguments, standard output and error, exit code, files. */
class MainTest {
    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void writeData() throws IOException {
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
    }

    private static Outcome run(String... arguments) {
        return Outcome.of(Main::run, arguments);
    }

    /** Trains a small network on the tiny data; the given arguments replace the usual ones or are added to them. */
    private Outcome train(String... given) {
        List<String> arguments = new ArrayList<>(List.of("train"));
        String[] usual = {"--data", data.toString(), "--hidden", "8", "--epochs", "40", "--batch-size", "16"};
        for (int i = 0; i < usual.length; i += 2) {
            if (!List.of(given).contains(usual[i])) {
                arguments.addAll(List.of(usual[i], usual[i + 1]));
            }
        }
        arguments.addAll(List.of(given));
        return run(arguments.toArray(String[]::new));
    }

    private static void assertRefused(String message, Outcome outcome) {
        assertEquals(2, outcome.code(), outcome.toString());
        assertEquals(List.of("error: " + message), outcome.err());
        assertEquals(List.of(), outcome.out());
    }

    private static String hash(Outcome outcome) {
        assertEquals(0, outcome.code(), outcome.toString());
        return outcome.out().getLast().replaceFirst(".*sha256 ([0-9a-f]{64})  .*", "$1");
    }

    @Test
    void learnsAndSaysSoInTheseWords() {
        Outcome outcome = train("--lr", "0.03");
        assertEquals(0, outcome.code(), outcome.toString());
        assertEquals(List.of(), outcome.err());
        assertEquals(41, outcome.out().size());
        for (String line : outcome.out().subList(0, 40)) {
            assertTrue(
                    line.matches(
                            "epoch [ 1-4][0-9]/40  loss \\d+\\.\\d{4}  test accuracy ( \\d|\\d\\d|100)\\.\\d\\d %  "
                                    + "\\d+\\.\\d\\d s"),
                    line);
        }
        assertTrue(
                outcome.out().get(2).startsWith("epoch  3/40  loss "),
                outcome.out().get(2));
        assertTrue(
                outcome.out()
                        .getLast()
                        .matches("test accuracy 100\\.00 %  weights sha256 [0-9a-f]{64}  \\d+\\.\\d\\d s"),
                outcome.out().getLast());
    }

    @Test
    void sameArgumentsGiveTheSameWeightsOnAnyNumberOfThreads() {
        String one = hash(train("--threads", "1"));
        assertEquals(one, hash(train("--threads", "2")));
        assertEquals(one, hash(train("--threads", "3")));
        assertFalse(one.equals(hash(train("--threads", "1", "--seed", "2"))));
    }

    @Test
    void batchLargerThanTheDataIsAllOfIt() {
        assertEquals(hash(train("--batch-size", "90")), hash(train("--batch-size", "2147483647")));
    }

    @Test
    void evaluatesWhatItTrained() {
        Path model = folder.resolve("w.safetensors");
        Outcome trained = train("--epochs", "3", "--out", model.toString());
        Outcome outcome = run("evaluate", "--model", model.toString(), "--data", data.toString());
        assertEquals(0, outcome.code(), outcome.toString());
        String accuracy = trained.out().getLast().replaceFirst("  weights.*", "");
        assertTrue(
                outcome.out().getFirst().startsWith(accuracy + "  ("),
                outcome.out().getFirst());
        assertEquals("       0   1   2", outcome.out().get(3));
        int images = 0;
        int correct = 0;
        for (int label = 0; label < 3; label++) {
            String[] row =
                    outcome.out().get(4 + label).replace(".", "0").strip().split(" +");
            assertEquals(4, row.length);
            for (int c = 0; c < 3; c++) {
                images += Integer.parseInt(row[1 + c]);
                correct += c == label ? Integer.parseInt(row[1 + c]) : 0;
            }
        }
        assertEquals(TinyData.TEST, images);
        assertTrue(
                outcome.out().getFirst().endsWith("(" + correct + " of 30)"),
                outcome.out().getFirst());
    }

    /**
     * A rule that keeps an average: its accuracy, its hash and its file are those of the average, and the checkpoint has what is
     * trained.
     */
    @ParameterizedTest
    @ValueSource(strings = {"schedule-free-sgd", "schedule-free-adamw"})
    void evaluatesAndWritesTheAverage(String rule) throws IOException {
        Path model = folder.resolve("w.safetensors"), checkpoint = folder.resolve("checkpoint");
        Outcome trained = train(
                "--optimizer",
                rule,
                "--lr",
                "0.05",
                "--epochs",
                "3",
                "--schedule",
                "constant",
                "--out",
                model.toString(),
                "--checkpoint",
                checkpoint.toString());
        Outcome evaluated = run("evaluate", "--model", model.toString(), "--data", data.toString());
        assertTrue(
                evaluated.out().getFirst().startsWith(trained.out().getLast().replaceFirst("  weights.*", "") + "  ("),
                trained + " and " + evaluated);
        Mlp mlp = ModelFile.read(model, Workers.caller());
        assertEquals(hash(trained), ModelFile.sha256(mlp.parameters()));
        float[] average = new float[8], saved = new float[8], iterate = new float[8];
        Mlp.Parameter bias = mlp.parameterRanges().get(1);
        mlp.parameters().copyTo(bias.from(), average, 0, 8);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors file = Safetensors.map(checkpoint.resolve("checkpoint.safetensors"), arena);
            file.floats("layers.0.bias").copyTo(0, saved, 0, 8);
            file.floats("layers.0.bias.z").copyTo(0, iterate, 0, 8);
        }
        for (int i = 0; i < 8; i++) {
            assertEquals(saved[i], 0.9f * average[i] + 0.1f * iterate[i], 1e-5f);
        }
        assertFalse(Arrays.equals(average, saved));
    }

    @Test
    void logsStepsAndEpochs() throws IOException {
        Path log = Files.writeString(folder.resolve("log.jsonl"), "old");
        assertEquals(
                0,
                train("--epochs", "2", "--batch-size", "50", "--schedule", "constant", "--metrics", log.toString())
                        .code());
        List<String> lines = Files.readAllLines(log);
        String number = "[0-9.E-]+";
        assertEquals(6, lines.size());
        for (int i = 0; i < 6; i++) {
            int epoch = 1 + i / 3;
            String expected = i % 3 == 2
                    ? "{\"epoch\":" + epoch + ",\"loss\":N,\"test_accuracy\":N,\"seconds\":N}"
                    : "{\"step\":" + (1 + i - i / 3) + ",\"epoch\":" + epoch + ",\"loss\":N,\"lr\":0.001}";
            assertEquals(expected, lines.get(i).replaceAll("(loss|accuracy|seconds)\":" + number, "$1\":N"));
        }
        assertTrue(Files.readString(log).endsWith("}\n"));
    }

    /** The measurements and the page are tested in {@code dev.lanewise.mnist.lab}. */
    @Test
    void labRefusesWhatItCannotDoBeforeItBegins() throws IOException {
        Path page = folder.resolve("page.html");
        Path kept = folder.resolve("page-runs");
        String[] lab = {"lab", "--quick", "--data", data.toString(), "--out", page.toString()};
        assertRefused("--threads must be from 1 to 1024: 0", run(with(lab, "--threads", "0")));
        assertRefused("--data nowhere: expected a directory, found nothing", run(with(lab, "--data", "nowhere")));
        assertRefused(
                "--out " + folder.resolve("no/page.html") + ": there is no directory " + folder.resolve("no"),
                run(with(lab, "--out", folder.resolve("no/page.html").toString())));
        Files.writeString(kept, "");
        assertRefused(
                "--out " + page + ": expected a directory for the results at " + kept + ", found a file", run(lab));
        Files.delete(kept);
        ResultStore.open(kept, Map.of("--quick", "not given"));
        assertRefused(
                "--out: there are results of a lab in " + kept + " already; add --resume to continue it, or remove "
                        + kept,
                run(lab));
        assertRefused(
                "--resume: --quick was not given for the results in " + kept + ", and is given now",
                run(with(lab, "--resume")));
        assertFalse(Files.exists(page));
    }

    private static String[] with(String[] arguments, String... more) {
        List<String> all = new ArrayList<>(List.of(arguments));
        if (all.contains(more[0])) {
            all.set(all.indexOf(more[0]) + 1, more[1]);
        } else {
            all.addAll(List.of(more));
        }
        return all.toArray(String[]::new);
    }

    @Test
    void stopsWhenTheLossIsNoLongerANumber() throws IOException {
        Path model = folder.resolve("w.safetensors");
        Path log = folder.resolve("log.jsonl");
        Outcome outcome = train(
                "--optimizer",
                "sgd",
                "--lr",
                "1e30",
                "--schedule",
                "constant",
                "--hidden",
                "8,8",
                "--out",
                model.toString(),
                "--metrics",
                log.toString());
        assertEquals(3, outcome.code(), outcome.toString());
        assertEquals(1, outcome.err().size());
        assertTrue(
                outcome.err()
                        .getFirst()
                        .matches("error: the loss became (NaN|Infinity) at step \\d+, in epoch 1 of 40, after a step"
                                + " with learning rate 1\\.00e\\+30: try a smaller --lr, --clip-norm 1, or .*"),
                outcome.err().getFirst());
        assertFalse(Files.exists(model));
        List<String> lines = Files.readAllLines(log);
        assertTrue(lines.getLast().contains("\"loss\":null"), lines.getLast());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --hidden 0              | --hidden must be widths from 1, separated by commas, or none: 0
        --hidden 3,,4           | --hidden must be widths from 1, separated by commas, or none: 3,,4
        --hidden -3             | --hidden must be widths from 1, separated by commas, or none: -3
        --hidden 900000000      | --hidden must make at most 2147483631 parameters: 900000000
        --lr NaN                | --lr must be finite and not negative: NaN
        --lr -1                 | --lr must be finite and not negative: -1.0
        --lr Infinity           | --lr must be finite and not negative: Infinity
        --lr x                  | Invalid value for option '--lr': expected a number, found 'x' (see lanewise train --help)
        --weight-decay -1       | --weight-decay must be finite and not negative: -1.0
        --lr 200                | --lr × --weight-decay must be below 1: 200.0 × 0.01 = 2.0
        --momentum 0.9          | --momentum does not apply to --optimizer adamw
        --optimizer adm         | Invalid value for option '--optimizer': expected one of [<optimizers>], found 'adm' (see lanewise train --help)
        --optimizer lion --epsilon 1 | --epsilon does not apply to --optimizer lion
        --optimizer sgd --nesterov   | --momentum must be above 0 with --nesterov: 0.0
        --optimizer adam --beta1 1   | --beta1 must be in [0, 1): 1.0
        --optimizer ademamix --beta3-warmup -1 | --beta3-warmup must be at least 0: -1
        --optimizer ademamix --alpha-warmup 1.5 | Invalid value for option '--alpha-warmup': '1.5' is not a long (see lanewise train --help)
        --optimizer adopt --clip-exponent -1 | --clip-exponent must be not negative, or infinite: -1.0
        --optimizer adam --no-rectify | --rectify does not apply to --optimizer adam
        --optimizer rprop --eta-plus 1 | --eta-plus must be finite and above 1: 1.0
        --norm all              | --norm does not apply to --optimizer adamw
        --caution much          | Invalid value for option '--caution': expected one of [none, masked, rescaled], found 'much' (see lanewise train --help)
        --optimizer adam --caution masked | --caution does not apply to --optimizer adam
        --optimizer lamb --trust 1 | --trust does not apply to --optimizer lamb
        --schedule stairs       | Invalid value for option '--schedule': expected one of [constant, step, multi-step, exponential, polynomial, linear-warmup, cosine, cosine-restarts, warmup-cosine, one-cycle, warmup-stable-decay, inverse-square-root, reduce-on-plateau], found 'stairs' (see lanewise train --help)
        --schedule step:gamma=1 | Invalid value for option '--schedule': expected [every, factor] of step as KEY=VALUE, found 'gamma=1' (see lanewise train --help)
        --schedule step:factor  | Invalid value for option '--schedule': expected [every, factor] of step as KEY=VALUE, found 'factor' (see lanewise train --help)
        --schedule step:        | Invalid value for option '--schedule': expected [every, factor] of step as KEY=VALUE, found '' (see lanewise train --help)
        --schedule constant:a=1 | Invalid value for option '--schedule': constant has no keys, found 'a=1' (see lanewise train --help)
        --schedule step:every=x | Invalid value for option '--schedule': expected every to be a length, as 2, 5% or 200steps, found 'x' (see lanewise train --help)
        --schedule step:every=1.5steps | Invalid value for option '--schedule': expected every to be a whole number of steps, found '1.5steps' (see lanewise train --help)
        --schedule step:factor=-1 | Invalid value for option '--schedule': expected factor to be a number from 0, found '-1' (see lanewise train --help)
        --schedule reduce-on-plateau:on=loss | Invalid value for option '--schedule': expected on to be one of [training-loss, validation-loss, validation-accuracy], found 'loss' (see lanewise train --help)
        --schedule step:factor=2 | --schedule step:every=30%,factor=2: factor must be in [0, 1]: 2.0
        --schedule step:every=0  | --schedule step:every=0,factor=0.1: every must be at least 1: 0
        --schedule multi-step:at=2/1 | --schedule multi-step:at=2/1,factor=0.1: milestones must be ascending and at least 1: [12, 6]
        --schedule cosine:floor=1.5 | --schedule cosine:floor=1.5: floor must be in [0, 1]: 1.5
        --schedule cosine-restarts:growth=1.5 | --schedule cosine-restarts:period=1,growth=1.5,floor=0: growth must be a whole number: 1.5
        --schedule warmup-cosine:warmup=101% | --schedule warmup-cosine:warmup=101%,floor=0: total must be at least 242: 240
        --schedule warmup-stable-decay:decay=96% | --schedule warmup-stable-decay:warmup=5%,decay=96%,floor=0: warmup and decay must fit in the 240 steps: 12 and 230
        --schedule reduce-on-plateau | --schedule reduce-on-plateau:on=validation-loss needs --validation, how many images to hold out; or give it on=training-loss
        --schedule reduce-on-plateau:on=training-loss,patience=0.5 | --schedule reduce-on-plateau:on=training-loss,factor=0.1,patience=0.5,threshold=0.0001,cooldown=0,floor=0: patience must be a whole number: 0.5
        --layer-lr 0.1          | --layer-lr must have a rate for each of the 2 layers, or be NAME=RATE,...: 0.1
        --layer-lr 0.1,x        | --layer-lr: expected a number, found 'x'
        --layer-lr 0.1,-1       | --layer-lr must be finite and not negative: -1.0
        --layer-lr 0.1,200      | --layer-lr × --weight-decay must be below 1: 200.0 × 0.01 = 2.0
        --layer-lr 0.1,0.1 --lr 0.1 | --lr does not apply: --layer-lr has a rate for every layer
        --layer-lr layer.0=1    | --layer-lr: expected one of [layers.0, layers.0.weight, layers.0.bias, layers.1, layers.1.weight, layers.1.bias], found 'layer.0'
        --layer-lr layers.0=1,2 | --layer-lr: expected a number, found ''
        --layer-lr layers.0=1,layers.0.bias=1 | --layer-lr must not name layers.0.bias twice: layers.0=1,layers.0.bias=1
        --state f16             | --state must be f32, bf16 or int8: f16
        --clip-norm 0           | --clip-norm must be finite and above 0: 0.0
        --clip-norm NaN         | --clip-norm must be finite and above 0: NaN
        --validation -1         | --validation must be at least 0: -1
        --out a --report ./a    | --out and --report must not be the same file: a
        --report /nowhere/r     | --report /nowhere/r: there is no directory /nowhere
        --epochs 0              | --epochs must be at least 1: 0
        --epochs -2             | --epochs must be at least 1: -2
        --epochs 1.5            | Invalid value for option '--epochs': expected a whole number, found '1.5' (see lanewise train --help)
        --batch-size 0          | --batch-size must be at least 1: 0
        --threads 0             | --threads must be from 1 to 1024: 0
        --threads 1025          | --threads must be from 1 to 1024: 1025
        --seed x                | Invalid value for option '--seed': expected a whole number below 2^63, found 'x' (see lanewise train --help)
        --epoch 2               | Unknown options: '--epoch', '2'; did you mean --epochs? (see lanewise train --help)
        --out                   | Missing required parameter for option '--out' (FILE) (see lanewise train --help)
        @nothing                | Unmatched argument at index 9: '@nothing' (see lanewise train --help)
        --data /nowhere         | --data /nowhere: expected a directory, found nothing
        --out /nowhere/w        | --out /nowhere/w: there is no directory /nowhere
        --metrics /nowhere/m    | --metrics /nowhere/m: there is no directory /nowhere
        --out /                 | --out /: expected a file, found a directory
        --out /dev/null         | --out /dev/null: expected a regular file, found something else
        --out a --metrics ./a   | --out and --metrics must not be the same file: a
        """)
    void refusesBadArguments(String arguments, String message) {
        String optimizers = RuleOption.ALL.stream().map(RuleOption::name).collect(Collectors.joining(", "));
        assertRefused(message.replace("<optimizers>", optimizers), train(arguments.split(" ")));
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.mnist.cli.RuleOption#ALL")
    void everyOptimizerLearns(RuleOption rule) {
        // The rate of these is a factor of steps whose size their state determines.
        String rate = List.of("adadelta", "prodigy").contains(rule.name()) ? "1" : "0.02";
        Outcome outcome = train("--optimizer", rule.toString(), "--hidden", "16", "--epochs", "60", "--lr", rate);
        assertEquals(0, outcome.code(), outcome.toString());
        assertTrue(
                outcome.out().getLast().matches("test accuracy +(9\\d|100)\\.\\d\\d % .*"),
                outcome.out().getLast());
    }

    @Test
    void refusesWhatIsNoCommand() {
        assertRefused("Expected a command: train, evaluate, find-lr or lab (see lanewise --help)", run());
        assertRefused("Unmatched argument at index 0: 'foo' (see lanewise --help)", run("foo"));
        assertRefused("Missing required option: '--model=FILE' (see lanewise evaluate --help)", run("evaluate"));
    }

    @Test
    void refusesToHoldOutEverything() {
        assertRefused(
                "--validation must be below the 90 images of " + data.resolve("train-images-idx3-ubyte") + ": 90",
                train("--validation", "90"));
    }

    @Test
    void heldOutImagesAreShownAndTestImagesOnlyInTheEnd() throws IOException {
        Path log = folder.resolve("log.jsonl");
        Outcome outcome = train("--epochs", "2", "--validation", "12", "--metrics", log.toString());
        assertEquals(0, outcome.code(), outcome.toString());
        assertTrue(
                outcome.out().getFirst().matches("epoch 1/2  loss \\d\\.\\d{4}  validation accuracy .* %  .* s"),
                outcome.out().getFirst());
        assertTrue(
                outcome.out().getLast().startsWith("test accuracy "),
                outcome.out().getLast());
        List<String> lines = Files.readAllLines(log).stream()
                .map(line -> line.replaceAll(":[0-9.E-]+", ":N"))
                .filter(line -> !line.startsWith("{\"step\""))
                .toList();
        String epoch = "{\"epoch\":N,\"loss\":N,\"validation_loss\":N,\"validation_accuracy\":N,\"seconds\":N}";
        assertEquals(List.of(epoch, epoch, "{\"test_accuracy\":N}"), lines);
        // 78 images are left, in batches of 16, of which the fifth has 14.
        assertTrue(Files.readString(log).contains("{\"step\":10,\"epoch\":2,"));
        assertFalse(Files.readString(log).contains("{\"step\":11,"));
    }

    @Test
    void aRateForEachLayerIsLoggedByName() throws IOException {
        Path log = folder.resolve("log.jsonl");
        assertEquals(
                0,
                train(
                                "--epochs",
                                "1",
                                "--schedule",
                                "constant",
                                "--lr",
                                "0.5",
                                "--layer-lr",
                                "layers.0=0.25,layers.1.bias=0",
                                "--metrics",
                                log.toString())
                        .code());
        assertTrue(
                Files.readAllLines(log)
                        .getFirst()
                        .endsWith("\"lr\":{\"layers.0.weight\":0.25,\"layers.0.bias\":0.25,\"layers.1.weight\":0.5,"
                                + "\"layers.1.bias\":0.0}}"),
                Files.readAllLines(log).getFirst());
        String each = hash(train("--schedule", "constant", "--layer-lr", "0.25,0.25"));
        assertEquals(hash(train("--schedule", "constant", "--lr", "0.25")), each);
    }

    /** The weights of the first layer are 4,608, which are enough for int8; the state of SGD without momentum has nothing to store. */
    @Test
    void theTypeOfTheStateChangesTheWeights() {
        List<String> hashes = Stream.of("f32", "bf16", "int8")
                .map(state -> hash(train("--hidden", "512", "--state", state)))
                .toList();
        assertEquals(hash(train("--hidden", "512")), hashes.getFirst());
        assertEquals(3, Set.copyOf(hashes).size(), hashes.toString());
        assertEquals(
                hashes.get(1), hash(train("--hidden", "512", "--state", "bf16", "--threads", "3")), "on three threads");
        assertFalse(hashes.get(1).equals(hash(train("--hidden", "512", "--state", "bf16", "--seed", "2"))));
        assertEquals(hash(train("--optimizer", "sgd")), hash(train("--optimizer", "sgd", "--state", "bf16")));
    }

    @Test
    void whatIsClippedFarAboveTheGradientIsNotClipped() {
        assertEquals(hash(train()), hash(train("--clip-norm", "1e6")));
        // AdamW's steps hardly depend on the scale of the gradient; those of SGD do.
        assertFalse(hash(train("--optimizer", "sgd")).equals(hash(train("--optimizer", "sgd", "--clip-norm", "0.1"))));
    }

    /** With these rates the first step makes the weights useless, which is reported with a message and without a page. */
    @Test
    void watchSaysWhatStandsOut() {
        Outcome outcome = train("--optimizer", "sgd", "--lr", "100", "--schedule", "constant", "--watch");
        assertTrue(
                outcome.out()
                        .getFirst()
                        .matches(
                                "watch: layers\\.[01]\\.weight: step larger than the weights \\(.*\\) at step 1; reduce"
                                        + " its learning rate below .*, or warm up"),
                outcome.toString());
        assertEquals(
                List.of(),
                train("--epochs", "3", "--watch").out().stream()
                        .filter(line -> line.startsWith("watch"))
                        .toList());
    }

    @Test
    void refusesADirectoryAsOutput() {
        assertRefused("--out " + folder + ": expected a file, found a directory", train("--out", folder.toString()));
        assertRefused(
                "--metrics " + folder + ": expected a file, found a directory", train("--metrics", folder.toString()));
    }

    @Test
    void findsAnUnwritableOutputBeforeItReadsTheData() {
        assertRefused(
                "--out /nowhere/w: there is no directory /nowhere", train("--out", "/nowhere/w", "--data", "/nothing"));
    }

    @Test
    void refusesDataThatIsNotThere() throws IOException {
        Files.delete(data.resolve("t10k-labels-idx1-ubyte.gz"));
        assertRefused(
                "--data " + data
                        + ": expected a file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz, found neither",
                train());
    }

    /** A name that begins with @ is a name, and not that of a file with arguments. */
    @Test
    void anArgumentIsNotRead() throws IOException {
        Path arguments = Files.writeString(folder.resolve("@arguments"), "--epochs 1");
        Outcome outcome = train("@" + arguments);
        assertRefused("Unmatched argument at index 9: '@" + arguments + "' (see lanewise train --help)", outcome);
        Path model = Path.of("@" + folder.getFileName());
        try {
            assertEquals(0, train("--epochs", "1", "--out", model.toString()).code());
            assertTrue(Files.exists(model));
        } finally {
            Files.deleteIfExists(model);
        }
    }

    @Test
    void refusesNamesThatNoFileHas() {
        for (String option : List.of("--out", "--metrics", "--report", "--checkpoint", "--data")) {
            assertRefused(
                    "Invalid value for option '" + option
                            + "': expected a file name, found 'a b': Nul character not allowed (see lanewise train"
                            + " --help)",
                    train(option, "a\0b"));
        }
    }

    @ParameterizedTest
    @ValueSource(bytes = {0, 1, 7, (byte) 255})
    void refusesLabelsOfOneClass(byte label) throws IOException {
        byte[] labels = new byte[90];
        Arrays.fill(labels, label);
        TinyData.writeLabels(data, "train", labels);
        String message = data.resolve("train-labels-idx1-ubyte.gz")
                + ": expected labels of at least two classes, found nothing but " + (label & 0xff);
        assertRefused(message, train());
        for (String command : List.of("find-lr", "lab")) {
            assertRefused(message, run(command, "--data", data.toString()));
        }
    }

    @Test
    void refusesToHoldOutAllButOneClass() {
        assertRefused("--validation must leave images of at least two classes: 89", train("--validation", "89"));
    }

    @Test
    void refusesDataThatDoesNotGoTogether() throws IOException {
        Path labels = data.resolve("t10k-labels-idx1-ubyte.gz");
        TinyData.writeLabels(data, "t10k", new byte[29]);
        assertRefused(labels + ": expected 30 labels, one for each image of t10k-images-idx3-ubyte, found 29", train());

        byte[] high = new byte[30];
        high[4] = 3;
        TinyData.writeLabels(data, "t10k", high);
        assertRefused(
                labels + ": expected labels from 0 to 2, as in train-labels-idx1-ubyte.gz, found 3 (label 4)", train());

        TinyData.writeImages(data, "t10k", new int[] {30, 1, 9}, new byte[270]);
        assertRefused(
                data.resolve("t10k-images-idx3-ubyte")
                        + ": expected images of 3 x 3, as in train-images-idx3-ubyte, found 1 x 9",
                train());

        TinyData.write(data);
        TinyData.writeLabels(data, "train", new byte[90]);
        assertRefused(
                data.resolve("train-labels-idx1-ubyte.gz")
                        + ": expected labels of at least two classes, found nothing but 0",
                train());
    }

    @Test
    void refusesDamagedDataAndWritesNothing() throws IOException {
        Path images = data.resolve("train-images-idx3-ubyte");
        byte[] whole = Files.readAllBytes(images);
        Files.write(images, Arrays.copyOf(whole, whole.length - 1));
        String out = folder.resolve("w").toString();
        String log = folder.resolve("m").toString();
        assertRefused(
                images + ": expected 810 bytes (90 x 3 x 3) after the header, found 809: the file is cut short",
                train("--out", out, "--metrics", log));
        try (Stream<Path> files = Files.list(folder)) {
            assertArrayEquals(new Path[] {data}, files.toArray());
        }
    }

    @Test
    void refusesAModelThatDoesNotFit() throws IOException {
        String model = folder.resolve("w").toString();
        assertEquals(0, train("--epochs", "1", "--out", model).code());
        TinyData.writeImages(data, "t10k", new int[] {30, 2, 2}, new byte[120]);
        assertRefused(
                data.resolve("t10k-images-idx3-ubyte") + ": expected images of 9 pixels, as for " + model
                        + ", found 2 x 2 = 4",
                run("evaluate", "--model", model, "--data", data.toString()));
        assertRefused(
                "cannot read --model " + model + "x: there is no such file",
                run("evaluate", "--model", model + "x", "--data", data.toString()));
    }

    @Test
    void helpHasEveryDefault() {
        Outcome outcome = run("train", "--help");
        assertEquals(0, outcome.code());
        String help = String.join(" ", outcome.out()).replaceAll(" +", " ");
        for (String expected : List.of(
                "(default: 256,128)",
                "(default: adamw)",
                "adafactor: 0.01; adam-v0, lion: 0.0001;",
                "(default for adamw, lamb: 0.01; lion, muon: 0.1; lars: 0.0005; others: 0)",
                "(default: 128)",
                "(default: 10)",
                "(default: 1)",
                "(default: warmup-cosine)",
                "(default: src/mnist/data)")) {
            assertTrue(help.contains(expected), expected + " in " + help);
        }
        String whole = help.replace(" ", "");
        for (ScheduleOption.Shape shape : ScheduleOption.Shape.values()) {
            String expected = ScheduleOption.parse(shape.toString()).toString();
            assertTrue(whole.contains(expected), expected + " in " + help);
        }
    }

    @Test
    void helpBeginsWithALineAndHasEachOptionUnderAHeading() {
        List<String> help = run("train", "--help").out();
        assertEquals("Usage: lanewise train [OPTIONS]", help.getFirst());
        assertEquals(
                List.of(
                        "Network and training:",
                        "Computation:",
                        "Data:",
                        "This command:",
                        "Learning rate:",
                        "State of the optimizer:",
                        "Files:",
                        "Micro-batches and ranks:",
                        "Options of rules:",
                        "Help:"),
                help.stream().filter(line -> line.matches("[A-Z][^.]*:")).toList());
        for (String option : List.of("--epochs", "--data", "--lr", "--beta1", "--ranks", "--help", "--out")) {
            assertEquals(
                    1,
                    help.stream()
                            .filter(line -> line.matches("( {6}|  -h, )" + option + "([= ].*)?"))
                            .count(),
                    option);
        }
        assertTrue(
                run("evaluate", "--help").out().getFirst().startsWith("Usage: lanewise evaluate [-hV] [--data=DIR] "));
    }

    @Test
    void versionIsTheProjects() {
        for (String[] arguments :
                new String[][] {{"--version"}, {"train", "--version"}, {"evaluate", "-V"}, {"find-lr", "-V"}}) {
            Outcome outcome = run(arguments);
            assertEquals(0, outcome.code());
            assertTrue(
                    outcome.out().getFirst().matches("lanewise \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"),
                    outcome.out().getFirst());
        }
    }
}
