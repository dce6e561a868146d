package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.mnist.data.TinyData;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Outputs with names of any length, and outputs at symbolic links. */
class OutputNamesTest {
    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void writeData() throws IOException {
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
        Files.createDirectory(folder.resolve("saves"));
    }

    private Outcome run(String command, Object... given) {
        List<String> arguments = new ArrayList<>(List.of(command, "--data", data.toString()));
        for (Object argument : given) {
            arguments.add(argument.toString());
        }
        return Outcome.of(Main::run, arguments.toArray(String[]::new));
    }

    private static void assertTooLong(String option, Path file, Outcome outcome) {
        assertEquals(List.of("error: cannot write " + option + " " + file + ": File name too long"), outcome.err());
        assertEquals(2, outcome.code());
        assertEquals(List.of(), outcome.out());
    }

    /** A symbolic link stays, and what it points to is written, whether it is there yet or not. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anOutputGoesWhereItsLinkPoints(boolean exists) throws IOException {
        Path target = folder.resolve("saves").resolve("target");
        if (exists) {
            Files.writeString(target, "old");
        }
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("saves", "target"));
        assertEquals(0, run("train", "--epochs", "1", "--out", link).code());
        Path straight = folder.resolve("straight");
        assertEquals(0, run("train", "--epochs", "1", "--out", straight).code());
        assertEquals(Path.of("saves", "target"), Files.readSymbolicLink(link));
        assertArrayEquals(Files.readAllBytes(straight), Files.readAllBytes(target));
    }

    /** The temporary name that a file is written under is longer than its own. */
    @ParameterizedTest
    @ValueSource(strings = {"--out", "--report"})
    void aNameIsTooLongBeforeTheTrainingOrNotAtAll(String option) throws IOException {
        int refused = 0;
        for (int length = 225; length <= 256; length++) {
            Path file = folder.resolve("n".repeat(length));
            // More would be trained if the name were not refused at once.
            Outcome outcome = run("train", option, file, "--epochs", "1");
            if (outcome.code() == 0) {
                assertEquals(0, refused, "a longer name than one that was refused");
                Files.delete(file);
                continue;
            }
            refused++;
            assertTooLong(option, file, outcome);
        }
        assertEquals(256 - 231, refused);
    }

    /** A plot has to end in .svg, and a log is not written under another name. */
    @Test
    void longNamesOfPlotsAndLogs() throws IOException {
        Path plot = folder.resolve("n".repeat(230) + ".svg");
        assertTooLong("--plot", plot, run("find-lr", "--plot", plot));
        Path log = folder.resolve("n".repeat(256));
        assertTooLong("--metrics", log, run("train", "--metrics", log));
        Path page = folder.resolve("n".repeat(232));
        assertTooLong("--out", page, run("lab", "--out", page));
        assertEquals(
                0,
                run("train", "--epochs", "1", "--metrics", folder.resolve("n".repeat(255)))
                        .code());
    }
}
