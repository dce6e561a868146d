package dev.lanewise.bench;

import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
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
import org.openjdk.jmh.annotations.TearDown;

/** Measures softmax, and cross-entropy with its gradient, of a batch of logits on one thread. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SoftmaxBenchmark {
    private static final Column SOFTMAX = Column.of("softmax", "Lanewise");
    private static final Column CROSS_ENTROPY = Column.of("crossEntropy", "Lanewise");

    private static final List<Column> PROBABILITIES = List.of(
            SOFTMAX,
            Column.peer("libtorchSoftmax", Library.LIBTORCH),
            Column.of("scalarSoftmax", "scalar"),
            Column.of("plainSoftmax", "plain Java loop"));

    private static final List<Column> LOSSES = List.of(
            CROSS_ENTROPY,
            Column.peer("libtorchCrossEntropy", Library.LIBTORCH),
            Column.of("scalarCrossEntropy", "scalar"),
            Column.of("loss", "Lanewise, loss without gradient"));

    static final Exhibit EXHIBIT = new Exhibit(
            SoftmaxBenchmark.class,
            "Softmax and cross-entropy",
            "How long do softmax, and cross-entropy with its gradient, take against libtorch's, their scalar"
                    + " definitions and a plain Java loop?",
            List.of(
                    new Plan.Part(SoftmaxBenchmark.class, Plan.PEER, Map.of("shape", List.of("128 10"))),
                    new Plan.Part(SoftmaxBenchmark.class, Plan.SHORT, Map.of("shape", List.of("128 1000")))
                            .of("softmax", "libtorchSoftmax", "scalarSoftmax")),
            List.of(new Plan.Part(SoftmaxBenchmark.class, Plan.LONG, Map.of()).forks(3)),
            new TableSpec(
                            "Softmax of a batch, rows and classes",
                            Unit.MICROS,
                            List.of("shape"),
                            PROBABILITIES,
                            List.of(
                                    new TableSpec.Ratio("softmax", "libtorchSoftmax"),
                                    new TableSpec.Ratio("scalarSoftmax", "softmax")))
                    .labeled(row -> "softmax of " + row.get("shape").replace(" ", " × "))
                    .drawn(TableSpec.Figure.RATIOS),
            new TableSpec(
                            "Cross-entropy of a batch with its gradient, rows and classes",
                            Unit.MICROS,
                            List.of("shape"),
                            LOSSES,
                            List.of(
                                    new TableSpec.Ratio("crossEntropy", "libtorchCrossEntropy"),
                                    new TableSpec.Ratio("scalarCrossEntropy", "crossEntropy")))
                    .labeled(row -> "cross-entropy of " + row.get("shape").replace(" ", " × "))
                    .drawn(TableSpec.Figure.RATIOS));

    /** The logits in an array. */
    @State(Scope.Benchmark)
    public static class Logits {
        /** The number of rows, then of classes. */
        @Param({"128 10", "128 1000"})
        public String shape;

        private int rows;
        private int columns;
        private float[] logits;
        private float[] x;
        private int[] labels;

        @Setup
        public void allocate() {
            rows = Integer.parseInt(shape.split(" ")[0]);
            columns = Integer.parseInt(shape.split(" ")[1]);
            logits = new float[rows * columns];
            Values.fill(FloatSpan.of(logits), 1, -4, 4);
            x = logits.clone();
            labels = new SplittableRandom(2).ints(rows, 0, columns).toArray();
            float[] few = Arrays.copyOf(logits, 10 * columns);
            Values.warm(() -> Softmax.probabilities(few, 0, 10, columns));
        }

        @TearDown(Level.Iteration)
        public void check() {
            Values.check("x", FloatSpan.of(x));
        }

        /** Copies the logits, because the library works in place; the time includes the copy. */
        private void copy() {
            System.arraycopy(logits, 0, x, 0, x.length);
        }
    }

    /** The same logits in a tensor. */
    @State(Scope.Benchmark)
    public static class Peer {
        private Tensor x;
        private Tensor labels;

        @Setup
        public void allocate(Logits logits) {
            Torch.threads(1);
            x = torch.empty(logits.rows, logits.columns);
            Torch.span(x).copyFrom(logits.logits, 0, 0, logits.logits.length);
            x.requires_grad_(true);
            labels = torch.empty(
                    new long[] {logits.rows}, new TensorOptions(torch.ScalarType.Long), new MemoryFormatOptional());
            LongPointer pointer = labels.data_ptr_long();
            for (int i = 0; i < logits.rows; i++) {
                pointer.put(i, logits.labels[i]);
            }
            crossEntropy();
            logits.copy();
            Softmax.crossEntropy(logits.x, 0, logits.labels, 0, logits.rows, logits.columns);
            float[] gradient = Torch.span(x.grad()).toArray();
            for (int i = 0; i < gradient.length; i++) {
                if (!(Math.abs(gradient[i] - logits.x[i]) <= 1e-6)) {
                    throw new IllegalStateException(
                            "gradient " + i + " is " + gradient[i] + ", but should be " + logits.x[i]);
                }
            }
        }

        @SuppressWarnings("try")
        private void crossEntropy() {
            try (PointerScope scope = new PointerScope()) {
                x.mutable_grad().reset();
                torch.cross_entropy(x, labels).backward();
            }
        }

        @SuppressWarnings("try")
        private void softmax() {
            try (PointerScope scope = new PointerScope()) {
                torch.softmax(x, 1);
            }
        }
    }

    @Benchmark
    public void softmax(Logits logits) {
        logits.copy();
        Softmax.probabilities(logits.x, 0, logits.rows, logits.columns);
    }

    @Benchmark
    public double crossEntropy(Logits logits) {
        logits.copy();
        return Softmax.crossEntropy(logits.x, 0, logits.labels, 0, logits.rows, logits.columns);
    }

    /** Runs the scalar definition, which C2 vectorizes where it can. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dlanewise.vectorBits=0")
    public void scalarSoftmax(Logits logits) {
        softmax(logits);
    }

    /** Runs the scalar definition, which C2 vectorizes where it can. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dlanewise.vectorBits=0")
    public double scalarCrossEntropy(Logits logits) {
        return crossEntropy(logits);
    }

    /** Computes the loss alone, as an evaluation does. */
    @Benchmark
    public double loss(Logits logits) {
        return Softmax.totalLoss(logits.logits, 0, logits.labels, 0, logits.rows, logits.columns);
    }

    /** Runs a plain Java loop with {@link Math#exp}. */
    @Benchmark
    public void plainSoftmax(Logits logits) {
        logits.copy();
        float[] x = logits.x;
        for (int row = 0; row < x.length; row += logits.columns) {
            int end = row + logits.columns;
            float max = Float.NEGATIVE_INFINITY;
            for (int i = row; i < end; i++) {
                max = Math.max(max, x[i]);
            }
            float sum = 0;
            for (int i = row; i < end; i++) {
                x[i] = (float) Math.exp(x[i] - max);
                sum += x[i];
            }
            for (int i = row; i < end; i++) {
                x[i] /= sum;
            }
        }
    }

    @Benchmark
    public void libtorchSoftmax(Peer peer) {
        peer.softmax();
    }

    /** Runs cross-entropy with autograd. */
    @Benchmark
    public void libtorchCrossEntropy(Peer peer) {
        peer.crossEntropy();
    }
}
