package dev.lanewise.bench;

import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.MatrixShape;
import dev.lanewise.optim.Muon;
import dev.lanewise.optim.NorMuon;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.StepOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Measures Muon's share of a training step on one thread: its cost does not depend on the batch, while that of the gradient grows
 * with it. The products alone are those of its iteration as plain calls of {@link Gemm}, which do not use that half of them are
 * symmetric.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MuonBenchmark {
    private static final List<Column> COLUMNS = List.of(
            Column.LANEWISE,
            Column.of("norMuon", "NorMuon"),
            Column.of("products", "its 15 products"),
            Column.of("adamW", "AdamW"),
            Column.of("gradient", "forward and backward"));

    static final Exhibit EXHIBIT = new Exhibit(
            MuonBenchmark.class,
            "Muon",
            "How long does a step of Muon take in the MLP 784-256-128-10, whose last layer and biases AdamW updates,"
                    + " against its 15 products a matrix as plain calls of the library's product, against AdamW for all"
                    + " parameters, and against the forward and backward pass of batches?",
            List.of(new Plan.Part(MuonBenchmark.class, Plan.NETWORK, Map.of("batch", List.of("128", "1024", "8192")))),
            List.of(new Plan.Part(MuonBenchmark.class, Plan.LONG, Map.of("batch", List.of("128", "1024", "8192")))
                    .forks(3)),
            new TableSpec(
                            "A step of Muon and the gradient of the MLP 784-256-128-10",
                            Unit.MICROS,
                            List.of("batch"),
                            COLUMNS,
                            List.of(
                                    new TableSpec.Ratio("lanewise", "products"),
                                    new TableSpec.Ratio("lanewise", "gradient")))
                    .labeled(row -> "Muon, batch " + row.get("batch")));

    /** So small that the network stays as it is. */
    private static final double LEARNING_RATE = 1e-9;

    /** The network, with both optimizers, and matrices as large as its own. */
    @State(Scope.Benchmark)
    public static class Network {
        @Param("128")
        public int batch;

        private final Mlp mlp = new Mlp(MlpBenchmark.SIZES);
        private final Gemm gemm = new Gemm();
        private final List<Matrix[]> matrices = new ArrayList<>();
        private float[] images;
        private int[] labels;
        private Optimizer muon, norMuon, adamW;

        @Setup
        public void allocate() {
            images = MlpBenchmark.images("noise", batch);
            labels = new int[batch];
            mlp.initialize(1);
            List<ParameterGroup> groups = new ArrayList<>();
            for (Mlp.Parameter range : mlp.parameterRanges()) {
                groups.add(new ParameterGroup(range.name(), range.from(), range.length(), new AdamW())
                        .withShape(MatrixShape.inputsByOutputs(range.rows(), range.columns())));
            }
            muon = new Optimizer(mlp.parameters(), new Muon(LEARNING_RATE).groups(groups), StepOptions.DEFAULT);
            norMuon = new Optimizer(mlp.parameters(), new NorMuon(LEARNING_RATE).groups(groups), StepOptions.DEFAULT);
            adamW = new Optimizer(mlp.parameters(), new AdamW(LEARNING_RATE));
            matrices(784, 256);
            matrices(256, 128);
            Values.compile(() -> {
                gradient();
                muon.step(mlp.gradients());
                norMuon.step(mlp.gradients());
                adamW.step(mlp.gradients());
                products();
            });
        }

        /** Adds X, AᵀA and its square, and the product of both. */
        private void matrices(int rows, int columns) {
            float[] x = new float[rows * columns];
            Values.fill(FloatSpan.of(x), 1, -1e-3f, 1e-3f);
            matrices.add(new Matrix[] {
                Matrix.of(x, 0, rows, columns),
                Matrix.of(new float[columns * columns], 0, columns, columns),
                Matrix.of(new float[columns * columns], 0, columns, columns),
                Matrix.of(new float[rows * columns], 0, rows, columns)
            });
        }

        private double gradient() {
            return mlp.forwardBackward(images, 0, labels, 0, batch);
        }

        private Object products() {
            for (Matrix[] m : matrices) {
                for (int i = 0; i < 5; i++) {
                    gemm.multiplyTransposedA(m[0], m[0], m[1]);
                    gemm.multiply(m[1], m[1], m[2]);
                    gemm.multiply(m[0], m[2], m[3]);
                }
            }
            return matrices;
        }
    }

    @Benchmark
    public Object lanewise(Network network) {
        return network.muon.step(network.mlp.gradients());
    }

    @Benchmark
    public Object norMuon(Network network) {
        return network.norMuon.step(network.mlp.gradients());
    }

    @Benchmark
    public Object products(Network network) {
        return network.products();
    }

    @Benchmark
    public Object adamW(Network network) {
        return network.adamW.step(network.mlp.gradients());
    }

    @Benchmark
    public double gradient(Network network) {
        return network.gradient();
    }
}
