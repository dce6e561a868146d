package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.FloatSpan;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules against numbers worked out by hand, and against the oracles in double; {@link GoldenTrajectoriesTest} has the rest. */
class RuleTruthTest {
    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void workedOutByHand(RuleTable.Row row) {
        float[][] gradients = {{0.1f, -0.4f}, {0.3f, 0.2f}, {-0.2f, 0}};
        for (RuleTable.Hand hand : row.hand()) {
            float[] parameters = {0.5f, -0.25f};
            double[] exact = {0.5, -0.25};
            Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), hand.rule());
            Oracles.Oracle oracle = row.oracle().apply(hand.rule());
            for (int t = 0; t < 3; t++) {
                optimizer.step(FloatSpan.of(gradients[t]));
                double[] gradient = {t == 0 ? 0.1 : t == 1 ? 0.3 : -0.2, t == 0 ? -0.4 : t == 1 ? 0.2 : 0};
                oracle.step(exact, gradient, hand.rule().learningRate().at(0));
                for (int i = 0; i < 2; i++) {
                    double expected = hand.parameters()[2 * t + i];
                    assertEquals(expected, parameters[i], 2e-7, hand.rule().toString());
                    assertEquals(expected, exact[i], 1e-10, hand.rule().toString());
                }
            }
        }
    }

    /** Every configuration, with gradients of all magnitudes, a factor, a schedule, and some that stop. */
    @ParameterizedTest
    @MethodSource("dev.lanewise.optim.RuleTable#rules")
    void closeToTheOracle(UpdateRule rule) {
        int n = 203;
        Random random = new Random(11);
        float[] parameters = new float[n];
        double[] exact = new double[n], gradient = new double[n];
        float[] rounded = new float[n];
        for (int i = 0; i < n; i++) {
            exact[i] = parameters[i] = (float) random.nextGaussian();
        }
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                rule.withLearningRate(step -> rule.learningRate().at(0) / (1 + step % 3)));
        Oracles.Oracle oracle = RuleTable.of(rule).oracle().apply(rule);
        for (int t = 0; t < 60; t++) {
            for (int i = 0; i < n; i++) {
                double magnitude = Math.pow(10, i % 12 - 9);
                rounded[i] = (float) (i % 5 == 0 && t > 20 ? 0 : magnitude * random.nextGaussian());
                gradient[i] = rounded[i];
                rounded[i] *= 4;
            }
            // The product with a power of two is exact.
            optimizer.step(FloatSpan.of(rounded), 0.25);
            oracle.step(exact, gradient, rule.learningRate().at(0) / (1 + t % 3));
        }
        for (int i = 0; i < n; i++) {
            int element = i;
            assertEquals(exact[i], parameters[i], 1e-5 * Math.max(1, Math.abs(exact[i])), () -> "element " + element);
        }
    }
}
