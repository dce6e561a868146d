package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The errors of the rules against the oracles in double, on random trajectories, beside those of PyTorch's own order of operations in
 * float32.
 *
 * <p>An error is the root of the mean square over all parameters and every tenth step. Errors of one trajectory are sums of few
 * roundings that happened to add up, on both sides: the ratio varies from trajectory to trajectory, and that of the largest errors
 * varies more, up to 1.9 for SGD with momentum. In the mean over many trajectories SGD with momentum has 0.8 of PyTorch's error, and
 * the rules that average the gradient as {@code m · β₁ + g · (1 − β₁)}, whose rounded factors do not add up to 1, up to 1.2 times.
 */
class AccuracyTest {
    private static final int TRAJECTORIES = 24, PARAMETERS = 64;

    /** The largest ratio of the errors: in the geometric mean over the trajectories, and of one trajectory. */
    private static final double MEAN = 1.25, SINGLE = 2.5;

    static Stream<Arguments> rules() {
        return RuleTable.ROWS.stream()
                .filter(row -> PyTorchFloats.of(row.valid().getFirst().rule()) != null)
                .flatMap(row -> row.valid().stream().map(valid -> Arguments.of(row, valid.rule())));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void asExactAsPyTorchOnRandomTrajectories(RuleTable.Row row, UpdateRule rule) {
        Random random = new Random(rule.toString().hashCode());
        double product = 1, largest = 0;
        for (int i = 0; i < TRAJECTORIES; i++) {
            double ratio = ratio(row, withRandomRate(rule, random), random);
            product *= ratio;
            largest = Math.max(largest, ratio);
        }
        double mean = Math.pow(product, 1.0 / TRAJECTORIES), single = largest;
        assertTrue(mean <= MEAN, () -> "our error is " + mean + " times PyTorch's");
        assertTrue(single <= SINGLE, () -> "our error is " + single + " times PyTorch's on one trajectory");
    }

    private static UpdateRule withRandomRate(UpdateRule rule, Random random) {
        double rate = rule.learningRate().at(0) * Math.pow(10, random.nextDouble(-1, 0.5));
        return rate * rule.weightDecay() < 0.5 ? rule.withLearningRate(new Constant(rate)) : rule;
    }

    /** {@return our error divided by PyTorch's, on one trajectory of any length, magnitude and noise} */
    private static double ratio(RuleTable.Row row, UpdateRule rule, Random random) {
        double size = Math.pow(10, random.nextDouble(-2, 1)), slope = Math.pow(10, random.nextDouble(-4, 2));
        double drift = random.nextDouble(2);
        float[] ours = new float[PARAMETERS], theirs = new float[PARAMETERS], direction = new float[PARAMETERS];
        double[] exact = new double[PARAMETERS];
        for (int i = 0; i < PARAMETERS; i++) {
            ours[i] = theirs[i] = (float) (size * random.nextGaussian());
            exact[i] = ours[i];
            direction[i] = (float) (slope * drift * random.nextGaussian());
        }
        Optimizer optimizer = new Optimizer(FloatSpan.of(ours), rule);
        PyTorchFloats.Rule pyTorch = PyTorchFloats.of(rule);
        Oracles.Oracle oracle = row.oracle().apply(rule);
        double rate = rule.learningRate().at(0);
        // Where nobody has an error, the ratio is 1.
        double ourSquares = square(0x1p-26 * size), theirSquares = ourSquares;
        int steps = random.nextInt(50, 250);
        for (int step = 1; step <= steps; step++) {
            float[] gradient = new float[PARAMETERS];
            double[] same = new double[PARAMETERS];
            for (int i = 0; i < PARAMETERS; i++) {
                gradient[i] = direction[i] + (float) (slope * random.nextGaussian());
                same[i] = gradient[i];
            }
            optimizer.step(FloatSpan.of(gradient));
            pyTorch.step(theirs, gradient, rate);
            oracle.step(exact, same, rate);
            for (int i = 0; step % 10 == 0 && i < PARAMETERS; i++) {
                ourSquares += square(ours[i] - exact[i]);
                theirSquares += square(theirs[i] - exact[i]);
            }
        }
        return Math.sqrt(ourSquares / theirSquares);
    }

    private static double square(double x) {
        return x * x;
    }
}
