package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The learning rate of a rule: a number, a schedule, and what it may be together with the weight decay. */
class LearningRateTest {
    @TempDir
    private Path folder;

    private static final String TOO_LARGE = "learningRate × weightDecay must be below 1: 200.0 × 0.01";

    private static void assertRefused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }

    @Test
    void aConstantThatIsTooLargeForTheDecayIsRefusedAtOnce() {
        String message = TOO_LARGE + " = 2.0";
        assertRefused(message, () -> new AdamW(200));
        assertRefused(message, () -> new AdamW(new Constant(200)));
        assertRefused(message, () -> new AdamW().withLearningRate(200));
        assertRefused(message, () -> Rules.with(new AdamW(), Map.of("learningRate", 200.0)));
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[1]), new AdamW());
        assertRefused(message, () -> optimizer.setLearningRate(200));
        assertEquals(new AdamW(), optimizer.group("all").rule());
    }

    static List<UpdateRule> tooLargeAtStep3() {
        Schedule jump = new Constant(0.1).then(3, new Constant(200));
        record Decaying(Schedule learningRate, double weightDecay) implements UpdateRule {
            @Override
            public Decaying withLearningRate(Schedule learningRate) {
                return new Decaying(learningRate, weightDecay);
            }

            @Override
            public List<StateBuffer> state() {
                return List.of(new StateBuffer("count"));
            }

            @Override
            public void coefficients(Step step, float[] constants) {
                constants[0] = (float) (1 - step.learningRate() * weightDecay);
            }

            @Override
            public void update(float[][] buffers, int from, int to, float[] constants) {
                for (int i = from; i < to; i++) {
                    buffers[0][i] *= constants[0];
                    buffers[2][i]++;
                }
            }
        }
        List<UpdateRule> rules = new ArrayList<>(List.of(
                new Decaying(jump, 0.01),
                UpdateRule.scheduled(i -> new AdamW(jump)),
                UpdateRule.scheduled(i -> new AdamW(step -> 200).withWeightDecay(i < 3 ? 0.001 : 0.01)),
                UpdateRule.scheduled(i -> new Lion().withWeightDecay(0.01)).withLearningRate(jump)));
        for (Rules.Entry entry : Rules.all()) {
            if (!entry.defaults().needsMatrix()
                    && Rules.hyperparameters(entry.defaults()).containsKey("weightDecay")) {
                rules.add(Rules.with(entry.defaults(), Map.of("learningRate", jump, "weightDecay", 0.01)));
            }
        }
        return rules;
    }

    @ParameterizedTest
    @MethodSource("tooLargeAtStep3")
    void aScheduleThatIsTooLargeForTheDecayIsRefusedInItsStep(UpdateRule rule) {
        LossScale scale = new LossScale(1024);
        FloatSpan parameters = FloatSpan.of(random(9, 1));
        Optimizer optimizer = new Optimizer(
                parameters,
                rule,
                StepOptions.DEFAULT
                        .withLossScale(scale)
                        .withAverageDecay(rule.at(0).evaluation() == null ? 0.5 : 1));
        for (int i = 0; i < 3; i++) {
            optimizer.step(FloatSpan.of(random(9, i)));
        }
        List<float[]> before = floats(optimizer, rule);
        FloatSpan gradients = FloatSpan.of(random(9, 4));
        assertEquals(
                TOO_LARGE + " at step 3 in group all",
                assertThrows(IllegalStateException.class, () -> optimizer.step(gradients))
                        .getMessage());
        List<float[]> after = floats(optimizer, rule);
        for (int i = 0; i < before.size(); i++) {
            assertArrayEquals(before.get(i), after.get(i));
        }
        assertEquals(3, optimizer.steps());
        assertEquals(3, scale.goodSteps());
    }

    private static List<float[]> floats(Optimizer optimizer, UpdateRule rule) {
        List<float[]> floats = new ArrayList<>();
        floats.add(optimizer.parameters().toArray());
        FloatSpan evaluation = FloatSpan.of(new float[9]);
        optimizer.copyEvaluationParameters(evaluation);
        floats.add(evaluation.toArray());
        rule.state()
                .forEach(buffer ->
                        floats.add(optimizer.state("all", buffer.name()).toArray()));
        return floats;
    }

    @Test
    void aRuleWithoutDecayHasNoLimit() {
        float[] parameters = {0};
        new Optimizer(FloatSpan.of(parameters), new Sgd(1e9)).step(FloatSpan.of(new float[] {1}));
        assertEquals(-1e9f, parameters[0]);
    }

    /** By hand: the step sizes are 0.5, 0.6, 0.72, whatever the learning rate. */
    @Test
    void rpropMultipliesItsStepSizes() {
        float[] parameters = {0};
        Rprop rule = new Rprop(new MultiStep(1, 0.5, List.of(1L, 2L))).withInitialStep(0.5);
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        float[] sizes = {0.5f, 0.5f * 1.2f, 0.5f * 1.2f * 1.2f};
        float expected = 0;
        for (int i = 0; i < 3; i++) {
            optimizer.step(FloatSpan.of(new float[] {1}));
            expected -= sizes[i] * (1f / (1 << i));
            assertEquals(expected, parameters[0]);
            assertEquals(sizes[i], optimizer.state("all", "step_size").get(0));
        }
    }

    @Test
    void groupsWithEqualRulesEvaluateTheScheduleOnce() {
        List<Long> asked = new ArrayList<>();
        Schedule rate = step -> {
            asked.add(step);
            return 0.5;
        };
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[4]),
                List.of(
                        new ParameterGroup("a", 0, 2, new Sgd(rate)),
                        new ParameterGroup("b", 2, 1, new Sgd(rate)),
                        new ParameterGroup("frozen", 3, 1, new Sgd(rate).withMomentum(0.5), true)),
                StepOptions.DEFAULT);
        optimizer.step(FloatSpan.of(new float[4]));
        optimizer.step(FloatSpan.of(new float[4]));
        assertEquals(List.of(0L, 1L), asked);
    }

    @Test
    void aNumberIsAConstantSchedule() {
        for (Rules.Entry entry : Rules.all()) {
            UpdateRule rule = entry.defaults();
            assertEquals(rule.withLearningRate(new Constant(0.25)), Rules.with(rule, Map.of("learningRate", 0.25)));
            Schedule cosine = new Cosine(0.25, 10);
            assertEquals(rule.withLearningRate(cosine), Rules.with(rule, Map.of("learningRate", cosine)));
            assertEquals(cosine, rule.withLearningRate(cosine).learningRate());
            assertThrows(NullPointerException.class, () -> rule.withLearningRate(null));
        }
        assertRefused("learningRate must be finite and not negative: -1.0", () -> new Rprop(-1));
        assertRefused(
                "learningRate must be finite and not negative: NaN",
                () -> Rules.with(new Sgd(), Map.of("learningRate", Double.NaN)));
        assertRefused(
                "learningRate must be a Schedule: true", () -> Rules.with(new Sgd(), Map.of("learningRate", true)));
    }

    /** The rule is loaded, and the function, which has no text, stays the optimizer's own. */
    @Test
    void aFunctionIsKeptWhereTheRestOfTheRuleIsLoaded() throws IOException {
        Path file = folder.resolve("checkpoint");
        Schedule saved = step -> 0.1, own = new Constant(2).times(step -> 0.1);
        Checkpoint checkpoint =
                new Checkpoint(new Optimizer(FloatSpan.of(new float[2]), new AdamW(saved).withWeightDecay(0.5)));
        assertEquals(
                "AdamW[learningRate=function, beta1=0.9, beta2=0.999, epsilon=1.0E-8, weightDecay=0.5, amsgrad=false]",
                checkpoint.metadata().get("all.rule"));
        checkpoint.save(file);
        Optimizer other = new Optimizer(FloatSpan.of(new float[2]), new AdamW(own));
        new Checkpoint(other).load(file);
        assertEquals(new AdamW(own).withWeightDecay(0.5), other.group("all").rule());

        Optimizer constant = new Optimizer(FloatSpan.of(new float[2]), new AdamW());
        assertRefused(
                file + ": checkpoint does not match the optimizer:\n"
                        + "  schedule of all: expected Constant[value=0.001], found a function",
                () -> new Checkpoint(constant).load(file));
        new Checkpoint(new Optimizer(FloatSpan.of(new float[2]), new AdamW(new LinearWarmup(0.1, 5, 0.01)))).save(file);
        assertRefused(
                file + ": checkpoint does not match the optimizer:\n"
                        + "  schedule of all: expected a function, found LinearWarmup[peak=0.1, steps=5, start=0.01]",
                () -> new Checkpoint(other).load(file));
    }
}
