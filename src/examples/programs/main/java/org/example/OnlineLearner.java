package org.example;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Ftrl;
import dev.lanewise.optim.RowOptimizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Learns from a stream: a logistic regression of clicks on hashed features, of which an event has five and the table 262,144.
 * Each event is first predicted and then learned, so that the printed log loss is that of events that the model has not seen. A
 * step takes time for the rows of its events only.
 */
public final class OnlineLearner {
    private static final int ROWS = 1 << 18;
    private static final int FEATURES = 5;
    private static final int BATCH = 32;
    private static final int BATCHES = 3_000;

    private OnlineLearner() {}

    /** Prints the log loss over the stream, and how many weights are not zero at its end. */
    public static void main(String[] args) {
        float[] weights = new float[ROWS];
        // FTRL's ℓ1 keeps the weights of rare features at exactly 0.
        RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(weights), 1, new Ftrl(0.1).withL1(1));

        Random stream = new Random(1);
        int[] rows = new int[BATCH * FEATURES];
        float[] gradients = new float[BATCH * FEATURES];
        FloatSpan gradientSpan = FloatSpan.of(gradients);
        double loss = 0;
        for (int batch = 1; batch <= BATCHES; batch++) {
            for (int event = 0; event < BATCH; event++) {
                boolean clicked = next(stream, rows, event * FEATURES);
                double logit = 0;
                for (int f = 0; f < FEATURES; f++) {
                    logit += weights[rows[event * FEATURES + f]];
                }
                double probability = 1 / (1 + Math.exp(-logit));
                loss -= Math.log(clicked ? probability : 1 - probability);
                float slope = (float) (probability - (clicked ? 1 : 0));
                Arrays.fill(gradients, event * FEATURES, (event + 1) * FEATURES, slope);
            }
            // Rows that several events share are added up.
            optimizer.step(rows, gradientSpan);
            if (batch % 500 == 0) {
                System.out.printf(Locale.ROOT, "events %,7d  log loss %.4f%n", batch * BATCH, loss / (500 * BATCH));
                loss = 0;
            }
        }
        int used = 0;
        for (float weight : weights) {
            used += weight == 0 ? 0 : 1;
        }
        System.out.printf(Locale.ROOT, "%,d of %,d weights are not zero%n", used, ROWS);
    }

    /** Writes the rows of the next event's features: their hashes. Users and pages differ in how often they click and are clicked. */
    private static boolean next(Random stream, int[] rows, int at) {
        int user = (int) (1000 * stream.nextDouble() * stream.nextDouble()), page = stream.nextInt(200);
        int hour = stream.nextInt(24), noise = stream.nextInt(1_000_000);
        String[] features = {"bias", "user=" + user, "page=" + page, "hour=" + hour, "session=" + noise};
        for (int f = 0; f < FEATURES; f++) {
            int hash = features[f].hashCode() * 0x9E3779B9;
            rows[at + f] = hash >>> 32 - 18;
        }
        double logit = -1 + 1.5 * Math.sin(user) + 2 * Math.cos(3 * page) + (hour > 17 ? 0.5 : 0);
        return stream.nextDouble() < 1 / (1 + Math.exp(-logit));
    }
}
