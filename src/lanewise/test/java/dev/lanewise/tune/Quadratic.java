package dev.lanewise.tune;

import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;
import java.util.List;

/**
 * Gradient descent on ½ Σ curvature · w², with or without momentum. A rate is stable in each direction up to
 * 2 · (1 + momentum) / curvature.
 */
final class Quadratic {
    final float[] weights;
    final float[] velocity;
    long steps;
    private final double[] curvatures;
    private final float momentum;

    Quadratic(double momentum, double... curvatures) {
        this.curvatures = curvatures;
        this.momentum = (float) momentum;
        this.weights = new float[curvatures.length];
        this.velocity = new float[curvatures.length];
        Arrays.fill(weights, 1);
    }

    double loss() {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += curvatures[i] * weights[i] * weights[i] / 2;
        }
        return sum;
    }

    /** Takes a step, with a rate for each weight, and returns the loss before it. */
    double step(double... rates) {
        double loss = loss();
        for (int i = 0; i < weights.length; i++) {
            velocity[i] = momentum * velocity[i] + (float) curvatures[i] * weights[i];
            weights[i] -= (float) rates[rates.length == 1 ? 0 : i] * velocity[i];
        }
        steps++;
        return loss;
    }

    Snapshot snapshot() {
        long now = steps;
        return new Snapshot(List.of(FloatSpan.of(weights), FloatSpan.of(velocity)), () -> steps = now);
    }

    /** Trains from the current weights. */
    Trial trial(int length) {
        Snapshot start = snapshot();
        return rates -> {
            start.restore();
            double[] losses = new double[length];
            for (int i = 0; i < length; i++) {
                losses[i] = step(rates);
            }
            return new TrialResult(losses);
        };
    }
}
