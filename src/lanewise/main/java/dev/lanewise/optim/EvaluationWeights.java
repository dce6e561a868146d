package dev.lanewise.optim;

import java.util.Objects;

/**
 * The parameters that a rule wants to be evaluated, where they are not those that it trains: p + factor · (state − p).
 *
 * @param state the name of the state buffer
 * @param factor the factor; 1 for the state itself
 */
public record EvaluationWeights(String state, double factor) {
    /** Checks that there is a name. */
    public EvaluationWeights {
        Objects.requireNonNull(state, "state");
    }
}
