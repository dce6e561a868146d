package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.testing.Jvm;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A training that is stopped and resumed has the result of one that is not. An epoch of the tiny data has 6 steps. */
class ResumeTest {
    /** The error that stops a training in the middle of it. */
    private static final class Stop extends Error {
        private static final long serialVersionUID = 1;
    }

    @TempDir
    private Path folder;

    private Path data;
    private Path saves;
    private Path file;

    @BeforeEach
    void writeData() throws IOException {
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
        saves = folder.resolve("deep").resolve("saves");
        file = saves.resolve("checkpoint.safetensors");
    }

    private List<String> arguments(String... given) {
        List<String> arguments = new ArrayList<>(List.of("train"));
        String[] usual = {"--data", data.toString(), "--hidden", "8", "--epochs", "2", "--batch-size", "16"};
        for (int i = 0; i < usual.length; i += 2) {
            if (!List.of(given).contains(usual[i])) {
                arguments.addAll(List.of(usual[i], usual[i + 1]));
            }
        }
        arguments.addAll(List.of(given));
        return arguments;
    }

    private Outcome train(String... given) {
        return train("none", List.of(given));
    }

    /** Trains with checkpoints, and resumes from one if there is one. */
    private Outcome resume(String... given) {
        List<String> arguments = new ArrayList<>(List.of("--checkpoint", saves.toString(), "--resume"));
        arguments.addAll(List.of(given));
        return train("none", arguments);
    }

