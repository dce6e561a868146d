package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FindRateCommandTest {
    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void writeData() throws IOException {
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
    }

    private Outcome run(String command, String... given) {
        List<String> arguments =
                new ArrayList<>(List.of(command, "--data", data.toString(), "--hidden", "8", "--batch-size", "16"));
        arguments.addAll(List.of(given));
        return Outcome.of(Main::run, arguments.toArray(String[]::new));
    }

    private static double number(String beginning, Outcome outcome) {
        assertEquals(0, outcome.code(), outcome.toString());
        return outcome.lines(beginning).stream()
                .map(line -> Double.valueOf(
                        line.substring(beginning.length()).strip().split("[ ;]")[0]))
                .findFirst()
                .orElseThrow(() -> new AssertionError(beginning + " in " + outcome.out()));
    }

    @Test
    void theLargestThatTrainsIsBelowWhatIsTooHigh() {
        Outcome outcome = run("find-lr", "--optimizer", "sgd", "--momentum", "0.5", "--to", "100");
        assertEquals(
                "9-8-3 with sgd, batches of 16 of 83 images, 7 held out",
                outcome.out().get(0));
        assertEquals("15 trainings or fewer, each of 60 steps", outcome.out().get(1));
        assertEquals(2 + 11 + 4 + 2, outcome.out().size(), outcome.toString());
        String sentence = outcome.out().get(outcome.out().size() - 2);
        double limit = number("all layers: too high from ", outcome);
        double largest = Double.parseDouble(sentence.replaceFirst(".*the largest that trains is ([0-9.]+);.*", "$1"));
        double best = number("try --lr ", outcome);
        assertTrue(sentence.matches(".*; the best on images held out is " + best + " with [0-9.]+ %"), sentence);
        assertTrue(best <= largest && largest < limit, sentence);
        // Apart from the bisections the rates rise: low ones train, and the highest does not.
        assertTrue(
                outcome.out().get(12).matches("100 +(spiked|diverged) .*"),
                outcome.out().get(12));
        // The suggested rate must train.
        Outcome trained =
                run("train", "--optimizer", "sgd", "--momentum", "0.5", "--schedule", "constant", "--lr", "" + best);
        assertEquals(0, trained.code(), trained.toString());
        assertTrue(trained.out().getLast().matches("test accuracy (100|9\\d|8\\d)\\..*"), trained.toString());
    }

    @Test
    void theSameOnAnyNumberOfThreadsAndAnotherWithAnotherSeed() {
        List<String> one = run("find-lr", "--threads", "1", "--points", "4", "--bisections", "1")
                .out();
        assertEquals(
                one,
                run("find-lr", "--threads", "3", "--points", "4", "--bisections", "1")
                        .out());
        List<String> other = run("find-lr", "--seed", "2", "--points", "4", "--bisections", "1")
                .out();
        assertEquals(one.size(), other.size());
        assertTrue(!one.equals(other), one.toString());
    }

    @Test
    void eachLayerHasARate() {
        Outcome outcome = run(
                "find-lr",
                "--per-layer",
                "--optimizer",
                "sgd",
                "--points",
                "4",
                "--bisections",
                "1",
                "--validation",
                "0");
        assertEquals("9-8-3 with sgd, batches of 16 of 90 images", outcome.out().get(0));
        assertEquals("15 trainings or fewer, each of 30 steps", outcome.out().get(1));
        assertTrue(outcome.out().getLast().matches("try --layer-lr [0-9.]+,[0-9.]+"), outcome.toString());
        assertTrue(outcome.out().get(outcome.out().size() - 2).startsWith("layers.1: "), outcome.toString());
        Outcome from = run(
                "find-lr",
                "--per-layer",
                "--lr",
                "0.125",
                "--optimizer",
                "sgd",
                "--points",
                "2",
                "--bisections",
                "0",
                "--steps",
                "4");
        assertEquals("4 trainings or fewer, each of 4 steps", from.out().get(1));
        assertTrue(from.out().get(2).matches("0\\.0001,0\\.125 .*"), from.out().get(2));
    }

    @Test
    void theRangeTestSuggests() throws IOException {
        Path svg = folder.resolve("curve.svg");
        Outcome outcome =
                run("find-lr", "--method", "range", "--optimizer", "sgd", "--to", "1e9", "--plot", svg.toString());
        assertEquals("9-8-3 with sgd, batches of 16 of 90 images", outcome.out().get(0));
        assertTrue(number("the loss blew up at ", outcome) > number("steep", outcome), outcome.toString());
        assertEquals(number("valley", outcome), number("try --lr ", outcome));
        String drawn = Files.readString(svg);
        assertTrue(drawn.startsWith("<svg "), drawn);
        for (String text : List.of("valley", "slide", "steep", "smoothed", "learning rate")) {
            assertTrue(drawn.contains(text), text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rprop", "lion", "normalized-sgd", "adam-v0"})
    void thosePeculiarHaveARateToo(String rule) {
        Outcome outcome = run("find-lr", "--optimizer", rule, "--points", "5", "--bisections", "0");
        assertTrue(number("try --lr ", outcome) > 0, outcome.toString());
    }

    @Test
    void drawsAPicture() throws IOException {
        Path png = folder.resolve("curve.PNG");
        assertEquals(
                0,
                run("find-lr", "--points", "3", "--bisections", "0", "--plot", png.toString())
                        .code());
        assertTrue(ImageIO.read(png.toFile()).getWidth() > 500);
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(png, data), files.sorted().toList());
        }
    }

    @Test
    void saysWhenNothingTrainsOrNothingIsTooHigh() {
        Outcome high = run("find-lr", "--optimizer", "sgd", "--from", "1e6", "--to", "1e9", "--points", "2");
        assertEquals(0, high.code());
        assertEquals(
                "all layers: too high from 1000000; none trains: try a lower --from, or more --steps",
                high.out().getLast());
        Outcome low = run("find-lr", "--optimizer", "sgd", "--from", "1e-9", "--to", "0.1", "--points", "2");
        assertTrue(
                low.out()
                        .get(low.out().size() - 2)
                        .startsWith("all layers: nothing was too high, so a higher --to may tell more; the largest that"
                                + " trains is 0.1"),
                low.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --method both             | Invalid value for option '--method': expected one of [largest, range], found 'both' (see lanewise find-lr --help)
        --lr 0.1                  | --lr does not apply to find-lr without --per-layer: see --from and --to
        --method range --per-layer | --per-layer does not apply to --method range
        --method range --points 3 | --points does not apply to --method range
        --method range --bisections 3 | --bisections does not apply to --method range
        --method range --optimizer rprop | --method range does not apply to --optimizer rprop, whose --lr is only the size of its first step: use largest
        --from 0                  | --from must be above 0 and below --to 10.0: 0.0
        --from NaN                | --from must be above 0 and below --to 10.0: NaN
        --from 1e-320             | --from must be at least 1.0E-37: 1.0E-320
        --from 1e-320 --method range | --from must be at least 1.0E-37: 1.0E-320
        --from 1e-38 --method range | --from must be at least 1.0E-37: 1.0E-38
        --from 2 --to 1           | --from must be above 0 and below --to 1.0: 2.0
        --to Infinity             | --to must be finite and not negative: Infinity
        --to 200                  | --to × --weight-decay must be below 1: 200.0 × 0.01 = 2.0
        --steps 1                 | --steps must be at least 2: 1
        --points 1                | --points must be from 2 to 1000: 1
        --bisections -1           | --bisections must be from 0 to 50: -1
        --validation -1           | --validation must be at least 0: -1
        --plot curve.pdf          | --plot must end in .svg or .png: curve.pdf
        --plot /nowhere/c.svg     | --plot /nowhere/c.svg: there is no directory /nowhere
        --momentum 0.9            | --momentum does not apply to --optimizer adamw
        --schedule cosine         | Unknown options: '--schedule', 'cosine'; did you mean --scale? (see lanewise find-lr --help)
        """)
    void refusesBadArguments(String arguments, String message) {
        Outcome outcome = run("find-lr", arguments.split(" "));
        assertEquals(List.of("error: " + message), outcome.err());
        assertEquals(2, outcome.code());
        assertEquals(List.of(), outcome.out());
    }
}
