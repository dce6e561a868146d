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
        String number = Integer.toString(elements);
        return new FirstStepsWork(
                String.format(Locale.ROOT, "AdamW over %,d elements", elements), number, 10_000, elements);
    }

    /** Steps of a rule whose state is of some type. */
    static FirstStepsWork rule(String rule, StateType state, int elements) {
        String type = state == StateType.F32 ? "" : " with state in " + state;
        return new FirstStepsWork(
                String.format(Locale.ROOT, "%s%s over %,d elements", rule, type, elements),
                FirstSteps.RULE + state + "/" + elements + "/" + rule,
                3_000,
                elements);
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
