package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an optimizer does around its rules: clipping, scaling, the gate, the report, zeroing, the average. */
class StepOptionsTest {
    private static final Schedule RATE = new Constant(0.1);

    private static FloatSpan span(float... values) {
        return FloatSpan.of(values);
    }

    private static float[] afterStep(float[] parameters, float[] gradients, double factor, StepOptions options) {
        float[] copy = parameters.clone();
        new Optimizer(FloatSpan.of(copy), new Sgd(RATE), options).step(FloatSpan.of(gradients), factor);
        return copy;
    }

    private static double norm(float[] x, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += (double) x[i] * x[i];
        }
        return Math.sqrt(sum);
    }

    @Test
    void clipsValuesOnBothSidesAfterTheFactor() {
        float[] gradients = {-8, -0.5f, 0.5f, 8, Float.NaN};
        assertArrayEquals(
                new float[] {0.2f, 0.1f, -0.1f, -0.2f, Float.NaN},
                afterStep(new float[5], gradients, 2, StepOptions.DEFAULT.withClipping(Clipping.byValue(2))));
        assertArrayEquals(new float[] {-8, -0.5f, 0.5f, 8, Float.NaN}, gradients);
    }

    @Test
    void clipsTheNormAsPyTorchDoes() {
        float[] parameters = random(10_000, 1);
        float[] gradients = random(10_000, 2);
        double norm = norm(gradients, 0, 10_000);
        assertArrayEquals(
                afterStep(parameters, gradients, 3 * (5 / (3 * norm + 1e-6)), StepOptions.DEFAULT),
                afterStep(parameters, gradients, 3, StepOptions.DEFAULT.withClipping(Clipping.byNorm(5))),
                1e-6f);
        assertArrayEquals(
                afterStep(parameters, gradients, 3, StepOptions.DEFAULT),
                afterStep(parameters, gradients, 3, StepOptions.DEFAULT.withClipping(Clipping.byNorm(3 * norm + 1))));
    }

    @Test
    void clipsTheNormOfEachGroup() {
        float[] parameters = new float[4];
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(new ParameterGroup("a", 0, 2, new Sgd(RATE)), new ParameterGroup("b", 2, 2, new Sgd(RATE))),
                StepOptions.DEFAULT.withClipping(Clipping.byGroupNorm(1)));
        StepReport report = optimizer.step(span(30, 40, 0.3f, 0.4f));
        assertArrayEquals(new float[] {-0.06f, -0.08f, -0.03f, -0.04f}, parameters, 1e-7f);
        assertEquals(50, report.group("a").gradientNorm(), 1e-6);
        assertEquals(0.5, report.group("b").gradientNorm(), 1e-6);
    }

    @Test
    void skipsWhatIsNotFiniteAndDoesNotCountIt() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] parameters = {1, 2, 3};
            List<Long> asked = new ArrayList<>();
            Optimizer optimizer = new Optimizer(
                    FloatSpan.of(parameters),
                    new AdamW(step -> {
                        asked.add(step);
                        return 0.1;
                    }),
                    StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP));
            assertTrue(optimizer.step(span(1, 1, 1)).applied());
            float[] before = parameters.clone();
            float[] moment = optimizer.state("all", "exp_avg").toArray();
            StepReport report = optimizer.step(span(1, bad, 1));
            assertFalse(report.applied());
            assertEquals(1, report.skipped());
            assertEquals(1, report.group("all").nonFinite());
            assertArrayEquals(before, parameters);
            assertArrayEquals(moment, optimizer.state("all", "exp_avg").toArray());
            assertEquals(1, optimizer.steps());
            assertTrue(optimizer.step(span(1, 1, 1)).applied());
            assertEquals(0, optimizer.step(span(1, 1, 1)).skipped());
            assertEquals(List.of(0L, 1L, 1L, 2L), asked);
        }
    }

    @Test
    void hugeGradientsAreFinite() {
        float[] parameters = new float[2];
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                new Sgd(1e-30),
                StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.THROW));
        assertEquals(Math.hypot(3e38, 3e38), optimizer.step(span(3e38f, 3e38f)).gradientNorm(), 1e32);
        assertTrue(parameters[0] < 0);
    }

    @Test
    void throwsWithTheNameOfTheGroup() {
        float[] parameters = {1, 2, 3};
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(
                        new ParameterGroup("layers.0.weight", 0, 1, new Sgd(RATE)),
                        new ParameterGroup("layers.0.bias", 1, 2, new Sgd(RATE))),
                StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.THROW));
        assertEquals(
                "the gradient of group layers.0.bias has 2 values that are not finite, at step 0",
                assertThrows(
                                ArithmeticException.class,
                                () -> optimizer.step(span(1, Float.NaN, Float.POSITIVE_INFINITY)))
                        .getMessage());
        assertArrayEquals(new float[] {1, 2, 3}, parameters);
    }

    @Test
    void skipsOnlySoOften() {
        Optimizer optimizer = new Optimizer(
                span(1),
                new Sgd(RATE),
                StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP).withSkipLimit(2));
        FloatSpan bad = span(Float.NaN);
        optimizer.step(bad);
        optimizer.step(bad);
        assertEquals(
                "more than 2 steps were skipped one after another: the gradient of group all has 1 values that are not"
                        + " finite, at step 0",
                assertThrows(IllegalStateException.class, () -> optimizer.step(bad))
                        .getMessage());
    }

    @Test
    void theLossScaleIsDividedOutAndAdapts() {
        LossScale scale = new LossScale(1024);
        float[] parameters = {0};
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), new Sgd(RATE), StepOptions.DEFAULT.withLossScale(scale));
        optimizer.step(span(1024));
        assertEquals(-0.1f, parameters[0]);
        optimizer.step(span(Float.POSITIVE_INFINITY));
        assertEquals(-0.1f, parameters[0]);
        assertEquals(512, scale.scale());
        for (int i = 0; i < 2000; i++) {
            optimizer.step(span(0));
        }
        assertEquals(1024, scale.scale());
    }

    @Test
    void copiesOfAReportStayAsTheyAre() {
        Optimizer optimizer = new Optimizer(
                span(1, 2),
                List.of(new ParameterGroup("a", 0, 1, new Sgd(RATE)), new ParameterGroup("b", 1, 1, new Sgd(RATE))),
                StepOptions.DEFAULT.withStatistics(true).withNonFinitePolicy(NonFinitePolicy.SKIP));
        StepReport first = optimizer.step(span(3, 4)).copy();
        String text = first.toString();
        assertEquals(optimizer.report().toString(), text);
        StepReport skipped = optimizer.step(span(Float.NaN, 1)).copy();
        assertEquals(1, skipped.skipped());
        assertEquals(1, skipped.group("a").nonFinite());
        optimizer.step(span(1, 1));
        assertNotEquals(optimizer.report().toString(), text);
        assertEquals(text, first.toString());
        assertTrue(first.applied());
        assertEquals(5, first.gradientNorm());
        assertEquals(0.1, first.group("b").learningRate());
        assertFalse(skipped.applied());
        assertEquals(1, skipped.skipped());
    }

    @Test
    void reportsWhatTheStepDid() {
        float[] parameters = random(50_001, 3);
        float[] gradients = random(50_001, 4);
        gradients[7] = Float.NaN;
        float[] before = parameters.clone();
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(
                        new ParameterGroup("a", 0, 17, new AdamW(RATE)),
                        new ParameterGroup("b", 20, 49_981, new AdamW(RATE))),
                StepOptions.DEFAULT.withStatistics(true));
        StepReport report = optimizer.step(FloatSpan.of(gradients), -2);
        float[] update = new float[parameters.length];
        float largest = 0;
        for (int i = 20; i < update.length; i++) {
            update[i] = parameters[i] - before[i];
            largest = Math.max(largest, Math.abs(update[i]));
        }
        StepReport.Group b = report.group("b");
        assertEquals(2 * norm(gradients, 20, 50_001), b.gradientNorm(), 1e-4);
        assertEquals(norm(update, 20, 50_001), b.updateNorm(), 1e-5);
        assertEquals(norm(before, 20, 50_001), b.parameterNorm(), 1e-4);
        assertEquals(b.updateNorm() / b.parameterNorm(), b.updateRatio());
        assertEquals(largest, b.largestUpdate());
        assertEquals(0, b.nonFinite());
        assertEquals(0.1, b.learningRate());
        StepReport.Group a = report.group("a");
        assertEquals(1, a.nonFinite());
        assertTrue(Double.isNaN(a.gradientNorm()) && Double.isNaN(a.updateNorm()) && Double.isNaN(a.largestUpdate()));
        assertEquals(norm(before, 0, 17), a.parameterNorm(), 1e-6);
        assertEquals(1, report.step());
    }

    @Test
    void theRatioOfZeroParametersIsUndefined() {
        Optimizer optimizer = new Optimizer(span(0, 0), new Sgd(RATE), StepOptions.DEFAULT.withStatistics(true));
        assertTrue(Double.isNaN(optimizer.step(span(1, 1)).groups().getFirst().updateRatio()));
    }

    /** Everything at once, on every storage and number of threads: the same bits, in the report too. */
    @Test
    void nothingDependsOnThreadsOrStorage() {
        int n = 200_003;
        String expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            for (String storage : List.of("array", "native", "bytes", "confined")) {
                try (Arena arena = Arena.ofConfined();
                        Workers workers = Workers.of(threads)) {
                    FloatSpan parameters = on(storage, random(n, 5), arena);
                    FloatSpan gradients = on(storage, random(n, 6), arena);
                    Optimizer optimizer = new Optimizer(
                            parameters,
                            List.of(
                                    new ParameterGroup("a", 3, 70_000, new AdamW(RATE)),
                                    new ParameterGroup("b", 70_003, 1, new AdamW(RATE)),
                                    new ParameterGroup("c", 70_010, 129_000, new AdamW(RATE))),
                            StepOptions.DEFAULT
                                    .withWorkers(workers)
                                    .withClipping(Clipping.byNorm(3))
                                    .withNonFinitePolicy(NonFinitePolicy.SKIP)
                                    .withStatistics(true)
                                    .withAverageDecay(0.9));
                    optimizer.step(gradients);
                    String report = optimizer.step(gradients).toString()
                            + java.util.Arrays.hashCode(parameters.toArray())
                            + java.util.Arrays.hashCode(optimizer.average().toArray());
                    expected = expected == null ? report : expected;
                    assertEquals(expected, report, storage + ", threads " + threads);
                }
            }
        }
    }

    private static FloatSpan on(String storage, float[] values, Arena confined) {
        MemorySegment from = MemorySegment.ofArray(values);
        return switch (storage) {
            case "array" -> FloatSpan.of(values);
            case "native" ->
                FloatSpan.of(Arena.ofAuto().allocate(from.byteSize()).copyFrom(from));
            case "confined" -> FloatSpan.of(confined.allocate(from.byteSize()).copyFrom(from));
            default ->
                FloatSpan.of(
                        MemorySegment.ofArray(new byte[(int) from.byteSize()]).copyFrom(from));
        };
    }

    @Test
    void setsGradientsToZeroInTheSamePass() {
        float[] gradients = random(5000, 7);
        float[] parameters = new float[5000];
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(new ParameterGroup("a", 10, 4980, new Sgd(RATE))),
                StepOptions.DEFAULT.withZeroGradients(true));
        float first = gradients[9];
        float expected = -gradients[10] * 0.1f;
        optimizer.step(FloatSpan.of(gradients));
        assertEquals(expected, parameters[10]);
        assertEquals(0, norm(gradients, 10, 4990));
        assertEquals(first, gradients[9]);
        assertEquals(
                "gradients must be writable when zeroGradients is set",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> optimizer.step(FloatSpan.of(
                                        MemorySegment.ofArray(gradients).asReadOnly())))
                        .getMessage());
    }

    @Test
    void averagesTheParameters() {
        float[] parameters = {1, 2};
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), new Sgd(RATE), StepOptions.DEFAULT.withAverageDecay(0.75));
        optimizer.step(span(10, -10));
        assertArrayEquals(new float[] {0, 3}, parameters);
        assertArrayEquals(new float[] {0.75f, 2.25f}, optimizer.average().toArray());
        assertEquals(
                "averageDecay must be below 1 for an average: 1.0",
                assertThrows(IllegalStateException.class, () -> new Optimizer(span(1), new Sgd()).average())
                        .getMessage());
    }

    @Test
    void allocatesNothing() {
        FloatSpan gradients = FloatSpan.of(random(20_003, 9));
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(random(20_003, 8)),
                new AdamW(RATE),
                StepOptions.DEFAULT
                        .withClipping(Clipping.byNorm(1))
                        .withNonFinitePolicy(NonFinitePolicy.SKIP)
                        .withStatistics(true)
                        .withZeroGradients(true)
                        .withAverageDecay(0.99));
        Garbage.assertNone(() -> optimizer.step(gradients));
    }

    @Test
    void saysWhatIsWrong() {
        assertMessage("limit must be positive: 0.0", () -> Clipping.byNorm(0));
        assertMessage("limit must be positive: NaN", () -> Clipping.byValue(Double.NaN));
        assertMessage("averageDecay must be in [0, 1]: 1.5", () -> StepOptions.DEFAULT.withAverageDecay(1.5));
        assertMessage("skipLimit must not be negative: -1", () -> StepOptions.DEFAULT.withSkipLimit(-1));
        assertMessage("scale must be positive and finite: NaN", () -> new LossScale(Double.NaN));
        assertMessage(
                "nonFinitePolicy must be SKIP with a lossScale: THROW",
                () -> StepOptions.DEFAULT.withLossScale(new LossScale()).withNonFinitePolicy(NonFinitePolicy.THROW));
        assertMessage(
                "gradientFactor must be finite: NaN",
                () -> new Optimizer(span(1), new Sgd()).step(span(1), Double.NaN));
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
