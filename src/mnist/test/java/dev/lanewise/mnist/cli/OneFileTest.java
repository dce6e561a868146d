package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A command refuses an output that is another output or an input of it, whatever names lead there, before it touches a file. */
class OneFileTest {
    /** Two names that lead to one file. The second need not exist. */
    private enum Alias {
        SAME {
            @Override
            Path of(Path file) {
                return file;
            }
        },
        DOTS {
            @Override
            Path of(Path file) {
                return file.resolveSibling(".")
                        .resolve("..")
                        .resolve(file.getParent().getFileName())
                        .resolve(file.getFileName());
            }
        },
        RELATIVE {
            @Override
            Path of(Path file) {
                return Path.of("").toAbsolutePath().relativize(file);
            }
        },
        SYMBOLIC_LINK {
            @Override
            Path of(Path file) throws IOException {
                return Files.createSymbolicLink(file.resolveSibling("link"), file);
            }
        },
        LINK_TO_LINK {
            @Override
            Path of(Path file) throws IOException {
                Path link = Files.createSymbolicLink(file.resolveSibling("link"), file.getFileName());
                return Files.createSymbolicLink(file.resolveSibling("second"), link);
            }
        },
        LINKED_FOLDER {
            @Override
            Path of(Path file) throws IOException {
                return Files.createSymbolicLink(file.getParent().resolveSibling("folder"), file.getParent())
                        .resolve(file.getFileName());
            }
        },
        /** Needs a file that exists. */
        HARD_LINK {
            @Override
            Path of(Path file) throws IOException {
                return Files.createLink(file.resolveSibling("hard"), file);
            }
        };

        abstract Path of(Path file) throws IOException;
    }

    @TempDir
    private Path temporary;

    private Path folder;
    private Path data;
    private Path saves;

    @BeforeEach
    void writeData() throws IOException {
        folder = temporary.toRealPath();
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
        saves = Files.createDirectory(folder.resolve("saves"));
    }

    private Outcome run(String command, Object... given) {
        List<String> arguments = new ArrayList<>(List.of(command, "--data", data.toString()));
        if (!command.equals("lab")) {
            arguments.addAll(List.of("--hidden", "8", "--batch-size", "16"));
        }
        for (Object argument : given) {
            arguments.add(argument.toString());
        }
        return Outcome.of(Main::run, arguments.toArray(String[]::new));
    }

