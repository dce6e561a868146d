package dev.lanewise.mnist.lab;

import dev.lanewise.tune.TrialResult;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The result of a run. A value that is not finite is NaN. The arrays are not copied.
 *
 * @param losses the loss of the batch of each step; a run that diverges ends with the first that is NaN
 * @param ratios the largest ‖Δθ‖ / ‖θ‖ of a layer at each step; empty if not taken
 * @param layers the norms of each layer; empty if not taken
 * @param accuracies the accuracy on the validation images at each check; 0 where the run had diverged
 * @param test the accuracy on the test images; 0 if the run diverged, NaN if not taken
 * @param seconds how long the run took
 */
public record Result(
        float[] losses, float[] ratios, List<Layer> layers, double[] accuracies, double test, double seconds) {
    /**
     * The norms of a layer, weights and biases together, at each step.
     *
     * @param update ‖Δθ‖
     * @param weight ‖θ‖ before the step
     * @param largest max |Δθ|
     */
    public record Layer(float[] update, float[] weight, float[] largest) {}

    /** {@return whether a loss was not finite} */
    public boolean diverged() {
        return Float.isNaN(losses[losses.length - 1]);
    }

    /** {@return the accuracy on the validation images at the end} */
    public double accuracy() {
        return accuracies[accuracies.length - 1];
    }

    /** {@return the result as the searches of {@link dev.lanewise.tune} take it} */
    public TrialResult outcome() {
        double[] loss = new double[losses.length];
        for (int i = 0; i < loss.length; i++) {
            loss[i] = losses[i];
        }
        double[][] rows = new double[ratios.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new double[] {ratios[i]};
        }
        return new TrialResult(
                loss, rows, accuracies.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(accuracy()));
    }

    /** {@return the mean loss of the last tenth of the steps; NaN if the run diverged} */
    public double lastLoss() {
        return Curves.mean(losses, losses.length - Math.max(1, losses.length / 10), losses.length);
    }

    /** {@return ‖Δθ‖ of the whole network at each step} */
    public float[] update() {
        return together(layers.stream().map(Layer::update).toList());
    }

    /** {@return ‖θ‖ of the whole network before each step} */
    public float[] weight() {
        return together(layers.stream().map(Layer::weight).toList());
    }

    /** {@return max |Δθ| of the whole network at each step} */
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
