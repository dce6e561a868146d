package dev.lanewise.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Predictor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures the logits of one batch, in memory that is kept, of the network 784-256-128-10. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class InferenceBenchmark {
    static final List<Column> COLUMNS = List.of(
            Column.LANEWISE,
            Column.peer("onnxRuntime", Library.ONNX_RUNTIME),
            Column.peer("djl", Library.DJL_INFERENCE));

    static final Exhibit EXHIBIT = new Exhibit(
            InferenceBenchmark.class,
            "Inference",
            "How long do the logits of a batch of the MLP 784-256-128-10 take, against ONNX Runtime with pinned tensors"
                    + " and DJL with kept arrays? ONNX Runtime has no switch for its instructions, so that it uses"
                    + " AVX-512 where the processor has it, also where the others are held to AVX2.",
            List.of(new Plan.Part(InferenceBenchmark.class, Plan.SHORT, Map.of())),
            List.of(new Plan.Part(InferenceBenchmark.class, Plan.LONG, Map.of()).forks(3)),
            new TableSpec(
                            "Logits of a batch of the MLP 784-256-128-10",
                            Unit.MICROS,
                            List.of("batch", "threads"),
                            COLUMNS,
                            TableSpec.toPeers(Column.LANEWISE, COLUMNS))
                    .labeled(row -> "inference, batch " + row.get("batch") + TableSpec.threads(row))
                    .drawn(TableSpec.Figure.RATIOS));

    private static final int[] SIZES = {784, 256, 128, 10};
    private static final int INPUTS = SIZES[0], CLASSES = SIZES[3];

    /** The network and a batch, which all peers compute with. */
    @State(Scope.Benchmark)
    public static class Case {
        @Param({"1", "2"})
        public int threads;

        @Param({"1", "8", "128"})
        public int batch;

        private Mlp mlp;
        private float[] x, expected;

        @Setup
        public void allocate() {
            mlp = new Mlp(SIZES);
            mlp.initialize(1);
            x = new float[batch * INPUTS];
            expected = new float[batch * CLASSES];
            Values.fill(FloatSpan.of(x), 2, 0, 1);
            mlp.predict(x, 0, batch, expected, 0);
        }

        /** Checks that the logits differ from those of the network by no more than rounding. */
        private void check(float[] logits) {
            for (int i = 0; i < expected.length; i++) {
                if (!(Math.abs(logits[i] - expected[i]) <= 1e-5 * Math.max(1, Math.abs(expected[i])))) {
                    throw new IllegalStateException(
                            "logit " + i + " is " + logits[i] + ", but should be " + expected[i]);
                }
            }
        }

        private FloatBuffer direct(int floats) {
            return ByteBuffer.allocateDirect(Float.BYTES * floats)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }
    }

    /** The predictor of the library. */
    @State(Scope.Benchmark)
    public static class Ours {
        private Workers workers;
        private Predictor predictor;
        private float[] logits;

        @Setup
        public void allocate(Case data) {
            workers = Workers.of(data.threads);
            predictor = data.mlp.predictor().withWorkers(workers);
            logits = new float[data.expected.length];
            Values.compile(() -> predictor.predict(data.x, 0, data.batch, logits, 0));
            predictor.predict(data.x, 0, data.batch, logits, 0);
            data.check(logits);
        }

        @TearDown
        public void close() {
            workers.close();
        }
    }

    /** A session of ONNX Runtime with tensors over direct buffers. */
    @State(Scope.Benchmark)
    public static class Onnx {
        private OrtSession session;
        private Map<String, OnnxTensor> inputs, outputs;

        @Setup
        public void allocate(Case data) throws OrtException, IOException {
            Path model = Files.createTempFile("mlp", ".onnx");
            data.mlp.toOnnx(model);
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(data.threads);
            options.setInterOpNumThreads(1);
            session = environment.createSession(model.toString(), options);
            Files.delete(model);
            FloatBuffer x = data.direct(data.x.length), logits = data.direct(data.expected.length);
            x.put(data.x).rewind();
            String input = session.getInputNames().iterator().next();
            String output = session.getOutputNames().iterator().next();
            inputs = Map.of(input, OnnxTensor.createTensor(environment, x, new long[] {data.batch, INPUTS}));
            outputs = Map.of(output, OnnxTensor.createTensor(environment, logits, new long[] {data.batch, CLASSES}));
            run();
            float[] found = new float[data.expected.length];
            logits.get(0, found);
            data.check(found);
        }

        private void run() throws OrtException {
            session.run(inputs, outputs).close();
        }

        @TearDown
        public void close() throws OrtException {
            session.close();
        }
    }

    /** The layers of DJL on its PyTorch engine, over arrays that are kept. */
    @State(Scope.Benchmark)
    public static class Djl {
        private final NDArray[] weights = new NDArray[SIZES.length - 1], biases = new NDArray[SIZES.length - 1];
        private NDManager manager;
        private NDArray x;

        @Setup
        public void allocate(Case data) {
            // The engine reads it when it is loaded, in this fork alone.
            System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(data.threads));
            manager = NDManager.newBaseManager(Device.cpu());
            x = manager.create(data.x, new Shape(data.batch, INPUTS));
            for (int i = 0; i < weights.length; i++) {
                Mlp.Parameter weight = data.mlp.parameterRanges().get(2 * i);
                Mlp.Parameter bias = data.mlp.parameterRanges().get(2 * i + 1);
                weights[i] = manager.create(values(data, weight), new Shape(weight.rows(), weight.columns()))
                        .transpose()
                        .duplicate();
                biases[i] = manager.create(values(data, bias), new Shape(bias.columns()));
            }
            try (NDArray logits = run()) {
                data.check(logits.toFloatArray());
            }
        }

        private static float[] values(Case data, Mlp.Parameter range) {
            return data.mlp.parameters().slice(range.from(), range.length()).toArray();
        }

        private NDArray run() {
            NDArray y = x;
            for (int i = 0; i < weights.length; i++) {
                NDArray sums = Linear.linear(y, weights[i], biases[i]).singletonOrThrow();
                if (i > 0) {
                    y.close();
                }
                y = sums;
                if (i + 1 < weights.length) {
                    y = sums.getNDArrayInternal().relu();
                    sums.close();
                }
            }
            return y;
        }

        @TearDown
        public void close() {
            manager.close();
        }
    }

    @Benchmark
    public void lanewise(Case data, Ours ours) {
        ours.predictor.predict(data.x, 0, data.batch, ours.logits, 0);
    }

    /** Runs with a larger stack, without which ONNX Runtime 1.29 ends the process when it is loaded beside many jars. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Xss8m")
    public void onnxRuntime(Case data, Onnx onnx) throws OrtException {
        onnx.run();
    }

    @Benchmark
    public void djl(Case data, Djl djl) {
        djl.run().close();
    }
}
