package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The program of a fresh JVM that measures each of its first steps, see {@link FirstStepsRun}. It uses the library's public methods
 * and no other class of the bench, so that it runs on any build of the library.
 */
final class FirstSteps {
    private FirstSteps() {}

    /**
     * Runs steps of AdamW and writes their nanoseconds; the first includes the construction of the optimizer.
     *
     * @param args the number of elements, the number of steps, and the file
     */
    public static void main(String[] args) throws IOException {
        int n = Integer.parseInt(args[0]);
        long[] nanos = new long[Integer.parseInt(args[1])];
        float[] parameters = new float[n], gradients = new float[n];
        Arrays.fill(parameters, 1);
        Arrays.fill(gradients, 0.1f);
        long start = System.nanoTime();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW());
        FloatSpan span = FloatSpan.of(gradients);
        for (int i = 0; i < nanos.length; i++) {
            optimizer.step(span);
            long end = System.nanoTime();
            nanos[i] = end - start;
            start = end;
        }
        try (DataOutputStream file =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(Path.of(args[2]))))) {
            for (long one : nanos) {
                file.writeLong(one);
            }
        }
        if (!(parameters[n - 1] < 1)) {
            throw new IllegalStateException("the steps changed nothing: " + parameters[n - 1]);
        }
    }
}
