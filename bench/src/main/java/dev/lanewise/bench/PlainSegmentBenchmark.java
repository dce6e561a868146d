package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
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
 * The control of {@link StorageBenchmark}: AdamW as one would write it over native segments. The pollution must make this loop
 * slower; otherwise that benchmark proves nothing about the library's kernels.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class PlainSegmentBenchmark {
    static final Exhibit EXHIBIT = new Exhibit(
            PlainSegmentBenchmark.class,
            "Profile pollution without Lanewise",
            "The control: how much slower does the same pollution make AdamW as one would write it over native"
                    + " segments?",
            List.of(new Plan.Part(PlainSegmentBenchmark.class, Plan.POLLUTED, Map.of("n", List.of("4096")))),
            List.of(new Plan.Part(PlainSegmentBenchmark.class, Plan.LONG, Map.of()).forks(3)),
            new TableSpec(
                            "AdamW written over plain native segments",
                            Unit.NANOS_PER_ELEMENT,
                            List.of("n"),
                            StorageBenchmark.POLLUTION,
                            StorageBenchmark.TO_CLEAN)
                    .by("pollution")
                    .drawn(TableSpec.Figure.RATIOS));

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    @Param({"4096", "1048576"})
    public int n;

    @Param({"clean", "before", "after"})
    public String pollution;

    private MemorySegment p;
    private MemorySegment g;
    private MemorySegment m;
    private MemorySegment v;

    @Setup
    public void allocate() {
        p = Values.allocate("native", n).segment();
        g = Values.allocate("native", n).segment();
        m = Values.allocate("native", n).segment();
        v = Values.allocate("native", n).segment();
        reset();
        if (pollution.equals("after")) {
            for (long end = System.nanoTime() + StorageBenchmark.WARM; System.nanoTime() < end; ) {
                step();
            }
        }
        if (!pollution.equals("clean") && Float.isNaN(Pollution.run())) {
            throw new IllegalStateException("the pollution gave NaN");
        }
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.parameters(FloatSpan.of(p));
        Values.gradients(FloatSpan.of(g));
        Values.state(FloatSpan.of(m));
        Values.state(FloatSpan.of(v));
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check("parameters", FloatSpan.of(p));
        Values.check("m", FloatSpan.of(m));
        Values.check("v", FloatSpan.of(v));
    }

    @Benchmark
    public void step() {
        adamW(p, g, m, v, 4L * n);
    }

    private static void adamW(MemorySegment ps, MemorySegment gs, MemorySegment ms, MemorySegment vs, long bytes) {
        for (long i = 0; i < bytes; i += 4L * SPECIES.length()) {
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, i, ORDER);
            FloatVector m = FloatVector.fromMemorySegment(SPECIES, ms, i, ORDER)
                    .mul(0.9f)
                    .add(g.mul(0.1f));
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, vs, i, ORDER)
                    .mul(0.999f)
                    .add(g.mul(g).mul(0.001f));
            m = m.blend(0, m.abs().compare(VectorOperators.LT, 0x1p-100f));
            v = v.blend(0, v.abs().compare(VectorOperators.LT, 0x1p-100f));
            FloatVector d = v.sqrt().add(1e-8f);
            FloatVector.fromMemorySegment(SPECIES, ps, i, ORDER)
                    .mul(0.9999999f)
                    .sub(m.mul(1e-8f).div(d))
                    .intoMemorySegment(ps, i, ORDER);
            m.intoMemorySegment(ms, i, ORDER);
            v.intoMemorySegment(vs, i, ORDER);
        }
    }
}
