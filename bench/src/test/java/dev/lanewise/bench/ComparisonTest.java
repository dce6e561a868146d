package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
    @TempDir
    private Path folder;

    private static double[] fork(double... times) {
        return times;
    }

    private static ResultsBuilder made(double scale) {
        return new ResultsBuilder()
                .row("TailBenchmark.step", "n=1", fork(10, 10), fork(10.1, 10.1), fork(9.9, 9.9))
                .row(
                        "TailBenchmark.step",
                        "n=2",
                        fork(20 * scale, 20 * scale),
                        fork(20.1 * scale, 20.2 * scale),
                        fork(19.9 * scale, 19.8 * scale))
                .row("TailBenchmark.step", "n=3", fork(30, 30), fork(31, 31), fork(29, 29));
    }

    private Comparison compare(ResultsBuilder a, ResultsBuilder b) throws IOException {
        return new Comparison(a.in(folder.resolve("a")), b.in(folder.resolve("b")), 0.05, 0.99);
    }

    @Test
    void whatGotSlowerIsFirstAndMarked() throws IOException {
        Comparison comparison = compare(made(1), made(1.3));
        assertTrue(comparison.anySlower());
        Comparison.Change first = comparison.changes().getFirst();
        assertEquals("2", first.after().get("n"));
        assertEquals(1.3, first.ratio().value(), 1e-9);
        assertTrue(comparison.slower(first));
        assertEquals(1, comparison.changes().stream().filter(comparison::slower).count());
        assertTrue(comparison.text().contains("SLOWER   1.30 ["), comparison.text());
        assertTrue(comparison.text().contains("Of 3 common rows 1 are slower, 0 faster."), comparison.text());
    }

    @Test
    void theOtherWayRoundItIsFaster() throws IOException {
        Comparison comparison = compare(made(1.3), made(1));
        assertFalse(comparison.anySlower());
        assertTrue(comparison.faster(comparison.changes().getLast()));
    }

    @Test
    void aChangeWithinTheToleranceIsNotMarked() throws IOException {
        Comparison comparison = compare(made(1), made(1.04));
        assertFalse(comparison.anySlower());
        assertFalse(compare(made(1), made(1)).anySlower());
    }

    /** Its iterations agree as well as can be, but another fork may differ by as much as forks do elsewhere. */
    @Test
    void aSingleForkBorrowsTheSpreadBetweenForks() throws IOException {
        ResultsBuilder a = new ResultsBuilder()
                .row("TailBenchmark.step", "n=1", fork(10), fork(14), fork(12), fork(9), fork(13))
                .row("TailBenchmark.step", "n=2", fork(20, 20, 20.001));
        ResultsBuilder b = new ResultsBuilder()
                .row("TailBenchmark.step", "n=1", fork(13), fork(10), fork(12), fork(14), fork(9))
                .row("TailBenchmark.step", "n=2", fork(22, 22, 22.001));
        assertFalse(compare(a, b).anySlower());
    }

    @Test
    void withoutForksToLearnFromTheTextSaysSo() throws IOException {
        Comparison comparison = compare(
                new ResultsBuilder().row("TailBenchmark.step", "n=2", fork(20, 20, 20.001)),
                new ResultsBuilder().row("TailBenchmark.step", "n=2", fork(22, 22, 22.001)));
        assertTrue(comparison.anySlower());
        assertTrue(comparison.text().contains("too narrow"), comparison.text());
    }

    /** Of many pairs from one distribution, about as many intervals miss 1 as the confidence allows. */
    @Test
    void intervalsCoverAsOftenAsTheySay() throws IOException {
        Random random = new Random(1);
        ResultsBuilder a = new ResultsBuilder(), b = new ResultsBuilder();
        int rows = 1000;
        for (int i = 0; i < rows; i++) {
            for (ResultsBuilder one : new ResultsBuilder[] {a, b}) {
                double[][] forks = new double[4][3];
                for (double[] fork : forks) {
                    double level = 100 * Math.exp(0.1 * random.nextGaussian());
                    for (int j = 0; j < fork.length; j++) {
                        fork[j] = level * Math.exp(0.01 * random.nextGaussian());
                    }
                }
                one.row("TailBenchmark.step", "n=" + i, forks);
            }
        }
        Comparison comparison = new Comparison(a.in(folder.resolve("a")), b.in(folder.resolve("b")), 0, 0.9);
        long missed = comparison.changes().stream()
                .filter(change -> change.ratio().significant())
                .count();
        // 100 expected; five standard deviations are 47.
        assertTrue(missed > 53 && missed < 147, "missed " + missed);
    }

    @Test
    void rowsThatOnlyOneHasAreListed() throws IOException {
        Comparison comparison = compare(
                made(1).row("UpdateBenchmark.memory", "n=4", fork(1)),
                made(1).row("UpdateBenchmark.lanewise", "n=4", fork(1)));
        assertEquals(1, comparison.onlyA().size());
        assertEquals(1, comparison.onlyB().size());
        assertTrue(comparison.text().contains("Only in a:\n  Update.memory n=4\n"), comparison.text());
        assertTrue(comparison.text().contains("Only in b:\n  Update.lanewise n=4\n"), comparison.text());
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Path none = folder.resolve("none");
        assertTrue(assertThrows(UsageException.class, () -> Results.read(none))
                .getMessage()
                .contains(none.toString()));
        Files.createDirectories(none);
        assertTrue(assertThrows(UsageException.class, () -> Results.read(none))
                .getMessage()
                .contains("no results of JMH"));
        Path broken = Files.writeString(none.resolve("TailBenchmark.json"), "[{\"benchmark\": ");
        assertTrue(assertThrows(UsageException.class, () -> Results.read(none))
                .getMessage()
                .contains(broken.toString()));
        Files.writeString(broken, "[{\"benchmark\": \"a.TailBenchmark.step\"}]");
        assertTrue(assertThrows(UsageException.class, () -> Results.read(none))
                .getMessage()
                .contains("raw data"));
        assertThrows(
                UsageException.class,
                () -> compare(
                        new ResultsBuilder().row("TailBenchmark.step", "n=1", fork(1)),
                        new ResultsBuilder().row("TailBenchmark.step", "n=2", fork(1))));
    }
}
