package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateBuffer;
import dev.lanewise.optim.StateType;
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

/** Measures a step by the type of its state. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class StateBenchmark {
    static final Exhibit EXHIBIT = new Exhibit(
            StateBenchmark.class,
            "State in fewer bits",
            "How long does a step take whose moments are stored in bf16 or int8, in the caches and beyond, against the"
                    + " same step with floats?",
            List.of(
                    part(Plan.SHORT, List.of("AdamW"), "1", Plan.L2, Plan.L3),
                    part(Plan.LARGE, List.of("AdamW"), "1", Plan.BEYOND)),
            List.of(
                    part(Plan.LONG, List.of("AdamW", "Lion", "Sgd"), "1", "4096", Plan.L2, Plan.L3)
                            .forks(3),
                    part(Plan.LONG_LARGE, List.of("AdamW", "Lion", "Sgd"), "1", Plan.BEYOND, Plan.FAR)
                            .forks(3)
                            .heap("8g"),
                    part(Plan.LONG_LARGE, List.of("AdamW", "Lion", "Sgd"), "2", Plan.L3, Plan.BEYOND, Plan.FAR)
                            .forks(3)
                            .heap("8g")),
            new TableSpec(
                            "One step by the type of its state",
                            Unit.NANOS_PER_ELEMENT,
                            List.of("rule", "n", "threads"),
                            List.of(Column.of("F32", "f32"), Column.of("BF16", "bf16"), Column.of("INT8", "int8")),
                            List.of(new TableSpec.Ratio("BF16", "F32"), new TableSpec.Ratio("INT8", "F32")))
                    .by("state")
                    .labeled(row ->
                            row.get("rule") + ", " + TableSpec.size(row.n()) + " parameters" + TableSpec.threads(row))
                    .drawn(TableSpec.Figure.RATIOS));

    private static Plan.Part part(Plan.Effort effort, List<String> rules, String threads, String... sizes) {
        return new Plan.Part(
                StateBenchmark.class, effort, Map.of("rule", rules, "threads", List.of(threads), "n", List.of(sizes)));
    }

    @Param({"AdamW", "Lion", "Sgd"})
    public String rule;

    @Param({"4096", "32768", "1048576", "16777216", "67108864"})
    public int n;

    @Param({"1", "2"})
    public int threads;

    @Param({"F32", "BF16", "INT8"})
    public StateType state;

    private UpdateRule update;
    private Workers workers;
    private FloatSpan gradients;
    private Optimizer optimizer;

    /**
     * Takes the first steps from state that is 0: state of fewer bits cannot be filled. The gradients are the same in each step, so that all
     * state stays normal.
     */
    @Setup
    public void allocate() {
        // Lets the buffers begin at similar addresses in every fork; otherwise forks differ by up to a half.
        System.gc();
        update = BenchRules.of(rule);
        workers = Workers.of(threads);
        gradients = FloatSpan.of(new float[n]);
        Values.gradients(gradients);
        optimizer = new Optimizer(
                FloatSpan.of(new float[n]),
                update,
                StepOptions.DEFAULT.withWorkers(workers).withState(state));
        reset();
        Values.compile(this::step);
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.parameters(optimizer.parameters());
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check("parameters", optimizer.parameters());
    }

    /** Checks the state, of which this makes copies. */
    @TearDown
    public void close() {
        for (StateBuffer buffer : update.state()) {
            Values.check(buffer.name(), optimizer.state("all", buffer.name()));
        }
        workers.close();
    }

    /** Runs a step. */
    @Benchmark
    public void step() {
        optimizer.step(gradients);
    }
}
