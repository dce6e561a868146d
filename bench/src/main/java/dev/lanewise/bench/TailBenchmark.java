package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
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

/** What the elements behind the last whole vector cost, a slice that begins anywhere, and a step over next to nothing. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class TailBenchmark {
    @Param({"AdamW", "Sgd"})
    public String rule;

    @Param({
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "1000", "1023",
        "1024", "1025"
    })
    public int n;

    /** Index of the first element in its array. */
    @Param({"0", "1", "7"})
    public int offset;

    private FloatSpan gradients;
    private Optimizer optimizer;

    @Setup
    public void allocate() {
        gradients = FloatSpan.of(new float[offset + n + 16], offset, n);
        optimizer = new Optimizer(FloatSpan.of(new float[offset + n + 16], offset, n), BenchRules.of(rule));
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.reset(optimizer, BenchRules.of(rule), gradients);
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check(optimizer, BenchRules.of(rule));
    }

    /** A step. */
    @Benchmark
    public void step() {
        optimizer.step(gradients);
    }
}
