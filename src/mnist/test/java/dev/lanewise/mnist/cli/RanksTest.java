package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.testing.Jvm;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The weights of {@code train} depend on {@code --replicas} and not on {@code --ranks}. */
class RanksTest {
    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void writeData() throws IOException {
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
    }

    private Outcome train(String... given) {
        List<String> arguments = new ArrayList<>(
                List.of("train", "--data", data.toString(), "--hidden", "8", "--batch-size", "16", "--threads", "1"));
        arguments.addAll(List.of(given));
        return Outcome.of(Main::run, arguments.toArray(String[]::new));
    }

    private static String hash(Outcome outcome) {
        assertEquals(0, outcome.code(), outcome.err().toString());
        return outcome.out().getLast().replaceAll(".*sha256 (\\w+).*", "$1");
    }

    /** Average weights, norms over all layers, and matrices are gathered from the ranks. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--optimizer=adamw",
                "--optimizer=schedule-free-adamw",
                "--optimizer=lamb",
                "--clip-norm=0.1",
                "--schedule=reduce-on-plateau:on=training-loss"
            })
    void ranksChangeNoBit(String option) {
        String one = hash(train("--epochs", "2", "--replicas", "5", option));
        for (int ranks = 2; ranks <= 5; ranks++) {
            assertEquals(one, hash(train("--epochs", "2", "--replicas", "5", "--ranks", "" + ranks, option)));
        }
    }

    /** The first layer's weights, 4,608, are enough for int8, and so few that ranks divide a block. */
    @ParameterizedTest
    @ValueSource(strings = {"bf16", "int8"})
    void ranksChangeNoBitOfAStateOfFewerBits(String state) {
        List<String> hashes = new ArrayList<>();
        for (String type : List.of("f32", state)) {
            for (String ranks : List.of("1", "2", "3")) {
                hashes.add(hash(Outcome.of(
                        Main::run,
                        "train",
                        "--data",
                        data.toString(),
                        "--hidden",
                        "512",
                        "--threads",
                        "1",
                        "--epochs",
                        "2",
                        "--replicas",
                        "3",
                        "--state",
                        type,
                        "--ranks",
                        ranks)));
            }
        }
        assertNotEquals(hashes.get(0), hashes.get(3));
        assertEquals(List.of(hashes.get(3), hashes.get(3)), hashes.subList(4, 6));
    }

    @Test
    void oneReplicaIsATrainingWithoutAndEightAreNot() {
        String plain = hash(train("--epochs", "2"));
        assertEquals(plain, hash(train("--epochs", "2", "--replicas", "1", "--ranks", "1")));
        assertNotEquals(plain, hash(train("--epochs", "2", "--replicas", "8")));
    }

