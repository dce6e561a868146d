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

/**
 * Measures a step in every storage, and in a JVM whose profiles of segments and vectors were polluted.
 * {@link PlainSegmentBenchmark} is the control.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class StorageBenchmark {
    static final List<Column> POLLUTION =
            List.of(Column.of("clean", "clean"), Column.of("before", "before"), Column.of("after", "after"));

    static final List<TableSpec.Ratio> TO_CLEAN =
            List.of(new TableSpec.Ratio("before", "clean"), new TableSpec.Ratio("after", "clean"));

    static final Exhibit EXHIBIT = new Exhibit(
            StorageBenchmark.class,
            "Storages and profile pollution",
            "Does a step take the same time in every storage, and in a JVM whose profiles of segments and vectors other"
                    + " code has polluted before the kernels were compiled or after?",
            List.of(
                    part(Plan.POLLUTED, "AdamW", List.of("array", "native"), "4096")
                            .forks(2),
                    part(Plan.POLLUTED, "AdamW", List.of("array+native", "native+array", "shared", "bytes"), "4096"),
                    part(Plan.POLLUTED, "Lamb", List.of("array"), "4096").forks(2)),
            List.of(
                    part(
                                    Plan.LONG,
                                    "AdamW",
                                    List.of("array", "native", "array+native", "native+array"),
                                    "4096",
                                    Plan.L3)
                            .forks(5),
                    part(Plan.LONG, "Sgd", List.of("array", "native", "array+native", "native+array"), "4096", Plan.L3)
                            .forks(3),
                    part(Plan.LONG, "Lamb", List.of("array", "native"), "4096", Plan.L3)
                            .forks(3),
                    part(Plan.LONG, "AdamW", List.of("shared", "bytes"), "4096", Plan.L3)
                            .forks(3)),
            new TableSpec(
                            "One step by storage and profile pollution",
                            Unit.NANOS_PER_ELEMENT,
                            List.of("rule", "storage", "n"),
                            POLLUTION,
                            TO_CLEAN)
                    .by("pollution")
                    .drawn(TableSpec.Figure.RATIOS));

    private static Plan.Part part(Plan.Effort effort, String rule, List<String> storages, String... sizes) {
        return new Plan.Part(
                StorageBenchmark.class,
                effort,
                Map.of("rule", List.of(rule), "storage", storages, "n", List.of(sizes)));
    }

    /** Nanoseconds of steps after which C2 has compiled the kernels. */
    static final long WARM = TimeUnit.SECONDS.toNanos(1);

    @Param({"AdamW", "Sgd", "Lamb"})
    public String rule;

    /** The storage of the parameters, then that of the gradient if it differs; the state is in arrays. */
    @Param({"array", "native", "array+native", "native+array", "shared", "bytes"})
    public String storage;

    @Param({"4096", "1048576"})
    public int n;

    /** Whether the profiles are polluted before the kernels are compiled, after, or not at all. */
    @Param({"clean", "before", "after"})
    public String pollution;

    private FloatSpan gradients;
    private Optimizer optimizer;

    @Setup
    public void allocate() {
        // Lets the buffers begin at similar addresses in every fork; otherwise forks differ by up to a half.
        System.gc();
        String[] storages = storage.split("\\+");
        FloatSpan parameters = Values.allocate(storages[0], n);
        gradients = Values.allocate(storages[storages.length - 1], n);
        optimizer = new Optimizer(parameters, BenchRules.of(rule));
        reset();
        if (pollution.equals("after")) {
            Values.compile(this::step);
            for (long end = System.nanoTime() + WARM; System.nanoTime() < end; ) {
                step();
            }
        }
        if (!pollution.equals("clean") && Float.isNaN(Pollution.run())) {
            throw new IllegalStateException("the pollution gave NaN");
        }
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

    @Benchmark
    public void step() {
        optimizer.step(gradients);
    }
}
