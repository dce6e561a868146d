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

/**
 * Whether a step takes the same time in every storage, and in a JVM whose segment profiles were polluted. {@link
 * PlainSegmentBenchmark} is the control.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class StorageBenchmark {
    /** Steps this long are enough for C2 to have compiled all there is. */
    static final long WARM = TimeUnit.SECONDS.toNanos(1);

    @Param({"AdamW", "Sgd"})
    public String rule;

    /** The storage of the parameters, then that of the gradient where it is another; the state is in arrays. */
    @Param({"array", "native", "array+native", "native+array", "shared", "bytes"})
    public String storage;

    @Param({"4096", "1048576"})
    public int n;

    /** Whether the pollution came before the kernels were compiled or after. */
    @Param({"clean", "before", "after"})
    public String pollution;

    private FloatSpan gradients;
    private Optimizer optimizer;

    @Setup
    public void allocate() {
        // Buffers that begin at the same place in every fork, as far as one can: forks differ by up to a half.
        System.gc();
        String[] storages = storage.split("\\+");
        FloatSpan parameters = Values.allocate(storages[0], n);
        gradients = Values.allocate(storages[storages.length - 1], n);
        optimizer = new Optimizer(parameters, BenchRules.of(rule));
        reset();
        if (pollution.equals("after")) {
            for (long end = System.nanoTime() + WARM; System.nanoTime() < end; ) {
                step();
            }
        }
        if (!pollution.equals("clean") && Float.isNaN(Pollution.run())) {
            throw new IllegalStateException("the pollution gave NaN");
        }
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
