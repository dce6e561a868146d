package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Command lines of all options with legal and illegal values, in any order, with what must happen: the command succeeds, or there is one
 * line on standard error and exit code 2, and nothing has been printed or written.
 */
class GrammarTest {
    private static Path folder;

    /** What the files of {@link #reset()} are; the model is trained once. */
    private static byte[] model;

    @BeforeContainer
    static void makeFolder() throws IOException {
        folder = Files.createTempDirectory("grammar").toRealPath();
        TinyData.write(Files.createDirectory(folder.resolve("data")));
        Path trained = folder.resolve("model");
        Outcome outcome = run(List.of(
                "train", "--data", folder + "/data", "--hidden", "4", "--epochs", "1", "--out", trained.toString()));
        assertEquals(0, outcome.code(), outcome.toString());
        model = Files.readAllBytes(trained);
    }

    @AfterContainer
    static void removeFolder() throws IOException {
        delete(folder);
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void reset() throws IOException {
        if (Files.exists(folder.resolve("out"))) {
            delete(folder.resolve("out"));
        }
        Files.createDirectories(folder.resolve("out/empty"));
        Files.writeString(folder.resolve("out/old"), "what was there before");
        Files.createSymbolicLink(folder.resolve("out/link"), Path.of("old"));
        Files.createLink(folder.resolve("out/hard"), folder.resolve("out/old"));
        Files.write(folder.resolve("out/model"), model);
    }

    private static Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                contents.put(
                        folder.relativize(file).toString(),
                        Files.isRegularFile(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "");
            }
        }
        return contents;
    }

    private static Outcome run(List<String> arguments) {
        return Outcome.of(
                Main::run,
                arguments.stream()
                        .map(argument ->
                                argument.replace("DATA", folder + "/data").replace("OUT", folder + "/out"))
                        .toArray(String[]::new));
    }

    /** A command line, in which DATA and OUT stand for directories. */
    record Line(CommandGrammar.Command command, List<CommandGrammar.Piece> pieces, boolean joined) {
        List<String> arguments() {
            List<String> arguments = new ArrayList<>(List.of(command.toString()));
            pieces.forEach(piece -> arguments.addAll(piece.arguments(joined)));
            command.missing(pieces).forEach(piece -> arguments.addAll(piece.arguments(joined)));
            return arguments;
        }
    }

    @Provide
    static Arbitrary<Line> lines() {
        return Arbitraries.of(CommandGrammar.Command.values())
                .flatMap(command -> Combinators.combine(pieces(command), Arbitraries.of(true, false))
                        .as((pieces, joined) -> new Line(command, pieces, joined)));
    }

    private static Arbitrary<List<CommandGrammar.Piece>> pieces(CommandGrammar.Command command) {
        Arbitrary<CommandGrammar.Piece> good = Arbitraries.of(command.pieces(true));
        Arbitrary<CommandGrammar.Piece> bad = Arbitraries.of(command.pieces(false));
        Arbitrary<List<CommandGrammar.Piece>> some =
                good.list().uniqueElements(CommandGrammar.Piece::option).ofMaxSize(8);
        Arbitrary<List<CommandGrammar.Piece>> faulty = Combinators.combine(
                        some, bad, Arbitraries.integers().between(0, 8))
                .as((list, piece, place) -> {
                    List<CommandGrammar.Piece> all = new ArrayList<>(list);
                    all.removeIf(other -> other.option().equals(piece.option()));
                    all.add(Math.min(place, all.size()), piece);
                    return all;
                });
        return command == CommandGrammar.Command.LAB
                ? faulty
                : Arbitraries.frequencyOf(
                        Tuple.of(3, some.map(command::agreeing)), Tuple.of(1, some), Tuple.of(3, faulty));
    }

    @Property(tries = 200)
    void whatMustHappenHappens(@ForAll("lines") Line line) throws IOException {
        assertAsExpected(line.arguments(), line.command.succeeds(line.pieces));
    }

    /** Lines that gave a stack trace or destroyed a file once. */
    @Example
    void whatFailedOnce() throws IOException {
        String train = "train --data DATA --hidden 4 --epochs 1 ";
        String find = "find-lr --data DATA --hidden 4 --steps 4 ";
        for (String line : List.of(
                train + "--schedule step:every=1e30",
                train + "--schedule linear-warmup:warmup=1e-30",
                train + "--schedule cosine-restarts:period=1e30%",
                find + "--from 1e-4 --to 1")) {
            assertAsExpected(List.of(line.split(" ")), true);
        }
        for (String line : List.of(
                train + "--schedule warmup-stable-decay:decay=1e30steps",
                train + "--out OUT/old --report OUT/link",
                train + "--out OUT/hard --metrics OUT/old",
                train + "--metrics DATA/train-images-idx3-ubyte",
                train + "--out OUT/new --checkpoint OUT/new",
                train + "--report OUT/" + "n".repeat(240),
                train + "@OUT/old",
                train + "--lr 1e39",
                train + "--optimizer adam --lr 3e38",
                train + "--optimizer adamax --lr 3e38 --schedule constant",
                find + "--method range --from 1e-320",
                "evaluate --data DATA --model a\0b")) {
            assertAsExpected(List.of(line.split(" ")), false);
        }
    }

    private static void assertAsExpected(List<String> arguments, boolean succeeds) throws IOException {
        reset();
        Map<String, String> before = contents();
        Outcome outcome = run(arguments);
        String all = arguments + "\n" + outcome;
        if (succeeds) {
            assertTrue(outcome.code() == 0 || outcome.code() == 3, all);
            assertEquals(outcome.code() == 0 ? 0 : 1, outcome.err().size(), all);
            assertTrue(outcome.code() == 0 || outcome.err().getFirst().startsWith("error: "), all);
            assertTrue(contents().keySet().containsAll(before.keySet()), all);
        } else {
            assertEquals(2, outcome.code(), all);
            assertEquals(1, outcome.err().size(), all);
            assertTrue(outcome.err().getFirst().matches("error: .*[^ ].*"), all);
            assertEquals(List.of(), outcome.out(), all);
            assertEquals(before, contents(), all);
        }
    }
}
