package dev.lanewise.mnist.lab;

import dev.lanewise.mnist.train.BaseRate;
import dev.lanewise.optim.StateType;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.List;

/**
 * A run of training, described completely: equal descriptions give equal results, so that a run is the key to its
 * result, and different descriptions have different texts.
 *
 * @param hidden widths of the hidden layers; none for the linear network
 * @param rule the update rule, with its learning rate
 * @param factors the factor of each layer's rate; empty for 1
 * @param images how many images to train on, the first of the training images
 * @param batch images a step; the last step of an epoch has those that are left
 * @param steps how many steps there are
 * @param seed the seed of the weights and of the order of the images
 * @param checks how often the accuracy on the validation images is taken, at equal distances, the last at the end
 * @param test whether the accuracy on the test images is taken at the end
 * @param norms which norms of each step the result has
 * @param state the type of the optimizer's state
 */
public record Run(
        List<Integer> hidden,
        UpdateRule rule,
        List<Double> factors,
        int images,
        int batch,
        int steps,
        long seed,
        int checks,
        boolean test,
        Norms norms,
        StateType state) {
    /** The norms of the steps and of the weights, layer by layer, that a result has. */
    public enum Norms {
        /** No norms. */
        NONE,

        /** The largest ratio ‖Δθ‖ / ‖θ‖ of a layer at each step. */
        LARGEST,

        /** All norms of all layers. */
        ALL
    }

    /** Describes a run at the rule's own rate that gives its losses and nothing else. */
    public Run(List<Integer> hidden, UpdateRule rule, int images, int batch, int steps, long seed) {
        this(hidden, rule, List.of(), images, batch, steps, seed, 0, false, Norms.NONE, StateType.F32);
    }

    /** {@return this run at a constant rate} */
    public Run at(double rate) {
        return with(new Constant(rate));
    }

    /** {@return this run with another schedule} */
    public Run with(Schedule changed) {
        return new Run(
                hidden,
                BaseRate.follow(rule, changed),
                factors,
                images,
                batch,
                steps,
                seed,
                checks,
                test,
                norms,
                state);
    }

    /** {@return this run with a rate for each layer in place of one for all} */
    public Run atEach(List<Double> rates) {
        UpdateRule unit = BaseRate.follow(rule, new Constant(1));
        return new Run(hidden, unit, rates, images, batch, steps, seed, checks, test, norms, state);
    }

    /** {@return the learning rate of the first step} */
    public double rate() {
        return BaseRate.of(rule);
    }

    /** {@return this run with another seed} */
    public Run withSeed(long changed) {
        return new Run(hidden, rule, factors, images, batch, steps, changed, checks, test, norms, state);
    }

    /** {@return this run with so many checks of its accuracy} */
    public Run checked(int times) {
        return new Run(hidden, rule, factors, images, batch, steps, seed, times, test, norms, state);
    }

    /** {@return this run with {@code times} checks, and tested} */
    public Run tested(int times) {
        return new Run(hidden, rule, factors, images, batch, steps, seed, times, true, norms, state);
    }

    /** {@return this run with other norms in its result} */
    public Run with(Norms changed) {
        return new Run(hidden, rule, factors, images, batch, steps, seed, checks, test, changed, state);
    }

    /** {@return this run with state of another type} */
    public Run with(StateType changed) {
        return new Run(hidden, rule, factors, images, batch, steps, seed, checks, test, norms, changed);
    }

    /** {@return the steps in some epochs of some images} */
    public static int steps(int epochs, int images, int batch) {
        return Math.multiplyExact(epochs, (images + batch - 1) / batch);
    }

    /** {@return about how long the run takes, in microseconds of one core: images through the network, and updates} */
    double work(LabData data) {
        double parameters = 0;
        int in = data.training().pixels();
        for (int width : hidden) {
            parameters += (in + 1.0) * width;
            in = width;
        }
        parameters += (in + 1.0) * data.training().classes();
        double evaluated =
                checks * (double) data.validation().size() + (test ? data.test().size() : 0);
        return (steps * (double) batch + evaluated / 3) * (2 + 6e-5 * parameters) + steps * 5e-4 * parameters;
    }
}