    private List<String> contents() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<String> contents = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                contents.add(file + " "
                        + (Files.isRegularFile(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : ""));
            }
            return contents;
        }
    }

    private void assertRefused(String message, String command, Object... given) throws IOException {
        List<String> before = contents();
        Outcome outcome = run(command, given);
        assertEquals(List.of("error: " + message), outcome.err());
        assertEquals(2, outcome.code());
        assertEquals(List.of(), outcome.out());
        assertEquals(before, contents());
    }

    static Stream<Alias> aliases() {
        return Stream.of(Alias.values());
    }

    private static final List<String> OUTPUTS = List.of("--out", "--metrics", "--report");

    @ParameterizedTest
    @MethodSource("aliases")
    void twoOutputs(Alias alias) throws IOException {
        Path file = folder.resolve("x").resolve("file");
        Files.createDirectory(file.getParent());
        Files.writeString(file, "old");
        Path other = alias.of(file);
        for (int i = 0; i < OUTPUTS.size(); i++) {
            for (int j = i + 1; j < OUTPUTS.size(); j++) {
                String options = OUTPUTS.get(i) + " and " + OUTPUTS.get(j);
                assertRefused(
                        options + " must not be the same file: " + file,
                        "train",
                        OUTPUTS.get(i),
                        file,
                        OUTPUTS.get(j),
                        other);
                assertRefused(
                        options + " must not be the same file: " + other,
                        "train",
                        OUTPUTS.get(i),
                        other,
                        OUTPUTS.get(j),
                        file);
            }
        }
    }

    /** The files do not exist yet, so that only their places can be compared. */
    @ParameterizedTest
    @MethodSource("aliases")
    void twoOutputsThatAreNotThereYet(Alias alias) throws IOException {
        if (alias == Alias.HARD_LINK) {
            return;
        }
        Path file = folder.resolve("x").resolve("file");
        Files.createDirectory(file.getParent());
        Path other = alias.of(file);
        for (String option : List.of("--metrics", "--report")) {
            assertRefused(
                    "--out and " + option + " must not be the same file: " + other,
                    "train",
                    "--out",
                    other,
                    option,
                    file);
        }
        assertFalse(Files.exists(file));
    }

    @ParameterizedTest
    @MethodSource("aliases")
    void anOutputAndTheCheckpoint(Alias alias) throws IOException {
        for (String[] name : new String[][] {
            {"checkpoint.safetensors", "--checkpoint"},
            {"curves.safetensors", "the curves of --checkpoint"},
            {"in-use.lock", "the lock of --checkpoint"}
        }) {
            Path file = Files.writeString(saves.resolve(name[0]), "old");
            Path other = alias.of(file);
            for (String option : OUTPUTS) {
                assertRefused(
                        option + " and " + name[1] + " must not be the same file: " + other,
                        "train",
                        option,
                        other,
                        "--resume",
                        "--checkpoint",
                        saves);
            }
            if (!other.equals(file) && !other.startsWith(folder.resolve("folder"))) {
                Files.deleteIfExists(folder.resolve("saves/second"));
                Files.deleteIfExists(folder.resolve("saves/link"));
                Files.deleteIfExists(folder.resolve("saves/hard"));
            }
            Files.deleteIfExists(folder.resolve("folder"));
            Files.delete(file);
        }
    }

    /** Also the names at which the data is looked for and is not: a file there would hide the compressed one. */
    @ParameterizedTest
    @MethodSource("aliases")
    void anOutputAndTheData(Alias alias) throws IOException {
        for (String name : List.of("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte")) {
            Path file = data.resolve(name);
            if (alias == Alias.HARD_LINK && !Files.exists(file)) {
                continue;
            }
            Path other = alias.of(file);
            for (String option : OUTPUTS) {
                assertRefused(option + " and --data must not be the same file: " + other, "train", option, other);
            }
            assertRefused("--out and --data must not be the same file: " + other, "lab", "--out", other);
            for (Path link : List.of(
                    data.resolve("second"), data.resolve("link"), data.resolve("hard"), folder.resolve("folder"))) {
                Files.deleteIfExists(link);
            }
        }
    }

    @Test
    void aPlotAndTheData() throws IOException {
        Path plot = Files.createSymbolicLink(folder.resolve("plot.svg"), data.resolve("train-images-idx3-ubyte"));
        assertRefused("--plot and --data must not be the same file: " + plot, "find-lr", "--plot", plot);
        Path later = Files.createSymbolicLink(folder.resolve("later.png"), data.resolve("train-images-idx3-ubyte.gz"));
        assertRefused("--plot and --data must not be the same file: " + later, "find-lr", "--plot", later);
    }

    @Test
    void anOutputWhereADirectoryIsYetToBeMade() throws IOException {
        Path made = folder.resolve("made");
        for (String option : OUTPUTS) {
            assertRefused(
                    option + " must not be a directory of --checkpoint: " + made,
                    "train",
                    option,
                    made,
                    "--checkpoint",
                    made);
            assertRefused(
                    option + " must not be a directory of --checkpoint: " + made,
                    "train",
                    option,
                    made,
                    "--checkpoint",
                    made.resolve("deep"));
        }
    }

    /** Such a file would be removed as the rest of a run that was killed. */
    @Test
    void anOutputThatLooksUnfinished() throws IOException {
        Path log = Files.writeString(saves.resolve("checkpoint.safetensors.12.tmp"), "old");
        assertRefused(
                "--metrics must not end in a number and .tmp, as unfinished files do, which are removed: " + log,
                "train",
                "--metrics",
                log,
                "--checkpoint",
                saves);
    }
}
