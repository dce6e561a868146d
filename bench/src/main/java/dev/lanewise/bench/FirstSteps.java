package dev.lanewise.bench;

import dev.lanewise.Lanewise;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Predictor;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateType;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * The program of a fresh JVM that measures each of its first steps, see {@link FirstStepsRun}. It uses the library's public methods,
 * and no other class of the bench but for steps of any rule, so that it runs on earlier builds of the library too.
 */
final class FirstSteps {
    /** The exit code where the library has no warm-up. */
    static final int NO_WARM_UP = 3;

    /** What precedes the batch of a training step, and the rows of a prediction, in place of the number of elements of an update. */
    static final String TRAINING = "training/", PREDICTION = "prediction/";

    /** What precedes the type of the state, the number of elements and the name of a rule, which slashes divide. */
    static final String RULE = "rule/";

    /** The batches of images, which are more than the caches hold. */
    private static final int BATCHES = 20;

    /** A parameter after the last step, a tenth of its loss, or 0 if two of its logits differ. */
    private static double changed = 1;

    private FirstSteps() {}

    /**
     * Runs steps and writes the nanoseconds of the warm-up and of each step; the first includes the construction of
     * the optimizer and of the network. Exits with {@link #NO_WARM_UP} if it is to warm up but the library cannot.
     *
     * @param args the number of elements of an update, or {@code training/} and the batch of a training step, or
     *     {@code prediction/} and the rows of a prediction, or {@code rule/} and what it precedes; the number of steps,
     *     whether to warm up before, and the file
     */
    public static void main(String[] args) throws IOException {
        long[] nanos = new long[Integer.parseInt(args[1])];
        Supplier<Runnable> steps = steps(args[0]);
        long warmUp = Boolean.parseBoolean(args[2]) ? warmUp(steps.get()) : 0;
        long start = System.nanoTime();
        Runnable step = steps.get();
        for (int i = 0; i < nanos.length; i++) {
            step.run();
            long end = System.nanoTime();
            nanos[i] = end - start;
            start = end;
        }
        try (DataOutputStream file =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(Path.of(args[3]))))) {
            file.writeLong(warmUp);
            for (long one : nanos) {
                file.writeLong(one);
            }
        }
        if (!(changed < 1)) {
            throw new IllegalStateException("the steps changed nothing: " + changed);
        }
    }

    private static Supplier<Runnable> steps(String work) {
        if (work.startsWith(TRAINING)) {
            return training(Integer.parseInt(work.substring(TRAINING.length())));
        }
        if (work.startsWith(RULE)) {
            String[] parts = work.substring(RULE.length()).split("/");
            StepOptions options = StepOptions.DEFAULT.withState(StateType.valueOf(parts[0]));
            return update(BenchRules.of(parts[2], 0.01), options, Integer.parseInt(parts[1]));
        }
        return work.startsWith(PREDICTION)
                ? prediction(Integer.parseInt(work.substring(PREDICTION.length())))
                : update(new AdamW(), StepOptions.DEFAULT, Integer.parseInt(work));
    }

    /** {@return what makes steps over some elements} */
    private static Supplier<Runnable> update(UpdateRule rule, StepOptions options, int n) {
        float[] parameters = new float[n], gradients = new float[n];
        Arrays.fill(parameters, 1);
        Arrays.fill(gradients, 0.1f);
        FloatSpan span = FloatSpan.of(gradients);
        return () -> {
            Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule, options);
            return () -> {
                optimizer.step(span);
                changed = parameters[n - 1];
            };
        };
    }

    /** {@return what makes training steps of the network of {@link MlpBenchmark} on images without zeros} */
    private static Supplier<Runnable> training(int batch) {
        float[] images = images(BATCHES * batch);
        int[] labels =
                new SplittableRandom(2).ints((long) BATCHES * batch, 0, 10).toArray();
        return () -> {
            Mlp mlp = new Mlp(784, 256, 128, 10);
            mlp.initialize(1);
            Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW(1e-5));
            int[] next = {0};
            return () -> {
                int row = next[0]++ % BATCHES * batch;
                double loss = mlp.forwardBackward(images, row * 784, labels, row, batch);
                optimizer.step(mlp.gradients());
                // The loss of a guess is 2.3.
                changed = loss / 10;
            };
        };
    }

    /** {@return what makes predictions of that network} */
    private static Supplier<Runnable> prediction(int rows) {
        float[] images = images(BATCHES * rows), logits = new float[rows * 10];
        return () -> {
            Mlp mlp = new Mlp(784, 256, 128, 10);
            mlp.initialize(1);
            Predictor predictor = mlp.predictor();
            int[] next = {0};
            return () -> {
                predictor.predict(images, next[0]++ % BATCHES * rows * 784, rows, logits, 0);
                changed = logits[0] == logits[1] ? 1 : 0;
            };
        };
    }

    private static float[] images(int count) {
        SplittableRandom random = new SplittableRandom(1);
        float[] images = new float[count * 784];
        for (int i = 0; i < images.length; i++) {
            images[i] = random.nextFloat();
        }
        return images;
    }

    /** {@return the nanoseconds of a warm-up by other parameters} */
    private static long warmUp(Runnable step) {
        long start = System.nanoTime();
        try {
            Lanewise.warmUp(Duration.ofSeconds(10), step);
        } catch (NoSuchMethodError e) {
            // An earlier build of the library, which --against measures.
            System.exit(NO_WARM_UP);
        }
        return System.nanoTime() - start;
    }
}
