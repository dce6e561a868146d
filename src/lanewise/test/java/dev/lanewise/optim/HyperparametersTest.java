package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Hyperparameters that change between steps, and groups that are frozen for a while. */
class HyperparametersTest {
    private static final Schedule RATE = new Cosine(0.02, 40);
    private static final Schedule UP = new LinearWarmup(0.3, 20, 0.01);
    private static final Schedule DOWN = new Cosine(0.5, 30, 0.1);

    private static FloatSpan onNative(float[] values) {
        FloatSpan span = FloatSpan.of(Arena.ofAuto().allocate(4L * values.length, 4));
        span.copyFrom(values, 0, 0, values.length);
        return span;
    }

    static Stream<LongFunction<UpdateRule>> functions() {
        return Stream.of(
                i -> new AdamW().withWeightDecay(UP.at(i)).withBetas(0.9, 1 - DOWN.at(i)),
                i -> new AdamW().withAmsgrad(true).withEpsilon(1e-4 * UP.at(i)),
                i -> new Sgd().withMomentum(DOWN.at(i)).withWeightDecay(UP.at(i)),
                i -> new Sgd(new Constant(0.1), 0.9 - UP.at(i), 0, true, DOWN.at(i)),
                i -> new Lion().withWeightDecay(UP.at(i)).withBetas(DOWN.at(i), 0.98),
                i -> new NAdam().withMomentumDecay(UP.at(i)).withWeightDecay(DOWN.at(i)),
                i -> new NormalizedSgd().withMomentum(DOWN.at(i)),
                i -> new AdaBelief().withBetas(DOWN.at(i), 0.9).withWeightDecay(UP.at(i)),
                i -> new AdEMAMix().withAlpha(10 * DOWN.at(i)).withBetas(0.9, 0.99, 1 - UP.at(i)),
                i -> new Adan().withBetas(0.9, DOWN.at(i), 0.99).withWeightDecay(UP.at(i)),
                i -> new Adopt().withClipExponent(DOWN.at(i)).withWeightDecay(UP.at(i)),
                i -> new RmsProp(new Constant(0.1), DOWN.at(i), 1e-8, UP.at(i), true, 0),
                // Every other step the same: the function may return the one it returned before.
                i -> i % 4 < 2 ? new Adagrad().withWeightDecay(0.1) : new Adagrad().withInitialSum(1),
                i -> new Rprop().withInitialStep(UP.at(i)));
    }

    /** The step without a decay has another kernel. */
    static Stream<LongFunction<UpdateRule>> decaysThatBeginAndEnd() {
        return rulesThatLeaveOutADecay()
                .flatMap(rule -> Stream.of(
                        i -> i % 3 == 0 ? rule : Rules.with(rule, Map.of("weightDecay", UP.at(i))),
                        i -> i % 3 == 0 ? Rules.with(rule, Map.of("weightDecay", UP.at(i))) : rule));
    }

    @ParameterizedTest
    @MethodSource({"functions", "decaysThatBeginAndEnd"})
    void aScheduledRuleEqualsItsDefinitionsToTheBit(LongFunction<UpdateRule> rules) {
        int n = 3_001;
        float[] begin = random(n, 1);
        Definition definition = new Definition(rules.apply(0), begin);
        try (Workers workers = Workers.of(2)) {
            Optimizer heap = new Optimizer(
                    FloatSpan.of(begin.clone()),
                    UpdateRule.scheduled(rules).withLearningRate(RATE),
                    StepOptions.DEFAULT.withWorkers(workers));
            Optimizer outside = new Optimizer(
                    onNative(begin), UpdateRule.scheduled(rules).withLearningRate(RATE), StepOptions.DEFAULT);
            for (int i = 0; i < 25; i++) {
                float[] gradients = random(n, 100 + i);
                definition.rule = rules.apply(i);
                definition.learningRate = RATE.at(i);
                definition.step(gradients);
                heap.step(FloatSpan.of(gradients));
                outside.step(FloatSpan.of(gradients));
                // The constants are the definition's, so the coefficients are held to it as well.
                assertArrayEquals(definition.parameters(), heap.parameters().toArray(), "step " + i);
            }
            assertArrayEquals(definition.parameters(), outside.parameters().toArray());
            for (StateBuffer buffer : definition.rule.state()) {
                assertArrayEquals(
                        definition.state(buffer.name()),
                        heap.state("all", buffer.name()).toArray());
            }
        }
    }

