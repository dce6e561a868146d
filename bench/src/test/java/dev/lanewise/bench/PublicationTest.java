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

    private static List<Results> shown() throws IOException {
        List<Results> runs = new ArrayList<>();
        for (String name : Publication.shown(Files.readString(README))) {
            runs.add(Results.read(BENCH.resolve("results").resolve(name)));
        }
        return runs;
    }

    @Test
    void theTableOfTheReadmeIsThatOfItsRun() throws IOException {
        assertFresh(Publication.readme(Files.readString(README), shown()), README);
    }

    @Test
    void thePictureIsThatOfItsRun() throws IOException {
        assertFresh(
                RatioPicture.svg(Publication.headline(shown()), shown()),
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
        List<String> names = runs.stream().map(Results::name).toList();
        for (Results run : shown()) {
            assertTrue(names.contains(run.name()), "RESULTS.md lacks the run that README.md shows: " + run.name());
        }
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
        Results run = made(folder);
        List<SideBySide.Line> shown = Publication.headline(List.of(run));
        assertEquals(6, shown.size());
        assertEquals("AdamW step, 1 Mi parameters", shown.getFirst().label());
        assertEquals("0.25", shown.get(2).ratio(run));
        assertEquals("product A·B, 3 × 10 × 50", shown.get(4).label());
        assertEquals("3.00", shown.get(4).ratio(run));
        assertEquals("2.00", shown.get(5).ratio(run));
        String table = Publication.table(List.of(run));
        assertTrue(table.contains("| product A·B, 3 × 10 × 50 | MKL | 3.00 ("), table);
        assertTrue(table.contains("The last 2 rows are the slowest of all."), table);
    }

    @Test
    void aRunWithoutARowOfTheTableIsRefused(@TempDir Path folder) throws IOException {
        Results few = new ResultsBuilder()
                .row("TailBenchmark.step", "n=1, offset=0, rule=AdamW", new double[] {1})
                .in(folder);
        String message = assertThrows(UsageException.class, () -> Publication.headline(List.of(few)))
                .getMessage();
        assertTrue(message.contains("UpdateBenchmark.libtorchFused"), message);
    }

    @Test
    void aPageKeepsWhatIsAroundItsMarks(@TempDir Path folder) throws IOException {
        Results results = made(folder);
        String page = Publication.readme(
                "before\n<!-- bench/results/old -->\nold\n<!-- end of results -->\nafter\n", List.of(results));
        assertEquals(List.of(results.name()), Publication.shown(page));
        assertTrue(page.startsWith("before\n<!-- bench/results/"), page);
        assertTrue(page.endsWith("<!-- end of results -->\nafter\n"), page);
        assertFalse(page.contains("old"), page);
        assertThrows(UsageException.class, () -> Publication.readme("nothing", List.of(results)));
        assertThrows(UsageException.class, () -> Publication.list("nothing"));
    }

    /** It is well-formed, has a bar for each comparison, and colors by who is faster. */
    @Test
    void thePictureHasABarForEachComparison(@TempDir Path folder) throws Exception {
        List<Results> run = List.of(made(folder));
        String svg = RatioPicture.svg(Publication.headline(run), run);
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

    private static Results on(String cpu, int bits, String args, double time, Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(Results.ENVIRONMENT), """
            { "cpu" : "%s", "cores" : 2, "jdk" : "25", "vectorBits" : %d, "jvmArgs" : [%s] }
            """.formatted(cpu, bits, args));
        made(folder);
        return new ResultsBuilder()
                .row("SoftmaxBenchmark.softmax", "shape=4 10", new double[] {time})
                .row("SoftmaxBenchmark.libtorchSoftmax", "shape=4 10", new double[] {1})
                .in(folder);
    }

    /** A column for each, whose heading is the processor with the width of its vectors; what one lacks is empty there. */
    @Test
    void twoProcessorsStandSideBySide(@TempDir Path folder) throws Exception {
        Results a = on("Zen 4", 512, "", 9, folder.resolve("a"));
        Results b = on("Xeon", 256, "\"-XX:UseAVX=2\"", 7, folder.resolve("b"));
        Files.delete(b.folder().resolve("EpochBenchmark.json"));
        List<Results> runs = List.of(a, Results.read(b.folder()));
        String table = Publication.table(runs);
        assertTrue(table.startsWith("| measured | peer | Zen 4, 512 bits | Xeon, 256 bits, -XX:UseAVX=2 |\n"), table);
        assertTrue(
                table.contains("| softmax of 4 × 10 | libtorch | 9.00 (9.00 / 1.00 µs) | 7.00 (7.00 / 1.00 µs) |"),
                table);
        assertTrue(table.contains("On Xeon, 256 bits, -XX:UseAVX=2, with 2 cores"), table);
        String page = Publication.readme("<!-- bench/results/a -->\n<!-- end of results -->\n", runs);
        assertEquals(List.of("a", "b"), Publication.shown(page));

        String results = Publication.results(runs);
        assertTrue(results.contains("| measured | peer | a | b |\n| --- | --- | ---: | ---: |\n"), results);
        assertTrue(results.contains("| softmax of 4 × 10 | libtorch | 9.00 | 7.00 |\n"), results);
        assertTrue(
                results.lines().anyMatch(line -> line.contains("libtorch on MKL") && line.endsWith("| 1.00 |  |")),
                results);

        String html = Report.of(a, runs).html();
        assertTrue(html.contains(SideBySide.TITLE), "section");
        assertFalse(Report.of(a, List.of(a)).html().contains(SideBySide.TITLE), "a run alone");

        String svg = RatioPicture.svg(Publication.headline(runs), runs);
        DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(Files.writeString(folder.resolve("picture.svg"), svg).toFile());
        assertTrue(svg.contains("bar 2: Xeon, 256 bits, -XX:UseAVX=2"), svg);
    }
}
