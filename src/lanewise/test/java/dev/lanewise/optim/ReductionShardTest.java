package dev.lanewise.optim;

import static dev.lanewise.optim.ShardTest.combined;
import static dev.lanewise.optim.ShardTest.cut;
import static dev.lanewise.optim.ShardTest.needsNorms;
import static dev.lanewise.optim.ShardTest.random;
import static dev.lanewise.optim.ShardTest.same;
import static dev.lanewise.optim.ShardTest.sameState;
import static dev.lanewise.optim.ShardTest.scaled;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Garbage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;

/** However many ranks share the parameters of rules with reductions, each has the bits that one process would give its range. */
class ReductionShardTest {
    /** Shared by all tries: threads take longer to begin than a try. */
    private static final ExecutorService THREADS = Executors.newCachedThreadPool();

    @AfterContainer
    static void end() {
        THREADS.shutdown();
    }

    /** Ranks that are threads exchange their sums through an array. */
    private static final class Exchange implements SumExchange {
        private final CyclicBarrier barrier;
        private double[] all = {};

        Exchange(int world) {
            barrier = new CyclicBarrier(world);
        }

        @Override
        public void gather(double[] sums, int from, int count) {
            synchronized (this) {
                all = all.length == sums.length ? all : new double[sums.length];
                System.arraycopy(sums, from, all, from, count);
            }
            await();
            System.arraycopy(all, 0, sums, 0, sums.length);
            await();
        }

        private void await() {
            try {
                barrier.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Provide
    Arbitrary<ShardTest.Layout> layouts() {
        List<UpdateRule> rules = new ArrayList<>(
                RuleTable.rules().filter(rule -> !rule.reductions().isEmpty()).toList());
        rules.add(new AdamW());
        rules.add(new NormalizedSgd());
        return ShardTest.layouts(rules).map(ReductionShardTest::withOneRuleForSharedSums);
    }

    private static ShardTest.Layout withOneRuleForSharedSums(ShardTest.Layout layout) {
        UpdateRule[] first = new UpdateRule[1];
        List<ParameterGroup> groups = new ArrayList<>();
        for (ParameterGroup group : layout.groups()) {
            boolean shares = Groups.sharesSums(group.rule().reductions());
            first[0] = shares && first[0] == null ? group.rule() : first[0];
            groups.add(shares ? group.withRule(first[0]) : group);
        }
        return new ShardTest.Layout(layout.parameters(), groups);
    }

    @Provide
    Arbitrary<StepOptions> options() {
        return ShardTest.stepOptions();
    }

    @Property(tries = 150)
    void anyNumberOfRanksGivesTheBitsOfOne(
            @ForAll("layouts") ShardTest.Layout layout,
            @ForAll("options") StepOptions options,
            @ForAll @IntRange(min = 1, max = 7) int world,
            @ForAll long seed)
            throws ExecutionException, InterruptedException {
        Assume.that(layout.groups().stream().allMatch(group -> RuleTable.accepts(group.rule(), options)));
        Random random = new Random(seed);
        float[] one = random(layout.parameters(), random, false), many = one.clone();
        Optimizer whole = new Optimizer(FloatSpan.of(one), layout.groups(), scaled(options));
        List<Optimizer> ranks = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            Shard shard = new Shard(layout.parameters(), layout.groups(), rank, world);
            ranks.add(new Optimizer(cut(many, shard), shard, scaled(options)));
        }
        Exchange exchange = new Exchange(world);
        for (int step = 0; step < 4; step++) {
            float[] gradients = random(layout.parameters(), random, step == 2);
            StepReport expected = whole.step(FloatSpan.of(gradients), 0.5);
            List<Future<StepReport>> reports = new ArrayList<>();
            for (Optimizer rank : ranks) {
                reports.add(THREADS.submit(() -> rank.step(cut(gradients, rank.shard()), 0.5, exchange)));
            }
            for (int rank = 0; rank < world; rank++) {
                StepReport report = reports.get(rank).get();
                same(expected, report, whole, needsNorms(whole));
                for (int i = 0; i < report.groups().size(); i++) {
                    assertEquals(
                            expected.groups().get(i).effectiveLearningRate(),
                            report.groups().get(i).effectiveLearningRate());
                }
            }
            if (options.statistics()) {
                combined(expected, ranks);
            }
            assertArrayEquals(one, many);
            if (step == 0 && !layout.groups().isEmpty()) {
                whole.replace(whole.groups().getFirst().withFrozen(true));
                ranks.forEach(rank -> rank.replace(rank.groups().getFirst().withFrozen(true)));
            }
        }
        for (Optimizer rank : ranks) {
            assertEquals(whole.steps(), rank.steps());
            sameState(whole, rank);
        }
    }

    private static final List<ParameterGroup> TWO =
            List.of(new ParameterGroup("a", 0, 9000, new Lamb()), new ParameterGroup("b", 9000, 1000, new Lars()));

    @Test
    void aStepOfOneRankOfTwoNeedsAnExchange() {
        Shard shard = new Shard(10_000, TWO, 0, 2);
        float[] parameters = random(shard.length(), new Random(1), false), before = parameters.clone();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), shard, StepOptions.DEFAULT);
        FloatSpan gradients = FloatSpan.of(random(shard.length(), new Random(2), false));
        assertEquals(
                "exchange must gather the sums of all ranks, since the rules of rank 0 of 2 have reductions: null",
                assertThrows(
                                IllegalStateException.class,
                                () -> optimizer.step(gradients, 1, new double[shard.totalBlocks()]))
                        .getMessage());
        assertEquals(
                "exchange",
                assertThrows(NullPointerException.class, () -> optimizer.step(gradients, 1, (SumExchange) null))
                        .getMessage());
        assertArrayEquals(before, parameters);
        assertEquals(0, optimizer.steps());
    }

