package dev.lanewise.bench;

import dev.lanewise.optim.StateType;
import java.util.Locale;

/**
 * Work whose first steps are measured.
 *
 * @param name as reports show it
 * @param argument what tells {@link FirstSteps}
 * @param steps how many steps a JVM takes
 * @param elements the elements of an update, by which times are divided; 1 for a training step or a prediction
 */
record FirstStepsWork(String name, String argument, int steps, int elements) {
    /** Steps of AdamW. */
    static FirstStepsWork update(int elements) {
        return new FirstStepsWork(over("AdamW", elements), Integer.toString(elements), 10_000, elements);
    }

    /** Steps of a rule whose state is of some type. */
    static FirstStepsWork rule(String rule, StateType state, int elements) {
        String name = state == StateType.F32 ? rule : rule + " with state in " + state;
        return new FirstStepsWork(
                over(name, elements), FirstSteps.RULE + state + "/" + elements + "/" + rule, 3_000, elements);
    }

    private static String over(String name, int elements) {
        return String.format(Locale.ROOT, "%s over %,d elements", name, elements);
    }

    /** Training steps of the MLP 784-256-128-10 with AdamW. */
    static FirstStepsWork training(int batch) {
        return new FirstStepsWork("training step, batch " + batch, FirstSteps.TRAINING + batch, 1_000, 1);
    }

    /** Predictions of the MLP 784-256-128-10. */
    static FirstStepsWork prediction(int rows) {
        return new FirstStepsWork("prediction of " + rows + " rows", FirstSteps.PREDICTION + rows, 1_000, 1);
    }
}
