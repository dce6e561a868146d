package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstStepsTest {
    private static final FirstStepsWork WORK = FirstStepsWork.update(1_000);

    private static final int STEPS = WORK.steps();

    @TempDir
    private Path folder;

    /** {@return steps that take so many nanoseconds, the first 100 of them longer} */
    private static long[] fork(long early, long late) {
        long[] nanos = new long[STEPS];
        Arrays.fill(nanos, late);
        Arrays.fill(nanos, 0, 99, early);
        return nanos;
    }

    private static FirstStepsCurve curve(String library, String setting, long early, long late) {
        return FirstStepsCurve.of(library, WORK, "1", setting, List.of(new FirstStepsCurve.Fork(0, fork(early, late))));
    }

    /** Every step is in one bucket. */
    @Test
    void bucketsAreTenToADecade() {
        int[] first = FirstStepsCurve.buckets(STEPS);
        assertEquals(1, first[0]);
        assertEquals(STEPS, first[first.length - 1]);
        assertArrayEquals(
                new int[] {10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100},
                Arrays.stream(first).filter(step -> step >= 10 && step <= 100).toArray());
        for (int i = 1; i < first.length; i++) {
            assertTrue(first[i] > first[i - 1]);
        }
    }

    /** One disturbed fork of three does not show; a slow step of all does, in the maximum of its bucket. */
    @Test
    void aCurveIsTheMedianOfItsForks() {
        long[] slow = fork(10_000_000, 9_000_000);
        long[] a = fork(2_000, 500), b = fork(2_000, 500);
        a[5_005] = 70_000;
        b[5_006] = 60_000;
        slow[5_007] = 1;
        FirstStepsCurve curve = FirstStepsCurve.of(
                "this",
                WORK,
                "1",
                "default",
                List.of(
                        new FirstStepsCurve.Fork(7, a),
                        new FirstStepsCurve.Fork(9, slow),
                        new FirstStepsCurve.Fork(8, b)));
        assertEquals(8, curve.warmUp());
        assertEquals(2_000, curve.firstStep());
        assertEquals(99 * 2_000 + 901 * 500, curve.firstThousand());
        int bucket = Arrays.binarySearch(curve.first(), 5_006);
        assertEquals(0.5, curve.perElement()[-bucket - 2]);
        assertEquals(70, curve.greatestPerElement()[-bucket - 2]);
    }

    /** A later run must not be published as one of an earlier commit. */
    @Test
    void keepsTheEnvironmentOfOtherBenchmarksOnly() throws IOException {
        Files.createFile(folder.resolve(FirstStepsRun.FILE));
        Files.createFile(folder.resolve(Results.ENVIRONMENT));
        assertFalse(FirstStepsRun.hasOtherResults(folder));
        Files.createFile(folder.resolve("UpdateBenchmark.json"));
        assertTrue(FirstStepsRun.hasOtherResults(folder));
    }

    @Test
    void theTableHasTheWorstRatioAndTheOtherBuild() throws IOException {
        List<FirstStepsCurve> curves = List.of(
                curve("this", "default", 3_000, 400),
                curve("this", "vectorBits=0", 1_000, 1_000),
                curve("other", "default", 300_000, 400),
                curve("other", "vectorBits=0", 1_000, 1_000));
        new ObjectMapper().writeValue(folder.resolve(FirstStepsRun.FILE).toFile(), curves);
        Results results = Results.read(folder);
        String table = FirstStepsReport.markdown(List.of(results), false);
        assertTrue(
                table.contains(
                        "| AdamW over 1,000 elements | 1 | default | this |  | 0.003 | 0.003 | 0.001 | 0.004 | 3.00 |"
                                + " 1 | 0.02 |"),
                table);
        assertTrue(
                table.contains(
                        "| AdamW over 1,000 elements | 1 | default | other |  | 0.300 | 0.300 | 0.030 | 0.034 | 300.00"
                                + " | 1 |  |"),
                table);
        assertTrue(Publication.results(List.of(results)).contains(FirstStepsReport.TITLE));
        String html = Report.of(results, List.of()).html();
        assertTrue(html.contains("AdamW over 1,000 elements, cores: 1"), "chart");
        assertTrue(html.contains("vectorBits=0, other"), "a line for each setting and build");
    }

    @Test
    void aRunWithoutThemHasNoSection() throws IOException {
        Results results = new ResultsBuilder()
                .row("TailBenchmark.step", "n=1, offset=0, rule=AdamW", new double[] {1})
                .in(folder);
        assertEquals("", FirstStepsReport.markdown(List.of(results), false));
        assertFalse(Report.of(results, List.of()).html().contains(FirstStepsReport.TITLE));
    }

    @Test
    void theProgramWritesEveryStep() throws IOException {
        Path file = folder.resolve("steps");
        FirstSteps.main(new String[] {"100", "50", "false", file.toString()});
        assertEquals(51 * Long.BYTES, Files.size(file));
        assertEquals(0, ByteBuffer.wrap(Files.readAllBytes(file)).getLong());
        FirstSteps.main(new String[] {"100", "1", "true", file.toString()});
        assertTrue(ByteBuffer.wrap(Files.readAllBytes(file)).getLong() > 0);
        FirstSteps.main(new String[] {FirstStepsWork.training(8).argument(), "3", "false", file.toString()});
        assertEquals(4 * Long.BYTES, Files.size(file));
        FirstSteps.main(new String[] {FirstStepsWork.prediction(8).argument(), "2", "false", file.toString()});
        assertEquals(3 * Long.BYTES, Files.size(file));
    }

    @Test
    void eachRuleTakesItsFirstSteps() throws IOException {
        List<FirstStepsWork> rules = FirstStepsRun.rules();
        assertEquals(BenchRules.NAMES.size() + 4, rules.size());
        assertEquals(
                "AdamW with state in BF16 over 10,000 elements",
                rules.get(BenchRules.NAMES.size()).name());
        for (FirstStepsWork work : rules) {
            Path file = folder.resolve("steps");
            FirstSteps.main(new String[] {work.argument(), "5", "false", file.toString()});
            assertEquals(6 * Long.BYTES, Files.size(file), work.name());
        }
    }

    /** Their files name no work. */
    @Test
    void earlierRunsMeasuredUpdates() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode curve = mapper.valueToTree(curve("this", "default", 3_000, 400));
        curve.remove("work");
        mapper.writeValue(folder.resolve(FirstStepsRun.FILE).toFile(), List.of(curve));
        assertEquals(
                "AdamW over 1,000 elements",
                Results.read(folder).firstSteps().getFirst().work());
    }

    @Test
    void whatIsMissingIsNamed() {
        Path none = folder.resolve("none.jar");
        String message = assertThrows(
                        UsageException.class,
                        () -> FirstStepsRun.run(new FirstStepsRun.Request("x", false, none, 1, null, List.of())))
                .getMessage();
        assertEquals("--against must be a jar or a folder of classes: " + none, message);
        assertThrows(
                UsageException.class,
                () -> FirstStepsRun.run(new FirstStepsRun.Request("x", false, null, 0, null, List.of())));
    }
}
