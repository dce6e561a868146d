package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Measures the core's divider, which computes square roots too: loops over arrays in the first cache, with vectors of the width in
 * use, which do nothing else.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class DividerBenchmark {
    /** The columns of the methods, whose names {@link StepLimits} refers to. */
    static final Column ROOT = Column.of("root", "square root"),
            QUOTIENT = Column.of("quotient", "division"),
            BOTH = Column.of("both", "both, as in AdamW");

    static final Exhibit EXHIBIT = new Exhibit(
            DividerBenchmark.class,
            "Divider",
            "How long do square roots and divisions take in the core's divider, which limits the rules that have them"
                    + " as memory limits all rules?",
            List.of(new Plan.Part(DividerBenchmark.class, Plan.TINY, Map.of())),
            List.of(new Plan.Part(DividerBenchmark.class, Plan.LONG, Map.of()).forks(3)),
            new TableSpec(
                    "The divider alone",
                    Unit.NANOS_PER_ELEMENT,
                    List.of("n"),
                    List.of(ROOT, QUOTIENT, BOTH),
                    List.of()));

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** A multiple of every vector's elements, so that three arrays take 12 KB. */
    @Param("1024")
    public int n;

    private float[] m;
    private float[] v;
    private float[] x;

    @Setup
    public void allocate() {
        m = new float[n];
        v = new float[n];
        x = new float[n];
        Values.gradients(FloatSpan.of(m));
        Values.state(FloatSpan.of(v));
    }

    /** x = √v. */
    @Benchmark
    public void root() {
        for (int i = 0; i < n; i += SPECIES.length()) {
            FloatVector.fromArray(SPECIES, v, i).sqrt().intoArray(x, i);
        }
    }

    /** x = m / v. */
    @Benchmark
    public void quotient() {
        for (int i = 0; i < n; i += SPECIES.length()) {
            FloatVector.fromArray(SPECIES, m, i)
                    .div(FloatVector.fromArray(SPECIES, v, i))
                    .intoArray(x, i);
        }
    }

    /** x = m / (√v + ε). */
    @Benchmark
    public void both() {
        for (int i = 0; i < n; i += SPECIES.length()) {
            FloatVector.fromArray(SPECIES, m, i)
                    .div(FloatVector.fromArray(SPECIES, v, i).sqrt().add(1e-8f))
                    .intoArray(x, i);
        }
    }
}
