package org.example;

import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Predictor;
import dev.lanewise.nn.Serving;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Serves a network from eight threads while another trains it. Each answer is that of one version of the weights, which improve
 * meanwhile.
 */
public final class ServeWhileTraining {
    private static final int INPUTS = 16;
    private static final int CLASSES = 4;
    private static final int BATCH = 64;
    private static final int STEPS = 3_000;
    private static final int READERS = 8;

    private ServeWhileTraining() {}

    /**
     * Prints what each reader saw: its calls, its last version, and the share of right answers by versions up to the middle and
     * after it.
     */
    public static void main(String[] args) throws Exception {
        Mlp mlp = new Mlp(INPUTS, 64, CLASSES);
        mlp.initialize(1);
        Serving serving = new Serving(mlp);
        try (ExecutorService threads = Executors.newFixedThreadPool(READERS)) {
            List<Future<String>> readers = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                readers.add(threads.submit(reader(serving, reader)));
            }
            train(mlp, serving);
            for (Future<String> reader : readers) {
                System.out.println(reader.get());
            }
        }
        System.out.println("versions " + serving.version());
    }

    /** Only this thread uses the network and its optimizer; it publishes the weights after every thirty steps. */
    private static void train(Mlp mlp, Serving serving) {
        Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW(3e-3));
        Random random = new Random(2);
        float[] inputs = new float[BATCH * INPUTS];
        int[] labels = new int[BATCH];
        for (int step = 1; step <= STEPS; step++) {
            for (int i = 0; i < BATCH; i++) {
                labels[i] = example(random, inputs, i * INPUTS);
            }
            mlp.forwardBackward(inputs, 0, labels, 0, BATCH);
            optimizer.step(mlp.gradients());
            if (step % 30 == 0) {
                serving.publish(mlp);
            }
        }
    }

    private static Callable<String> reader(Serving serving, int number) {
        return () -> {
            Random random = new Random(100 + number);
            float[] inputs = new float[INPUTS], logits = new float[CLASSES];
            long last = 1 + STEPS / 30, version = 0;
            long[] calls = new long[2], right = new long[2];
            while (version < last) {
                // Calls that belong together use one predictor, and so one version.
                Predictor predictor = serving.latest();
                version = predictor.version();
                int half = version <= last / 2 ? 0 : 1;
                int label = example(random, inputs, 0);
                predictor.predict(inputs, 0, 1, logits, 0);
                calls[half]++;
                right[half] += largest(logits) == label ? 1 : 0;
                Thread.sleep(1); // until the next request
            }
            return String.format(
                    Locale.ROOT,
                    "reader %d  calls %d  version %d  right %.3f then %.3f",
                    number,
                    calls[0] + calls[1],
                    version,
                    (double) right[0] / calls[0],
                    (double) right[1] / calls[1]);
        };
    }

    /** Writes the inputs of an example, and returns its class: the quarter of the inputs with the largest sum of squares. */
    private static int example(Random random, float[] inputs, int at) {
        float[] sums = new float[CLASSES];
        for (int i = 0; i < INPUTS; i++) {
            float value = (float) random.nextGaussian();
            inputs[at + i] = value;
            sums[i * CLASSES / INPUTS] += value * value;
        }
        return largest(sums);
    }

    private static int largest(float[] values) {
        int largest = 0;
        for (int i = 1; i < values.length; i++) {
            largest = values[i] > values[largest] ? i : largest;
        }
        return largest;
    }
}
