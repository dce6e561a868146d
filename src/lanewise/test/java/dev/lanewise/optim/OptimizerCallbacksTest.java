package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Schedule;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Code of the application that a step calls may neither crash it by closing memory nor step within it. */
class OptimizerCallbacksTest {
    /** Enough for two threads. */
    private static final int N = 1 << 16;

    /** The methods by which a step calls the application. */
    private enum Callback {
        SCHEDULE,
        SCHEDULED_RULE,
        AT,
        LEARNING_RATE,
        WEIGHT_DECAY,
        STATE,
        OPTIONS,
        NORM_SCOPE,
        COEFFICIENTS,
        UPDATE
    }

    /** What is done in a callback. */
    private static final class Hook {
        private Callback callback;
        private Runnable action;
    }

    /** A rule of the application's own, one of whose methods runs an action. */
    private record Own(Hook hook) implements UpdateRule {
        private void call(Callback callback) {
            if (callback == hook.callback) {
                hook.action.run();
            }
        }

        /** Returns another rule, whose structure is compared. */
        @Override
        public UpdateRule at(long step) {
            call(Callback.AT);
            return new Own(hook);
        }

        @Override
        public Schedule learningRate() {
            call(Callback.LEARNING_RATE);
            return step -> {
                call(Callback.SCHEDULE);
                return 0.1;
            };
        }

        @Override
        public UpdateRule withLearningRate(Schedule learningRate) {
            return this;
        }

        @Override
        public double weightDecay() {
            call(Callback.WEIGHT_DECAY);
            return 0;
        }

        @Override
        public List<StateBuffer> state() {
            call(Callback.STATE);
            return List.of();
        }

        @Override
        public Set<String> options() {
            call(Callback.OPTIONS);
            return Set.of();
        }

        @Override
        public List<StateScalar> scalars() {
            return List.of(new StateScalar("product", 1));
        }

        @Override
        public NormScope normScope() {
            call(Callback.NORM_SCOPE);
            return NormScope.GROUP;
        }

        @Override
        public void coefficients(Step step, float[] c) {
            call(Callback.COEFFICIENTS);
            step.scalar(0, 2 * step.scalar(0));
        }

        @Override
        public void update(float[][] buffers, int from, int to, float[] c) {
            call(Callback.UPDATE);
        }
    }

    static Stream<Arguments> callbacks() {
        List<Arguments> all = new ArrayList<>();
        for (Callback callback : Callback.values()) {
            for (boolean parameters : List.of(true, false)) {
                for (StepOptions options : List.of(
                        StepOptions.DEFAULT,
                        StepOptions.DEFAULT.withStatistics(true),
                        StepOptions.DEFAULT.withAverageDecay(0.9).withZeroGradients(true),
                        StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)))) {
                    all.add(Arguments.of(callback, parameters, options));
                }
            }
        }
        return all.stream();
    }

    /** The rule or the schedule of the group between two others is the application's, and acts in the third step. */
    private static Optimizer optimizer(FloatSpan parameters, StepOptions options, Callback callback, Runnable action) {
        Hook hook = new Hook();
        UpdateRule rule = callback == Callback.SCHEDULED_RULE
                ? UpdateRule.scheduled(step -> {
                    if (step == 2) {
                        action.run();
                    }
                    return new Sgd(0.1);
                })
                : new Own(hook);
        Optimizer optimizer = new Optimizer(
                parameters,
                List.of(
                        new ParameterGroup("a", 0, N / 4, new AdamW()),
                        new ParameterGroup("own", N / 4, N / 4, rule),
                        new ParameterGroup("b", N / 2, N / 2, new Lion())),
                options);
        for (int step = 0; step < 2; step++) {
            optimizer.step(FloatSpan.of(random(N, step)));
        }
        hook.callback = callback;
        hook.action = action;
        return optimizer;
    }

    /** An update of the application's own runs when others have been written; the rest must not crash. */
    @ParameterizedTest
    @MethodSource("callbacks")
    void mayCloseAConfinedArena(Callback callback, boolean ofParameters, StepOptions options) {
        Arena arena = Arena.ofConfined();
        FloatSpan closing = FloatSpan.of(arena.allocate(4L * N));
        FloatSpan parameters = ofParameters ? closing : FloatSpan.of(random(N, 3));
        FloatSpan gradients = ofParameters ? FloatSpan.of(random(N, 4)) : closing;
        boolean scaled = options.equals(StepOptions.DEFAULT);
        LossScale scale = new LossScale(16);
        Optimizer optimizer = optimizer(parameters, scaled ? options.withLossScale(scale) : options, callback, () -> {
            if (arena.scope().isAlive()) {
                arena.close();
            }
        });
        float[] before = parameters.toArray();
        String message = assertThrows(IllegalStateException.class, () -> optimizer.step(gradients))
                .getMessage();
        if (callback == Callback.UPDATE) {
            // The message is the JDK's where a copy finds the arena closed.
            assertTrue(message.toLowerCase().contains("closed"), message);
            return;
        }
        assertEquals("the memory of the " + (ofParameters ? "parameters" : "gradients") + " has been closed", message);
        assertEquals(2, optimizer.steps());
        for (int group = 0; group < 3; group++) {
            assertEquals(2, optimizer.steps(group));
        }
        assertArrayEquals(callback == Callback.SCHEDULED_RULE ? new double[0] : new double[] {4}, optimizer.scalars(1));
        assertEquals(scaled ? 2 : 0, scale.goodSteps());
        if (!ofParameters) {
            assertArrayEquals(before, parameters.toArray());
            // The step that was refused leaves no trace in the next one.
            Optimizer other = optimizer(
                    FloatSpan.of(random(N, 3)),
                    scaled ? options.withLossScale(new LossScale(16)) : options,
                    callback,
                    () -> {});
            other.step(FloatSpan.of(random(N, 5)));
            optimizer.step(FloatSpan.of(random(N, 5)));
            assertArrayEquals(other.parameters().toArray(), parameters.toArray());
            assertEquals(3, optimizer.steps());
        }
    }

    /** The executor runs on the caller's thread, and is called for the norm of gradients that every thread may read. */
    @Test
    void anExecutorMayCloseAConfinedArena() {
        Arena arena = Arena.ofConfined();
        Workers workers = Workers.on(
                helper -> {
                    if (arena.scope().isAlive()) {
                        arena.close();
                    }
                },
                2);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(arena.allocate(4L * N)),
                new AdamW(),
                StepOptions.DEFAULT.withWorkers(workers).withClipping(Clipping.byNorm(1)));
        assertEquals(
                "the memory of the parameters has been closed",
                assertThrows(IllegalStateException.class, () -> optimizer.step(FloatSpan.of(random(N, 1))))
                        .getMessage());
        assertEquals(0, optimizer.steps());
    }

    @ParameterizedTest
    @MethodSource("callbacks")
    void mayNotStep(Callback callback, boolean step, StepOptions options) {
        FloatSpan gradients = FloatSpan.of(random(N, 1));
        Optimizer[] self = new Optimizer[1];
        self[0] = optimizer(FloatSpan.of(random(N, 2)), options, callback, () -> {
            if (step) {
                self[0].step(gradients);
            } else {
                self[0].setLearningRate(0.2);
            }
        });
        assertEquals(
                "this thread is in a step of this optimizer already, whose callbacks must not call it again",
                assertThrows(IllegalStateException.class, () -> self[0].step(gradients))
                        .getMessage());
        assertEquals(callback == Callback.UPDATE ? 3 : 2, self[0].steps());
    }
}
