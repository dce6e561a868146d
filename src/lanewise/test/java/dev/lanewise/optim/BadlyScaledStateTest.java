package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The errors that state in fewer bits adds where the gradient is badly scaled: 4,096 pairs of parameters, each of which minimizes
 * Rosenbrock's function, or a quadratic whose curvatures, 1,000 and 1, are not along the axes. The minimum is at 1 in both.
 */
class BadlyScaledStateTest {
    private static final int N = 8192, STEPS = 2000;

    /** A function of two parameters, by its gradient. */
    private interface Pair {
        void gradient(float x, float y, float[] gradient, int i);
    }

    private static final Pair ROSENBROCK = (x, y, gradient, i) -> {
        float r = y - x * x;
        gradient[i] = -400 * x * r - 2 * (1 - x);
        gradient[i + 1] = 200 * r;
    };

    private static final Pair QUADRATIC = (x, y, gradient, i) -> {
        float u = x - 1, v = y - 1, steep = (u + v) / 2 * 1000, flat = (u - v) / 2;
        gradient[i] = steep + flat;
        gradient[i + 1] = steep - flat;
    };

    private static UpdateRule adamw(double rate, double beta2) {
        return new AdamW(new Constant(1), 0.9, beta2, 1e-8, 0, false).withLearningRate(new Cosine(rate, STEPS));
    }

    private static final UpdateRule LION = new Lion().withWeightDecay(0).withLearningRate(new Cosine(0.01, STEPS));

    /** The root of the mean square of the distances from 1 that a rule leaves in f32, bf16 and int8, rounded up. */
    private record Row(String function, Pair pair, UpdateRule rule, List<Double> errors) {
        @Override
        public String toString() {
            return function + ", " + rule;
        }
    }

    static Stream<Row> theErrorIs() {
        UpdateRule sgd = new Sgd().withMomentum(0.9);
        return Stream.of(
                new Row("Rosenbrock", ROSENBROCK, adamw(0.3, 0.999), List.of(3.5e-3, 3.5e-3, 3.7e-3)),
                new Row("Rosenbrock", ROSENBROCK, adamw(0.1, 0.99), List.of(4.4e-7, 5.2e-7, 3.6e-5)),
                new Row("Rosenbrock", ROSENBROCK, LION, List.of(7.5e-3, 7.5e-3, 9e-3)),
                new Row("Rosenbrock", ROSENBROCK, sgd.withLearningRate(new Constant(2e-4)), List.of(0.14, 0.14, 0.14)),
                new Row("quadratic", QUADRATIC, adamw(0.3, 0.999), List.of(0.022, 0.022, 0.022)),
                new Row("quadratic", QUADRATIC, adamw(0.1, 0.99), List.of(1.8e-8, 1.1e-7, 3.2e-6)),
                new Row("quadratic", QUADRATIC, LION, List.of(6.6e-4, 7.7e-4, 3.2e-3)),
                new Row("quadratic", QUADRATIC, sgd.withLearningRate(new Constant(1e-3)), List.of(5e-7, 5e-7, 7e-7)));
    }

    @ParameterizedTest
    @MethodSource
    void theErrorIs(Row row) {
        for (StateType type : StateType.values()) {
            double error = error(row, type), most = row.errors.get(type.ordinal());
            assertTrue(error <= most, () -> type + ": " + error);
        }
    }

    private static double error(Row row, StateType type) {
        float[] x = new float[N], gradient = new float[N];
        Random random = new Random(1);
        for (int i = 0; i < N; i += 2) {
            x[i] = -1.2f + 0.2f * (float) random.nextGaussian();
            x[i + 1] = 1 + 0.2f * (float) random.nextGaussian();
        }
        Optimizer optimizer = new Optimizer(FloatSpan.of(x), row.rule, StepOptions.DEFAULT.withState(type));
        for (int step = 0; step < STEPS; step++) {
            for (int i = 0; i < N; i += 2) {
                row.pair.gradient(x[i], x[i + 1], gradient, i);
            }
            optimizer.step(FloatSpan.of(gradient));
        }
        double sum = 0;
        for (float each : x) {
            sum += (each - 1.0) * (each - 1.0);
        }
        return Math.sqrt(sum / N);
    }
}
