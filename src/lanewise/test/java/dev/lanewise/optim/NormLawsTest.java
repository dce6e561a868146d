package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the papers and the other libraries say of the rules whose steps are scaled by norms. */
class NormLawsTest {
    private static float[] run(UpdateRule rule, float[] initial, float[]... gradients) {
        float[] parameters = initial.clone();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        for (float[] gradient : gradients) {
            optimizer.step(FloatSpan.of(gradient));
        }
        return parameters;
    }

    private static double distance(float[] a, float[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            squares += (a[i] - (double) b[i]) * (a[i] - (double) b[i]);
        }
        return Math.sqrt(squares);
    }

    private static float[] scaled(float[] values, float factor) {
        float[] scaled = values.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= factor;
        }
        return scaled;
    }

    @Test
    void aStepOfLambHasTheRelativeLengthOfTheLearningRate() {
        float[] initial = random(5000, 1), zero = new float[5000];
        for (double decay : new double[] {0, 0.01, 1}) {
            Lamb rule = new Lamb(0.01).withWeightDecay(decay).withAlwaysAdapt(true);
            for (float scale : new float[] {1e-3f, 1, 1e4f}) {
                float[] after = run(rule, initial, scaled(random(5000, 2), scale));
                assertEquals(0.01 * distance(initial, zero), distance(initial, after), 1e-6 * distance(initial, zero));
            }
        }
    }

    @Test
    void withoutDecayLambIsAdamUnlessItAlwaysAdapts() {
        float[] initial = random(300, 3), gradient = random(300, 4), second = random(300, 5);
        Lamb rule = new Lamb().withWeightDecay(0);
        float[] adam = run(new Adam().withEpsilon(1e-6), initial, gradient, second);
        assertArrayEquals(adam, run(rule, initial, gradient, second), 1e-7f);
        assertTrue(distance(adam, run(rule.withAlwaysAdapt(true), initial, gradient, second)) > 1e-4);
    }

    /** Parameters that are all 0 move by the learning rate alone, and grow by it relatively from then on. */
    @Test
    void parametersThatAreZeroHaveTheRatioOne() {
        float[] gradient = {0.5f, -2};
        assertArrayEquals(new float[] {-0.01f, 0.01f}, run(new Lamb(0.01), new float[2], gradient), 1e-6f);
        float[] twice = run(new Lamb(0.01), new float[2], gradient, gradient);
        assertArrayEquals(new float[] {-0.01f * 1.01f, 0.01f * 1.01f}, twice, 1e-6f);
        Lars lars = new Lars(0.1).withMomentum(0);
        assertArrayEquals(new float[] {-0.05f, 0.2f}, run(lars, new float[2], gradient), 1e-8f);
        float[] next = run(lars, new float[2], gradient, gradient);
        assertEquals(0.1 * 1e-3 * Math.hypot(0.05, 0.2), Math.hypot(next[0] + 0.05, next[1] - 0.2), 1e-7);
    }

    /** The norms are 5 of the parameters, and √2 of a first step, whose elements are the signs of the gradient. */
    @Test
    void lambReportsTheRateThatItsRatioMakes() {
        for (boolean clip : new boolean[] {false, true}) {
            Lamb rule = new Lamb(0.01).withWeightDecay(0).withAlwaysAdapt(true).withTrustClip(clip);
            StepReport report =
                    new Optimizer(FloatSpan.of(new float[] {3, 4}), rule).step(FloatSpan.of(new float[] {1, -7}));
            double expected = clip ? 0.01 : 0.01 * 5 / Math.sqrt(2);
            assertEquals(expected, report.groups().getFirst().effectiveLearningRate(), 1e-6);
        }
    }

    /** Optax has the norm of the sum, which is .4998588919 here. */
    @Test
    void larsDividesByTheSumOfTheNorms() {
        Lars rule = new Lars().withWeightDecay(0.01).withEpsilon(0);
        assertEquals(.4998595437, run(rule, new float[] {0.5f, -0.25f}, new float[] {0.1f, -0.4f})[0], 4e-8);
    }

    @Test
    void withoutDecayLarsIsSgdUnlessItAlwaysAdapts() {
        float[] initial = random(300, 6), gradient = random(300, 7), second = random(300, 8);
        Lars rule = new Lars(0.1).withWeightDecay(0);
        float[] sgd = run(new Sgd(0.1).withMomentum(0.9), initial, gradient, second);
        assertArrayEquals(sgd, run(rule, initial, gradient, second));
        assertTrue(distance(sgd, run(rule.withAlwaysAdapt(true), initial, gradient, second)) > 1);
    }

    /** LARC's clipping: a layer has the rate of its ratio, but no more than that of all. */
    @Test
    void trustClipTakesTheSmallerOfRateAndRatio() {
        Lars rule = new Lars(new Constant(0.01), 0, 0, false, 0, 0.1, 0, true, true);
        float[] parameters = {3, 4, 0.3f, 0.4f};
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(new ParameterGroup("a", 0, 2, rule), new ParameterGroup("b", 2, 2, rule)),
                StepOptions.DEFAULT);
        List<StepReport.Group> groups =
                optimizer.step(FloatSpan.of(new float[] {0, 5, 0, 10})).groups();
        assertEquals(0.01, groups.get(0).effectiveLearningRate());
        assertEquals(0.1 * 0.5 / 10, groups.get(1).effectiveLearningRate(), 1e-9);
        assertArrayEquals(new float[] {3, 3.95f, 0.3f, 0.35f}, parameters, 1e-6f);
    }

    /** The norm of a gradient that is clamped in the update is not the one that was taken before. */
    @Test
    void larsRefusesClippingByValue() {
        StepOptions options = StepOptions.DEFAULT.withClipping(Clipping.byValue(1));
        assertEquals(
                "clipping must not be by value with Lars, which needs the norm of the clipped gradient: "
                        + options.clipping(),
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Optimizer(FloatSpan.of(new float[2]), new Lars(), options))
                        .getMessage());
    }
}
