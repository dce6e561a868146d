package dev.lanewise.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.tune.LearningRateRangeTest.Point;
import dev.lanewise.tune.LearningRateRangeTest.Result;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class LearningRateRangeTestTest {
    private static final Runnable NOTHING = () -> {};

    @Test
    void ratesGrowByOneFactorFromTheFirstToTheLast() {
        List<Point> points = new LearningRateRangeTest(1e-4, 1, 5, 0.5, 4)
                .run((rate, step) -> 5 - step, List.of(), NOTHING)
                .points();
        double[] rates = points.stream().mapToDouble(Point::learningRate).toArray();
        assertArrayEquals(new double[] {1e-4, 1e-3, 1e-2, 1e-1, 1}, rates, 1e-15);
        assertEquals(1, rates[4]);
    }

    /** The expected values are calculated by hand: 5; (5 + 2 · 4) / 3; (5 + 2 · 4 + 4 · 3) / 7. */
    @Test
    void smoothingIsNotDrawnTowardsZero() {
        List<Point> points = new LearningRateRangeTest(1e-4, 1, 3, 0.5, 4)
                .run((rate, step) -> 5 - step, List.of(), NOTHING)
                .points();
        double[] smoothed = points.stream().mapToDouble(Point::smoothed).toArray();
        assertArrayEquals(new double[] {5, 13 / 3.0, 25 / 7.0}, smoothed, 1e-15);
        assertArrayEquals(
                new double[] {5, 4, 3}, points.stream().mapToDouble(Point::loss).toArray());
    }

    @Test
    void stopsAtFourTimesTheLowestLoss() {
        double[] losses = {2, 1, 4, 4.1, 1, 1};
        LearningRateRangeTest test = new LearningRateRangeTest(1e-4, 1, 6, 0, 4);
        assertEquals(
                4,
                test.run((rate, step) -> losses[(int) step], List.of(), NOTHING)
                        .points()
                        .size());
        losses[3] = Double.NaN;
        assertEquals(
                4,
                test.run((rate, step) -> losses[(int) step], List.of(), NOTHING)
                        .points()
                        .size());
    }

    /** The curve turns where the rate passes 2 / λmax, here 0.1. The suggested rates must train. */
    @Test
    void suggestsLessThanTheLimitOfAQuadratic() {
        Quadratic quadratic = new Quadratic(0, 20, 5, 1);
        Result result = new LearningRateRangeTest(1e-5, 10, 200, 0.9, 4)
                .run((rate, step) -> quadratic.step(rate), List.of(FloatSpan.of(quadratic.weights)), NOTHING);
        assertTrue(result.points().size() < 200, "must blow up");
        for (OptionalDouble suggestion : List.of(result.valley(), result.steep(), result.minimum(), result.slide())) {
            assertTrue(suggestion.getAsDouble() < 0.1 && suggestion.getAsDouble() > 1e-4, result::toString);
        }
        double last = result.points().getLast().learningRate();
        assertTrue(last > 0.1 && last < 1, "blows up above the limit and soon: " + last);
    }

    @Test
    void leavesNoTrace() {
        Quadratic quadratic = new Quadratic(0.9, 3, 1);
        quadratic.step(0.1);
        float[] weights = quadratic.weights.clone();
        float[] velocity = quadratic.velocity.clone();
        List<FloatSpan> state = List.of(FloatSpan.of(quadratic.weights), FloatSpan.of(quadratic.velocity));
        LearningRateRangeTest test = new LearningRateRangeTest();
        Result first = test.run((rate, step) -> quadratic.step(rate), state, () -> quadratic.steps = 1);
        assertArrayEquals(weights, quadratic.weights);
        assertArrayEquals(velocity, quadratic.velocity);
        assertEquals(1, quadratic.steps);
        assertEquals(first, test.run((rate, step) -> quadratic.step(rate), state, () -> quadratic.steps = 1));
    }

    @Test
    void leavesNoTraceWhenAStepThrows() {
        Quadratic quadratic = new Quadratic(0, 1);
        RuntimeException planted = new RuntimeException("planted");
        TrainingStep training = (rate, step) -> {
            quadratic.step(0.5);
            if (step == 3) {
                throw planted;
            }
            return 1;
        };
        List<FloatSpan> state = List.of(FloatSpan.of(quadratic.weights));
        assertSame(
                planted,
                assertThrows(
                        RuntimeException.class,
                        () -> new LearningRateRangeTest().run(training, state, () -> quadratic.steps = 0)));
        assertArrayEquals(new float[] {1}, quadratic.weights);
        assertEquals(0, quadratic.steps);
    }

    @Test
    void leavesNoTraceInAnOptimizer() {
        float[] parameters = {1, -2, 0.5f};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW(0.25), StepOptions.DEFAULT);
        int[] batch = {0};
        TrainingStep training = (rate, step) -> {
            assertEquals(step, batch[0]++);
            optimizer.setLearningRate(rate);
            double loss = 0;
            float[] gradients = new float[3];
            for (int i = 0; i < 3; i++) {
                loss += parameters[i] * parameters[i] / 2;
                gradients[i] = parameters[i];
            }
            optimizer.step(FloatSpan.of(gradients));
            return loss;
        };
        List<ParameterGroup> groups = optimizer.groups();
        Snapshot start = new Snapshot(optimizer, () -> batch[0] = 0);
        Result first = new LearningRateRangeTest().run(training, start);
        assertTrue(first.points().size() > 50);
        assertArrayEquals(new float[] {1, -2, 0.5f}, parameters);
        assertArrayEquals(new float[3], optimizer.state("all", "exp_avg").toArray());
        assertEquals(0, optimizer.steps());
        assertEquals(groups, optimizer.groups());
        assertEquals(first, new LearningRateRangeTest().run(training, start));
    }

    /** The expected values are those of fastai's four functions in NumPy for the curve of {@link #planted}. */
    @Test
    void suggestsWhatFastaiDoes() {
        assertSuggestions(
                planted(100), 0.010235310218990268, 1.047615752789665e-05, 0.029150530628251757, 0.004037017258596558);
    }

    /** fastai drops the last five steps of the run, and then all steps from the first NaN on. */
    @Test
    void aCurveThatEndsInNaNIsReadUpToThere() {
        assertEquals(98, planted(97).points().size());
        assertSuggestions(
                planted(97), 0.010235310218990268, 1.047615752789665e-05, 0.029150530628251757, 0.004037017258596558);
        assertEquals(81, planted(80).points().size());
        assertSuggestions(
                planted(80), 0.005857020818056661, 1.047615752789665e-05, 0.011497569953977356, 0.004037017258596558);
    }

    private static void assertSuggestions(Result result, double valley, double slide, double minimum, double steep) {
        assertEquals(valley, result.valley().getAsDouble(), 1e-12 * valley);
        assertEquals(slide, result.slide().getAsDouble(), 1e-12 * slide);
        assertEquals(minimum, result.minimum().getAsDouble(), 1e-12 * minimum);
        assertEquals(steep, result.steep().getAsDouble(), 1e-12 * steep);
    }

    @Test
    void suggestsNothingFromTooFewPoints() {
        Result result = new LearningRateRangeTest(1e-4, 1, 4, 0, 4).run((rate, step) -> 1, List.of(), NOTHING);
        for (OptionalDouble suggestion : List.of(result.valley(), result.slide(), result.minimum(), result.steep())) {
            assertEquals(OptionalDouble.empty(), suggestion);
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertMessage("from must be finite and above 0: 0.0", () -> new LearningRateRangeTest(0, 1, 9, 0.9, 4));
        assertMessage("to must be finite and above from: 1.0", () -> new LearningRateRangeTest(1, 1, 9, 0.9, 4));
        assertMessage(
                "to / from must be finite: 10.0 / 1.0E-320", () -> new LearningRateRangeTest(1e-320, 10, 9, 0.9, 4));
        assertMessage("steps must be at least 2: 1", () -> new LearningRateRangeTest(1, 2, 1, 0.9, 4));
        assertMessage("smoothing must be in [0, 1): 1.0", () -> new LearningRateRangeTest(1, 2, 9, 1, 4));
        assertMessage("stop must be above 1: NaN", () -> new LearningRateRangeTest(1, 2, 9, 0.9, Double.NaN));
    }

    /** Returns a curve that falls logistically around step 58, with a ripple, rises from step 80 on, and is NaN from a given step on. */
    private static Result planted(int nan) {
        return new LearningRateRangeTest(1e-7, 10, 100, 0, 4)
                .run(
                        (rate, i) -> i >= nan
                                ? Double.NaN
                                : 0.5
                                        + 2 / (1 + StrictMath.exp((i - 58) / 4.0))
                                        + 0.02 * (i * 7 % 5)
                                        + (i > 80 ? 0.002 * (i - 80) * (i - 80) : 0),
                        List.of(),
                        NOTHING);
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
