package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import org.junit.jupiter.api.Test;

/** What tells the authors' {@link AdaBelief}, {@link AdEMAMix}, {@link Adan} and {@link Adopt} from others under the same names. */
class MomentRulesTest {
    private static final float[][] GRADIENTS = {{0.1f, -0.4f}, {0.3f, 0.2f}, {-0.2f, 0}};

    /** The parameters after some of the gradients, from (0.5, −0.25). */
    private static float[] after(int steps, UpdateRule rule) {
        float[] parameters = {0.5f, -0.25f};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        for (int t = 0; t < steps; t++) {
            optimizer.step(FloatSpan.of(GRADIENTS[t]));
        }
        return parameters;
    }

    /** How many learning rates long the step number {@code steps} of one parameter is, whose gradient is always the same. */
    private static double step(UpdateRule rule, float gradient, int steps) {
        float[] parameters = {0};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        for (int t = 1; t <= steps; t++) {
            parameters[0] = 0;
            optimizer.step(FloatSpan.of(new float[] {gradient}));
        }
        return -parameters[0] / rule.learningRate().at(0);
    }

    /** The half-life that the warmup interpolates is that of β₃ + 1e-8, which must stay below 1. */
    @Test
    void theWarmupOfAdEMAMixTakesABeta3NextToOne() {
        AdEMAMix rule = new AdEMAMix().withBetas(0.9, 0.999, Math.nextDown(1.0)).withBeta3Warmup(10);
        for (float x : after(3, rule)) {
            assertTrue(Math.abs(x) < 1, "parameter " + x);
        }
    }

    /** Optax 0.2.9 has 1 − β₂ in its place twice, and goes to (0.49811, −0.24878). */
    @Test
    void adansSecondStepWeighsTheDifferenceByBeta2() {
        assertArrayEquals(new float[] {.4981525380f, -.2493159004f}, after(2, new Adan()), 1e-7f);
    }

