package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a transform leaves is what a step subtracts. */
class GradientTransformTest {
    /** More than a chunk, and no multiple of one or of a vector. */
    private static final int N = 2 * 4096 + 1013;

    private static List<UpdateRule> rules() {
        List<UpdateRule> rules = new ArrayList<>();
        for (Rules.Entry entry : Rules.all()) {
            rules.add(entry.defaults());
            entry.variants().forEach(variant -> rules.add(variant.rule()));
        }
        return rules.stream().map(GradientTransformTest::withoutDecay).toList();
    }

    private static UpdateRule withoutDecay(UpdateRule rule) {
        return Rules.hyperparameters(rule).containsKey("weightDecay")
                ? Rules.with(rule, Map.of("weightDecay", 0.0))
                : rule;
    }

    private static List<FloatSpan> state(UpdateRule rule, int n, boolean inNativeMemory) {
        List<FloatSpan> state = new ArrayList<>();
        for (int i = 0; i < rule.at(0).state().size(); i++) {
            state.add(inNativeMemory ? inNativeMemory(new float[n]) : FloatSpan.of(new float[n]));
        }
        GradientTransform.initialize(rule, state);
        return state;
    }

    private static FloatSpan inNativeMemory(float[] values) {
        FloatSpan span = FloatSpan.of(Arena.ofAuto().allocate(4L * values.length, 64));
        span.copyFrom(FloatSpan.of(values));
        return span;
    }

    /** Three steps by a transform, with a new one before the last, leave the bits of three steps of an optimizer. */
    private static void assertSameAsSteps(UpdateRule rule, boolean inNativeMemory) {
        float[] expected = Floats.random(N, 1);
        float[] found = expected.clone();
        Optimizer optimizer = new Optimizer(FloatSpan.of(expected), rule);
        List<FloatSpan> state = state(rule, N, inNativeMemory);
        GradientTransform transform = new GradientTransform(N, rule, state, 0);
        for (int step = 0; step < 3; step++) {
            float[] gradients = Floats.random(N, 2 + step);
            optimizer.step(FloatSpan.of(gradients));
            FloatSpan update = inNativeMemory ? inNativeMemory(gradients) : FloatSpan.of(gradients);
            if (step == 2) {
                transform = new GradientTransform(N, rule, state, 2);
            }
            transform.apply(update);
            for (int i = 0; i < N; i++) {
                found[i] -= update.get(i);
            }
        }
        assertArrayEquals(expected, found, rule.toString());
        assertEquals(3, transform.steps());
        for (int b = 0; b < state.size(); b++) {
            String name = rule.at(0).state().get(b).name();
            assertArrayEquals(
                    optimizer.state("all", name).toArray(), state.get(b).toArray(), rule + " " + name);
        }
    }

    @Test
    void theUpdateOfEachRuleOfAGradientIsWhatAStepSubtracts() {
        TreeSet<String> refused = new TreeSet<>();
        for (UpdateRule rule : rules()) {
            try {
                new GradientTransform(N, rule, state(rule, N, false), 0);
            } catch (IllegalArgumentException e) {
                String name = rule.getClass().getSimpleName();
                assertEquals(
                        "rule must be one of a gradient and buffers of state alone, such as Adam: " + name,
                        e.getMessage());
                refused.add(rule.reductions().isEmpty() ? name : name + " with sums");
                continue;
            }
            assertSameAsSteps(rule, false);
            assertSameAsSteps(rule, true);
        }
        assertEquals(
                new TreeSet<>(List.of(
                        "Adafactor with sums",
                        "AdamW with sums",
                        "Asgd",
                        "Ftrl",
                        "Lamb with sums",
                        "Lars with sums",
                        "Muon",
                        "NAdam",
                        "NorMuon",
                        "NormalizedSgd",
                        "NovoGrad",
                        "Prodigy with sums",
                        "ScheduleFreeAdamW",
                        "ScheduleFreeSgd")),
                refused);
    }

    @Test
    void aScheduledRuleFollowsTheSteps() {
        assertSameAsSteps(
                UpdateRule.scheduled(step -> new Sgd(new LinearWarmup(0.1, 4, 0.01)).withMomentum(0.9 - 0.1 * step)),
                false);
    }

    /** A rule of the application's own whose update depends on the parameters in a way that only its results show. */
    private record Pull(double learningRateValue) implements UpdateRule {
        @Override
        public Schedule learningRate() {
            return step -> learningRateValue;
        }

        @Override
        public UpdateRule withLearningRate(Schedule learningRate) {
            return new Pull(learningRate.at(0));
        }

        @Override
        public List<StateBuffer> state() {
            return List.of();
        }

        @Override
        public void coefficients(Step step, float[] c) {
            c[0] = (float) step.learningRate();
        }

