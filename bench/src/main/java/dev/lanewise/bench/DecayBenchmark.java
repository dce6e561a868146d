package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Measures the cost of decayed state: a step of AdamW over parameters without a gradient, whose moments have become subnormal. The
 * library is compared with two loops, of which one flushes what is below 2⁻¹⁰⁰ to 0.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class DecayBenchmark {
    static final Exhibit EXHIBIT = new Exhibit(
            DecayBenchmark.class,
            "Decayed state",
            "What does state cost that has decayed to subnormal numbers, with and without flushing it to zero?",
            List.of(new Plan.Part(DecayBenchmark.class, Plan.SHORT, Map.of())),
            List.of(new Plan.Part(DecayBenchmark.class, Plan.LONG, Map.of()).forks(3)),
            new TableSpec(
                    "AdamW over state that has decayed to subnormal numbers",
                    new Unit("ns per element", (row, time) -> time / DecayBenchmark.N),
                    List.of("values"),
                    List.of(
                            Column.LANEWISE,
                            Column.of("withFlush", "loop with flush"),
                            Column.of("withoutFlush", "loop without flush")),
                    List.of(new TableSpec.Ratio("withoutFlush", "withFlush"))));

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** The number of parameters. */
    static final int N = 1 << 15;

    /** {@code normal}: moments and gradients like those of training; {@code decayed}: no gradient, subnormal moments. */
    @Param({"normal", "decayed"})
    public String values;

    private final float[] p = new float[N];
    private final float[] g = new float[N];
    private final float[] m = new float[N];
    private final float[] v = new float[N];
    private final Optimizer optimizer = new Optimizer(FloatSpan.of(p), new AdamW().withLearningRate(1e-8));

    /** Compiles the library's kernel. */
    @Setup
    public void compile() {
        reset();
        Values.compile(this::lanewise);
    }

    /** Fills all buffers anew, also those of the library. */
    @Setup(Level.Iteration)
    public void reset() {
        Values.parameters(FloatSpan.of(p));
        if (values.equals("normal")) {
            Values.gradients(FloatSpan.of(g));
            Values.state(FloatSpan.of(m));
            Values.state(FloatSpan.of(v));
        } else {
            Values.fill(FloatSpan.of(m), 3, 1e-41f, 1e-40f);
            Values.fill(FloatSpan.of(v), 4, 1e-41f, 1e-40f);
        }
        optimizer.state("all", "exp_avg").copyFrom(m, 0, 0, N);
        optimizer.state("all", "exp_avg_sq").copyFrom(v, 0, 0, N);
    }

    /** Runs a step of the library. */
    @Benchmark
    @Fork(jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
    public void lanewise() {
        optimizer.step(FloatSpan.of(g));
    }

    /** Runs a loop that flushes small state to zero. */
    @Benchmark
    @Fork(jvmArgsAppend = "--add-modules=jdk.incubator.vector")
    public void withFlush() {
        for (int i = 0; i < N; i += SPECIES.length()) {
            FloatVector x = FloatVector.fromArray(SPECIES, g, i);
            FloatVector a = FloatVector.fromArray(SPECIES, m, i).mul(0.9f).add(x.mul(0.1f));
            FloatVector b = FloatVector.fromArray(SPECIES, v, i)
                    .mul(0.999f)
                    .add(x.mul(x).mul(0.001f));
            a = a.blend(0, a.abs().compare(VectorOperators.LT, 0x1p-100f));
            b = b.blend(0, b.abs().compare(VectorOperators.LT, 0x1p-100f));
            a.intoArray(m, i);
            b.intoArray(v, i);
            FloatVector d = b.sqrt().add(1e-8f);
            FloatVector.fromArray(SPECIES, p, i)
                    .mul(0.9999999f)
                    .sub(a.mul(1e-8f).div(d))
                    .intoArray(p, i);
        }
    }

    /** Runs the same loop without the flush. */
    @Benchmark
    @Fork(jvmArgsAppend = "--add-modules=jdk.incubator.vector")
    public void withoutFlush() {
        for (int i = 0; i < N; i += SPECIES.length()) {
            FloatVector x = FloatVector.fromArray(SPECIES, g, i);
            FloatVector a = FloatVector.fromArray(SPECIES, m, i).mul(0.9f).add(x.mul(0.1f));
            FloatVector b = FloatVector.fromArray(SPECIES, v, i)
                    .mul(0.999f)
                    .add(x.mul(x).mul(0.001f));
            a.intoArray(m, i);
            b.intoArray(v, i);
            FloatVector d = b.sqrt().add(1e-8f);
            FloatVector.fromArray(SPECIES, p, i)
                    .mul(0.9999999f)
                    .sub(a.mul(1e-8f).div(d))
                    .intoArray(p, i);
        }
    }
}
