package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateBuffer;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
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

/**
 * Measures a training step of the network 784-256-128-10 with AdamW: forward, backward, update, with more images than the caches
 * hold. The images are noise, or {@link SparseImages}, of which the library skips the zeros that neighbors share.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MlpBenchmark {
    static final List<Column> COLUMNS = List.of(
            Column.LANEWISE,
            Column.peer("libtorch", Library.LIBTORCH),
            Column.peer("libtorchMkl", Library.LIBTORCH_MKL));

    static final Exhibit EXHIBIT = new Exhibit(
            MlpBenchmark.class,
            "Training step of an MLP",
            "How long does a training step of the MLP 784-256-128-10 with AdamW take, against libtorch with autograd"
                    + " on OpenBLAS (which its Java binding brings) and on MKL (as PyTorch is shipped)? `noise` images"
                    + " have no zeros; `strokes` have about as many as MNIST's, and Lanewise skips those that four"
                    + " neighbors share.",
            List.of(
                    new Plan.Part(MlpBenchmark.class, Plan.NETWORK, Map.of("batch", List.of("128")))
                            .of("lanewise", "libtorchMkl"),
                    new Plan.Part(
                                    MlpBenchmark.class,
                                    Plan.NETWORK,
                                    Map.of(
                                            "images",
                                            List.of("noise"),
                                            "batch",
                                            List.of("128"),
                                            "threads",
                                            List.of("1")))
                            .of("libtorch"),
                    new Plan.Part(
                                    MlpBenchmark.class,
                                    Plan.NETWORK,
                                    Map.of("batch", List.of("32"), "threads", List.of("1")))
                            .of("lanewise", "libtorchMkl")),
            List.of(new Plan.Part(MlpBenchmark.class, Plan.LONG, Map.of("batch", List.of("32", "128"))).forks(5)),
            new TableSpec(
                            "One training step of the MLP 784-256-128-10",
                            Unit.MICROS,
                            List.of("images", "batch", "threads"),
                            COLUMNS,
                            TableSpec.toPeers(Column.LANEWISE, COLUMNS))
                    .labeled(row -> "MLP training step, " + setting(row))
                    .drawn(TableSpec.Figure.RATIOS));

    static final int[] SIZES = {784, 256, 128, 10};
    private static final int BATCHES = 100;
    private static final double LEARNING_RATE = 1e-5;

    /** {@return the images, the batch and the threads of a row, in words} */
    static String setting(Results.Row row) {
        return (row.get("images").equals("strokes") ? "MNIST-like images" : "dense images") + ", batch "
                + row.get("batch") + TableSpec.threads(row);
    }

    static float[] images(String kind, int count) {
        float[] images = new float[count * SIZES[0]];
        switch (kind) {
            case "noise" -> Values.fill(FloatSpan.of(images), 1, 0, 1);
            case "strokes" -> SparseImages.fill(images, 1);
            default -> throw new IllegalArgumentException(kind);
        }
        return images;
    }

    private static int[] labels(int batch) {
        return new SplittableRandom(2).ints((long) BATCHES * batch, 0, 10).toArray();
    }

    /** The network of the library. */
    @State(Scope.Benchmark)
    public static class Ours {
        @Param({"1", "2"})
        public int threads;

        @Param("128")
        public int batch;

        @Param({"noise", "strokes"})
        public String images;

        private float[] x;
        private int[] labels;
        private Workers workers;
        private Mlp mlp;
        private Optimizer optimizer;
        private int next;

        @Setup
        public void allocate() {
            x = images(images, BATCHES * batch);
            labels = labels(batch);
            workers = Workers.of(threads);
            mlp = new Mlp(workers, SIZES);
            UpdateRule rule = new AdamW().withLearningRate(LEARNING_RATE);
            optimizer = new Optimizer(mlp.parameters(), rule, StepOptions.DEFAULT.withWorkers(workers));
            Values.compile(() -> {
                mlp.forwardBackward(x, 0, labels, 0, batch);
                optimizer.step(mlp.gradients());
            });
        }

        @Setup(Level.Iteration)
        public void reset() {
            mlp.initialize(1);
            for (StateBuffer state : new AdamW().state()) {
                FloatSpan span = optimizer.state("all", state.name());
                Values.fill(span, 0, 0, 0);
            }
        }

        @TearDown(Level.Iteration)
        public void check() {
            Values.check(optimizer, new AdamW());
        }

        @TearDown
        public void close() {
            workers.close();
        }

        private double step() {
            int i = next++ % BATCHES;
            return step(x, i * batch * SIZES[0], labels, i * batch, batch);
        }

        final double step(float[] x, int xOffset, int[] labels, int labelOffset, int rows) {
            double loss = mlp.forwardBackward(x, xOffset, labels, labelOffset, rows);
            optimizer.step(mlp.gradients());
            return loss;
        }
    }

    /** The same network of libtorch's modules, with its autograd. */
    @State(Scope.Benchmark)
    public static class Peer {
        @Param({"1", "2"})
        public int threads;

        @Param("128")
        public int batch;

        @Param({"noise", "strokes"})
        public String images;

        private final Tensor[] x = new Tensor[BATCHES];
        private final Tensor[] labels = new Tensor[BATCHES];
        private final LinearImpl[] layers = new LinearImpl[SIZES.length - 1];
        private TensorVector parameters;
        private org.bytedeco.pytorch.AdamW optimizer;
        private int next;

        @Setup
        public void allocate() {
            Torch.threads(threads);
            float[] pixelsOfAll = images(images, BATCHES * batch);
            int[] classes = labels(batch);
            for (int i = 0; i < BATCHES; i++) {
                x[i] = torch.empty(batch, SIZES[0]);
                FloatPointer pixels = x[i].data_ptr_float();
                pixels.put(pixelsOfAll, i * batch * SIZES[0], batch * SIZES[0]);
                labels[i] = torch.empty(
                        new long[] {batch},
                        new TensorOptions(torch.ScalarType.Long),
                        new org.bytedeco.pytorch.MemoryFormatOptional());
                LongPointer label = labels[i].data_ptr_long();
                for (int j = 0; j < batch; j++) {
                    label.put(j, classes[i * batch + j]);
                }
            }
        }

        @Setup(Level.Iteration)
        public void reset() {
            torch.manual_seed(1);
            parameters = new TensorVector();
            for (int i = 0; i < layers.length; i++) {
                layers[i] = new LinearImpl(SIZES[i], SIZES[i + 1]);
                TensorVector own = layers[i].parameters();
                for (long j = 0; j < own.size(); j++) {
                    parameters.push_back(own.get(j));
                }
            }
            optimizer = new org.bytedeco.pytorch.AdamW(parameters, new AdamWOptions(LEARNING_RATE));
        }

        @TearDown(Level.Iteration)
        public void check() {
            for (long i = 0; i < parameters.size(); i++) {
                Values.check("parameter " + i, Torch.span(parameters.get(i)));
            }
        }

        @SuppressWarnings("try")
        private void step() {
            int i = next++ % BATCHES;
            try (PointerScope scope = new PointerScope()) {
                step(x[i], labels[i]);
            }
        }

        final void step(Tensor x, Tensor labels) {
            optimizer.zero_grad();
            Tensor h = layers[0].forward(x).relu();
            h = layers[1].forward(h).relu();
            torch.cross_entropy(layers[2].forward(h), labels).backward();
            optimizer.step();
        }
    }

    @Benchmark
    public double lanewise(Ours ours) {
        return ours.step();
    }

    /** Runs a step on OpenBLAS, which the binding brings along. */
    @Benchmark
    public void libtorch(Peer peer) {
        peer.step();
    }

    /** Runs a step on MKL, as PyTorch is shipped for Python. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dorg.bytedeco.openblas.load=mkl")
    public void libtorchMkl(Peer peer) {
        peer.step();
    }
}
