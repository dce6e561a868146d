package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures steps over sizes that are no multiple of a vector, over slices that begin anywhere, and over a few elements. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class TailBenchmark {
    static final Exhibit EXHIBIT = new Exhibit(
            TailBenchmark.class,
            "Small and odd sizes",
            "What do sizes cost that are not multiples of a vector, slices that begin anywhere in their array, and"
                    + " steps over a few elements?",
            List.of(
                    part(List.of("1", "7", "17", "1000", "1023", "1025"), "0"),
                    part(List.of("17", "1000", "1023"), "7")),
            List.of(new Plan.Part(TailBenchmark.class, Plan.TINY, Map.of())),
            new TableSpec(
                            "One step over few elements, by the offset of the slice in its array",
                            new Unit("ns", (row, time) -> time),
                            List.of("rule", "n"),
                            List.of(Column.of("0", "offset 0"), Column.of("1", "offset 1"), Column.of("7", "offset 7")),
                            List.of())
                    .by("offset"));

    private static Plan.Part part(List<String> sizes, String offset) {
        return new Plan.Part(
                TailBenchmark.class,
                Plan.TINY,
                Map.of("rule", List.of("AdamW"), "n", sizes, "offset", List.of(offset)));
    }

    @Param({"AdamW", "Sgd"})
    public String rule;

    @Param({
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "1000", "1023",
        "1024", "1025"
    })
    public int n;

    /** The index of the first element in its array. */
    @Param({"0", "1", "7"})
    public int offset;

    private FloatSpan gradients;
    private Optimizer optimizer;

    @Setup
    public void allocate() {
        gradients = FloatSpan.of(new float[offset + n + 16], offset, n);
        optimizer = new Optimizer(FloatSpan.of(new float[offset + n + 16], offset, n), BenchRules.of(rule));
        reset();
        Values.compile(this::step);
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.reset(optimizer, BenchRules.of(rule), gradients);
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check(optimizer, BenchRules.of(rule));
    }

    /** Runs a step. */
    @Benchmark
    public void step() {
        optimizer.step(gradients);
    }
}
