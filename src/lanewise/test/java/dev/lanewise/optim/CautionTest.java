package dev.lanewise.optim;

import static dev.lanewise.optim.GoldenTrajectory.floats;
import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.GoldenTrajectory.Tensor;
import dev.lanewise.schedule.Constant;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clipping of updates and the cautious options of {@link AdamW} and {@link Lion}. */
class CautionTest {
    static final String SCHEDULED =
            "its ε is beside the root of v and not of v̂, which is a schedule of ours; it is tested here";
    static final String ANOTHER_FRACTION =
            "it multiplies by length / (count + 1), so that the first step of a short tensor is shorter than the rate";

    private static Optimizer optimizer(float[] parameters, UpdateRule rule) {
        return new Optimizer(FloatSpan.of(parameters), rule);
    }

    private static float[] run(UpdateRule rule, float[] initial, float[]... gradients) {
        float[] parameters = initial.clone();
        Optimizer optimizer = optimizer(parameters, rule);
        for (float[] gradient : gradients) {
            optimizer.step(FloatSpan.of(gradient));
        }
        return parameters;
    }

    @ParameterizedTest
    @ValueSource(strings = {"golden2/c_adamw", "golden2/c_adamw_two", "golden2/c_adamw_wd"})
    void theAuthorsEpsilonIsAScheduleOfOurs(String file) throws IOException {
        GoldenTrajectory trajectory = new GoldenTrajectory(file);
        float[] parameters = floats(trajectory.parameters());
        List<ParameterGroup> groups = new ArrayList<>();
        double rate = 0, decay = 0;
        for (Tensor tensor : trajectory.tensors()) {
            List<?> betas = (List<?>) tensor.hyperparameters().get("betas");
            double beta1 = (double) betas.get(0), beta2 = (double) betas.get(1);
            double epsilon = (double) tensor.hyperparameters().get("eps");
            rate = (double) tensor.hyperparameters().get("lr");
            decay = (double) tensor.hyperparameters().get("weight_decay");
            AdamW rule = new AdamW(rate)
                    .withBetas(beta1, beta2)
                    .withWeightDecay(decay)
                    .withCaution(Caution.RESCALED);
            groups.add(new ParameterGroup(
                    "tensor " + tensor.offset(),
                    tensor.offset(),
                    tensor.length(),
                    UpdateRule.scheduled(step ->
                            rule.withEpsilon(epsilon / Math.sqrt(1 - Math.pow(beta2, step + 1))))));
        }
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), groups, StepOptions.DEFAULT);
        double[][] gradients = trajectory.gradients();
        double[][] float32 = trajectory.rows("float32"), float64 = trajectory.rows("float64");
        double ours = 0, limit = 0;
        for (int t = 1; t <= trajectory.steps(); t++) {
            optimizer.step(FloatSpan.of(floats(gradients[t - 1])));
            if (t % trajectory.every() == 0) {
                int row = t / trajectory.every() - 1;
                ours = Math.max(ours, GoldenTrajectoriesTest.error(parameters, float64[row]));
                limit = Math.max(limit, GoldenTrajectoriesTest.error(floats(float32[row]), float64[row]));
            }
        }
        // The source subtracts the decay; we multiply by one factor, whose rounding adds up.
        double shrink = 1 - rate * decay, rounding = Math.abs((float) shrink - shrink);
        double error = ours, bound = 1.5 * limit + 1e-7 + trajectory.steps() * rounding;
        assertTrue(error <= bound, () -> "our error " + error + ", the bound " + bound);
    }

    /** After a step forward, half of the parameters have a gradient against their momentum. */
    @Test
    void parametersRestWhoseStepGoesAgainstTheirGradient() {
        float[] first = random(200, 1), second = first.clone();
        for (int i = 0; i < 200; i += 2) {
            second[i] *= -0.01f;
        }
        for (UpdateRule plain : List.of(new AdamW().withWeightDecay(0), new Lion())) {
            UpdateRule masked = Rules.with(plain, Map.of("caution", Caution.MASKED));
            UpdateRule rescaled = Rules.with(plain, Map.of("caution", Caution.RESCALED));
            float[] initial = new float[200], once = run(plain, initial, first);
            assertArrayEquals(once, run(masked, initial, first));
            assertArrayEquals(once, run(rescaled, initial, first), "all agree");
            float[] twice = run(plain, initial, first, second);
            float[] maskedTwice = run(masked, initial, first, second);
            float[] rescaledTwice = run(rescaled, initial, first, second);
            for (int i = 0; i < 200; i++) {
                boolean rests = i % 2 == 0;
                assertEquals(rests ? once[i] : twice[i], maskedTwice[i], "element " + i);
                float step = 2 * (twice[i] - once[i]);
                assertEquals(rests ? once[i] : once[i] + step, rescaledTwice[i], 1e-8, "element " + i);
            }
        }
    }

    /** A learning rate times a small gradient can be 0, but its sign is that of the gradient. */
    @Test
    void lionAgreesBySignsAlone() {
        float[] gradient = new float[40];
        Arrays.fill(gradient, 1e-30f);
        for (Caution caution : List.of(Caution.MASKED, Caution.RESCALED)) {
            UpdateRule rule = Rules.with(new Lion(1e-18), Map.of("caution", caution));
            for (float parameter : run(rule, new float[40], gradient)) {
                assertEquals(-1e-18f, parameter, caution.toString());
            }
        }
    }

    /** As in the authors' program, which multiplies the moment by 0. */
    @Test
    void anInfiniteMomentThatIsLeftOutIsNoNumber() {
        float[] first = random(40, 4), second = random(40, 5);
        Arrays.fill(first, 0, 20, Float.POSITIVE_INFINITY);
        Arrays.fill(second, 0, 20, -1);
        float[] after = run(new AdamW().withCaution(Caution.MASKED), new float[40], first, second);
        for (int i = 0; i < 40; i++) {
            assertEquals(i < 20, Float.isNaN(after[i]), "element " + i);
        }
    }

    /** A parameter that decays would turn against its step; and the state is that without caution. */
    @Test
    void cautiousDecayActsOnlyWithTheStep() {
        float[] parameters = {1, 1, -1, -1, 1}, gradient = {1, -1, 1, -1, 0};
        float[] decayed = {0.5f, 1, -1, -0.5f, 0.5f};
        AdamW adamW = new AdamW(new Constant(0.5)).withWeightDecay(1).withEpsilon(0);
        float[] after = run(adamW.withCautiousDecay(true), parameters, gradient);
        float[] lion = run(new Lion(0.5).withWeightDecay(1).withCautiousDecay(true), parameters, gradient);
        for (int i = 0; i < 5; i++) {
            float expected = decayed[i] - 0.5f * Math.signum(gradient[i]);
            assertEquals(expected, after[i], 1e-6, "element " + i);
            assertEquals(expected, lion[i], "element " + i);
        }
    }

    /** A gradient a hundred times as large as those before makes a step of many times the learning rate. */
    @Test
    void updateClippingShortensTheStepAfterASpike() {
        float[] gradient = random(1000, 2), spike = gradient.clone();
        for (int i = 0; i < 1000; i++) {
            spike[i] *= 100;
        }
        AdamW plain = new AdamW(0.01).withBetas(0.5, 0.999).withWeightDecay(0);
        float[] parameters = new float[1000];
        Optimizer clipped = optimizer(parameters, plain.withUpdateClipping(true));
        for (int step = 0; step < 2000; step++) {
            StepReport report = clipped.step(FloatSpan.of(gradient));
            assertEquals(0.01, report.groups().getFirst().effectiveLearningRate(), 1e-7, "no spike");
        }
        float[] before = parameters.clone();
        double rate = clipped.step(FloatSpan.of(spike)).groups().getFirst().effectiveLearningRate();
        // v is 1 + 0.001 · 10,000 / (1 − 0.999²⁰⁰¹) times what it was, nearly.
        double square = (0.999 * (1 - Math.pow(0.999, 2000)) + 0.001 * 1e4) / (1 - Math.pow(0.999, 2001));
        assertEquals(0.01 / (100 / Math.sqrt(square)), rate, 1e-6);
        double mean = (0.5 + 0.5 * 100) / Math.sqrt(square);
        assertEquals(rate * mean, Math.abs(parameters[7] - before[7]), 1e-5);
    }

    /** Without ε the divisor would be 0. */
    @Test
    void updateClippingOfZerosHasNoNaN() {
        float[] initial = random(40, 6), zeros = new float[40];
        AdamW rule = new AdamW(0.5).withEpsilon(0).withWeightDecay(1).withUpdateClipping(true);
        float[] after = run(rule, initial, zeros);
        for (int i = 0; i < 40; i++) {
            assertEquals(initial[i] * 0.5f, after[i], "element " + i);
        }
    }

    /** The ρ of the clipping has the divisor of the step: the largest v with AMSGrad, and ε where that is larger than the root. */
    @Test
    void updateClippingHasTheDivisorOfTheStep() {
        AdamW plain = new AdamW(0.01).withBetas(0.9, 0.5).withUpdateClipping(true);
        for (AdamW rule : List.of(plain, plain.withAmsgrad(true), plain.withEpsilon(5))) {
            Optimizer optimizer = optimizer(new float[1], rule);
            double rate = 0;
            for (float gradient : new float[] {8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}) {
                StepReport report = optimizer.step(FloatSpan.of(new float[] {gradient}));
                rate = report.groups().getFirst().effectiveLearningRate();
                assertTrue(gradient != 8 || Math.abs(rate - 0.01) < 1e-8, "ρ is 1 in the first step: " + rate);
            }
            // v is half of the square of the last gradient, and that of the first one was twice as large as the square.
            assertEquals(rule == plain ? 0.01 / Math.sqrt(2) : 0.01, rate, 1e-5, rule.toString());
        }
    }

    /** A largest v that is NaN makes ρ NaN. The kernel sums it up in native memory on any width, in arrays with long vectors alone. */
    @Test
    void aLargestMomentThatIsNaNReachesAllParameters() {
        AdamW rule = new AdamW().withAmsgrad(true).withUpdateClipping(true);
        FloatSpan inArray = FloatSpan.of(new float[100]);
        for (FloatSpan parameters : List.of(inArray, FloatSpan.of(Arena.ofAuto().allocate(400, 64)))) {
            Optimizer optimizer = new Optimizer(parameters, rule);
            optimizer.step(FloatSpan.of(random(100, 8)));
            optimizer.state("all", "max_exp_avg_sq").set(20, Float.NaN);
            optimizer.step(FloatSpan.of(random(100, 9)));
            for (float each : parameters.toArray()) {
                assertTrue(Float.isNaN(each), "a parameter is " + each);
            }
        }
    }

    /** The moments are those of PyTorch, whatever the options. */
    @Test
    void theMomentsStay() {
        float[] first = random(100, 3), second = random(100, 4);
        Optimizer plain = optimizer(new float[100], new AdamW());
        Optimizer all = optimizer(
                new float[100],
                new AdamW()
                        .withUpdateClipping(true)
                        .withCaution(Caution.RESCALED)
                        .withCautiousDecay(true));
        for (float[] gradient : List.of(first, second)) {
            plain.step(FloatSpan.of(gradient));
            all.step(FloatSpan.of(gradient));
        }
        for (String name : List.of("exp_avg", "exp_avg_sq")) {
            assertArrayEquals(
                    plain.state("all", name).toArray(), all.state("all", name).toArray());
        }
    }

    /** An exchange that fails leaves the state too, because the first pass writes none of it. */
    @Test
    void aFailedExchangeChangesNothing() {
        float[] parameters = random(100, 5), before = parameters.clone();
        Optimizer optimizer = optimizer(parameters, new AdamW().withUpdateClipping(true));
        try {
            optimizer.step(FloatSpan.of(random(100, 6)), 1, (sums, from, count) -> {
                throw new IllegalStateException("lost");
            });
        } catch (IllegalStateException e) {
            assertEquals("lost", e.getMessage());
        }
        assertArrayEquals(before, parameters);
        assertArrayEquals(new float[100], optimizer.state("all", "exp_avg").toArray());
        assertArrayEquals(new float[100], optimizer.state("all", "exp_avg_sq").toArray());
    }

    /** Files of versions without the options are read, and those versions read files in which they are off. */
    @Test
    void aTextHasAnOptionOnlyWhereItIsOn() {
        for (UpdateRule rule : List.of(new AdamW(), new Lion())) {
            assertFalse(RuleCodec.write(rule).matches(".*(caution|Clipping|cautious).*"), RuleCodec.write(rule));
            UpdateRule cautious = Rules.with(rule, Map.of("caution", Caution.MASKED, "cautiousDecay", true));
            String text = RuleCodec.write(cautious);
            assertTrue(text.endsWith(", caution=MASKED, cautiousDecay=true]"), text);
            assertEquals(cautious, RuleCodec.read(text, UpdateRule.class));
        }
    }
}
