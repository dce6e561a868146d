package dev.lanewise.optim;

import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;

/** Checks hyperparameters. Each comparison is written so that NaN fails it. */
final class Checks {
    private Checks() {}

    static void notNegative(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be finite and not negative: " + value);
        }
    }

    static void positive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be finite and above 0: " + value);
        }
    }

    /** Checks the decay of an average: at 1 a new value would have no weight. */
    static void belowOne(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1): " + value);
        }
    }

    static void fraction(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1]: " + value);
        }
    }

    static Constant constant(double learningRate) {
        notNegative("learningRate", learningRate);
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
}
