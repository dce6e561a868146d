package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.linalg.Activation;
import dev.lanewise.linalg.Losses;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class MlpLossTest {
    private static final int ROWS = 13, INPUTS = 6, OUTPUTS = 3;

    private static List<Arguments> combinations() {
        List<Arguments> all = new ArrayList<>();
        for (Activation activation : Activation.values()) {
            for (DoubleMlp.Loss loss : DoubleMlp.Loss.values()) {
                all.add(Arguments.of(activation, loss, false));
                all.add(Arguments.of(activation, loss, true));
            }
        }
        return all;
    }

    private static Mlp network(Activation activation) {
        Mlp mlp = new Mlp(activation, INPUTS, 8, 7, OUTPUTS);
        mlp.initialize(3);
        float[] p = mlp.parameters().array();
        for (int i = 0; i < p.length; i++) {
            p[i] += 0.1f * (i % 7 - 3);
        }
        return mlp;
    }

    /** Returns as many targets as the loss has, of each kind a legal one. */
    private static float[] targets(DoubleMlp.Loss loss) {
        Random random = new Random(4);
        float[] targets = new float[loss == DoubleMlp.Loss.CLASSES ? ROWS : ROWS * OUTPUTS];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = switch (loss) {
                case CLASSES -> random.nextInt(OUTPUTS);
                case PROBABILITIES, LOGISTIC -> i % 4 == 0 ? i % 8 / 4 : random.nextFloat();
                case SQUARED_ERROR -> (float) random.nextGaussian();
            };
        }
        return targets;
    }

    private static Targets targets(DoubleMlp.Loss loss, float[] values, float[] weights) {
        Targets targets = switch (loss) {
            case CLASSES -> {
                int[] labels = new int[values.length];
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = (int) values[i];
                }
                yield Targets.classes(labels);
            }
            case PROBABILITIES -> Targets.probabilities(values);
            case LOGISTIC -> Targets.logistic(values);
            case SQUARED_ERROR -> Targets.values(values);
        };
        return weights == null ? targets : targets.withWeights(weights);
    }

    private static float[] weights() {
        float[] weights = new float[ROWS];
        for (int i = 0; i < ROWS; i++) {
            weights[i] = i % 4 * 0.7f;
        }
        return weights;
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void gradientsAreThoseOfFiniteDifferences(Activation activation, DoubleMlp.Loss loss, boolean weighted) {
        Mlp mlp = network(activation);
        float[] x = Floats.random(ROWS * INPUTS, 1), values = targets(loss), weights = weighted ? weights() : null;
        DoubleMlp oracle = new DoubleMlp(mlp, x, ROWS, loss, values, weights);
        double actual = mlp.forwardBackward(x, 0, targets(loss, values, weights), 0, ROWS);
        double[] parameters = new double[mlp.parameters().array().length];
        for (int i = 0; i < parameters.length; i++) {
            parameters[i] = mlp.parameters().get(i);
        }
        double exact = oracle.loss(parameters), h = 1e-6;
        assertEquals(exact, actual, 4e-6 * Math.max(1, exact));
        for (int i = 0; i < parameters.length; i++) {
            double here = parameters[i];
            parameters[i] = here + h;
            double above = oracle.loss(parameters);
            parameters[i] = here - h;
            double slope = (above - oracle.loss(parameters)) / (2 * h);
            parameters[i] = here;
            assertEquals(slope, mlp.gradients().get(i), 1e-5 * Math.max(1, Math.abs(slope)), "parameter " + i);
        }
    }

    @Test
    void classesWithoutWeightsHaveTheBitsOfLabels() {
        Mlp one = network(Activation.RELU), other = network(Activation.RELU);
        float[] x = Floats.random(ROWS * INPUTS, 1);
        int[] labels = new Random(2).ints(ROWS, 0, OUTPUTS).toArray();
        double loss = one.forwardBackward(x, INPUTS, labels, 1, ROWS - 1);
        assertEquals(loss, other.forwardBackward(x, INPUTS, Targets.classes(labels), 1, ROWS - 1));
        assertArrayEquals(one.gradients().toArray(), other.gradients().toArray());
        float[] ones = new float[ROWS];
        Arrays.fill(ones, 1);
        Targets weighted = Targets.classes(labels).withWeights(ones);
        assertEquals(loss, other.forwardBackward(x, INPUTS, weighted, 1, ROWS - 1), 1e-14);
        assertArrayEquals(one.gradients().toArray(), other.gradients().toArray());
    }

    @ParameterizedTest
    @EnumSource(DoubleMlp.Loss.class)
    void sharesAddUpToTheMean(DoubleMlp.Loss loss) {
        Mlp whole = network(Activation.TANH), share = network(Activation.TANH);
        float[] x = Floats.random(ROWS * INPUTS, 1), weights = weights();
        Targets targets = targets(loss, targets(loss), weights);
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        double mean = whole.forwardBackward(x, 0, targets, 0, ROWS);
        double first = share.forwardBackward(x, 0, targets, 0, 5, sum);
        float[] gradients = share.gradients().toArray();
        double second = share.forwardBackward(x, 5 * INPUTS, targets, 5, ROWS - 5, sum);
        assertEquals(mean, first + second, 1e-12);
        for (int i = 0; i < gradients.length; i++) {
            assertEquals(
                    whole.gradients().get(i), gradients[i] + share.gradients().get(i), 1e-6);
        }
    }

    @ParameterizedTest
    @EnumSource
    void threadsAndPredictionsChangeNoBit(Activation activation) {
        int rows = 300;
        float[] x = Floats.random(rows * 50, 5), values = Floats.random(rows * 3, 6);
        Mlp one = new Mlp(activation, 50, 130, 90, 3);
        one.initialize(1);
        double loss = one.forwardBackward(x, 0, Targets.values(values), 0, rows);
        float[] y = new float[rows * 3], row = new float[3];
        one.predict(x, 0, rows, y, 0);
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
            sum += (double) (y[i] - values[i]) * (y[i] - values[i]);
        }
        assertEquals(sum / y.length, loss, 1e-12);
        one.predict(x, 7 * 50, 1, row, 0);
        assertArrayEquals(Arrays.copyOfRange(y, 21, 24), row);
        float[] served = new float[y.length];
        one.predictor().predict(x, 0, rows, served, 0);
        assertArrayEquals(y, served);
        one.predictor().predict(x, 7 * 50, 1, row, 0);
        assertArrayEquals(Arrays.copyOfRange(y, 21, 24), row);
        try (Workers workers = Workers.of(3)) {
            Mlp several = new Mlp(workers, activation, 50, 130, 90, 3);
            several.initialize(1);
            assertEquals(loss, several.forwardBackward(x, 0, Targets.values(values), 0, rows));
            assertArrayEquals(one.gradients().toArray(), several.gradients().toArray());
        }
    }

    @Test
    void aStepAllocatesNothingOnceItIsWarm() {
        assumeTrue(Kernels.lanes() != 2, "C2 has no compare and no mask of 64 bits");
        float[] x = Floats.random(ROWS * INPUTS, 1), weights = weights();
        for (Activation activation : Activation.values()) {
            Mlp mlp = network(activation);
            for (DoubleMlp.Loss loss : DoubleMlp.Loss.values()) {
                Targets targets = targets(loss, targets(loss), weights);
                Garbage.assertNone(() -> mlp.forwardBackward(x, 0, targets, 0, ROWS));
            }
        }
    }

    @Test
    void initialWeightsHaveTheVarianceOfTheActivation() {
        for (Activation activation : Activation.values()) {
            Mlp mlp = new Mlp(activation, 200, 300, 10);
            mlp.initialize(12);
            boolean rectified = activation != Activation.TANH && activation != Activation.NONE;
            double square = 0;
            for (int i = 0; i < 60_000; i++) {
                square += (double) mlp.parameters().get(i) * mlp.parameters().get(i) / 60_000;
            }
            // The tolerance is five standard errors.
            assertEquals(1, square / (rectified ? 2.0 / 200 : 2.0 / 500), 5 * Math.sqrt(2.0 / 60_000));
            assertEquals(activation, mlp.activation());
        }
    }

    @Test
    void whatIsNotANumberMakesTheLossNotANumber() {
        Mlp mlp = network(Activation.GELU);
        float[] x = Floats.random(ROWS * INPUTS, 1);
        x[4] = Float.NaN;
        for (DoubleMlp.Loss loss : DoubleMlp.Loss.values()) {
            assertTrue(Double.isNaN(mlp.forwardBackward(x, 0, targets(loss, targets(loss), null), 0, ROWS)));
            assertTrue(Float.isNaN(mlp.gradients().get(0)));
        }
    }

    @Test
    void hugeLogitsOverflowNothing() {
        float[] z = {1e30f, -1e30f, 1e30f};
        assertEquals(1e30 / 3, Losses.logistic(z, 0, new float[] {1, 0, 0}, 0, null, 0, 1, 3, 1), 1e23);
        assertArrayEquals(new float[] {0, 0, 1 / 3f}, z);
        float[] soft = {1e30f, 0, Float.NEGATIVE_INFINITY};
        assertEquals(0.5e30, Losses.crossEntropy(soft, 0, new float[] {0.5f, 0.5f, 0}, 0, null, 0, 1, 3, 1), 1e23);
        assertArrayEquals(new float[] {0.5f, -0.5f, 0}, soft);
    }

    @Test
    void filesHaveTheActivation(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("mlp.safetensors");
        for (Activation activation : Activation.values()) {
            Mlp mlp = network(activation);
            mlp.save(file, Layout.PYTORCH);
            Mlp loaded = Mlp.load(file, Layout.PYTORCH);
            assertEquals(activation, loaded.activation());
            assertArrayEquals(mlp.parameters().toArray(), loaded.parameters().toArray());
        }
        assertEquals(
                Activation.SILU,
                Mlp.load(file, Layout.PYTORCH, Activation.SILU, Workers.caller())
                        .activation());
        refuses(
                file + ": expected the metadata activation gelu, found silu",
                () -> Mlp.load(file, Layout.PYTORCH, Activation.GELU, Workers.caller()));
    }

    private static void refuses(String message, Executable call) {
        assertEquals(message, assertThrows(Exception.class, call).getMessage());
    }

    @Test
    void argumentsAreCheckedBeforeTheGradientsAreWritten() {
        Mlp mlp = new Mlp(2, 2);
        float[] x = new float[4], half = {0.5f, 0.5f, 0.5f, 0.5f};
        Targets classes = Targets.classes(new int[] {0, 2});
        refuses("batch must be at least 1: 0", () -> mlp.forwardBackward(x, 0, classes, 0, 0));
        refuses("labels[1] must be a class in [0, 1]: 2", () -> mlp.forwardBackward(x, 0, classes, 0, 2, 3));
        refuses("x too short: need indices 1..4, length is 4", () -> mlp.forwardBackward(x, 1, classes, 0, 2));
        refuses(
                "targets[3] must be in [0, 1]: 1.5",
                () -> mlp.forwardBackward(x, 0, Targets.logistic(new float[] {0, 1, 0, 1.5f}), 0, 2));
        refuses(
                "targets[0] must be in [0, 1]: NaN",
                () -> mlp.forwardBackward(x, 0, Targets.probabilities(new float[] {Float.NaN, 1}), 0, 1));
        refuses(
                "targets[2] must be finite: Infinity",
                () -> mlp.forwardBackward(x, 0, Targets.values(new float[] {0, 0, Float.POSITIVE_INFINITY, 0}), 1, 1));
        refuses(
                "targets too short: need indices 2..5, length is 4",
                () -> mlp.forwardBackward(x, 0, Targets.values(half), 1, 2));
        Targets negative = Targets.values(half).withWeights(new float[] {1, -1});
        refuses("weights[1] must be finite and not negative: -1.0", () -> mlp.forwardBackward(x, 0, negative, 0, 2));
        refuses("weights too short: need indices 1..2, length is 2", () -> mlp.forwardBackward(x, 0, negative, 1, 2));
        refuses(
                "weights[0..1] must have a sum above 0: 0.0",
                () -> mlp.forwardBackward(x, 0, Targets.values(half).withWeights(new float[2]), 0, 2));
        refuses(
                "divisor must be finite and above 0: 0.0",
                () -> mlp.forwardBackward(x, 0, Targets.values(half), 0, 2, 0));
        assertArrayEquals(new float[6], mlp.gradients().toArray());
    }
}