        @Override
        public void update(float[][] buffers, int from, int to, float[] c) {
            for (int i = from; i < to; i++) {
                buffers[0][i] -= c[0] * (buffers[1][i] + 0.01f * buffers[0][i]);
            }
        }
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void whatATransformCannotApplyIsRefused() {
        assertRefused(
                "weightDecay of AdamW must be 0, since a transform has no parameters: 0.01",
                () -> new GradientTransform(3, new AdamW(), state(new AdamW(), 3, false), 0));
        assertRefused(
                "rule must be one of a gradient and buffers of state alone, such as Adam: Pull",
                () -> new GradientTransform(3, new Pull(0.1), List.of(), 0));
        Adam rule = new Adam();
        List<FloatSpan> state = state(rule, 3, false);
        assertRefused(
                "state must have 2 buffers, [exp_avg, exp_avg_sq]: 1",
                () -> new GradientTransform(3, rule, state.subList(0, 1), 0));
        assertRefused("length of state exp_avg must be 4: 3", () -> new GradientTransform(4, rule, state, 0));
        assertRefused(
                "buffers of state must not overlap",
                () -> new GradientTransform(3, rule, List.of(state.get(0), state.get(0)), 0));
        assertRefused("length and steps must not be negative: 3, -1", () -> new GradientTransform(3, rule, state, -1));
        GradientTransform transform = new GradientTransform(3, rule, state, 0);
        assertRefused(
                "length of gradients must be 3 (length of the transform): 2",
                () -> transform.apply(FloatSpan.of(new float[2])));
        assertRefused("gradients and state must not overlap", () -> transform.apply(state.get(1)));
        FloatSpan readOnly = FloatSpan.of(MemorySegment.ofArray(new float[3]).asReadOnly());
        String message = assertThrows(IllegalArgumentException.class, () -> transform.apply(readOnly))
                .getMessage();
        assertTrue(message.startsWith("gradients must not be read-only: "), message);
        assertEquals(0, transform.steps());
    }

    @Test
    void closedMemoryIsRefused() {
        GradientTransform transform = new GradientTransform(2, new Sgd(), List.of(), 0);
        Arena arena = Arena.ofConfined();
        FloatSpan gradients = FloatSpan.of(arena.allocate(8));
        transform.apply(gradients);
        arena.close();
        assertThrows(IllegalStateException.class, () -> transform.apply(gradients));
        assertEquals(1, transform.steps());
    }

    /** Only all of the state is initialized. */
    @Test
    void stateThatCannotBeWrittenIsNotInitialized() {
        Adagrad rule = new Adagrad().withInitialSum(0.5);
        float[] first = {7, 7};
        Arena arena = Arena.ofConfined();
        FloatSpan closed = FloatSpan.of(arena.allocate(8));
        arena.close();
        FloatSpan readOnly = FloatSpan.of(MemorySegment.ofArray(new float[2]).asReadOnly());
        AdaBelief two = new AdaBelief();
        assertRefused(
                "state exp_avg_var must not be read-only: " + readOnly,
                () -> GradientTransform.initialize(two, List.of(FloatSpan.of(first), readOnly)));
        assertEquals(
                "the memory of the state has been closed",
                assertThrows(
                                IllegalStateException.class,
                                () -> GradientTransform.initialize(two, List.of(FloatSpan.of(first), closed)))
                        .getMessage());
        assertArrayEquals(new float[] {7, 7}, first);
        GradientTransform.initialize(rule, List.of(FloatSpan.of(first)));
        assertArrayEquals(new float[] {0.5f, 0.5f}, first);
    }

    /** A schedule may neither apply the transform within a call nor harm it by closing memory. */
    @Test
    void whatAScheduleMayNotDoIsRefused() {
        for (boolean ofState : List.of(true, false)) {
            Arena arena = Arena.ofConfined();
            FloatSpan closing = FloatSpan.of(arena.allocate(8));
            FloatSpan state = ofState ? closing : FloatSpan.of(new float[2]);
            FloatSpan gradients = ofState ? FloatSpan.of(new float[] {3, 4}) : closing;
            GradientTransform[] self = new GradientTransform[1];
            Schedule schedule = step -> {
                if (step == 1) {
                    assertEquals(
                            "this thread is in a call of this transform already, whose callbacks must not call it"
                                    + " again",
                            assertThrows(IllegalStateException.class, () -> self[0].apply(gradients))
                                    .getMessage());
                    arena.close();
                }
                return 0.1;
            };
            Sgd rule = new Sgd().withMomentum(0.9).withLearningRate(schedule);
            self[0] = new GradientTransform(2, rule, List.of(state), 0);
            self[0].apply(gradients);
            float[] before = ofState ? gradients.toArray() : state.toArray();
            assertEquals(
                    "the memory of the " + (ofState ? "state" : "gradients") + " has been closed",
                    assertThrows(IllegalStateException.class, () -> self[0].apply(gradients))
                            .getMessage());
            assertEquals(1, self[0].steps());
            assertArrayEquals(before, ofState ? gradients.toArray() : state.toArray());
        }
    }

    @Test
    void allocatesNothing() {
        UpdateRule rule = new Adam(1e-3);
        GradientTransform transform = new GradientTransform(N, rule, state(rule, N, true), 0);
        FloatSpan gradients = FloatSpan.of(Floats.random(N, 1));
        Garbage.assertNone(() -> transform.apply(gradients));
    }
}
