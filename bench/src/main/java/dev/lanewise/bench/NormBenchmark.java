package dev.lanewise.bench;

import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Measures the norm of a gradient on one thread: the library's sum in double, in one order on every machine, against a float sum in
 * any order and libtorch's.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NormBenchmark {
    private static final List<Column> COLUMNS = List.of(
            Column.LANEWISE,
            Column.MEMORY,
            Column.of("vectors", "float vectors"),
            Column.of("scalar", "scalar"),
            Column.of("plain", "plain Java loop"),
            Column.peer("libtorch", Library.LIBTORCH));

    static final Exhibit EXHIBIT = new Exhibit(
            NormBenchmark.class,
            "Gradient norm",
            "How long does the norm of a gradient take, a sum in double in one order on every machine, against the"
                + " same reads alone, its scalar definition, a sum of float vectors in any order, a plain Java loop,"
                + " and libtorch's?",
            List.of(new Plan.Part(NormBenchmark.class, Plan.PEER, Map.of("n", List.of(Plan.L3)))),
            List.of(new Plan.Part(NormBenchmark.class, Plan.LONG, Map.of("n", List.of("4096", Plan.L3, Plan.BEYOND)))
                    .forks(3)),
            new TableSpec(
                            "Norm of a gradient",
                            Unit.NANOS_PER_ELEMENT,
                            List.of("n"),
                            COLUMNS,
                            List.of(
                                    new TableSpec.Ratio("lanewise", "memory"),
                                    new TableSpec.Ratio("lanewise", "libtorch"),
                                    new TableSpec.Ratio("scalar", "lanewise")))
                    .labeled(row -> "gradient norm, " + TableSpec.size(row.n()) + " elements"));

    /** A gradient in an array. */
    @State(Scope.Benchmark)
    public static class Gradient {
        @Param({"4096", "1048576"})
        public int n;

        private float[] g;
        private SumOfSquares squares;
        private double[] sums;
        private double sink;

        @Setup
        public void allocate() {
            g = new float[n];
            Values.gradients(FloatSpan.of(g));
            squares = new SumOfSquares(1);
            squares.bind(FloatSpan.of(g));
            sums = new double[Math.ceilDiv(n, SumOfSquares.BLOCK)];
            float[] few = Arrays.copyOf(g, SumOfSquares.BLOCK);
            Values.warm(() -> {
                squares.sums(0, 1, 0, Math.min(n, 2 * SumOfSquares.BLOCK), sums, 0);
                sink = VectorOps.sumOfSquares(few) + MemoryTraffic.one(few, 0, few.length);
            });
        }

        /** Computes the norm as a step does. */
        private double norm() {
            squares.sums(0, 1, 0, n, sums, 0);
            double sum = 0;
            for (double block : sums) {
                sum += block;
            }
            return Math.sqrt(sum);
        }
    }

    /** The same gradient in a tensor. */
    @State(Scope.Benchmark)
    public static class Peer {
        private Tensor g;

        @Setup
        public void allocate(Gradient gradient) {
            Torch.threads(1);
            g = Torch.tensor(gradient.n);
            Values.gradients(Torch.span(g));
            double found = norm();
            double expected = gradient.norm();
            if (!(Math.abs(found - expected) <= 1e-4 * expected)) {
                throw new IllegalStateException("the norm is " + found + ", but should be " + expected);
            }
        }

        @SuppressWarnings("try")
        private double norm() {
            try (PointerScope scope = new PointerScope()) {
                return g.norm().item_float();
            }
        }
    }

    @Benchmark
    public double lanewise(Gradient gradient) {
        return gradient.norm();
    }

    /** Runs the scalar definition, which C2 vectorizes where it can. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dlanewise.vectorBits=0")
    public double scalar(Gradient gradient) {
        return gradient.norm();
    }

    /** Sums float vectors in four partial sums. */
    @Benchmark
    public double vectors(Gradient gradient) {
        return Math.sqrt(VectorOps.sumOfSquares(gradient.g));
    }

    /** Runs a plain Java loop. */
    @Benchmark
    public double plain(Gradient gradient) {
        double sum = 0;
        for (float x : gradient.g) {
            sum += (double) x * x;
        }
        return Math.sqrt(sum);
    }

    /** Reads the same memory, which is the limit. */
    @Benchmark
    public float memory(Gradient gradient) {
        return MemoryTraffic.one(gradient.g, 0, gradient.n);
    }

    @Benchmark
    public double libtorch(Peer peer) {
        return peer.norm();
    }
}
