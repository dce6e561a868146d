package dev.lanewise.mnist.lab;

import dev.lanewise.tune.Outcome;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a run gave. What is not finite is NaN. The arrays are not copied.
 *
 * @param losses of the batch of each step; a run that diverges ends with the first that is NaN
 * @param ratios the largest ‖Δθ‖ / ‖θ‖ of a layer at each step; empty if not taken
 * @param layers each layer at each step; empty if not taken
 * @param accuracies at the checks, on the validation images; 0 where the run had diverged
 * @param test the accuracy on the test images; 0 if the run diverged, NaN if not taken
 * @param seconds the time it took
 */
public record Result(float[] losses, float[] ratios, List<Layer> layers, double[] accuracies, double test, double seconds) {
    /**
     * A layer, weights and biases together, at each step.
     *
     * @param update ‖Δθ‖
     * @param weight ‖θ‖ before the step
     * @param largest max |Δθ|
     */
    public record Layer(float[] update, float[] weight, float[] largest) {}

    public boolean diverged() {
        return Float.isNaN(losses[losses.length - 1]);
    }

    /** On the validation images, at the end. */
    public double accuracy() {
        return accuracies[accuracies.length - 1];
    }

    /** For the judge and the search of {@link dev.lanewise.tune}. */
    public Outcome outcome() {
        double[] loss = new double[losses.length];
        for (int i = 0; i < loss.length; i++) {
            loss[i] = losses[i];
        }
        double[][] rows = new double[ratios.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new double[] {ratios[i]};
        }
        return new Outcome(loss, rows, accuracies.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(accuracy()));
    }

    /** The mean loss of the last tenth of the steps; NaN if it diverged. */
    public double lastLoss() {
        return Curves.mean(losses, losses.length - Math.max(1, losses.length / 10), losses.length);
    }

    /** ‖Δθ‖ of the whole network at each step. */
    public float[] update() {
        return together(layers.stream().map(Layer::update).toList());
    }

    /** ‖θ‖ of the whole network before each step. */
    public float[] weight() {
        return together(layers.stream().map(Layer::weight).toList());
    }

    /** max |Δθ| of the whole network at each step. */
    public float[] largest() {
        float[] all = layers.getFirst().largest.clone();
        for (Layer layer : layers) {
            for (int i = 0; i < all.length; i++) {
                all[i] = Math.max(all[i], layer.largest[i]);
            }
        }
        return all;
    }

    private static float[] together(List<float[]> norms) {
        float[] all = new float[norms.getFirst().length];
        for (int i = 0; i < all.length; i++) {
            double sum = 0;
            for (float[] norm : norms) {
                sum += (double) norm[i] * norm[i];
            }
            all[i] = (float) Math.sqrt(sum);
        }
        return all;
    }
}
