package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Predictor;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures a call on one thread and on two, with nothing beside it and beside a program that keeps a core busy. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class BusyCoreBenchmark {
    private static final String NOTHING = "nothing", PROGRAM = "a busy program";
    private static final String ADAMW = "AdamW 1048576",
            SGD = "Sgd 235146",
            TRAINING = "training 128",
            SMALL_TRAINING = "training 32",
            PREDICTION = "prediction 8",
            PRODUCT = "product 32 256 784",
            SQUARE = "product 512 512 512";

    private static final List<String> ALL = List.of(ADAMW, SGD, TRAINING, SMALL_TRAINING, PREDICTION, PRODUCT, SQUARE);

    /** So small that the network stays as it is. */
    private static final double LEARNING_RATE = 1e-9;

    private static final int CLASSES = MlpBenchmark.SIZES[3];

    static final Exhibit EXHIBIT = new Exhibit(
            BusyCoreBenchmark.class,
            "Two threads beside another program",
            "Does a call ever take longer on two threads than on one? Of two cores another program keeps one busy, or"
                    + " none. The calls are steps of a rule over so many parameters, training steps and predictions of"
                    + " the MLP 784-256-128-10 with so many rows, and products of m × k and k × n numbers, named by m,"
                    + " n and k.",
            parts(Plan.BUSY).toList(),
            parts(Plan.LONG).map(part -> part.forks(5)).toList(),
            new TableSpec(
                            "One call on one thread and on two",
                            Unit.MICROS,
                            List.of("work", "beside"),
                            List.of(Column.of("1", "one thread"), Column.of("2", "two threads")),
                            List.of(new TableSpec.Ratio("2", "1")))
                    .by("threads")
                    .labeled(row -> row.get("work") + ", beside " + row.get("beside"))
                    .drawn(TableSpec.Figure.RATIOS));

    @Param({ADAMW, SGD, TRAINING, SMALL_TRAINING, PREDICTION, PRODUCT, SQUARE})
    public String work;

    @Param({NOTHING, PROGRAM})
    public String beside;

    @Param({"1", "2"})
    public int threads;

    private Workers workers;
    private Runnable body;

    /** What a call writes. */
    private FloatSpan result;

    private Process program;

    /** {@return a part for each call, so that one thread and two are measured one right after the other} */
    private static Stream<Plan.Part> parts(Plan.Effort effort) {
        return ALL.stream().map(work -> new Plan.Part(BusyCoreBenchmark.class, effort, Map.of("work", List.of(work))));
    }

    @Setup
    public void allocate() throws IOException {
        workers = Workers.of(threads);
        String[] words = work.split(" ");
        int n = Integer.parseInt(words[1]);
        switch (words[0]) {
            case "training" -> train(n);
            case "prediction" -> predict(n);
            case "product" -> multiply(n, Integer.parseInt(words[2]), Integer.parseInt(words[3]));
            default -> update(words[0], n);
        }
        Values.compile(body);
        if (beside.equals(PROGRAM)) {
            program = BusyCore.start();
        }
    }

    private void update(String rule, int n) {
        FloatSpan gradients = Values.allocate("array", n);
        result = Values.allocate("array", n);
        Optimizer optimizer = optimizer(result, BenchRules.of(rule));
        Values.reset(optimizer, BenchRules.of(rule), gradients);
        body = () -> optimizer.step(gradients);
    }

    private Optimizer optimizer(FloatSpan parameters, UpdateRule rule) {
        return new Optimizer(parameters, rule, StepOptions.DEFAULT.withWorkers(workers));
    }

    private void train(int batch) {
        float[] images = MlpBenchmark.images("noise", batch);
        int[] labels = new SplittableRandom(2).ints(batch, 0, CLASSES).toArray();
        Mlp mlp = new Mlp(workers, MlpBenchmark.SIZES);
        mlp.initialize(1);
        result = mlp.parameters();
        Optimizer optimizer = optimizer(result, new AdamW(LEARNING_RATE));
        body = () -> {
            mlp.forwardBackward(images, 0, labels, 0, batch);
            optimizer.step(mlp.gradients());
        };
    }

    private void predict(int rows) {
        float[] images = MlpBenchmark.images("noise", rows), logits = new float[rows * CLASSES];
        Mlp mlp = new Mlp(MlpBenchmark.SIZES);
        mlp.initialize(1);
        Predictor predictor = mlp.predictor().withWorkers(workers);
        result = FloatSpan.of(logits);
        body = () -> predictor.predict(images, 0, rows, logits, 0);
    }

    private void multiply(int m, int n, int k) {
        Matrix a = Matrix.of(factor(1, m * k), 0, m, k), b = Matrix.of(factor(2, k * n), 0, k, n);
        float[] product = new float[m * n];
        Matrix c = Matrix.of(product, 0, m, n);
        Gemm gemm = new Gemm(workers);
        result = FloatSpan.of(product);
        body = () -> gemm.multiply(a, b, c);
    }

    private static float[] factor(long seed, int length) {
        float[] values = new float[length];
        Values.fill(FloatSpan.of(values), seed, 0.5f, 1);
        return values;
    }

    @TearDown
    public void close() {
        workers.close();
        Values.check("the result of " + work, result);
        if (program != null) {
            if (!program.isAlive()) {
                throw new IllegalStateException("the other program has ended with exit code " + program.exitValue());
            }
            program.destroy();
        }
    }

    @Benchmark
    public void call() {
        body.run();
    }
}
