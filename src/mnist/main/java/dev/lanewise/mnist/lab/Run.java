package dev.lanewise.mnist.lab;

import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.List;

/**
 * A run of training, described whole: equal descriptions give equal results, and the text of one is that of no other.
 *
 * @param hidden widths of the hidden layers; none for the linear network
 * @param rule the update rule; its own learning rate is not used
 * @param schedule the learning rate
 * @param factors what each layer multiplies it by; empty for 1
 * @param images the first so many of the training set
 * @param batch images a step; the last of an epoch takes what is left
 * @param steps how many
 * @param seed of the weights and of the order of the images
 * @param checks how often the accuracy on the validation images is taken, at equal distances, the last at the end
 * @param test whether the accuracy on the test images is taken at the end
 * @param norms what is taken of each step
 */
public record Run(
        List<Integer> hidden,
        UpdateRule rule,
        Schedule schedule,
        List<Double> factors,
        int images,
        int batch,
        int steps,
        long seed,
        int checks,
        boolean test,
        Norms norms) {
    /** Norms of the steps and of the weights, layer by layer. */
    public enum Norms {
        /** None. */
        NONE,

        /** The largest ratio ‖Δθ‖ / ‖θ‖ of a layer. */
        LARGEST,

        /** All of all layers. */
        ALL
    }

    /** A run at a constant rate that gives its losses and nothing else. */
    public Run(List<Integer> hidden, UpdateRule rule, int images, int batch, int steps, long seed) {
        this(
                hidden,
                rule,
                new Constant(rule.learningRate()),
                List.of(),
                images,
                batch,
                steps,
                seed,
                0,
                false,
                Norms.NONE);
    }

    public Run at(double rate) {
        return with(new Constant(rate));
    }

    public Run with(Schedule changed) {
        return new Run(hidden, rule, changed, factors, images, batch, steps, seed, checks, test, norms);
    }

    /** The rate of each layer, in place of one for all. */
    public Run atEach(List<Double> rates) {
        return new Run(hidden, rule, new Constant(1), rates, images, batch, steps, seed, checks, test, norms);
    }

    public Run withSeed(long changed) {
        return new Run(hidden, rule, schedule, factors, images, batch, steps, changed, checks, test, norms);
    }

    public Run checked(int times) {
        return new Run(hidden, rule, schedule, factors, images, batch, steps, seed, times, test, norms);
    }

    /** With {@code times} checks, and tested. */
    public Run tested(int times) {
        return new Run(hidden, rule, schedule, factors, images, batch, steps, seed, times, true, norms);
    }

    public Run with(Norms changed) {
        return new Run(hidden, rule, schedule, factors, images, batch, steps, seed, checks, test, changed);
    }

    /** Steps in so many epochs of so many images. */
    public static int steps(int epochs, int images, int batch) {
        return Math.multiplyExact(epochs, (images + batch - 1) / batch);
    }

    /** About how long it takes, in microseconds of one core: images through the network, and updates. */
    double work(Material material) {
        double parameters = 0;
        int in = material.training().pixels();
        for (int width : hidden) {
            parameters += (in + 1.0) * width;
            in = width;
        }
        parameters += (in + 1.0) * material.training().classes();
        double evaluated = checks * (double) material.validation()
                + (test ? material.test().size() : 0);
        return (steps * (double) batch + evaluated / 3) * (2 + 6e-5 * parameters) + steps * 5e-4 * parameters;
    }
}
