package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of code that was not compiled, and rows whose forks differ, are found, marked and not compared. */
class DoubtTest {
    private static final String AT = "n=1048576, rule=AdamW, threads=1";

    @TempDir
    private Path folder;

    private static double[] fork(double... times) {
        return times;
    }

    private static Set<Doubt> doubts(double[]... forks) {
        return Doubt.of(List.of(forks), List.of());
    }

    @Test
    void aSteadyRowIsNotInDoubt() {
        assertEquals(Set.of(), doubts(fork(10, 10.5, 9.8, 10.1, 10.2)));
        assertEquals(Set.of(), doubts(fork(10, 12, 9), fork(13, 12, 11)));
        assertEquals(Set.of(), doubts(fork(5)));
    }

    /** One disturbed iteration changes neither the median nor the mean logarithm by much. */
    @Test
    void oneDisturbedIterationIsNoDoubt() {
        assertEquals(Set.of(), doubts(fork(10, 10, 25, 10, 10)));
        assertEquals(Set.of(Doubt.UNSTEADY), doubts(fork(10, 10, 250, 10, 10)));
    }

    @Test
    void aKernelThatIsCompiledInBetweenIsFound() {
        assertEquals(Set.of(Doubt.UNSTEADY), doubts(fork(850, 0.55, 0.55, 0.55, 0.55)));
        assertEquals(Set.of(Doubt.UNSTEADY), doubts(fork(850, 850, 850, 850, 0.55)));
        assertEquals(Set.of(Doubt.UNSTEADY), doubts(fork(10, 10, 10), fork(16, 11, 10)));
        assertEquals(Set.of(), doubts(fork(15, 12, 11, 10, 10)));
    }

    /** It waits for C2 during most of the fork, so that its iterations agree. A method that is compiled now and then is another one. */
    @Test
    void aKernelThatIsNeverCompiledIsFound() {
        List<double[]> slow = List.of(fork(850, 851, 849));
        assertEquals(Set.of(Doubt.COMPILING), Doubt.of(slow, List.of(fork(2, 1, 1))));
        assertEquals(Set.of(Doubt.COMPILING), Doubt.of(slow, List.of(fork(15, 3, 0))));
        assertEquals(Set.of(), Doubt.of(slow, List.of(fork(0, 1, 0))));
        List<double[]> two = List.of(fork(10, 10), fork(10, 10));
        assertEquals(Set.of(Doubt.COMPILING), Doubt.of(two, List.of(fork(0, 0), fork(1, 1))));
    }

    @Test
    void forksThatDisagreeAreFound() {
        assertEquals(Set.of(Doubt.FORKS), doubts(fork(10, 10), fork(10, 10), fork(16, 16)));
        assertEquals(Set.of(), doubts(fork(10, 10), fork(14, 14)));
    }

    /** The lines are of a JDK 25. */
    @Test
    void theListOfTheCompilerIsRead() {
        String list = """
            Current compiles:
            C2 CompilerThread0  1837 %     4       dev.lanewise.internal.kernel.AdamWKernel::update @ 12 (300 bytes)
            C1 CompilerThread0  1901       3       dev.lanewise.optim.Optimizer::step (30 bytes)

            C2 compile queue:
            1677       4       jdk.internal.util.Preconditions::checkFromToIndex (24 bytes)
            1790    b  4       jdk.incubator.vector.FloatVector::lanewise (6 bytes)
            1802 %     4       dev.lanewise.bench.Values::check @ 2 (58 bytes)
            """;
        assertEquals(2, CompilerQueue.waiting(list));
        assertTrue(CompilerQueue.text().contains("C2 compile queue"), CompilerQueue.text());
    }

    private Results made() throws IOException {
        return new ResultsBuilder()
                .row("UpdateBenchmark.lanewise", AT, fork(850, 850, 0.5))
                .row("UpdateBenchmark.memory", AT, fork(0.4, 0.4, 0.4))
                .row("UpdateBenchmark.libtorchFused", AT, fork(0.8, 0.8, 0.8))
                .compiling("NormBenchmark.lanewise", "n=1048576", new double[][] {{1, 1}}, fork(90, 90))
                .in(folder.resolve("busy"));
    }

    @Test
    void theJsonOfAProfilerIsRead() throws IOException {
        assertEquals(
                Set.of(Doubt.COMPILING), made().of("NormBenchmark").getFirst().doubts());
    }

    /** The figure, the ratio of which it is a part and the verdict are marked, and the sign is explained. */
    @Test
    void tablesAndTheReportMarkIt() throws IOException {
        String tables = Tables.markdown(made());
        assertTrue(tables.contains(Doubt.LEGEND), tables);
        assertTrue(tables.contains("| 0.001 † | 0.000 |"), tables);
        String html = Report.of(made(), List.of()).html();
        assertTrue(html.contains("In doubt, and marked †"), "callout");
        assertTrue(html.contains("1 have a row in doubt"), "summary");
        assertTrue(html.contains(">in doubt<"), "verdict");
        assertFalse(html.contains(">slower<"), "no verdict from a row in doubt");
        assertFalse(Tables.markdown(steady()).contains("†"));
    }

    private Results steady() throws IOException {
        return new ResultsBuilder()
                .row("UpdateBenchmark.lanewise", AT, fork(0.5, 0.5, 0.5))
                .row("UpdateBenchmark.memory", AT, fork(0.4, 0.4, 0.4))
                .in(folder.resolve("quiet"));
    }

    @Test
    void aComparisonLeavesItOut() throws IOException {
        Comparison comparison = new Comparison(steady(), made(), 0.05, 0.99);
        assertFalse(comparison.anySlower());
        String text = comparison.text();
        assertTrue(text.contains("doubt   "), text);
        assertTrue(text.contains("the iterations of a fork differ by more than half"), text);
        assertTrue(
                text.contains("Of 2 common rows 0 are slower, 0 faster; 1 are in doubt and cannot be compared."), text);
    }

    @Test
    void theRepetitionIsOfTheRowAloneAndWarmsUpForLonger() throws IOException {
        Plan.Part part = UpdateExhibit.EXHIBIT.quick().getFirst();
        Results.Row row = made().of("UpdateBenchmark").getFirst();
        Plan.Part again = part.alone(row).warmer();
        assertEquals(List.of(row.key()), Plan.rows(again, Pattern.compile(".*"), Set.of()));
        assertEquals(4 * part.effort().warmups(), again.effort().warmups());
        assertEquals(part.effort().iterations(), again.effort().iterations());
    }
}
