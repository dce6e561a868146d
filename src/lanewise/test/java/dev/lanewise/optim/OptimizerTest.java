package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerTest {
    @Test
    void groupsHaveTheirOwnRulesAndRates() {
        float[] whole = random(1000, 1);
        float[] expected = whole.clone();
        float[] gradients = random(1000, 2);
        Optimizer grouped = new Optimizer(
                FloatSpan.of(whole),
                List.of(
                        new ParameterGroup("b", 600, 300, new Sgd(new WarmupCosine(0.1, 2, 5)).withMomentum(0.9)),
                        new ParameterGroup("a", 0, 333, new AdamW())),
                StepOptions.DEFAULT);
        Optimizer first = new Optimizer(FloatSpan.of(expected, 0, 333), new AdamW());
        Optimizer second =
                new Optimizer(FloatSpan.of(expected, 600, 300), new Sgd(new WarmupCosine(0.1, 2, 5)).withMomentum(0.9));
        for (int i = 0; i < 7; i++) {
            grouped.step(FloatSpan.of(gradients));
            first.step(FloatSpan.of(gradients, 0, 333));
            second.step(FloatSpan.of(gradients, 600, 300));
            assertEquals(
                    second.report().group("all").learningRate(),
                    grouped.report().group("b").learningRate());
        }
        assertArrayEquals(expected, whole);
        assertArrayEquals(
                second.state("all", "momentum_buffer").toArray(),
                grouped.state("b", "momentum_buffer").toArray());
        assertEquals(7, grouped.steps());
    }

    @Test
    void manyGroupsAreOne() {
        float[] parameters = random(50_000, 3);
        float[] expected = parameters.clone();
        float[] gradients = random(50_000, 4);
        List<ParameterGroup> groups = new ArrayList<>();
        AdamW rule = new AdamW();
        Random random = new Random(5);
        for (int from = 0, length; from < 50_000; from += length) {
            length = Math.min(1 + random.nextInt(50), 50_000 - from);
            groups.add(new ParameterGroup("g" + from, from, length, rule));
        }
        try (Workers workers = Workers.of(2)) {
            Optimizer many = new Optimizer(FloatSpan.of(parameters), groups, StepOptions.DEFAULT.withWorkers(workers));
            Optimizer one = new Optimizer(FloatSpan.of(expected), rule);
            for (int i = 0; i < 3; i++) {
                many.step(FloatSpan.of(gradients));
                one.step(FloatSpan.of(gradients));
            }
        }
        assertArrayEquals(expected, parameters);
    }

    /** With statistics each group is updated for itself; without, neighbours together. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void groupsOfManyKindsAreTheSameWithStatisticsAndWithout(boolean average) {
        int n = 150_000;
        float[] initial = random(n, 8);
        List<ParameterGroup> groups = new ArrayList<>();
        List<UpdateRule> rules = List.of(new AdamW(), new AdamW().withWeightDecay(0.1), new Lion());
        Random random = new Random(9);
        for (int from = 0, length; from < n; from += length) {
            length = Math.min(random.nextInt(random.nextInt(10) == 0 ? 40_000 : 20), n - from);
            ParameterGroup group = new ParameterGroup("g" + groups.size(), from, length, rules.get(random.nextInt(3)));
            groups.add(group.withFrozen(random.nextInt(10) == 0));
            from += random.nextInt(10) == 0 ? Math.min(3, n - from - length) : 0;
        }
        StepOptions options =
                StepOptions.DEFAULT.withAverageDecay(average ? 0.9 : 1).withZeroGradients(average);
        List<Optimizer> both = new ArrayList<>();
        for (boolean statistics : List.of(true, false)) {
            try (Workers workers = Workers.of(statistics ? 1 : 3)) {
                both.add(new Optimizer(
                        FloatSpan.of(initial.clone()),
                        groups,
                        options.withWorkers(workers).withStatistics(statistics)));
                for (int step = 0; step < 4; step++) {
                    float[] gradients = random(n, 10 + step);
                    both.getLast().step(FloatSpan.of(gradients));
                    if (step == 1) {
                        ParameterGroup middle = groups.get(groups.size() / 2);
                        both.getLast().replace(middle.withFrozen(!middle.frozen()));
                    }
                }
            }
        }
        Optimizer on = both.getFirst(), off = both.getLast();
        assertArrayEquals(on.parameters().toArray(), off.parameters().toArray());
        if (average) {
            assertArrayEquals(on.average().toArray(), off.average().toArray());
        }
        for (ParameterGroup group : groups) {
            for (StateBuffer buffer : group.rule().state()) {
                assertArrayEquals(
                        on.state(group.name(), buffer.name()).toArray(),
                        off.state(group.name(), buffer.name()).toArray());
            }
            assertEquals(
                    on.report().group(group.name()).learningRate(),
                    off.report().group(group.name()).learningRate());
        }
    }

    /** The state has the parameters' index, or is aligned to cache lines like them, and its arrays end 1 KiB apart modulo 4 KiB. */
    @Test
    void stateOfManyParametersHasTheirIndexAndLiesApart() {
        int n = 1 << 12;
        for (int offset : List.of(0, 5, 1000, 2000)) {
            for (FloatSpan parameters : List.of(
                    FloatSpan.of(new float[n + offset], offset, n),
                    FloatSpan.of(Arena.ofAuto().allocate(4 * (n + offset), 64)).slice(offset, n))) {
                Optimizer optimizer = new Optimizer(parameters, new AdamW().withAmsgrad(true));
                for (String name : List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq")) {
                    FloatSpan state = optimizer.state("all", name);
                    assertEquals(n, state.length());
                    assertTrue(state.array().length < n + 2048);
                    assertEquals(256, (Storage.HEADER + state.array().length) % 1024);
                    long distance = Storage.position(state, 0) - Storage.position(parameters, 0);
                    assertEquals(0, distance % 1024);
                    if (parameters.isArray() && offset < 1024) {
                        assertEquals(offset, state.arrayOffset());
                    }
                }
            }
        }
        Optimizer small = new Optimizer(FloatSpan.of(new float[n - 1]), new AdamW());
        assertEquals(n - 1, small.state("all", "exp_avg").array().length);
    }

    @Test
    void aStepAllocatesNothing() {
        try (Workers workers = Workers.of(2)) {
            for (FloatSpan parameters : List.of(
                    FloatSpan.of(random(100_003, 6)),
                    FloatSpan.of(Arena.ofAuto().allocate(4 * 100_003)))) {
                FloatSpan gradients = FloatSpan.of(random(100_003, 7));
                Optimizer optimizer = new Optimizer(
                        parameters,
                        new AdamW(new WarmupCosine(1e-3, 5, 100)),
                        StepOptions.DEFAULT.withWorkers(workers));
                Garbage.assertNone(() -> optimizer.step(gradients));
            }
        }
    }

    @Test
    void aRuleOfTheApplicationsOwnRunsByItsDefinition() {
        record SignSgd(Schedule learningRate) implements UpdateRule {
            @Override
            public SignSgd withLearningRate(Schedule learningRate) {
                return new SignSgd(learningRate);
            }

            @Override
            public List<StateBuffer> state() {
                return List.of(new StateBuffer("count", 5));
            }

            @Override
            public void coefficients(Step step, float[] constants) {
                constants[0] = (float) step.learningRate();
            }

            @Override
            public void update(float[][] buffers, int from, int to, float[] constants) {
                for (int i = from; i < to; i++) {
                    buffers[0][i] -= constants[0] * Math.signum(buffers[1][i]);
                    buffers[2][i]++;
                }
            }
        }
        for (FloatSpan parameters : List.of(
                FloatSpan.of(new float[5000]), FloatSpan.of(Arena.ofAuto().allocate(20_000)))) {
            float[] gradients = new float[5000];
            gradients[4999] = -3;
            Optimizer optimizer = new Optimizer(parameters, new SignSgd(new Constant(0.5)));
            optimizer.step(FloatSpan.of(gradients));
            assertEquals(0.5f, parameters.get(4999));
            assertEquals(0, parameters.get(4998));
            assertEquals(6, optimizer.state("all", "count").get(0));
        }
    }

    @Test
    void refusesASecondThreadWithinAStep() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[4]), new Sgd(step -> {
            inside.countDown();
            try {
                leave.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return 0.1;
        }));
        Thread first = Thread.ofPlatform().start(() -> optimizer.step(FloatSpan.of(new float[4])));
        inside.await();
        assertEquals(
                "another thread is in a step of this optimizer",
                assertThrows(IllegalStateException.class, () -> optimizer.step(FloatSpan.of(new float[4])))
                        .getMessage());
        leave.countDown();
        first.join();
        assertEquals(1, optimizer.steps());
    }

    @Test
    void saysWhatIsWrongWithGroups() {
        assertMessage("group a must end within the 10 parameters: 11", new ParameterGroup("a", 5, 6, new Sgd()));
        assertMessage(
                "groups must not overlap: a, b",
                new ParameterGroup("b", 4, 5, new Sgd()),
                new ParameterGroup("a", 0, 5, new Sgd()));
        assertMessage(
                "names of groups must be unique: a",
                new ParameterGroup("a", 0, 5, new Sgd()),
                new ParameterGroup("a", 5, 5, new Sgd()));
        assertEquals(
                "from and length of group a must not be negative: -1, 3",
                assertThrows(IllegalArgumentException.class, () -> new ParameterGroup("a", -1, 3, new Sgd()))
                        .getMessage());
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[3]), new AdamW());
        assertEquals(
                "state of group all must be one of [exp_avg, exp_avg_sq]: momentum_buffer",
                assertThrows(IllegalArgumentException.class, () -> optimizer.state("all", "momentum_buffer"))
                        .getMessage());
        assertEquals(
                "group must be one of [all]: layer",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> optimizer.report().group("layer").learningRate())
                        .getMessage());
    }

    private static void assertMessage(String message, ParameterGroup... groups) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Optimizer(FloatSpan.of(new float[10]), List.of(groups), StepOptions.DEFAULT))
                        .getMessage());
    }

    @Test
    void aRateThatIsNoRateStopsTheStepBeforeItBegins() {
        float[] parameters = {1, 2};
        for (double rate : new double[] {Double.NaN, -1, Double.POSITIVE_INFINITY}) {
            Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new Sgd(step -> rate));
            assertEquals(
                    "the learning rate of group all must be finite and not negative: " + rate + " at step 0",
                    assertThrows(IllegalStateException.class, () -> optimizer.step(FloatSpan.of(new float[] {1, 1})))
                            .getMessage());
            assertEquals(0, optimizer.steps());
        }
        assertArrayEquals(new float[] {1, 2}, parameters);
    }
}
