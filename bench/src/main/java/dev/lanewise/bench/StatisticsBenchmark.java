package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
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

/** Measures a step with and without statistics on one thread. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class StatisticsBenchmark {
    static final Exhibit EXHIBIT = new Exhibit(
            StatisticsBenchmark.class,
            "Statistics of a step",
            "What do the statistics of a step cost, in the caches and beyond?",
            List.of(new Plan.Part(
                    StatisticsBenchmark.class, Plan.SHORT, Map.of("storage", List.of("array"), "n", List.of(Plan.L3)))),
            List.of(new Plan.Part(StatisticsBenchmark.class, Plan.LONG, Map.of()).forks(3)),
            new TableSpec(
                            "One step without and with statistics",
                            Unit.NANOS_PER_ELEMENT,
                            List.of("rule", "storage", "n"),
                            List.of(Column.of("off", "without"), Column.of("on", "with")),
                            List.of(new TableSpec.Ratio("on", "off")))
                    .by("statistics"));

    @Param({"AdamW", "Sgd"})
    public String rule;

    @Param({"array", "native"})
    public String storage;

    @Param({"4096", "235146", "1048576", "16777216"})
    public int n;

    @Param({"off", "on"})
    public String statistics;

    private UpdateRule update;
    private FloatSpan gradients;
    private Optimizer optimizer;

    @Setup
    public void allocate() {
        update = BenchRules.of(rule);
        gradients = Values.allocate(storage, n);
        optimizer = new Optimizer(
                Values.allocate(storage, n), update, StepOptions.DEFAULT.withStatistics(statistics.equals("on")));
        reset();
        Values.compile(this::step);
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.reset(optimizer, update, gradients);
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check(optimizer, update);
    }

    /** Runs a step. */
    @Benchmark
    public void step() {
        optimizer.step(gradients);
    }
}
