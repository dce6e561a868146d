package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.AverageTimeResult;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ResultRole;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.ScalarResult;
import org.openjdk.jmh.runner.IterationType;
import org.openjdk.jmh.runner.WorkloadParams;
import org.openjdk.jmh.runner.options.TimeValue;

/** The forks of a row that is measured in several rounds are those of one row. */
class ForksTest {
    private static final double MICROSECOND = 1_000;

    /** Makes the result of a fork in which C2 has nothing to compile. */
    private static RunResult result(double... times) {
        IterationParams iterations =
                new IterationParams(IterationType.MEASUREMENT, times.length, TimeValue.milliseconds(1), 1);
        BenchmarkParams params = new BenchmarkParams(
                "dev.lanewise.bench.GemmBenchmark.lanewise",
                "generated",
                true,
                1,
                new int[] {1},
                List.of(),
                1,
                0,
                iterations,
                iterations,
                Mode.AverageTime,
                new WorkloadParams(),
                TimeUnit.MICROSECONDS,
                1,
                "java",
                List.of(),
                "25",
                "VM",
                "25",
                "1.37",
                TimeValue.seconds(1));
        List<IterationResult> results = new ArrayList<>();
        for (double time : times) {
            IterationResult one = new IterationResult(params, iterations, null);
            one.addResult(new AverageTimeResult(
                    ResultRole.PRIMARY, "lanewise", 1, (long) (time * MICROSECOND), TimeUnit.MICROSECONDS));
            one.addResult(new ScalarResult(CompilerQueue.NAME, 0, "methods", AggregationPolicy.AVG));
            results.add(one);
        }
        return new RunResult(params, List.of(new BenchmarkResult(params, results)));
    }

    private static void check(RunResult together, double[]... forks) {
        Results.Row row = Forks.row(together);
        assertEquals(forks.length, row.forks().size());
        for (int i = 0; i < forks.length; i++) {
            assertArrayEquals(forks[i], row.forks().get(i), 1e-9);
        }
    }

    @Test
    void roundsAddTheirForks() {
        double[] a = {10, 11, 10}, b = {20, 20, 21}, c = {9, 9, 9};
        RunResult two = Forks.together(result(a), result(b));
        check(two, a, b);
        // Its forks differ, but each of them is steady.
        check(Forks.together(two, result(c)), a, b, c);
        assertEquals(9, Forks.row(Forks.together(two, result(c))).best());
    }

    @Test
    void aDisturbedForkCountsOnlyIfThereIsNoFasterOne() {
        double[] steady = {10, 11, 10}, disturbed = {10, 20, 30};
        check(Forks.together(result(steady), result(disturbed)), steady);
        check(Forks.together(result(disturbed), result(steady)), steady);
        check(Forks.together(result(disturbed), result(disturbed)), disturbed, disturbed);
        double[] slow = {40, 40, 41};
        check(Forks.together(result(slow), result(disturbed)), slow, disturbed);
        check(Forks.together(result(disturbed), result(slow)), disturbed, slow);
    }

    @Test
    void roundsAreAtLeastOne() {
        assertThrows(
                UsageException.class,
                () -> new Measurement.Request(Plan.QUICK, null, null, null, List.of(), true, 0, false));
    }
}
