package dev.lanewise.bench;

import dev.lanewise.optim.Adadelta;
import dev.lanewise.optim.Adagrad;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamV0;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Adamax;
import dev.lanewise.optim.Lion;
import dev.lanewise.optim.NAdam;
import dev.lanewise.optim.NormalizedSgd;
import dev.lanewise.optim.RAdam;
import dev.lanewise.optim.RmsProp;
import dev.lanewise.optim.Rprop;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.UpdateRule;
import java.util.List;

/** The rules by the names that the benchmarks' parameters give them; {@code Sgd} has momentum. */
final class BenchRules {
    static final List<String> NAMES = List.of(
            "Sgd plain",
            "Sgd",
            "Sgd Nesterov",
            "NormalizedSgd",
            "Rprop",
            "RmsProp",
            "RmsProp momentum",
            "RmsProp centered",
            "AdamV0",
            "Adam",
            "Adam AMSGrad",
            "AdamW",
            "AdamW AMSGrad",
            "Lion",
            "Adagrad",
            "Adadelta",
            "Adamax",
            "NAdam",
            "RAdam");

    private BenchRules() {}

    static UpdateRule of(String name) {
        return of(name, Values.LEARNING_RATE);
    }

    static UpdateRule of(String name, double rate) {
        return switch (name) {
            case "Sgd" -> new Sgd().withMomentum(0.9).withLearningRate(rate);
            case "Sgd plain" -> new Sgd().withLearningRate(rate);
            case "Sgd Nesterov" ->
                new Sgd().withMomentum(0.9).withNesterov(true).withLearningRate(rate);
            case "NormalizedSgd" -> new NormalizedSgd().withLearningRate(rate);
            case "Rprop" -> new Rprop().withLearningRate(1e-6);
            case "RmsProp" -> new RmsProp().withLearningRate(rate);
            case "RmsProp momentum" -> new RmsProp().withMomentum(0.9).withLearningRate(rate);
            case "RmsProp centered" -> new RmsProp().withCentered(true).withLearningRate(rate);
            case "AdamV0" -> new AdamV0().withLearningRate(rate);
            case "Adam" -> new Adam().withLearningRate(rate);
            case "Adam AMSGrad" -> new Adam().withAmsgrad(true).withLearningRate(rate);
            case "AdamW" -> new AdamW().withLearningRate(rate);
            case "AdamW AMSGrad" -> new AdamW().withAmsgrad(true).withLearningRate(rate);
            case "Lion" -> new Lion().withLearningRate(rate);
            case "Adagrad" -> new Adagrad().withLearningRate(rate);
            case "Adadelta" -> new Adadelta().withLearningRate(rate);
            case "Adamax" -> new Adamax().withLearningRate(rate);
            case "NAdam" -> new NAdam().withLearningRate(rate);
            case "RAdam" -> new RAdam().withLearningRate(rate);
            default -> throw new IllegalArgumentException(name);
        };
    }
}
