package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.TinyData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training writes its page, from the command line to the file. */
class TrainingPageTest {
    @TempDir
    private Path folder;

    private Path page;

    @BeforeEach
    void writeData() throws IOException {
        TinyData.write(Files.createDirectory(folder.resolve("data")));
        page = folder.resolve("page.html");
    }

    /** Trains with a page, asserts the exit code, and returns the output. */
    private List<String> train(int code, String... given) {
        List<String> arguments = new ArrayList<>(List.of(
                "train", "--data", folder.resolve("data").toString(), "--hidden", "8", "--report", page.toString()));
        arguments.addAll(List.of(given));
        if (!arguments.contains("--batch-size")) {
            arguments.addAll(List.of("--batch-size", "16"));
        }
        StringWriter out = new StringWriter();
        PrintWriter both = new PrintWriter(out, true);
        assertEquals(code, Main.run(both, both, arguments.toArray(String[]::new)), out::toString);
        return out.toString().lines().toList();
    }

    private String html() throws IOException {
        return Files.readString(page);
    }

    @Test
    void hasTheResultTheCurvesAndTheOptions() throws IOException {
        List<String> out = train(0, "--epochs", "3", "--validation", "9", "--seed", "7", "--layer-lr", "0.02,0.01");
        String last = out.getLast();
        String html = html();
        String sha = last.replaceFirst(".*sha256 ([0-9a-f]{64}).*", "$1");
        assertTrue(html.contains("<code>" + sha + "</code>"), html);
        assertTrue(
                html.contains(last.replaceFirst(
                        "test accuracy (.* %)  weights.*", "Test accuracy $1 after 18 steps in 3" + " epochs.")),
                html);
        for (String chart : List.of(
                "Loss of each step. ",
                "Accuracy after each epoch. ",
                "Learning rate of each step. ",
                "Update-to-weight")) {
            assertTrue(html.contains("aria-label=\"" + chart), chart);
        }
        for (String series : List.of("mean of the epoch", "validation images", "layers.0.weight, layers.1.weight")) {
            assertTrue(html.contains(series), series);
        }
        for (String option :
                List.of("--layer-lr", "--seed", "--weight-decay", "--validation", "--epochs", "--schedule")) {
            assertTrue(html.contains("<code>" + option + "</code>"), option);
        }
        assertTrue(html.contains("No loss and no step of a layer stood out"), html);
        assertFalse(html.contains("<script"), "needs a script");
        assertFalse(html.matches("(?s).*(?:src|href)=\"(?!#).*"), "needs another file");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(folder.resolve("data"), page), files.sorted().toList());
        }
    }

    @Test
    void theSameTrainingGivesTheSamePageOnAnyNumberOfThreads() throws IOException {
        train(0, "--epochs", "2", "--threads", "1");
        String one = html();
        train(0, "--epochs", "2", "--threads", "3");
        assertEquals(one, html());
    }

    @Test
    void theWeightsAreThoseWithoutIt() {
        String reported = train(0, "--epochs", "2").getLast().replaceFirst("  [0-9.]+ s$", "");
        StringWriter out = new StringWriter();
        Main.run(
                new PrintWriter(out, true),
                new PrintWriter(out, true),
                "train",
                "--data",
                folder.resolve("data").toString(),
                "--hidden",
                "8",
                "--batch-size",
                "16",
                "--epochs",
                "2");
        assertTrue(out.toString().contains(reported), out + " and " + reported);
    }

    /** A training that diverges on purpose still writes its page, which has the cause. */
    @Test
    void aDivergenceIsMarked() throws IOException {
        List<String> out = train(3, "--optimizer", "sgd", "--lr", "1e18", "--schedule", "constant", "--epochs", "2");
        assertEquals(1, out.size(), out::toString);
        String html = html();
        assertTrue(html.contains("The training diverged after "), html);
        assertTrue(html.contains(out.getFirst().replaceFirst("error: ", "<strong>diverged</strong> ")), html);
        assertTrue(
                html.matches("(?s).*layers\\.[01]\\.weight: step larger than the weights \\([0-9.E]+\\) at step 1;"
                        + " reduce its learning rate below .*"),
                html);
        assertTrue(html.matches("(?s).*loss: (NaN|Infinity) at step \\d+;.*"), html);
        assertFalse(html.contains("SHA-256"), "there are no weights worth a name");
    }

    /**
     * The rate is warmed up over four epochs to one that is far too high. Each spike has a number in the table and at a line in
     * the curves.
     */
    @Test
    void spikesAreMarkedInTheCurves() throws IOException {
        train(0, "--optimizer", "sgd", "--lr", "40", "--schedule", "linear-warmup:warmup=4,start=0", "--epochs", "5");
        String html = html();
        assertTrue(
                html.matches("(?s).*<th scope=\"row\" class=\"n\">1</th><td class=\"n\">\\d+</td><td>layers.*"), html);
        assertTrue(html.matches("(?s).*<text[^>]*>1(–\\d+)?</text>.*"), html);
    }

    @Test
    void aPageOfOneStepIsDrawn() throws IOException {
        train(0, "--epochs", "1", "--batch-size", "90", "--lr", "0");
        assertTrue(html().contains("after 1 step in 1 epoch."), html());
    }
}
