package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables and the page. */
class ReportTest {
    @TempDir
    private Path folder;

    private Results results;

    private static double[] fork(double... times) {
        return times;
    }

    @BeforeEach
    void make() throws IOException {
        ResultsBuilder made = new ResultsBuilder();
        for (int n : new int[] {1024, 32768, 1048576}) {
            String at = "n=" + n + ", rule=AdamW, threads=1";
            made.row("UpdateBenchmark.lanewise", at, fork(0.4 * n, 0.5 * n, 0.6 * n), fork(0.51 * n), fork(0.53 * n));
            made.row("UpdateBenchmark.memory", at, fork(0.25 * n));
            made.row("UpdateBenchmark.libtorchFused", at, fork(n == 1024 ? 0.1 * n : 2.0 * n));
        }
        made.row("UpdateBenchmark.djl", "n=1048576, rule=AdamW", fork(8.0 * 1048576));
        made.row("GemmBenchmark.lanewise", "shape=NN 100 10 50, threads=1", fork(2));
        made.row("GemmBenchmark.mkl", "shape=NN 100 10 50, threads=1", fork(1));
        results = made.in(folder);
    }

    private static Tables.Grid grid(Results results, String title) {
        return Exhibits.ALL.stream()
                .flatMap(exhibit -> Tables.of(exhibit, List.of(results), false).stream())
                .filter(grid -> grid.title().equals(title))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aCellIsTheBestForkAndTheMedian() {
        Tables.Grid limit = grid(results, "One step and its limits, ns per element");
        assertEquals(
                List.of("rule", "n", "threads", "Lanewise", "memory traffic", "limit", "Lanewise / limit"),
                limit.header());
        assertEquals(
                List.of("AdamW", "1024", "1", "0.500 (0.510)", "0.250", "0.250 memory alone", "2.00"),
                limit.rows().getFirst());
    }

    /** A peer without threads stands beside our row for one; what was not measured is empty. */
    @Test
    void peersStandBesideOurRow() {
        Tables.Grid peers = grid(results, "One step and other libraries, ns per element");
        assertEquals(
                List.of(
                        "rule",
                        "n",
                        "threads",
                        "Lanewise",
                        "libtorch fused",
                        "DJL",
                        "Lanewise / libtorch fused",
                        "Lanewise / DJL"),
                peers.header());
        assertEquals(
                List.of("AdamW", "1024", "1", "0.500 (0.510)", "0.100", "", "5.00", ""),
                peers.rows().getFirst());
        assertEquals("8.00", peers.rows().getLast().get(5));
    }

    /** 2 × 100 × 10 × 50 operations in 2 µs; the ratio is of times, as everywhere. */
    @Test
    void ratesAreOfTheBestTime() {
        Tables.Grid products = grid(results, "Matrix products, GFLOP/s");
        assertEquals(
                List.of("NN 100 10 50", "1", "50.0", "100", "2.00"),
                products.rows().getFirst());
    }

    @Test
    void whatIsSlowerIsSaidFirst() {
        String html = Report.of(results, List.of()).html();
        assertTrue(html.contains("<strong>5 comparisons with peers:</strong>"), "comparisons");
        assertTrue(
                html.replaceAll("<[^>]*>", " ")
                        .replaceAll("\\s+", " ")
                        .contains("Lanewise is AdamW step, 1 Ki parameters libtorch fused 5"),
                "the slowest is the first");
        assertTrue(html.indexOf(">slower<") < html.indexOf(">faster<"), "in this order");
        assertEquals(3, html.split(">slower<").length, "two losses");
    }

    @Test
    void chartsHaveTheLimitAndEveryRowIsThere() {
        String html = Report.of(results, List.of()).html();
        assertTrue(html.contains("AdamW: time against size"));
        assertTrue(html.contains("AdamW: bandwidth against size"));
        assertTrue(html.contains("memory traffic"));
        for (Results.Row row : results.rows()) {
            assertTrue(html.contains(Comparison.label(row)), row.key());
        }
    }
}
