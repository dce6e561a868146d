package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed pages are those that the committed results make, and say so when they are not. */
class PublicationTest {
    private static final Path BENCH = Path.of("").toAbsolutePath();
    private static final Path README = BENCH.resolveSibling("README.md");

    private static void assertFresh(String expected, Path file) throws IOException {
        assertEquals(
                expected,
                Files.readString(file),
                () -> BENCH.getParent().relativize(file)
                        + " is stale: run bench/run readme NAME, with the name of the run" + " that README.md shows");
    }

    private static Results shown() throws IOException {
        return Results.read(BENCH.resolve("results").resolve(Publication.run(Files.readString(README))));
    }

    @Test
    void theTableOfTheReadmeIsThatOfItsRun() throws IOException {
        assertFresh(Publication.readme(Files.readString(README), shown()), README);
    }

    @Test
    void thePictureIsThatOfItsRun() throws IOException {
        assertFresh(
                RatioPicture.svg(Publication.headline(shown())),
                BENCH.resolve("results").resolve("ratios.svg"));
    }

    @Test
    void theListOfBenchmarksIsThatOfTheExhibits() throws IOException {
        Path page = BENCH.resolve("README.md");
        assertFresh(Publication.list(Files.readString(page)), page);
    }

    @Test
    void theResultsAreThoseOfTheirRuns() throws IOException {
        Path page = BENCH.resolve("RESULTS.md");
        List<Results> runs = new ArrayList<>();
        for (String name : Publication.runs(Files.readString(page))) {
            runs.add(Results.read(BENCH.resolve("results").resolve(name)));
        }
        assertTrue(
                runs.stream().anyMatch(run -> {
                    try {
                        return run.name().equals(shown().name());
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }),
                "RESULTS.md lacks the run that README.md shows");
        assertFresh(Publication.results(runs), page);
        for (Results run : runs) {
            Path tables = run.folder().resolve("tables.md");
            if (Files.exists(tables)) {
                assertEquals(
                        Tables.markdown(run),
                        Files.readString(tables),
                        () -> tables + " is stale: run bench/run report " + run.name());
            }
        }
    }

    /** {@return a run in which the peers take as long as we do, but for two} */
    private static Results made(Path folder) throws IOException {
        ResultsBuilder results = new ResultsBuilder();
        String step = "n=1048576, rule=AdamW, threads=1", epoch = "batch=128, images=strokes, threads=1";
        results.row("UpdateBenchmark.lanewise", step, new double[] {1});
        results.row("UpdateBenchmark.libtorchFused", step, new double[] {1});
        results.row("UpdateBenchmark.djl", "n=1048576, rule=AdamW", new double[] {4});
        results.row("UpdateBenchmark.lanewise", "n=1048576, rule=Adam, threads=1", new double[] {1});
        results.row("UpdateBenchmark.nd4j", "n=1048576, rule=Adam", new double[] {1});
        results.row("EpochBenchmark.lanewise", epoch, new double[] {1});
        results.row("EpochBenchmark.libtorchMkl", epoch, new double[] {1});
        for (int m = 1; m <= 3; m++) {
            String shape = "shape=NN " + m + " 10 50, threads=1";
            results.row("GemmBenchmark.lanewise", shape, new double[] {m});
            results.row("GemmBenchmark.mkl", shape, new double[] {1});
        }
        return results.in(folder);
    }

    @Test
    void theTableEndsWithTheSlowest(@TempDir Path folder) throws IOException {
        List<PeerComparison> shown = Publication.headline(made(folder));
        assertEquals(6, shown.size());
        assertEquals("AdamW step, 1 Mi parameters", shown.getFirst().label());
        assertEquals(0.25, shown.get(2).best());
        assertEquals("product A·B, 3 × 10 × 50", shown.get(4).label());
        assertEquals(3, shown.get(4).best());
        assertEquals(2, shown.get(5).best());
        String table = Publication.table(made(folder));
        assertTrue(table.contains("| product A·B, 3 × 10 × 50 | MKL | "), table);
        assertTrue(table.contains(" | 3.00 |\n"), table);
    }

    @Test
    void aRunWithoutARowOfTheTableIsRefused(@TempDir Path folder) throws IOException {
        Results few = new ResultsBuilder()
                .row("TailBenchmark.step", "n=1, offset=0, rule=AdamW", new double[] {1})
                .in(folder);
        String message = assertThrows(UsageException.class, () -> Publication.headline(few))
                .getMessage();
        assertTrue(message.contains("UpdateBenchmark.libtorchFused"), message);
    }

    @Test
    void aPageKeepsWhatIsAroundItsMarks(@TempDir Path folder) throws IOException {
        Results results = made(folder);
        String page = Publication.readme(
                "before\n<!-- bench/results/old -->\nold\n<!-- end of results -->\nafter\n", results);
        assertEquals(results.name(), Publication.run(page));
        assertTrue(page.startsWith("before\n<!-- bench/results/"), page);
        assertTrue(page.endsWith("<!-- end of results -->\nafter\n"), page);
        assertFalse(page.contains("old"), page);
        assertThrows(UsageException.class, () -> Publication.readme("nothing", results));
        assertThrows(UsageException.class, () -> Publication.list("nothing"));
    }

    /** It is well-formed, has a bar for each comparison, and colors by who is faster. */
    @Test
    void thePictureHasABarForEachComparison(@TempDir Path folder) throws Exception {
        String svg = RatioPicture.svg(Publication.headline(made(folder)));
        Path file = Files.writeString(folder.resolve("picture.svg"), svg);
        DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(file.toFile());
        assertEquals(4, svg.split("<rect class=\"faster\"").length - 1);
        assertEquals(2, svg.split("<rect class=\"slower\"").length - 1);
        assertTrue(svg.contains("prefers-color-scheme:dark"), svg);
    }

    /** Two runs of one measurement follow each other. */
    @Test
    void runsStandLineByLine(@TempDir Path folder) throws IOException {
        Results a = new ResultsBuilder()
                .row("PlainSegmentBenchmark.step", "n=4096, pollution=clean", new double[] {4096})
                .row("PlainSegmentBenchmark.step", "n=4096, pollution=after", new double[] {8192})
                .in(folder.resolve("a"));
        Results b = new ResultsBuilder()
                .row("PlainSegmentBenchmark.step", "n=4096, pollution=clean", new double[] {2048})
                .row("PlainSegmentBenchmark.step", "n=4096, pollution=after", new double[] {8192})
                .in(folder.resolve("b"));
        String page = Publication.results(List.of(a, b));
        assertEquals(List.of("a", "b"), Publication.runs(page));
        assertTrue(
                page.contains("| n | run | clean | after | after / clean |\n| --- | --- | ---: | ---: | ---: |\n"
                        + "| 4096 | a | 1.00 | 2.00 | 2.00 |\n| 4096 | b | 0.500 | 2.00 | 4.00 |\n"),
                page);
    }
}
