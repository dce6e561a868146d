package dev.lanewise.optim;

import static dev.lanewise.optim.AdafactorTest.transposed;
import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.MatrixShape.FanOut;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Adaptive gradient clipping: {@link Clipping#byUnit}. The trajectories of timm are in {@link GoldenTrajectoriesTest}. */
class UnitClippingTest {
    private static final StepOptions OPTIONS = StepOptions.DEFAULT.withClipping(Clipping.byUnit(0.01));
    private static final Sgd SGD = new Sgd(1);

    private static float[] step(float[] parameters, float[] gradient, MatrixShape shape, StepOptions options) {
        float[] after = parameters.clone();
        MuonTest.optimizer(FloatSpan.of(after), SGD, shape, options).step(FloatSpan.of(gradient));
        return after;
    }

    /** What was subtracted, which is the clipped gradient. */
    private static float[] clipped(float[] parameters, float[] gradient, MatrixShape shape) {
        float[] after = step(parameters, gradient, shape, OPTIONS);
        for (int i = 0; i < after.length; i++) {
            after[i] = parameters[i] - after[i];
        }
        return after;
    }

    /** Norms of 0.5 and 0.02 at the limit 0.01 give the factor 0.25. */
    @Test
    void workedOutByHand() {
        float[] vector = {.3f, .4f}, gradient = {.012f, .016f};
        assertArrayEquals(new float[] {.003f, .004f}, clipped(vector, gradient, null), 3e-8f);
        // A vector is one unit, whatever the axis.
        assertArrayEquals(
                new float[] {.003f, .004f}, clipped(vector, gradient, MatrixShape.outputsByInputs(2, 1)), 3e-8f);
        assertArrayEquals(new float[] {.0003f, .0004f}, clipped(vector, new float[] {.0003f, .0004f}, null), 3e-8f);
        // Parameters of 0 count as a norm of 1e-3.
        assertArrayEquals(new float[] {6e-6f, 8e-6f}, clipped(new float[2], gradient, null), 1e-11f);
    }

    /** The outputs are the rows in one layout, and the columns in the other. */
    @Test
    void theUnitIsAnOutput() {
        float[] parameters = {.3f, .4f, .3f, .4f, 0, 0}, gradient = {.012f, .016f, .0003f, .0004f, 3, 4};
        float[] expected = {.003f, .004f, .0003f, .0004f, 6e-6f, 8e-6f};
        assertArrayEquals(expected, clipped(parameters, gradient, MatrixShape.outputsByInputs(3, 2)), 3e-8f);
        assertArrayEquals(
                transposed(expected, 3, 2),
                clipped(transposed(parameters, 3, 2), transposed(gradient, 3, 2), MatrixShape.inputsByOutputs(2, 3)),
                3e-8f);
        float[] otherAxis = clipped(parameters, gradient, MatrixShape.inputsByOutputs(3, 2));
        assertNotEquals(expected[2], otherAxis[2], 1e-5f);
    }

    /** The limit is that of the gradient after its factor, so that a loss scale changes nothing but roundings. */
    @Test
    void theFactorOfTheGradientComesFirst() {
        float[] parameters = random(300, 1), gradient = random(300, 2), scaled = gradient.clone();
        for (int i = 0; i < 300; i++) {
            scaled[i] *= 1024;
        }
        float[] expected = step(parameters, gradient, MatrixShape.inputsByOutputs(20, 15), OPTIONS);
        float[] actual = parameters.clone();
        MuonTest.optimizer(FloatSpan.of(actual), SGD, MatrixShape.inputsByOutputs(20, 15), OPTIONS)
                .step(FloatSpan.of(scaled), 1.0 / 1024);
        assertArrayEquals(expected, actual, 1e-9f);
    }

    /** Groups of several units and one in which nothing is clipped, in any memory, with statistics, on any threads. */
    @Test
    void hasOneResultInAnyMemoryOnAnyThreads() {
        int n = 3 * 5000 + 40 * 300 + 300 * 40 + 7;
        float[] initial = random(n, 3), gradient = random(n, 4);
        for (int i = n - 7; i < n; i++) {
            gradient[i] *= 1e-6f;
        }
        for (UpdateRule rule : List.of(new Sgd(0.1).withMomentum(0.9), new AdamW(), new Lamb())) {
            List<ParameterGroup> groups = List.of(
                    new ParameterGroup("vector", 0, 15_000, rule),
                    new ParameterGroup("rows", 15_000, 12_000, rule).withShape(MatrixShape.outputsByInputs(40, 300)),
                    new ParameterGroup("columns", 27_000, 12_000, rule)
                            .withShape(new MatrixShape(300, 40, FanOut.COLUMNS)),
                    new ParameterGroup("small", 39_000, 7, rule));
            float[] expected = null;
            for (int threads = 1; threads <= 3; threads++) {
                try (Workers workers = Workers.of(threads);
                        Arena confined = Arena.ofConfined()) {
                    FloatSpan array = FloatSpan.of(new float[n]), segment = FloatSpan.of(confined.allocate(4L * n));
                    for (FloatSpan parameters : List.of(array, segment)) {
                        parameters.copyFrom(initial, 0, 0, n);
                        StepOptions options = OPTIONS.withWorkers(workers).withStatistics(threads == 2);
                        Optimizer optimizer = new Optimizer(parameters, groups, options);
                        for (int step = 0; step < 3; step++) {
                            optimizer.step(FloatSpan.of(gradient));
                        }
                        expected = expected == null ? parameters.toArray() : expected;
                        assertArrayEquals(expected, parameters.toArray(), rule + " " + threads);
                    }
                }
            }
        }
    }

    /** The report has the norm of the gradient as it came. */
    @Test
    void theStatisticsAreThoseOfTheGradientBeforeClipping() {
        float[] parameters = random(5000, 5), gradient = random(5000, 6);
        StepReport expected = new Optimizer(
                        FloatSpan.of(parameters.clone()), SGD, StepOptions.DEFAULT.withStatistics(true))
                .step(FloatSpan.of(gradient));
        StepReport report =
                new Optimizer(FloatSpan.of(parameters), SGD, OPTIONS.withStatistics(true)).step(FloatSpan.of(gradient));
        // Without clipping the squares are those of floats.
        assertEquals(expected.gradientNorm(), report.gradientNorm(), 1e-6 * expected.gradientNorm());
        assertTrue(report.groups().getFirst().updateNorm()
                < 0.02 * expected.groups().getFirst().updateNorm());
    }

    /** Adafactor's factors are those of the clipped gradient, and the gradient may be bf16. */
    @Test
    void everyReaderOfTheGradientGetsTheClippedOne() {
        MatrixShape shape = MatrixShape.inputsByOutputs(30, 20);
        float[] initial = random(600, 7), gradient = random(600, 8);
        Bf16Span halves = Bf16Span.of(new short[600]);
        halves.copyFrom(FloatSpan.of(gradient));
        halves.copyTo(FloatSpan.of(gradient));
        for (UpdateRule rule : List.of(new Adafactor(), new Muon(0.1), new AdamW())) {
            float[] one = initial.clone(), two = initial.clone(), three = initial.clone();
            Optimizer clipping = MuonTest.optimizer(FloatSpan.of(one), rule, shape, OPTIONS);
            Optimizer half = MuonTest.optimizer(FloatSpan.of(two), rule, shape, OPTIONS);
            Optimizer plain = MuonTest.optimizer(FloatSpan.of(three), rule, shape, StepOptions.DEFAULT);
            for (int step = 0; step < 3; step++) {
                float[] zero = new float[600], units = gradient.clone();
                clip(three, units, 20);
                clipping.step(FloatSpan.of(gradient));
                half.step(halves, 1);
                plain.step(FloatSpan.of(units));
                assertArrayEquals(one, two);
                assertArrayEquals(three, one, 1e-6f, rule.toString());
                assertArrayEquals(zero, new float[600]);
            }
        }
    }

    private static void clip(float[] parameters, float[] gradient, int columns) {
        for (int j = 0; j < columns; j++) {
            double p = 0, g = 0;
            for (int i = j; i < gradient.length; i += columns) {
                p += (double) parameters[i] * parameters[i];
                g += (double) gradient[i] * gradient[i];
            }
            float factor = (float) Math.min(1, 0.01 * Math.max(Math.sqrt(p), 1e-3) / Math.sqrt(g));
            for (int i = j; i < gradient.length; i += columns) {
                gradient[i] *= factor;
            }
        }
    }

    @Test
    void aNaNStaysInItsUnit() {
        float[] parameters = random(12, 9), gradient = random(12, 10);
        gradient[5] = Float.NaN;
        float[] after = step(parameters, gradient, MatrixShape.outputsByInputs(3, 4), OPTIONS);
        for (int i = 0; i < 12; i++) {
            assertEquals(i / 4 == 1, Float.isNaN(after[i]), "element " + i);
        }
        // Such gradients are skipped before the norms are taken.
        assertArrayEquals(
                parameters,
                step(
                        parameters,
                        gradient,
                        MatrixShape.outputsByInputs(3, 4),
                        OPTIONS.withNonFinitePolicy(NonFinitePolicy.SKIP)));
    }

    @Test
    void aFrozenGroupRests() {
        float[] parameters = random(8, 11), initial = parameters.clone();
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(new ParameterGroup("a", 0, 4, SGD, true), new ParameterGroup("b", 4, 4, SGD)),
                OPTIONS);
        optimizer.step(FloatSpan.of(random(8, 12)));
        assertArrayEquals(Arrays.copyOf(initial, 4), Arrays.copyOf(parameters, 4));
        assertNotEquals(initial[4], parameters[4]);
    }

    @Test
    void aStepAllocatesNothing() {
        FloatSpan gradient = FloatSpan.of(random(70 * 90, 13));
        Optimizer optimizer = MuonTest.optimizer(
                FloatSpan.of(random(70 * 90, 14)), SGD, MatrixShape.inputsByOutputs(70, 90), OPTIONS);
        Garbage.assertNone(() -> optimizer.step(gradient));
    }

    @Test
    void refusesWhatItCannotClip() {
        FloatSpan parameters = FloatSpan.of(new float[8]);
        assertMessage("limit must be positive: 0.0", () -> Clipping.byUnit(0));
        assertMessage("leastNorm must be finite and above 0: 0.0", () -> Clipping.byUnit(0.01, 0));
        assertMessage("leastNorm must be finite and above 0: NaN", () -> Clipping.byUnit(0.01, Double.NaN));
        assertMessage("leastNorm must be 0 with clipping by NORM: 1.0", () -> new Clipping(Clipping.Kind.NORM, 1, 1));
        assertMessage(
                "clipping must not be by unit with NovoGrad, which needs the norm of the clipped gradient: "
                        + OPTIONS.clipping(),
                () -> new Optimizer(parameters, new NovoGrad(), OPTIONS));
        assertMessage(
                "clipping must be of another kind in a row optimizer: " + OPTIONS.clipping(),
                () -> new RowOptimizer(parameters, 2, new SparseAdam(), OPTIONS));
        Shard shard = new Shard(16, List.of(new ParameterGroup("all", 0, 16, SGD)), 0, 2);
        assertMessage(
                "clipping must be of another kind where the parameters are divided among 2 ranks, since a unit may be"
                        + " in two of them: " + OPTIONS.clipping(),
                () -> new Optimizer(FloatSpan.of(new float[(int) shard.length()]), shard, OPTIONS));
    }

    private static void assertMessage(String message, Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}