    /** The first gradient has none before it: its step is the learning rate, and its difference is not g − 0. */
    @Test
    void adansFirstDifferenceIsZero() {
        float[] parameters = {1, 1};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new Adan());
        optimizer.step(FloatSpan.of(GRADIENTS[0]));
        assertArrayEquals(new float[2], optimizer.state("all", "exp_avg_diff").toArray());
        assertArrayEquals(
                new float[] {-0.1f, 0.4f},
                optimizer.state("all", "neg_pre_grad").toArray());
        assertArrayEquals(new float[] {0.999f, 1.001f}, parameters, 1e-7f);
    }

    @Test
    void adanTakesTheDifferenceFromTheLastAppliedStep() {
        float[] parameters = {0.5f, -0.25f};
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters), new Adan(), StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP));
        optimizer.step(FloatSpan.of(GRADIENTS[0]));
        optimizer.step(FloatSpan.of(new float[] {Float.NaN, 7}));
        optimizer.step(FloatSpan.of(GRADIENTS[1]));
        assertArrayEquals(after(2, new Adan()), parameters);
    }

    /** Where n / (1 − β₁) takes its place, as in pytorch_optimizer, the first step ends at 0.4989950. */
    @Test
    void adEMAMixDoesNotCorrectTheBiasOfTheSlowAverage() {
        assertArrayEquals(new float[] {.4989995001f, -.2489995000f}, after(1, new AdEMAMix().withAlpha(5)), 1e-7f);
    }

    @Test
    void adEMAMixsStepsGrowWhileTheSlowAverageFills() {
        UpdateRule rule = new AdEMAMix().withAlpha(5);
        assertEquals(1.0005, step(rule, 0.01f, 1), 1e-4);
        assertEquals(1.476, step(rule, 0.01f, 1_000), 1e-3);
        assertEquals(4.16, step(rule, 0.01f, 10_000), 1e-2);
        assertEquals(6.0, step(rule, 0.01f, 100_000), 1e-2);
    }

    @Test
    void adEMAMixsWarmupsEndAtTheirValues() {
        UpdateRule rule = new AdEMAMix().withAlpha(8).withBeta3Warmup(100).withAlphaWarmup(40);
        float[] weights = weights(rule, 50);
        // Halfway in half-life from 0.9 to 0.9999, not the mean.
        assertEquals(1 - 0.9998, weights[0], 1e-6);
        assertEquals(8 * 1e-3, weights[1], 1e-8);
        assertEquals(8 * 1e-3 / 4, weights(rule, 10)[1], 1e-8);
        assertEquals((float) (1 - 0.9999), weights(rule, 100)[0]);
        assertEquals((float) (1 - 0.9999), weights(rule.withLearningRate(step -> 1e-3), 101)[0]);
    }

    /** The weights at a step of the gradient in the slow average, and of that average in the step. */
    private static float[] weights(UpdateRule rule, long number) {
        StepConstants step = new StepConstants(new ParameterGroup("all", 0, 1, rule), number - 1, new double[0]);
        step.prepare(number - 1);
        step.compute(1, true);
        return new float[] {step.coefficients[3], step.coefficients[7]};
    }

    @Test
    void adaBeliefRefusesClippingByValue() {
        StepOptions options = StepOptions.DEFAULT.withClipping(Clipping.byValue(1));
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class,
                () -> new Optimizer(FloatSpan.of(new float[2]), new AdaBelief(), options));
        assertEquals(
                "clipping must not be by value with AdaBelief, whose steps grow where the gradient stays the same: "
                        + options.clipping(),
                refusal.getMessage());
    }

    @Test
    void adoptsFirstStepMovesNothing() {
        for (Adopt rule : new Adopt[] {
            new Adopt(),
            new Adopt().withWeightDecay(0.1),
            new Adopt().withWeightDecay(0.1).withDecoupledWeightDecay(true),
            new Adopt().withClipExponent(Double.POSITIVE_INFINITY)
        }) {
            float[] parameters = {0.5f, -0.25f};
            Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
            optimizer.step(FloatSpan.of(GRADIENTS[0]));
            assertArrayEquals(new float[] {0.5f, -0.25f}, parameters);
            assertArrayEquals(new float[2], optimizer.state("all", "exp_avg").toArray());
            optimizer.step(FloatSpan.of(GRADIENTS[1]));
            assertFalse(parameters[0] == 0.5f);
        }
    }

    @Test
    void aSkippedFirstStepIsNotAdoptsFirst() {
        float[] parameters = {0.5f, -0.25f};
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters), new Adopt(), StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP));
        optimizer.step(FloatSpan.of(new float[] {Float.POSITIVE_INFINITY, 7}));
        assertArrayEquals(new float[2], optimizer.state("all", "exp_avg_sq").toArray());
        for (int t = 0; t < 2; t++) {
            optimizer.step(FloatSpan.of(GRADIENTS[t]));
        }
        assertArrayEquals(after(2, new Adopt()), parameters);
        assertArrayEquals(new float[] {.4999f, -.25005f}, parameters, 1e-7f);
    }

    /** A gradient after a first of 0 is divided by ε, and the clips are 1, 2^¼, 3^¼. */
    @Test
    void adoptClipsWhatIsLargeForTheStepsBefore() {
        float[] parameters = {0};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new Adopt(1).withBetas(0, 0.9999));
        optimizer.step(FloatSpan.of(new float[1]));
        for (int t = 2; t <= 4; t++) {
            parameters[0] = 0;
            optimizer.step(FloatSpan.of(new float[] {-(float) Math.pow(1000, t)}));
            assertEquals(Math.pow(t - 1, 0.25), parameters[0], 1e-6);
        }
    }

    /** Under a constant gradient v has nothing but ε. */
    @Test
    void adaBeliefsStepsGrowUnderAConstantGradient() {
        AdaBelief rule = new AdaBelief().withRectify(false);
        int[] steps = {1, 10, 100, 1_000, 3_000, 10_000, 20_000};
        double[] expected = {1.11, 1.64, 4.96, 20, 66.8, 2267, 31490};
        for (int i = 0; i < steps.length; i++) {
            assertEquals(expected[i], step(rule, 0.01f, steps[i]), 0.01 * expected[i], "step " + steps[i]);
        }
        assertEquals(3.16, step(rule.withEpsilon(1e-8), 0.01f, 20_000), 0.01);
    }

    /** In float m stays a few units in the last place away from a constant gradient, which limits the growth. */
    @Test
    void adaBeliefsStepsHaveALimitInFloat() {
        AdaBelief rule = new AdaBelief().withRectify(false);
        for (float gradient : new float[] {0.3f, 1, 700}) {
            double last = step(rule, gradient, 60_000);
            assertTrue(last > 1e5 && last < 1e7, () -> gradient + ": " + last);
        }
    }

    @Test
    void adaBeliefBeginsLikeRAdamAndKeepsItsAmsgradWhenRectified() {
        for (int t = 1; t <= 5; t++) {
            assertEquals(step(new RAdam(), 0.01f, t), step(new AdaBelief(), 0.01f, t), 1e-7);
            assertEquals(0.01, step(new AdaBelief(), 0.01f, t), 1e-6);
        }
        float[] first = {2}, second = {2};
        Optimizer plain = new Optimizer(FloatSpan.of(first), new AdaBelief().withBetas(0.9, 0.9));
        Optimizer largest = new Optimizer(
                FloatSpan.of(second), new AdaBelief().withBetas(0.9, 0.9).withAmsgrad(true));
        for (int t = 0; t < 40; t++) {
            float[] gradient = {t == 8 ? 100 : t % 2 - 0.4f};
            plain.step(FloatSpan.of(gradient));
            largest.step(FloatSpan.of(gradient));
        }
        float most = largest.state("all", "max_exp_avg_var").get(0);
        assertTrue(most > 10 * largest.state("all", "exp_avg_var").get(0));
        assertTrue(Math.abs(2 - second[0]) < Math.abs(2 - first[0]), first[0] + " " + second[0]);
    }
}