    /** Only the first rank prints and writes; what it has is what one rank would have. */
    @Test
    void theFirstRankReports() throws IOException {
        List<List<String>> logs = new ArrayList<>();
        for (String ranks : List.of("1", "3")) {
            Path log = folder.resolve("log-" + ranks), page = folder.resolve("page-" + ranks + ".html");
            Path model = folder.resolve("model-" + ranks);
            Outcome outcome = train(
                    "--epochs",
                    "2",
                    "--replicas",
                    "4",
                    "--ranks",
                    ranks,
                    "--metrics",
                    log.toString(),
                    "--report",
                    page.toString(),
                    "--out",
                    model.toString());
            assertEquals(3, outcome.out().size(), outcome.out().toString());
            assertTrue(Files.readString(page).contains("--replicas"));
            logs.add(Files.readAllLines(log).stream()
                    .map(line -> line.replaceAll("\"(seconds|grad_norm|gradient_norm)\":[^,}]*", ""))
                    .toList());
        }
        assertEquals(logs.get(0), logs.get(1));
        assertEquals(-1, Files.mismatch(folder.resolve("model-1"), folder.resolve("model-3")));
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "3, 1", "2, 4"})
    void aCheckpointGoesOnWithAnotherNumberOfRanks(String before, String after) {
        String saves = folder.resolve("saves").toString();
        String[] usual = {"--replicas", "4", "--schedule", "constant", "--checkpoint", saves, "--every", "4"};
        String expected = hash(train("--replicas", "4", "--schedule", "constant", "--epochs", "3"));
        hash(train(with(usual, "--epochs", "2", "--ranks", before)));
        Outcome resumed = train(with(usual, "--epochs", "3", "--ranks", after, "--resume"));
        assertEquals(expected, hash(resumed));
        assertEquals(1, resumed.lines("resumed from ").size());
        Outcome other =
                train("--replicas", "5", "--schedule", "constant", "--checkpoint", saves, "--epochs", "4", "--resume");
        assertEquals(2, other.code());
        assertTrue(
                other.err().getFirst().contains("--replicas was 4 for "),
                other.err().toString());
    }

    private static String[] with(String[] usual, String... more) {
        List<String> all = new ArrayList<>(List.of(usual));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertEquals(
                List.of("error: --replicas must be at least 4, the number of ranks: 1"),
                train("--ranks", "4").err());
        assertEquals(
                List.of("error: --ranks must be from 1 to 1024 or mpi: 0"),
                train("--ranks", "0").err());
        assertEquals(
                List.of("error: --replicas must be at least 1: 0"),
                train("--replicas", "0").err());
        assertTrue(
                train("--ranks", "mpi").err().getFirst().startsWith("error: --ranks mpi: the process must have been"));
        assertEquals(
                List.of("error: --ranks must be from 1 to 1024 or mpi: spark"),
                train("--ranks", "spark").err());
    }

    /** All ranks fail with the message of the one that has a reason. */
    @Test
    void aFailureOfOneRankIsReportedOnce() throws IOException {
        Path saves = Files.createDirectory(folder.resolve("saves"));
        Files.createDirectories(
                saves.resolve("checkpoint-step-4-rank-1-of-2.safetensors").resolve("full"));
        Outcome outcome = train(
                "--replicas", "4", "--ranks", "2", "--checkpoint", saves.toString(), "--every", "4", "--epochs", "2");
        assertEquals(2, outcome.code());
        assertEquals(1, outcome.err().size(), outcome.err().toString());
        assertTrue(
                outcome.err().getFirst().contains("rank 1 cannot save: "),
                outcome.err().toString());
        assertFalse(Files.exists(saves.resolve("checkpoint.safetensors")));
        Outcome diverged = train("--replicas", "4", "--ranks", "3", "--lr", "1e30", "--optimizer", "sgd");
        assertEquals(3, diverged.code());
        assertEquals(1, diverged.err().size());
    }

    /** Ctrl-C ends a run on ranks as it ends one without, in silence, and its last checkpoint is whole. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "3"})
    void anInterruptEndsAllRanks(String ranks) throws Exception {
        assumeFalse(ignoresInterrupts(), "a script that runs in the background ignores interrupts");
        String saves = folder.resolve("saves").toString();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Jvm.VECTOR_FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Main.class.getName(), "train", "--data", data.toString(), "--hidden", "8"));
        command.addAll(List.of("--batch-size", "16", "--threads", "1", "--replicas", "4", "--schedule", "constant"));
        command.addAll(List.of("--ranks", ranks, "--epochs", "1000000", "--checkpoint", saves, "--every", "1"));
        Path errors = folder.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        process.inputReader().readLine();
        process.inputReader().readLine();
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        while (process.inputReader().readLine() != null) {
            // Until it has ended, since its pipe has only so much room.
        }
        assertEquals(130, process.waitFor());
        assertEquals(List.of("WARNING: Using incubator modules: jdk.incubator.vector"), Files.readAllLines(errors));
        String[] usual = {"--replicas", "4", "--schedule", "constant", "--checkpoint", saves, "--resume"};
        String tooFew = train(with(usual, "--epochs", "1")).err().getFirst();
        long steps = Long.parseLong(tooFew.replaceAll(".* has taken (\\d+) steps, more than .*", "$1"));
        String epochs = Long.toString(steps / 6 + 2);
        assertEquals(
                hash(train("--replicas", "4", "--schedule", "constant", "--epochs", epochs)),
                hash(train(with(usual, "--epochs", epochs, "--ranks", "2"))));
    }

    /** Returns whether this process ignores the interrupt, as those do that it starts; the second bit of a mask on Linux. */
    private static boolean ignoresInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream().anyMatch(line -> line.matches("SigIgn:.*[2367abef]"));
    }
}