    /** The first exchange is that of the gradient's norm; the second one is within the step. */
    @Test
    void anExchangeThatThrowsLeavesTheParameters() {
        for (int call = 1; call <= 2; call++) {
            float[] parameters = random(10_000, new Random(3), false), before = parameters.clone();
            FloatSpan gradients = FloatSpan.of(random(10_000, new Random(4), false));
            Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), TWO, StepOptions.DEFAULT);
            OptimizerSnapshot snapshot = optimizer.snapshot();
            IllegalStateException lost = new IllegalStateException("connection lost");
            int[] calls = {call};
            SumExchange broken = (sums, from, count) -> {
                if (--calls[0] == 0) {
                    throw lost;
                }
            };
            assertSame(lost, assertThrows(IllegalStateException.class, () -> optimizer.step(gradients, 1, broken)));
            assertArrayEquals(before, parameters);
            snapshot.restore();
            optimizer.step(gradients, 1, broken);
            assertEquals(1, optimizer.steps());
            assertEquals(-2, calls[0]);
            new Optimizer(FloatSpan.of(before), TWO, StepOptions.DEFAULT).step(gradients);
            assertArrayEquals(before, parameters);
        }
    }

    @Test
    void threadsChangeNoBitAndAStepAllocatesNothing() {
        float[] one = random(100_000, new Random(5), false), two = one.clone();
        FloatSpan gradients = FloatSpan.of(random(100_000, new Random(6), false));
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("a", 0, 70_000, new Lamb()),
                new ParameterGroup("b", 70_000, 20_000, new Lars()),
                new ParameterGroup("c", 90_000, 10_000, new Lamb().withWeightDecay(0)));
        try (Workers workers = Workers.of(2)) {
            Optimizer single = new Optimizer(FloatSpan.of(one), groups, StepOptions.DEFAULT);
            Optimizer threads = new Optimizer(FloatSpan.of(two), groups, StepOptions.DEFAULT.withWorkers(workers));
            for (int step = 0; step < 20; step++) {
                single.step(gradients);
                threads.step(gradients);
            }
            assertArrayEquals(one, two);
            Garbage.assertNone(() -> threads.step(gradients));
        }
    }

    /** The ratio of each group is its own, and is reported. */
    @Test
    void groupsHaveRatiosOfTheirOwn() {
        float[] parameters = new float[6], gradients = {3, 4, 0, 5, 12, 0};
        Arrays.fill(parameters, 0, 2, 1);
        Arrays.fill(parameters, 3, 5, 2);
        Lars rule = new Lars(0.5)
                .withMomentum(0)
                .withWeightDecay(0.1)
                .withTrust(0.01)
                .withEpsilon(0);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(
                        new ParameterGroup("a", 0, 3, rule),
                        new ParameterGroup("b", 3, 3, rule),
                        new ParameterGroup("c", 6, 0, rule)),
                StepOptions.DEFAULT);
        StepReport report = optimizer.step(FloatSpan.of(gradients));
        double a = 0.01 * Math.sqrt(2) / (5 + 0.1 * Math.sqrt(2));
        double b = 0.01 * Math.sqrt(8) / (13 + 0.1 * Math.sqrt(8));
        assertEquals(0.5 * a, report.groups().get(0).effectiveLearningRate(), 1e-12);
        assertEquals(0.5 * b, report.groups().get(1).effectiveLearningRate(), 1e-12);
        assertEquals(0.5, report.groups().get(2).effectiveLearningRate());
        assertEquals(1 - 0.5 * a * (3 + 0.1), parameters[0], 1e-7);
        assertEquals(2 - 0.5 * b * (12 + 0.2), parameters[4], 1e-6);
        assertTrue(parameters[2] == 0 && parameters[5] == 0);
    }
}
