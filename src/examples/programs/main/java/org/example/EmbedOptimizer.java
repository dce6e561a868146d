package org.example;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Clipping;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.StepReport;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.WarmupCosine;
import java.util.List;
import java.util.Locale;

/**
 * Trains a model of one's own: a curve that is a sum of bumps, h · exp(−((x − c) · s)²). The model computes its gradients itself; Lanewise
 * sees two flat arrays.
 */
public final class EmbedOptimizer {
    private static final int BUMPS = 12;
    private static final int POINTS = 400;
    private static final int STEPS = 1_500;

    private EmbedOptimizer() {}

    /** Prints the loss before and after the training. */
    public static void main(String[] args) {
        // One array for all parameters, and another for their gradients: heights, centers, sharpnesses.
        float[] parameters = new float[3 * BUMPS], gradients = new float[3 * BUMPS];
        for (int b = 0; b < BUMPS; b++) {
            parameters[BUMPS + b] = (float) b / (BUMPS - 1);
            parameters[2 * BUMPS + b] = BUMPS;
        }

        Schedule rate = new WarmupCosine(0.02, 50, STEPS);
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("heights", 0, BUMPS, new AdamW(rate).withWeightDecay(0.001)),
                new ParameterGroup("centers", BUMPS, BUMPS, new AdamW(rate.times(0.1)).withWeightDecay(0)),
                new ParameterGroup("sharpnesses", 2 * BUMPS, BUMPS, new AdamW(rate.times(5)).withWeightDecay(0)));
        StepOptions options = StepOptions.DEFAULT
                .withClipping(Clipping.byNorm(1))
                .withStatistics(true)
                .withZeroGradients(true);
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), groups, options);

        FloatSpan gradientSpan = FloatSpan.of(gradients);
        for (int step = 0; step < STEPS; step++) {
            double loss = addGradients(parameters, gradients);
            StepReport report = optimizer.step(gradientSpan);
            if (step % 250 == 0 || step == STEPS - 1) {
                System.out.printf(
                        Locale.ROOT,
                        "step %4d  loss %.6f  gradient norm %.4f  rate %.5f%n",
                        step,
                        loss,
                        report.gradientNorm(),
                        report.group("heights").learningRate());
            }
        }
    }

    /** Adds the gradients of the mean squared error to the array, and returns the error. */
    private static double addGradients(float[] p, float[] g) {
        double loss = 0;
        for (int i = 0; i < POINTS; i++) {
            double x = (double) i / (POINTS - 1), y = 0;
            for (int b = 0; b < BUMPS; b++) {
                y += p[b] * bump(p, b, x);
            }
            double error = y - target(x);
            loss += error * error / POINTS;
            for (int b = 0; b < BUMPS; b++) {
                double e = bump(p, b, x), distance = x - p[BUMPS + b], sharpness = p[2 * BUMPS + b];
                double slope = 2 * error / POINTS;
                g[b] += (float) (slope * e);
                g[BUMPS + b] += (float) (slope * p[b] * e * 2 * distance * sharpness * sharpness);
                g[2 * BUMPS + b] -= (float) (slope * p[b] * e * 2 * distance * distance * sharpness);
            }
        }
        return loss;
    }

    private static double bump(float[] p, int b, double x) {
        double z = (x - p[BUMPS + b]) * p[2 * BUMPS + b];
        return Math.exp(-z * z);
    }

    private static double target(double x) {
        return Math.sin(12 * x) * Math.exp(-x) + (x > 0.6 ? 0.5 : 0);
    }
}
