package dev.lanewise.bench;

import dev.lanewise.Lanewise;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * The program of a fresh JVM that measures each of its first steps, see {@link FirstStepsRun}. It uses the library's public methods
 * and no other class of the bench, so that it runs on any build of the library.
 */
final class FirstSteps {
    /** The exit code where the library has no warm-up. */
    static final int NO_WARM_UP = 3;

    private FirstSteps() {}

    /**
     * Runs steps of AdamW and writes the nanoseconds of the warm-up and of each step; the first includes the construction of
     * the optimizer. Exits with {@link #NO_WARM_UP} if it is to warm up but the library cannot.
     *
     * @param args the number of elements, the number of steps, whether to warm up before, and the file
     */
    public static void main(String[] args) throws IOException {
        int n = Integer.parseInt(args[0]);
        long[] nanos = new long[Integer.parseInt(args[1])];
        float[] parameters = new float[n], gradients = new float[n];
        Arrays.fill(parameters, 1);
        Arrays.fill(gradients, 0.1f);
        FloatSpan span = FloatSpan.of(gradients);
        long warmUp = Boolean.parseBoolean(args[2]) ? warmUp() : 0;
        long start = System.nanoTime();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW());
        for (int i = 0; i < nanos.length; i++) {
            optimizer.step(span);
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
        if (!(parameters[n - 1] < 1)) {
            throw new IllegalStateException("the steps changed nothing: " + parameters[n - 1]);
        }
    }

    /** {@return the nanoseconds of a warm-up by another optimizer} */
    private static long warmUp() {
        long start = System.nanoTime();
        try {
            FloatSpan parameters = FloatSpan.of(new float[1_000]), gradients = FloatSpan.of(new float[1_000]);
            Optimizer scratch = new Optimizer(parameters, new AdamW());
            Lanewise.warmUp(Duration.ofSeconds(10), () -> scratch.step(gradients));
        } catch (NoSuchMethodError e) {
            // An earlier build of the library, which --against measures.
            System.exit(NO_WARM_UP);
        }
        return System.nanoTime() - start;
    }
}
