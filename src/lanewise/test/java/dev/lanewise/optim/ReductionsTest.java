package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What rules need beyond one pass: sums before the update, copies of the parameters, and parameters to evaluate. */
class ReductionsTest {
    private static final int LENGTH = 3 * 4096 + 77;

    private static float[] random(long seed, int length) {
        float[] values = new float[length];
        Random random = new Random(seed);
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static List<ParameterGroup> groups(UpdateRule rule) {
        return List.of(new ParameterGroup("a", 0, 5000, rule), new ParameterGroup("b", 5000, LENGTH - 5000, rule));
    }

    private static float[] train(FloatSpan parameters, UpdateRule rule, StepOptions options) {
        parameters.copyFrom(random(1, LENGTH), 0, 0, LENGTH);
        Optimizer optimizer = new Optimizer(parameters, groups(rule), options);
        for (int step = 0; step < 4; step++) {
            optimizer.step(FloatSpan.of(random(10 + step, LENGTH)), 0.5);
        }
        return parameters.toArray();
    }

    @ParameterizedTest
    @EnumSource(value = NormScope.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void theBitsDoNotDependOnThreadsAndStorage(NormScope scope) {
        float[] expected = train(FloatSpan.of(new float[LENGTH]), new ReductionProbe(scope), StepOptions.DEFAULT);
        for (int threads : new int[] {2, 3}) {
            try (Workers workers = Workers.of(threads)) {
                StepOptions options = StepOptions.DEFAULT.withWorkers(workers);
                assertArrayEquals(expected, train(FloatSpan.of(new float[LENGTH]), new ReductionProbe(scope), options));
                assertArrayEquals(
                        expected,
                        train(
                                FloatSpan.of(new float[LENGTH]),
                                new ReductionProbe(scope),
                                options.withStatistics(true)));
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            FloatSpan segment = FloatSpan.of(arena.allocate(4L * LENGTH, 4));
            assertArrayEquals(expected, train(segment, new ReductionProbe(scope), StepOptions.DEFAULT));
        }
    }

    /** The two groups, each as one piece, by the definition with sums of its own. */
    @Test
    void theSumsAreThoseOfTheGroup() {
        float[] actual =
                train(FloatSpan.of(new float[LENGTH]), new ReductionProbe(NormScope.GROUP), StepOptions.DEFAULT);
        float[] parameters = random(1, LENGTH);
        for (int[] bounds : new int[][] {{0, 5000}, {5000, LENGTH}}) {
            Definition definition = new Definition(
                    new ReductionProbe(NormScope.GROUP), Arrays.copyOfRange(parameters, bounds[0], bounds[1]));
            definition.gradientFactor = 0.5;
            for (int step = 0; step < 4; step++) {
                definition.step(Arrays.copyOfRange(random(10 + step, LENGTH), bounds[0], bounds[1]));
            }
            assertArrayEquals(definition.parameters(), Arrays.copyOfRange(actual, bounds[0], bounds[1]));
        }
    }

    @ParameterizedTest
    @EnumSource(value = NormScope.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void ranksThatExchangeTheirSumsHaveTheBitsOfOne(NormScope scope) throws Exception {
        StepOptions options = StepOptions.DEFAULT.withClipping(Clipping.byNorm(3));
        float[] expected = train(FloatSpan.of(new float[LENGTH]), new ReductionProbe(scope), options);
        for (int world : new int[] {1, 2, 3, 5}) {
            float[] parameters = random(1, LENGTH), gathered = new float[LENGTH];
            Exchange exchange = new Exchange(world);
            List<Thread> ranks = new ArrayList<>();
            for (int rank = 0; rank < world; rank++) {
                Shard shard = new Shard(LENGTH, groups(new ReductionProbe(scope)), rank, world);
                int from = (int) shard.from(), length = (int) shard.length();
                ranks.add(Thread.startVirtualThread(() -> {
                    float[] own = Arrays.copyOfRange(parameters, from, from + length);
                    Optimizer optimizer = new Optimizer(FloatSpan.of(own), shard, options);
                    for (int step = 0; step < 4; step++) {
                        optimizer.step(FloatSpan.of(random(10 + step, LENGTH), from, length), 0.5, exchange);
                    }
                    System.arraycopy(own, 0, gathered, from, length);
                }));
            }
            for (Thread rank : ranks) {
                rank.join();
            }
            assertArrayEquals(expected, gathered, "ranks: " + world);
        }
    }

    /** Adds up the arrays of the ranks, which are threads. */
    private static final class Exchange implements SumExchange {
        private final CyclicBarrier barrier;
        private final List<double[]> given = new ArrayList<>();
        private double[] total;

        Exchange(int world) {
            this.barrier = new CyclicBarrier(world, this::addUp);
        }

        private void addUp() {
            if (given.isEmpty()) {
                return;
            }
            total = new double[given.getFirst().length];
            for (double[] sums : given) {
                for (int i = 0; i < total.length; i++) {
                    total[i] += sums[i];
                }
            }
            given.clear();
        }

        @Override
        public void gather(double[] sums, int from, int count) {
            synchronized (given) {
                given.add(sums.clone());
            }
            try {
                barrier.await();
                System.arraycopy(total, 0, sums, 0, sums.length);
                barrier.await();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A rule that could have reductions, such as that of Lion with caution, may have none beside one that has. */
    @Test
    void aGroupWithoutReductionsStepsBesideOneWithThem() {
        float[] both = new float[20], alone = new float[10], gradients = new float[20];
        Arrays.fill(gradients, 1);
        List<ParameterGroup> groups =
                List.of(new ParameterGroup("lion", 0, 10, new Lion()), new ParameterGroup("lamb", 10, 10, new Lamb()));
        new Optimizer(FloatSpan.of(both), groups, StepOptions.DEFAULT).step(FloatSpan.of(gradients));
        new Optimizer(FloatSpan.of(alone), new Lion()).step(FloatSpan.of(gradients, 0, 10));
        assertArrayEquals(alone, Arrays.copyOf(both, 10));
    }

    @Test
    void severalRanksNeedAnExchange() {
        Shard shard = new Shard(LENGTH, groups(new ReductionProbe(NormScope.GROUP)), 1, 2);
        float[] parameters = random(1, (int) shard.length());
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), shard, StepOptions.DEFAULT);
        FloatSpan gradients = FloatSpan.of(random(2, parameters.length));
        assertEquals(
                "exchange must gather the sums of all ranks, since the rules of rank 1 of 2 have reductions: null",
                assertThrows(IllegalStateException.class, () -> optimizer.step(gradients))
                        .getMessage());
        assertEquals(
                "lost",
                assertThrows(
                                IllegalStateException.class,
                                () -> optimizer.step(gradients, 1, (sums, from, count) -> {
                                    throw new IllegalStateException("lost");
                                }))
                        .getMessage());
        assertArrayEquals(random(1, parameters.length), parameters);
    }

    @Test
    void theReportHasTheRateThatTheRuleApplied() {
        float[] parameters = {3, 4};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new ReductionProbe(NormScope.GROUP));
        StepReport.Group report =
                optimizer.step(FloatSpan.of(new float[] {1, 0})).group("all");
        // The sum of total + z is 8, the squares of p 25, and those of total − p 4 + 16.
        assertEquals(0.1, report.learningRate());
        assertEquals(0.1 * 8 / Math.sqrt(25 * 20), report.effectiveLearningRate(), 1e-8);
        Optimizer plain = new Optimizer(FloatSpan.of(new float[1]), new Sgd(0.25));
        assertEquals(0.25, plain.step(FloatSpan.of(new float[1])).group("all").effectiveLearningRate());
    }

    @Test
    void aCopyOfTheParametersIsTakenAtTheFirstStepOfItsGroup() {
        float[] parameters = random(1, LENGTH);
        UpdateRule rule = new ReductionProbe(NormScope.GROUP);
        List<ParameterGroup> groups = new ArrayList<>(groups(rule));
        groups.set(0, groups.get(0).withFrozen(true));
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), groups, StepOptions.DEFAULT);
        parameters[0] = 7;
        optimizer.step(FloatSpan.of(random(2, LENGTH)));
        assertEquals(0, optimizer.state("a", "z").get(0));
        assertEquals(random(1, LENGTH)[6000], optimizer.state("b", "z").get(1000));
        parameters[0] = 9;
        optimizer.replace(optimizer.group("a").withFrozen(false));
        optimizer.step(FloatSpan.of(random(2, LENGTH)));
        assertEquals(9, optimizer.state("a", "z").get(0));
        assertEquals(random(1, LENGTH)[6000], optimizer.state("b", "z").get(1000), "only once");
    }

    @Test
    void copiesTheParametersToEvaluate() {
        float[] parameters = random(1, LENGTH), target = new float[LENGTH];
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("a", 0, 5000, new ReductionProbe(NormScope.GROUP)),
                new ParameterGroup("b", 5000, 5000, new Sgd(0.5)));
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), groups, StepOptions.DEFAULT);
        optimizer.copyEvaluationParameters(FloatSpan.of(target));
        assertArrayEquals(parameters, target, "before the first step");
        optimizer.step(FloatSpan.of(random(2, LENGTH)));
        optimizer.copyEvaluationParameters(FloatSpan.of(target));
        assertArrayEquals(optimizer.state("a", "z").toArray(), Arrays.copyOf(target, 5000));
        assertArrayEquals(
                Arrays.copyOfRange(parameters, 5000, LENGTH), Arrays.copyOfRange(target, 5000, LENGTH), "the rest");
        Optimizer averaged =
                new Optimizer(FloatSpan.of(parameters), new Sgd(0.5), StepOptions.DEFAULT.withAverageDecay(0.9));
        averaged.step(FloatSpan.of(random(3, LENGTH)));
        averaged.copyEvaluationParameters(FloatSpan.of(target));
        assertArrayEquals(averaged.average().toArray(), target);
    }

    @Test
    void refusesTargetsForTheParametersToEvaluate() {
        float[] parameters = random(1, 8);
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW());
        assertEquals(
                "length of target must be 8 (length of parameters): 7",
                refusal(() -> optimizer.copyEvaluationParameters(FloatSpan.of(new float[7]))));
        assertEquals(
                "target and parameters must not overlap",
                refusal(() -> optimizer.copyEvaluationParameters(FloatSpan.of(parameters))));
        assertEquals(
                "target and state must not overlap",
                refusal(() -> optimizer.copyEvaluationParameters(optimizer.state("all", "exp_avg"))));
    }

    @Test
    void refusesASecondAverage() {
        StepOptions averaged = StepOptions.DEFAULT.withAverageDecay(0.9);
        String message = "averageDecay must be 1 with ReductionProbe, which has an average of its own: 0.9";
        assertEquals(
                message,
                refusal(() ->
                        new Optimizer(FloatSpan.of(new float[1]), new ReductionProbe(NormScope.GROUP), averaged)));
        assertEquals(
                "scope must be GROUP or ALL: NONE",
                refusal(() -> new Reduction(Reduction.Term.PREPARED, NormScope.NONE)));
    }

    private static String refusal(Executable executable) {
        return assertThrows(IllegalArgumentException.class, executable).getMessage();
    }
}