    /** Trains until a line that begins with {@code stop} is printed, which is before its epoch is saved. */
    private Outcome train(String stop, List<String> given) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text, true) {
            @Override
            public void println(String line) {
                if (line.startsWith(stop)) {
                    throw new Stop();
                }
                super.println(line);
            }
        };
        StringWriter err = new StringWriter();
        int code = -1;
        try {
            code = Main.run(
                    out,
                    new PrintWriter(err, true),
                    arguments(given.toArray(String[]::new)).toArray(String[]::new));
        } catch (Stop e) {
            // A process that is killed does nothing more either.
        }
        return new Outcome(
                code, text.toString().lines().toList(), err.toString().lines().toList());
    }

    /** Returns the lines that begin with a string, without the time. */
    private static List<String> timeless(String beginning, Outcome outcome) {
        return outcome.lines(beginning).stream()
                .map(line -> line.replaceAll("  [0-9.]+ s$", ""))
                .toList();
    }

    private static String last(Outcome outcome) {
        assertEquals(0, outcome.code(), outcome.toString());
        return timeless("test accuracy", outcome).getFirst();
    }

    private static void assertRefused(String message, Outcome outcome) {
        assertEquals(2, outcome.code(), outcome.toString());
        assertEquals(List.of("error: " + message), outcome.err());
        assertEquals(List.of(), outcome.out());
    }

    /** Returns the files in the checkpoint's directory but the lock's, which stays there. */
    private List<Path> saved() throws IOException {
        try (Stream<Path> files = Files.list(saves)) {
            return files.filter(file -> !file.endsWith("in-use.lock")).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 5, 6, 7, 100})
    void stoppedInEachEpochItEndsAsIfItHadNotBeen(int every) throws IOException {
        Path straightLog = folder.resolve("straight.jsonl");
        Outcome straight = train("--epochs", "6", "--metrics", straightLog.toString());
        Path log = folder.resolve("log.jsonl");
        List<String> epochs = new ArrayList<>();
        for (int epoch = 1; epoch <= 7; epoch++) {
            List<String> options = List.of(
                    "--epochs",
                    "6",
                    "--checkpoint",
                    saves.toString(),
                    "--every",
                    Integer.toString(every),
                    "--resume",
                    "--metrics",
                    log.toString(),
                    "--threads",
                    Integer.toString(1 + epoch % 3));
            Outcome outcome = train("epoch " + epoch, options);
            assertEquals(epoch <= 6 ? -1 : 0, outcome.code(), outcome.toString());
            epochs.addAll(timeless("epoch", outcome));
            int before = 6 * (epoch - 1);
            int saved = Math.max((before - 1) / every * every, 6 * (epoch - 2));
            assertEquals(
                    saved > 0
                            ? "resumed from " + file + " after step " + saved + " of 36"
                            : "no checkpoint " + file + " yet: training from the beginning",
                    outcome.out().getFirst());
            if (epoch == 7) {
                assertEquals(last(straight), last(outcome));
            }
        }
        assertEquals(timeless("epoch", straight), epochs);
        String seconds = "\"seconds\":[0-9.E-]+";
        assertEquals(
                Files.readString(straightLog).replaceAll(seconds, ""),
                Files.readString(log).replaceAll(seconds, ""));
        assertEquals(List.of(file), saved());
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.mnist.cli.RuleOption#ALL")
    void everyOptimizerResumes(RuleOption rule) {
        Outcome straight = train("--epochs", "3", "--optimizer", rule.toString());
        List<String> options = new ArrayList<>(List.of(
                "--epochs", "3", "--optimizer", rule.toString(), "--checkpoint", saves.toString(), "--every", "4"));
        train("epoch 2", options);
        options.add("--resume");
        Outcome resumed = train("none", options);
        assertEquals(
                "resumed from " + file + " after step 8 of 18", resumed.out().getFirst());
        assertEquals(last(straight), last(resumed));
    }

    /** The weights of the first layer are enough for int8. */
    @ParameterizedTest
    @ValueSource(strings = {"bf16", "int8"})
    void aStateOfFewerBitsResumes(String state) throws IOException {
        List<String> options = List.of("--hidden", "512", "--epochs", "3", "--state", state);
        Path page = folder.resolve("page.html");
        Outcome straight = train("none", options);
        List<String> saved = new ArrayList<>(options);
        saved.addAll(List.of("--checkpoint", saves.toString(), "--every", "4", "--report", page.toString()));
        train("epoch 2", saved);
        saved.add("--resume");
        Outcome resumed = train("none", saved);
        assertEquals(
                "resumed from " + file + " after step 8 of 18", resumed.out().getFirst());
        assertEquals(last(straight), last(resumed));
        assertTrue(Files.readString(page).contains("--state"));
        try (Arena arena = Arena.ofConfined()) {
            DType type = state.equals("bf16") ? DType.BF16 : DType.U8;
            assertEquals(
                    type,
                    Safetensors.map(file, arena)
                            .tensor("layers.0.weight.exp_avg")
                            .dtype());
        }
        saved.set(5, "f32");
        assertRefused("--resume: --state was " + state + " for " + file + ", and is f32 now", train("none", saved));
    }

    /** All options of a step are on, and the plateaus are reached soon. The log and the page are complete as well. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "step:every=4steps",
                "one-cycle",
                "reduce-on-plateau:patience=0,threshold=0.9",
                "reduce-on-plateau:on=validation-accuracy,patience=0,factor=0.5",
                "reduce-on-plateau:on=training-loss,patience=1,threshold=0.5,floor=0.001"
            })
    void everythingResumes(String schedule) throws IOException {
        List<String> options = List.of(
                "--epochs",
                "4",
                "--validation",
                "9",
                "--layer-lr",
                "0.1,0.02",
                "--clip-norm",
                "0.5",
                "--schedule",
                schedule);
        Path straightLog = folder.resolve("straight.jsonl");
        Path straightPage = folder.resolve("straight.html");
        Outcome straight = train("none", with(options, "--metrics", straightLog, "--report", straightPage));
        Path log = folder.resolve("log.jsonl");
        Path page = folder.resolve("page.html");
        List<String> saved = with(options, "--metrics", log, "--report", page);
        saved.addAll(List.of("--checkpoint", saves.toString(), "--every", "4", "--resume"));
        train("epoch 2", saved);
        train("epoch 4", saved);
        Outcome resumed = train("none", saved);
        assertEquals(
                "resumed from " + file + " after step 20 of 24", resumed.out().getFirst());
        assertEquals(last(straight), last(resumed));
        String seconds = "\"seconds\":[0-9.E-]+";
        assertEquals(
                Files.readString(straightLog).replaceAll(seconds, ""),
                Files.readString(log).replaceAll(seconds, ""));
        assertEquals(Files.readString(straightPage), Files.readString(page));
    }

    private static List<String> with(List<String> options, String metrics, Path log, String report, Path page) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(metrics, log.toString(), report, page.toString()));
        return all;
    }

    @Test
    void aReportSaysWhatItLacks() throws IOException {
        Path page = folder.resolve("page.html");
        List<String> options = List.of("--epochs", "3", "--checkpoint", saves.toString(), "--resume");
        train("epoch 2", options);
        List<String> reported = new ArrayList<>(options);
        reported.addAll(List.of("--report", page.toString()));
        train("epoch 3", reported);
        Outcome last = train("none", reported);
        assertEquals(last(train("--epochs", "3")), last(last));
        String html = Files.readString(page);
        assertTrue(html.contains("The steps 1 to 6 were taken without <code>--report</code>"), html);
        Path curves = saves.resolve("curves.safetensors");
        assertEquals(List.of(file, curves), saved().stream().sorted().toList());
        byte[] whole = Files.readAllBytes(curves);
        Files.write(curves, Arrays.copyOf(whole, whole.length - 1));
        Outcome damaged = train("none", reported);
        assertEquals(2, damaged.code());
        assertTrue(damaged.err().getFirst().startsWith("error: --resume: " + curves + ": tensor "), damaged.toString());
    }

    @Test
    void killedItEndsAsIfItHadNotBeen() throws Exception {
        long steps = 0;
        for (int kill = 0; kill < 3; kill++) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(Jvm.VECTOR_FLAGS);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
            command.addAll(arguments("--schedule", "constant", "--epochs", "1000000", "--threads", "1"));
            command.addAll(List.of("--checkpoint", saves.toString(), "--every", "1", "--resume"));
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            for (int line = 0; line < 3; line++) {
                process.inputReader().readLine();
            }
            Thread.sleep(7 * kill);
            process.destroyForcibly().waitFor();
            long before = steps;
            steps = steps();
            assertTrue(steps > before, steps + " after " + before);
        }
        // A process that is killed while it saves may leave this file, but does not always.
        Files.write(saves.resolve("checkpoint.safetensors.123.tmp"), new byte[3]);
        String epochs = Long.toString(steps / 6 + 2);
        Outcome resumed = resume("--schedule", "constant", "--epochs", epochs);
        assertEquals(last(train("--schedule", "constant", "--epochs", epochs)), last(resumed));
        assertEquals(List.of(file), saved());
    }

    private long steps() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Safetensors.map(file, arena)
                    .tensor("layers.0.weight.step")
                    .bytes()
                    .get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        }
    }

    /** The texts of its plateau are not in newer checkpoints. */
    @Test
    void goesOnFromACheckpointOfFormat0() throws IOException {
        Files.createDirectories(saves);
        Files.copy(Path.of("test/resources/training/format0/checkpoint.safetensors"), file);
        Outcome resumed = resume(
                "--epochs",
                "6",
                "--layer-lr",
                "0.1,0.02",
                "--schedule",
                "reduce-on-plateau:on=training-loss,patience=0,threshold=0.9");
        assertEquals(
                "resumed from " + file + " after step 18 of 36", resumed.out().getFirst());
        assertTrue(
                last(resumed).contains("8a859fcca4277c076c25e6941a0bc039b17b4583019537b2b6a3cdbae23b1ab8"),
                last(resumed));
    }

    @Test
    void whatIsFinishedIsOnlyEvaluated() throws IOException {
        Outcome first = resume("--epochs", "2");
        byte[] before = Files.readAllBytes(file);
        Path model = folder.resolve("w");
        Outcome again = resume("--epochs", "2", "--out", model.toString());
        assertEquals(
                "resumed from " + file + " after step 12 of 12", again.out().getFirst());
        assertEquals(2, again.out().size());
        assertEquals(last(first), last(again));
        assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(file)));
        assertTrue(Files.exists(model));
    }

    @Test
    void aConstantScheduleMayBeMadeLonger() {
        resume("--schedule", "constant", "--epochs", "2");
        assertEquals(
                last(train("--schedule", "constant", "--epochs", "3")),
                last(resume("--schedule", "constant", "--epochs", "3")));
        assertRefused(
                "--resume: " + file + " has taken 18 steps, more than --epochs makes, 12",
                resume("--schedule", "constant", "--epochs", "2"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --hidden 9                | --hidden was 8 for FILE, and is 9 now
        --hidden 8,8              | --hidden was 8 for FILE, and is 8,8 now
        --optimizer sgd           | --optimizer was adamw for FILE, and is sgd now
        --lr 0.01                 | --lr was 0.001 for FILE, and is 0.01 now
        --weight-decay 0          | --weight-decay was 0.01 for FILE, and is 0.0 now
        --amsgrad                 | --amsgrad was false for FILE, and is true now
        --schedule constant       | --schedule was warmup-cosine:warmup=5%,floor=0 for FILE, and is constant now
        --schedule warmup-cosine:warmup=6% | --schedule was warmup-cosine:warmup=5%,floor=0 for FILE, and is warmup-cosine:warmup=6%,floor=0 now
        --clip-norm 2             | --clip-norm was none for FILE, and is 2.0 now
        --layer-lr 0.1,0.2        | --layer-lr was none for FILE, and is 0.1,0.2 now
        --state bf16              | --state was f32 for FILE, and is bf16 now
        --state int8              | --state was f32 for FILE, and is int8 now
        --validation 9            | --validation was 0 for FILE, and is 9 now
        --batch-size 17           | --batch-size was 16 for FILE, and is 17 now
        --seed 2                  | --seed was 1 for FILE, and is 2 now
        --epochs 3                | --epochs was 2 for FILE, and is 3 now
        """)
    void refusesOtherOptions(String changed, String message) throws IOException {
        resume();
        byte[] before = Files.readAllBytes(file);
        assertRefused("--resume: " + message.replace("FILE", file.toString()), resume(changed.split(" ")));
        assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(file)));
    }

    @Test
    void refusesOtherData() throws IOException {
        resume("--epochs", "1");
        Path images = data.resolve("train-images-idx3-ubyte");
        byte[] bytes = Files.readAllBytes(images);
        bytes[bytes.length - 1] ^= 1;
        Files.write(images, bytes);
        Outcome outcome = resume("--epochs", "1");
        assertEquals(2, outcome.code());
        assertTrue(
                outcome.err()
                        .getFirst()
                        .matches("error: --resume: --data was 90 images of 3 x 3 in 3 classes with CRC-32C [0-9a-f]{8}"
                                + " for .*, and is 90 images of 3 x 3 in 3 classes with CRC-32C [0-9a-f]{8} now"),
                outcome.err().getFirst());
    }

    @Test
    void doesNotOverwriteATrainingThatIsNotResumed() throws IOException {
        resume("--epochs", "1");
        byte[] before = Files.readAllBytes(file);
        assertRefused(
                "--checkpoint " + saves + ": there is a checkpoint already; add --resume to continue it, or remove "
                        + file,
                train("--epochs", "1", "--checkpoint", saves.toString()));
        assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(file)));
    }

    @Test
    void refusesADamagedCheckpoint() throws IOException {
        resume("--epochs", "1");
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            Outcome outcome = resume("--epochs", "1");
            assertEquals(2, outcome.code(), outcome.toString());
            assertEquals(1, outcome.err().size(), outcome.toString());
            assertTrue(
                    outcome.err().getFirst().startsWith("error: --resume: " + file + ": ")
                            && outcome.err().getFirst().contains("expected "),
                    outcome.err().getFirst());
        }
        assertEquals(List.of(file), saved());
    }

    @Test
    void refusesAFileThatTrainDidNotWrite() throws IOException {
        resume("--epochs", "1");
        Map<String, String> texts = new LinkedHashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            texts.putAll(Safetensors.map(file, arena).metadata());
        }
        byte[] whole = Files.readAllBytes(file);
        Safetensors.write(file, List.of(Tensor.of("other", 1)), Map.of());
        assertRefused(
                "--resume: " + file + ": expected a checkpoint of train, with its --data, found none",
                resume("--epochs", "1"));
        Safetensors.write(file, List.of(Tensor.of("other", 1)), texts);
        Outcome outcome = resume("--epochs", "1");
        assertEquals(2, outcome.code());
        assertEquals(1, outcome.err().size());
        assertTrue(
                outcome.err()
                        .getFirst()
                        .startsWith("error: --resume: " + file
                                + ": checkpoint does not match the optimizer:   unexpected: other, I64 []"),
                outcome.err().getFirst());
        try (Arena arena = Arena.ofConfined()) {
            Path copy = Files.write(folder.resolve("copy"), whole);
            Safetensors saved = Safetensors.map(copy, arena);
            List<Tensor> tensors = saved.names().stream().map(saved::tensor).toList();
            for (String wrong : List.of("NaN", "x", "")) {
                texts.put("loss_sum", wrong);
                Safetensors.write(file, tensors, texts);
                assertRefused(
                        "--resume: " + file + ": expected a number as loss_sum, found " + wrong,
                        resume("--epochs", "1"));
            }
        }
    }

    @Test
    void refusesBadArguments() throws IOException {
        assertRefused("--every needs --checkpoint, the directory to save in", train("--every", "3"));
        assertRefused("--resume needs --checkpoint, the directory to save in", train("--resume"));
        assertRefused("--every must be at least 1: 0", resume("--every", "0"));
        assertRefused("--every must be at least 1: -3", resume("--every", "-3"));
        assertRefused("--out and --checkpoint must not be the same file: " + file, resume("--out", file.toString()));
        Path plain = Files.createFile(folder.resolve("plain"));
        assertRefused(
                "--checkpoint " + plain + ": expected a directory, found a file",
                train("--checkpoint", plain.toString()));
        assertRefused(
                "cannot write --checkpoint /proc/saves: there is no such file", train("--checkpoint", "/proc/saves"));
        assertFalse(Files.exists(saves));
    }
}
