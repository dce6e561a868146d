package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;

/** Checks learning rates, and the hyperparameters of momentum that depend on each other. */
final class RateChecks {
    private RateChecks() {}

    static Constant constant(double learningRate) {
        Check.notNegative("learningRate", learningRate);
        return new Constant(learningRate);
    }

    /**
     * Checks that a step shrinks the parameters: a decay of 1 or more would erase them or flip their sign. Only a constant learning
     * rate can be checked here; {@link StepConstants} checks the rate of each step.
     */
    static void decay(Schedule schedule, double weightDecay) {
        if (schedule instanceof Constant(double learningRate) && !(learningRate * weightDecay < 1)) {
            throw new IllegalArgumentException("learningRate × weightDecay must be below 1: " + learningRate + " × "
                    + weightDecay + " = " + learningRate * weightDecay);
        }
    }

    static void nesterov(boolean nesterov, double momentum, double dampening) {
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("momentum must be above 0 with nesterov: " + momentum);
        }
        if (nesterov && dampening != 0) {
            throw new IllegalArgumentException("dampening must be 0 with nesterov: " + dampening);
        }
    }
}