    /** By hand, with none of the library's coefficients: p = p · (1 − rate · decay) − rate · sign(…), with everything known. */
    @Test
    void theDecayIsThatOfTheStep() {
        float[] parameters = {1};
        double[] decays = {0, 0.5, 0.25};
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                UpdateRule.scheduled(i -> new Sgd(0.5).withWeightDecay(decays[(int) i])),
                StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP));
        FloatSpan zero = FloatSpan.of(new float[1]);
        optimizer.step(zero);
        assertEquals(1, parameters[0]);
        optimizer.step(zero);
        assertEquals(0.75f, parameters[0]);
        optimizer.step(FloatSpan.of(new float[] {Float.NaN}));
        assertEquals(0.75f, parameters[0]);
        optimizer.step(zero);
        assertEquals(0.75f * 0.875f, parameters[0]);
    }

    /** Infinity times a decay of 0 would be NaN. The step has PyTorch's values, by hand, in vectors and in single elements. */
    @ParameterizedTest
    @CsvSource({"0, false", "0.5, false", "0.5, true"})
    void anInfiniteParameterHasNoPartWithoutADecay(double momentum, boolean nesterov) {
        Sgd rule = new Sgd(new Constant(0.5), momentum, 0, nesterov, 0);
        for (int n : new int[] {1, 64, 67}) {
            float[] parameters = new float[n];
            Arrays.fill(parameters, Float.NEGATIVE_INFINITY);
            parameters[0] = Float.NaN;
            Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
            float[] gradients = new float[n];
            Arrays.fill(gradients, 2);
            float[] before = parameters.clone();
            for (int step = 0; step < 2; step++) {
                optimizer.step(FloatSpan.of(gradients));
                assertArrayEquals(before, parameters);
            }
            if (momentum > 0) {
                float[] buffer = new float[n];
                Arrays.fill(buffer, 3);
                assertArrayEquals(
                        buffer, optimizer.state("all", "momentum_buffer").toArray());
            }
            optimizer.replace(new ParameterGroup("all", 0, n, rule.withWeightDecay(0.25)));
            optimizer.step(FloatSpan.of(gradients));
            // The update is now −∞, which −∞ loses.
            Arrays.fill(before, Float.NaN);
            assertArrayEquals(before, parameters);
        }
    }

    static Stream<UpdateRule> rulesThatLeaveOutADecay() {
        return RuleTable.rules()
                .filter(rule -> rule instanceof KernelRule kernel && kernel.decayCoefficient() >= 0)
                .map(rule -> Rules.with(rule, Map.of("weightDecay", 0.0)))
                .distinct();
    }

    /** A product with a decay of 0 would make what comes from the gradient alone NaN beside an infinite parameter. */
    @ParameterizedTest
    @MethodSource("rulesThatLeaveOutADecay")
    void withoutADecayAnInfiniteParameterIsNoPartOfTheMoments(UpdateRule rule) {
        for (int n : new int[] {1, 64, 67}) {
            float[] zero = new float[n], infinite = new float[n];
            Arrays.fill(infinite, Float.NEGATIVE_INFINITY);
            Optimizer expected = step(rule, zero), actual = step(rule, infinite);
            for (StateBuffer buffer : rule.state()) {
                float[] state = actual.state("all", buffer.name()).toArray();
                switch (buffer.name()) {
                    case "ax" -> assertArrayEquals(infinite, actual.parameters().toArray());
                    case "z" -> assertArrayEquals(infinite, state);
                    default ->
                        assertArrayEquals(expected.state("all", buffer.name()).toArray(), state);
                }
            }
        }
    }

    private static Optimizer step(UpdateRule rule, float[] parameters) {
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters.clone()), rule);
        float[] gradients = new float[parameters.length];
        Arrays.fill(gradients, 2);
        optimizer.step(FloatSpan.of(gradients));
        return optimizer;
    }

    @Test
    void itsOwnRateIsThatOfTheStepToo() {
        UpdateRule rule = UpdateRule.scheduled(i -> new Sgd().withLearningRate(i == 1 ? 0.25 : 0.5));
        float[] parameters = {1, 1};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters, 0, 1), rule);
        Optimizer grouped = new Optimizer(
                FloatSpan.of(parameters), List.of(new ParameterGroup("b", 1, 1, rule)), StepOptions.DEFAULT);
        optimizer.step(FloatSpan.of(new float[] {1}));
        optimizer.step(FloatSpan.of(new float[] {1}));
        grouped.step(FloatSpan.of(new float[] {0, 1}));
        assertArrayEquals(new float[] {0.25f, 0.5f}, parameters);
        assertEquals(0.25, optimizer.report().group("all").learningRate());
        assertEquals(new ParameterGroup("b", 1, 1, rule), grouped.group("b"));
    }

    /** A rule of the application's own may have its hyperparameters in {@code update} itself. */
    @Test
    void theDefinitionIsThatOfTheStepToo() {
        record Add(float amount) implements UpdateRule {
            @Override
            public Schedule learningRate() {
                return new Constant(0);
            }

            @Override
            public Add withLearningRate(Schedule learningRate) {
                throw new AssertionError("not called");
            }

            @Override
            public List<StateBuffer> state() {
                return List.of();
            }

            @Override
            public void coefficients(Step step, float[] constants) {}

            @Override
            public void update(float[][] buffers, int from, int to, float[] constants) {
                for (int i = from; i < to; i++) {
                    buffers[0][i] += amount;
                }
            }
        }
        float[] parameters = new float[3];
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), UpdateRule.scheduled(i -> new Add(i == 0 ? 1 : 16)));
        for (int i = 0; i < 3; i++) {
            optimizer.step(FloatSpan.of(new float[3]));
        }
        assertArrayEquals(new float[] {33, 33, 33}, parameters);
    }

    @Test
    void manyGroupsShareOneScheduledRule() {
        AtomicLong asked = new AtomicLong();
        UpdateRule rule = UpdateRule.scheduled(i -> {
            asked.incrementAndGet();
            return new AdamW().withWeightDecay(UP.at(i));
        });
        List<ParameterGroup> groups = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            groups.add(new ParameterGroup("g" + i, i, 1, rule.withLearningRate(RATE)));
        }
        Optimizer optimizer = new Optimizer(FloatSpan.of(random(10_000, 1)), groups, StepOptions.DEFAULT);
        asked.set(0);
        for (int i = 0; i < 10; i++) {
            optimizer.step(FloatSpan.of(random(10_000, i)));
        }
        assertTrue(asked.get() <= 10, () -> "asked " + asked);
    }

    @Test
    void aFunctionThatGivesTheSameRuleAllocatesNothing() {
        AdamW rule = new AdamW(RATE).withWeightDecay(0.5);
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(random(5000, 1)), UpdateRule.scheduled(i -> rule), StepOptions.DEFAULT);
        FloatSpan gradients = FloatSpan.of(random(5000, 2));
        Garbage.assertNone(() -> optimizer.step(gradients));
    }

    @Test
    void refusesARuleThatWouldNeedOtherStateBeforeAnythingIsWritten() {
        String sgd = "the rule of group all must stay Sgd with the state []: ";
        assertRefused(
                i -> new Sgd().withMomentum(i < 3 ? 0 : 0.9),
                sgd + "Sgd [momentum] with the state [momentum_buffer] at step 3");
        assertRefused(i -> i < 3 ? new Sgd() : new Rprop(), sgd + "Rprop with the state [prev, step_size] at step 3");
        assertRefused(i -> i < 3 ? new Sgd() : null, sgd + "null at step 3");
        assertRefused(
                i -> new AdamW().withAmsgrad(i == 3),
                "the rule of group all must stay AdamW with the state [exp_avg, exp_avg_sq]: AdamW [amsgrad] with the"
                        + " state [exp_avg, exp_avg_sq, max_exp_avg_sq] at step 3");
        assertRefused(
                i -> new NormalizedSgd(new Constant(0.1), 0.9, 0, i < 3 ? NormScope.ALL : NormScope.GROUP),
                "the rule of group all must stay NormalizedSgd by the norm of ALL with the state [momentum_buffer]:"
                        + " NormalizedSgd by the norm of GROUP with the state [momentum_buffer] at step 3");
        assertRefused(
                i -> new Sgd().withWeightDecay(3 - 2 * i),
                "the rule of group all at step 2: weightDecay must be finite and not negative: -1.0");
    }

    private static void assertRefused(LongFunction<UpdateRule> rules, String message) {
        LossScale scale = new LossScale(1024);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(random(9, 1)),
                UpdateRule.scheduled(rules).withLearningRate(RATE),
                StepOptions.DEFAULT.withLossScale(scale).withAverageDecay(0.5));
        float[][] before = new float[2][];
        String found = assertThrows(IllegalStateException.class, () -> {
                    while (true) {
                        before[0] = optimizer.parameters().toArray();
                        before[1] = optimizer.average().toArray();
                        optimizer.step(FloatSpan.of(random(9, optimizer.steps())));
                    }
                })
                .getMessage();
        assertEquals(message, found);
        assertArrayEquals(before[0], optimizer.parameters().toArray());
        assertArrayEquals(before[1], optimizer.average().toArray());
        assertTrue(message.contains(" step " + optimizer.steps()));
        assertEquals(optimizer.steps(), scale.goodSteps());
    }

    @Test
    void aGroupIsReplacedBetweenSteps() {
        float[] begin = random(300, 1);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(begin.clone()),
                List.of(
                        new ParameterGroup("b", 100, 200, new AdamW(RATE)),
                        new ParameterGroup("a", 0, 100, new AdamW(RATE))),
                StepOptions.DEFAULT);
        Definition a = new Definition(new AdamW(), Arrays.copyOf(begin, 100));
        Definition b = new Definition(new AdamW(), Arrays.copyOfRange(begin, 100, 300));
        for (int i = 0; i < 20; i++) {
            if (i == 7) {
                b.rule = new AdamW().withWeightDecay(0.7).withBetas(0.5, 0.6);
                optimizer.replace(optimizer.group("b").withRule(b.rule.withLearningRate(RATE)));
            } else if (i == 12) {
                optimizer.replace(
                        optimizer.group("a").withRule(new AdamW(0.125)),
                        optimizer.group("b").withRule(new AdamW(RATE)));
                b.rule = new AdamW();
            }
            a.learningRate = i < 12 ? RATE.at(i) : 0.125;
            b.learningRate = RATE.at(i);
            float[] gradients = random(300, 10 + i);
            optimizer.step(FloatSpan.of(gradients));
            a.step(Arrays.copyOf(gradients, 100));
            b.step(Arrays.copyOfRange(gradients, 100, 300));
        }
        assertArrayEquals(a.parameters(), Arrays.copyOf(optimizer.parameters().toArray(), 100));
        assertArrayEquals(
                b.parameters(), Arrays.copyOfRange(optimizer.parameters().toArray(), 100, 300));
        assertArrayEquals(
                b.state("exp_avg_sq"), optimizer.state("b", "exp_avg_sq").toArray());
        assertEquals(0.125, optimizer.report().group("a").learningRate());
        assertEquals(
                List.of(
                        new ParameterGroup("a", 0, 100, new AdamW(0.125)),
                        new ParameterGroup("b", 100, 200, new AdamW(RATE))),
                optimizer.groups());
    }

    @Test
    void replacesAllGroupsOrNone() {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[10]),
                List.of(new ParameterGroup("a", 0, 4, new Sgd()), new ParameterGroup("b", 5, 5, new AdamW())),
                StepOptions.DEFAULT);
        List<ParameterGroup> before = optimizer.groups();
        ParameterGroup a = optimizer.group("a").withFrozen(true);
        ParameterGroup b = optimizer.group("b");
        assertNotReplaced("group must be one of [a, b]: c", optimizer, a, new ParameterGroup("c", 0, 1, new Sgd()));
        assertNotReplaced("names of groups must be unique: a", optimizer, a, a);
        assertNotReplaced(
                "group b must stay from 5, length 5: from 5, length 4",
                optimizer,
                a,
                new ParameterGroup("b", 5, 4, new AdamW()));
        assertNotReplaced(
                "the rule of group b must stay AdamW with the state [exp_avg, exp_avg_sq]: Adam with the state"
                        + " [exp_avg, exp_avg_sq]",
                optimizer,
                a,
                b.withRule(new Adam()));
        assertEquals(
                "value must be finite and not negative: NaN",
                assertThrows(IllegalArgumentException.class, () -> optimizer.setLearningRate(Double.NaN))
                        .getMessage());
        assertEquals(before, optimizer.groups());
        optimizer.setLearningRate(0.5);
        optimizer.step(FloatSpan.of(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
        assertEquals(-0.5f, optimizer.parameters().get(0));
        assertEquals(0.5, optimizer.report().group("b").learningRate());
    }

    private static void assertNotReplaced(String message, Optimizer optimizer, ParameterGroup... groups) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> optimizer.replace(groups))
                        .getMessage());
    }

    @Test
    void refusesToReplaceInTheMiddleOfAStep() {
        Optimizer[] optimizer = new Optimizer[1];
        optimizer[0] = new Optimizer(
                FloatSpan.of(new float[1]),
                new Sgd(step -> {
                    assertEquals(
                            "this thread is in a step of this optimizer already, whose callbacks must not call it"
                                    + " again",
                            assertThrows(IllegalStateException.class, () -> optimizer[0].setLearningRate(1))
                                    .getMessage());
                    return 0.1;
                }),
                StepOptions.DEFAULT);
        optimizer[0].step(FloatSpan.of(new float[1]));
        assertEquals(1, optimizer[0].steps());
    }

    static Stream<StepOptions> options() {
        StepOptions all = StepOptions.DEFAULT
                .withClipping(Clipping.byNorm(3))
                .withNonFinitePolicy(NonFinitePolicy.SKIP)
                .withZeroGradients(true)
                .withAverageDecay(0.75)
                .withStatistics(true);
        return Stream.of(StepOptions.DEFAULT, all);
    }

    /** What is frozen is as if it were not there: the norm, the gate, the count of steps and with it the bias correction. */
    @ParameterizedTest
    @MethodSource("options")
    void whileFrozenAGroupIsNotThere(StepOptions options) {
        boolean all = options.statistics();
        float[] begin = random(5000, 1);
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("a", 0, 2000, new NAdam(RATE)).withFrozen(true),
                new ParameterGroup("b", 2000, 3000, new NAdam(RATE)));
        Optimizer optimizer = new Optimizer(FloatSpan.of(begin.clone()), groups, options);
        Optimizer b = new Optimizer(FloatSpan.of(Arrays.copyOfRange(begin, 2000, 5000)), new NAdam(RATE), options);
        for (int i = 0; i < 5; i++) {
            float[] gradients = random(5000, 10 + i);
            gradients[3] = all ? Float.NaN : 1e30f;
            float[] theirs = Arrays.copyOfRange(gradients, 2000, 5000);
            StepReport report = optimizer.step(FloatSpan.of(gradients));
            StepReport expected = b.step(FloatSpan.of(theirs));
            assertTrue(report.applied());
            assertEquals(expected.gradientNorm(), report.gradientNorm());
            assertEquals(expected.group("all").updateNorm(), report.group("b").updateNorm());
            assertEquals(
                    "a: learning rate 0.0, ‖g‖ NaN, ‖Δθ‖ NaN, ‖θ‖ NaN, max |Δθ| NaN, non-finite 0",
                    report.group("a").toString());
            assertEquals(all ? 0 : 1e30f, gradients[3]);
        }
        assertArrayEquals(
                Arrays.copyOf(begin, 2000), Arrays.copyOf(optimizer.parameters().toArray(), 2000));
        assertArrayEquals(new float[2000], optimizer.state("a", "exp_avg").toArray());
        assertArrayEquals(
                b.parameters().toArray(),
                Arrays.copyOfRange(optimizer.parameters().toArray(), 2000, 5000));

        // Thawed, a begins with its own first step; frozen, b keeps its state.
        float[] bFrozen = optimizer.state("b", "exp_avg").toArray();
        optimizer.replace(
                optimizer.group("a").withFrozen(false), optimizer.group("b").withFrozen(true));
        float[] aBegin = Arrays.copyOf(begin, 2000);
        Optimizer a = new Optimizer(FloatSpan.of(aBegin), new NAdam(step -> RATE.at(step + 5)), options);
        for (int i = 0; i < 4; i++) {
            float[] gradients = random(5000, 20 + i);
            float[] theirs = Arrays.copyOf(gradients, 2000);
            optimizer.step(FloatSpan.of(gradients));
            a.step(FloatSpan.of(theirs));
        }
        assertArrayEquals(aBegin, Arrays.copyOf(optimizer.parameters().toArray(), 2000));
        assertArrayEquals(bFrozen, optimizer.state("b", "exp_avg").toArray());
        assertTrue(Double.isNaN(optimizer.report().group("b").gradientNorm()));
        assertEquals(9, optimizer.steps());

        // And b goes on with its sixth.
        optimizer.replace(
                optimizer.group("a").withFrozen(true), optimizer.group("b").withFrozen(false));
        Optimizer rest = b;
        rest.replace(rest.group("all").withRule(new NAdam(step -> RATE.at(step + 4))));
        float[] gradients = random(5000, 30);
        float[] theirs = Arrays.copyOfRange(gradients, 2000, 5000);
        optimizer.step(FloatSpan.of(gradients));
        rest.step(FloatSpan.of(theirs));
        assertArrayEquals(
                rest.parameters().toArray(),
                Arrays.copyOfRange(optimizer.parameters().toArray(), 2000, 5000));
    }

    @Test
    void theAverageOfAFrozenGroupDrawsNear() {
        float[] parameters = {1, 1};
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), new Sgd(1), StepOptions.DEFAULT.withAverageDecay(0.5));
        optimizer.step(FloatSpan.of(new float[] {1, 2}));
        assertArrayEquals(new float[] {0.5f, 0}, optimizer.average().toArray());
        optimizer.replace(optimizer.group("all").withFrozen(true));
        optimizer.step(FloatSpan.of(new float[] {1, 2}));
        assertArrayEquals(new float[] {0.25f, -0.5f}, optimizer.average().toArray());
        assertArrayEquals(new float[] {0, -1}, parameters);
    }

    @Test
    void scheduledRulesSayWhatTheyAre() {
        UpdateRule rule = UpdateRule.scheduled(i -> new Sgd().withMomentum(0.5 + 0.1 * i));
        assertEquals(new Sgd().withMomentum(0.6), rule.at(1));
        assertSame(rule.at(0), rule.at(0));
        assertEquals(new Sgd().withMomentum(0.5).state(), rule.state());
        assertEquals(20, rule.bytesPerParameter());
        assertEquals("scheduled, at first " + new Sgd().withMomentum(0.5), rule.toString());
        assertThrows(NullPointerException.class, () -> UpdateRule.scheduled(i -> null));
    }
}
