package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Muon.Coefficients;
import dev.lanewise.optim.Muon.Scale;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws of {@link Muon}; {@link MuonBitsTest} has its bits. */
class MuonTest {
    private static final double[] THETA = {.5, -.25, .1, 0, .2, -.4};
    private static final double[][] GRADIENTS = {{.1, -.4, .2, .3, 0, -.1}, {-.2, .1, 0, .1, .3, .2}};

    static Stream<Muon> rules() {
        return RuleTable.all().filter(Muon.class::isInstance).map(Muon.class::cast);
    }

    static Optimizer optimizer(float[] parameters, UpdateRule rule, MatrixShape shape) {
        return optimizer(FloatSpan.of(parameters), rule, shape, StepOptions.DEFAULT);
    }

    static Optimizer optimizer(FloatSpan parameters, UpdateRule rule, MatrixShape shape, StepOptions options) {
        ParameterGroup all = new ParameterGroup("all", 0, parameters.length(), rule).withShape(shape);
        return new Optimizer(parameters, List.of(all), options);
    }

    private static float[] floats(double... values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Two steps by hand in double, of outputs × inputs and, with all data transposed, of inputs × outputs. */
    @Test
    void workedOutByHand() {
        Muon rule = new Muon().withLearningRate(0.02);
        assertSteps(
                rule,
                MatrixShape.outputsByInputs(2, 3),
                new double[] {.4939261492, -.2298327254, .0900187068, -.0130754463, .1998093762, -.3949636540},
                new double[] {.5057445853, -.2276904404, .0725309891, -.0189095578, .1885676058, -.4041212430});
        assertSteps(
                rule.withScale(Scale.MATCH_RMS),
                MatrixShape.outputsByInputs(2, 3),
                new double[] {.4972423665, -.2426870562, .0964116606, -.0045294675, .1996725300, -.3977324867},
                new double[] {.5006841102, -.2416188056, .0902232810, -.0065504630, .1955173535, -.4003829425});
    }

    /** Three outputs and two inputs: a scale that reads the layout instead of the fan-out would be 1, and is √1.5. */
    @Test
    void theScaleIsThatOfTheFanOut() {
        double[] first = {.4927858273, -.0160140858, -.2254126063, .1998564324, .0878204113, -.3940115570};
        double[] second = {.5074846917, -.0231593840, -.2229010014, .1861778499, .0664472779, -.4054067035};
        Muon rule = new Muon().withLearningRate(0.02);
        double[] theta = MatrixOracles.transposed(THETA, 2, 3);
        double[][] gradients = {
            MatrixOracles.transposed(GRADIENTS[0], 2, 3), MatrixOracles.transposed(GRADIENTS[1], 2, 3)
        };
        assertSteps(rule, MatrixShape.outputsByInputs(3, 2), theta, gradients, first, second);
        // The same layer as inputs × outputs: three columns are its outputs.
        assertSteps(
                rule,
                MatrixShape.inputsByOutputs(2, 3),
                MatrixOracles.transposed(first, 3, 2),
                MatrixOracles.transposed(second, 3, 2));
        assertEquals(Math.sqrt(1.5), Scale.ORIGINAL.factor(MatrixShape.inputsByOutputs(2, 3)));
        assertEquals(1, Scale.ORIGINAL.factor(MatrixShape.inputsByOutputs(3, 2)));
        assertEquals(0.2 * Math.sqrt(3), Scale.MATCH_RMS.factor(MatrixShape.inputsByOutputs(3, 2)));
        assertEquals(Math.sqrt(3), Scale.SPECTRAL.factor(MatrixShape.inputsByOutputs(2, 3)));
    }

    private static void assertSteps(Muon rule, MatrixShape shape, double[]... expected) {
        assertSteps(rule, shape, THETA, GRADIENTS, expected);
    }

    private static void assertSteps(
            Muon rule, MatrixShape shape, double[] theta, double[][] gradients, double[]... expected) {
        float[] parameters = floats(theta);
        double[] exact = theta.clone();
        Optimizer optimizer = optimizer(parameters, rule, shape);
        Oracles.Oracle oracle = MatrixOracles.muon(rule).of(shape);
        for (int t = 0; t < 2; t++) {
            StepReport report = optimizer.step(FloatSpan.of(floats(gradients[t])));
            oracle.step(exact, gradients[t], 0.02);
            assertArrayEquals(expected[t], exact, 1e-10);
            for (int i = 0; i < exact.length; i++) {
                assertEquals(expected[t][i], parameters[i], 2e-7);
            }
            assertEquals(
                    0.02 * rule.scale().factor(shape),
                    report.groups().getFirst().effectiveLearningRate());
        }
    }

    /** σ = 0.6 and 0.8, by hand. */
    @Test
    void aDiagonalMatrixShowsThePolynomial() {
        float[] u = {3, 0, 0, 4};
        run(u, MatrixShape.outputsByInputs(2, 2), Coefficients.JORDAN);
        assertArrayEquals(new float[] {.7228761686f, 0, 0, 1.1192039299f}, u, 1e-6f);
    }

    private static void run(float[] u, MatrixShape shape, Coefficients coefficients) {
        run(FloatSpan.of(u), shape, coefficients);
    }

    private static void run(FloatSpan u, MatrixShape shape, Coefficients coefficients) {
        NewtonSchulz iteration =
                new NewtonSchulz(Workers.caller(), u.length(), Math.min(shape.rows(), shape.columns()));
        iteration.run(u, shape, coefficients);
    }

    @ParameterizedTest
    @EnumSource
    void theIterationIsThatInDouble(Coefficients coefficients) {
        for (int[] size : new int[][] {{2, 2}, {3, 40}, {40, 3}, {64, 129}, {150, 67}, {20, 20}}) {
            MatrixShape shape = MatrixShape.outputsByInputs(size[0], size[1]);
            float[] u = random(size[0] * size[1], size[0]);
            double[] exact = new double[u.length];
            for (int i = 0; i < u.length; i++) {
                // Far from singular, since the iteration multiplies the smallest singular values and their errors by up
                // to 990.
                u[i] += i % (size[1] + 1) == 0 ? 10 : 0;
                exact[i] = u[i];
            }
            exact = MatrixOracles.orthogonal(exact, size[0], size[1], coefficients);
            FloatSpan segment = FloatSpan.of(Arena.ofAuto().allocate(4L * u.length));
            segment.copyFrom(u, 0, 0, u.length);
            run(u, shape, coefficients);
            run(segment, shape, coefficients);
            assertArrayEquals(u, segment.toArray());
            for (int i = 0; i < u.length; i++) {
                assertEquals(exact[i], u[i], 1e-5, coefficients + " " + shape);
            }
        }
    }

    @Test
    void theScaleOfTheGradientHasNoInfluence() {
        MatrixShape shape = MatrixShape.inputsByOutputs(5, 7);
        float[] gradient = random(35, 1), unscaled = new float[35];
        Muon rule = new Muon().withLearningRate(1).withWeightDecay(0);
        Optimizer optimizer = optimizer(unscaled, rule, shape);
        optimizer.step(FloatSpan.of(gradient));
        optimizer.step(FloatSpan.of(random(35, 2)));
        for (double factor : new double[] {0x1p-60, 0x1p60, 1e-30, 1e-15, 1e15, 1e30}) {
            float[] parameters = new float[35];
            Optimizer scaled = optimizer(parameters, rule, shape);
            scaled.step(FloatSpan.of(gradient), factor);
            scaled.step(FloatSpan.of(random(35, 2)), factor);
            boolean exact = factor == 0x1p-60 || factor == 0x1p60;
            assertArrayEquals(unscaled, parameters, exact ? 1e-7f : 2e-4f, "factor " + factor);
        }
        for (float scale : new float[] {1e-36f, 0x1p-100f, 0x1p100f, 1e38f}) {
            float[] u = gradient.clone(), same = gradient.clone();
            for (int i = 0; i < u.length; i++) {
                u[i] *= scale;
            }
            run(u, shape, Coefficients.QUINTIC);
            run(same, shape, Coefficients.QUINTIC);
            assertArrayEquals(same, u, 1e-4f, "scale " + scale);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.lanewise.optim.MuonBitsTest#rules")
    void aZeroGradientMovesNothingButByDecay(MatrixRule rule) {
        float[] parameters = random(12, 3), initial = parameters.clone();
        Optimizer optimizer = optimizer(parameters, rule, MatrixShape.inputsByOutputs(3, 4));
        optimizer.step(FloatSpan.of(new float[12]));
        float shrink = (float) (1 - rule.learningRate().at(0) * rule.weightDecay());
        for (int i = 0; i < 12; i++) {
            assertEquals(initial[i] * shrink, parameters[i]);
        }
    }

    /** The momentum keeps its direction until it is flushed; then the parameters rest. */
    @ParameterizedTest
    @MethodSource("rules")
    void restsWhenTheGradientHasEnded(Muon rule) {
        for (double momentum : new double[] {rule.momentum(), 0.99}) {
            float[] parameters = random(12, 4), before = parameters.clone();
            Optimizer optimizer = optimizer(
                    parameters, rule.withMomentum(momentum).withWeightDecay(0), MatrixShape.inputsByOutputs(3, 4));
            optimizer.step(FloatSpan.of(random(12, 5)));
            optimizer.step(FloatSpan.of(new float[12]));
            assertTrue(momentum == 0 || Math.abs(parameters[0] - before[0]) > 1e-4, "the momentum goes on");
            for (int step = 0; step < 10_000; step++) {
                optimizer.step(FloatSpan.of(new float[12]));
            }
            float[] late = parameters.clone();
            for (int step = 0; step < 1000; step++) {
                optimizer.step(FloatSpan.of(new float[12]));
            }
            assertArrayEquals(late, parameters);
            for (float b : optimizer.state("all", "momentum_buffer").toArray()) {
                assertTrue(b == 0 || Math.abs(b) >= 0x1p-124f, "subnormal: " + b);
            }
        }
    }

    /** Least squares: the step has the same size in all directions, so that a condition number of 1e4 does not matter. */
    @Test
    void solvesAnIllConditionedProblem() {
        int rows = 6, columns = 4;
        float[] target = random(rows * columns, 10), x = new float[rows * columns];
        Muon rule = new Muon(step -> 0.1 * (1 - step / 2000.0)).withWeightDecay(0);
        Optimizer optimizer = optimizer(x, rule, MatrixShape.inputsByOutputs(rows, columns));
        float[] gradient = new float[x.length];
        for (int step = 0; step < 2000; step++) {
            for (int i = 0; i < x.length; i++) {
                gradient[i] = (float) ((x[i] - target[i]) * Math.pow(10, -4.0 * (i / columns) / (rows - 1)));
            }
            optimizer.step(FloatSpan.of(gradient));
        }
        assertArrayEquals(target, x, 0.02f);
    }

    @ParameterizedTest
    @MethodSource("dev.lanewise.optim.MuonBitsTest#rules")
    void aStepAllocatesNothing(MatrixRule rule) {
        FloatSpan gradient = FloatSpan.of(random(70 * 90, 12));
        for (boolean statistics : new boolean[] {false, true}) {
            Optimizer optimizer = optimizer(
                    FloatSpan.of(random(70 * 90, 13)),
                    rule,
                    MatrixShape.inputsByOutputs(70, 90),
                    StepOptions.DEFAULT.withStatistics(statistics));
            Garbage.assertNone(() -> optimizer.step(gradient));
        }
    }
}
