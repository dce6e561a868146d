package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepLimitsTest {
    @TempDir
    private Path folder;

    private static double[] fork(double time) {
        return new double[] {time};
    }

    private static ResultsBuilder add(ResultsBuilder results, String rule, int n, int threads, double memory) {
        String at = "n=%d, rule=%s, threads=%d".formatted(n, rule, threads);
        return results.row("UpdateBenchmark.lanewise", at, fork(0.6 * n))
                .row("UpdateBenchmark.memory", at, fork(memory * n));
    }

    /** {@return results in which a division takes 0.1 ns and both 0.4 ns an element} */
    private static ResultsBuilder made() {
        return new ResultsBuilder()
                .row("DividerBenchmark.root", "n=1024", fork(300))
                .row("DividerBenchmark.quotient", "n=1024", fork(102.4))
                .row("DividerBenchmark.both", "n=1024", fork(409.6));
    }

    private List<List<String>> table(ResultsBuilder made) throws IOException {
        return Tables.of(UpdateExhibit.EXHIBIT, List.of(made.in(Files.createTempDirectory(folder, "run"))), false)
                .stream()
                .filter(grid -> grid.title().startsWith("One step and its limits"))
                .findFirst()
                .orElseThrow()
                .rows();
    }

    @Test
    void everyRuleHasItsWork() {
        BenchRules.NAMES.forEach(name -> assertDoesNotThrow(() -> StepLimits.work(BenchRules.of(name)), name));
    }

    @Test
    void theGreaterLimitCounts() throws IOException {
        ResultsBuilder made = made();
        add(made, "AdamW", 32768, 1, 0.2);
        add(made, "AdamW", 1048576, 1, 0.5);
        add(made, "Adamax", 32768, 1, 0.05);
        add(made, "Ftrl", 32768, 1, 0.2);
        List<List<String>> rows = table(made);
        // It takes a root more.
        assertEquals(List.of("Ftrl", "32768", "1", "0.600", "0.200", "0.693", "0.693 divider", "0.87"), rows.get(3));
        assertEquals(List.of("AdamW", "32768", "1", "0.600", "0.200", "0.400", "0.400 divider", "1.50"), rows.get(0));
        assertEquals(List.of("AdamW", "1048576", "1", "0.600", "0.500", "0.400", "0.500 memory", "1.20"), rows.get(1));
        assertEquals(List.of("Adamax", "32768", "1", "0.600", "0.050", "0.100", "0.100 divider", "6.00"), rows.get(2));
    }

    /** Each core has a divider; a step over few elements runs on one. */
    @Test
    void twoThreadsHaveTwoDividers() throws IOException {
        ResultsBuilder made = made();
        add(made, "AdamW", 1048576, 2, 0.1);
        add(made, "AdamW", 32768, 2, 0.1);
        List<List<String>> rows = table(made);
        assertEquals("0.200 divider", rows.get(0).get(6));
        assertEquals("0.400 divider", rows.get(1).get(6));
    }

    /** Sgd divides nothing; where the divider was not measured, its limit is unknown. */
    @Test
    void withoutDivisionsMemoryIsTheLimit() throws IOException {
        List<List<String>> rows = table(add(made(), "Sgd", 32768, 1, 0.1));
        assertEquals(List.of("Sgd", "32768", "1", "0.600", "0.100", "0.100 memory", "6.00"), rows.getFirst());
        rows = table(add(add(new ResultsBuilder(), "AdamW", 32768, 1, 0.1), "Sgd", 32768, 1, 0.1));
        assertEquals("0.100 memory alone", rows.get(0).get(5));
        assertEquals("0.100 memory", rows.get(1).get(5));
    }
}
