package dev.lanewise.bench;

import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.UpdateRule;

/** The rules that are measured. */
final class Rules {
    private Rules() {}

    static UpdateRule of(String name) {
        return switch (name) {
            case "AdamW" -> new AdamW().withLearningRate(Values.LEARNING_RATE);
            case "Sgd" -> new Sgd().withLearningRate(Values.LEARNING_RATE).withMomentum(0.9);
            default -> throw new IllegalArgumentException(name);
        };
    }
}
