package dev.lanewise.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Clipping;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rank that is gone, silent or of another training is noticed by all others, which say which one it is. */
class LostRankTest {
    private static final int LENGTH = 20_000;
    private static final Duration LONG = Duration.ofSeconds(30);

    private static DataParallel training(Collective ranks, int count, UpdateRule rule, float start, String recipe) {
        FloatSpan weights = FloatSpan.of(new float[LENGTH]);
        weights.set(5, start);
        Shard shard =
                new Shard(LENGTH, List.of(new ParameterGroup("all", 0, LENGTH, rule)), ranks.rank(), ranks.world());
        return new DataParallel(
                ranks,
                new Replicas(count, ranks.rank(), ranks.world()),
                weights,
                new Optimizer(
                        weights.slice(shard.from(), shard.length()),
                        shard,
                        StepOptions.DEFAULT.withClipping(Clipping.byNorm(1))),
                recipe);
    }

    private static DataParallel training(Collective ranks) {
        return training(ranks, 6, new AdamW(), 0, "");
    }

    private static void compute(DataParallel parallel) {
        Replicas own = parallel.begin(6);
        for (int i = own.from(); i < own.end(); i++) {
            parallel.add(i, FloatSpan.of(new float[LENGTH]), 1);
        }
    }

    /** 0 before the exchange, 1 before the sums, 2 before the gather of the weights. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aRankThatFailsMakesAllOthersFail(int place) {
        List<Object> outcomes = Ranks.outcomes(3, LONG, ranks -> {
            DataParallel parallel = training(place == 2 ? new Failing(ranks) : ranks);
            for (int step = 1; step < 10; step++) {
                compute(parallel);
                if (step == 4 && ranks.rank() == 1 && place == 0) {
                    throw new IllegalStateException("mine");
                }
                parallel.reduce();
                if (step == 4 && ranks.rank() == 1 && place == 1) {
                    throw new IllegalStateException("mine");
                }
                parallel.step(1);
            }
            return null;
        });
        assertEquals(
                "mine",
                assertInstanceOf(IllegalStateException.class, outcomes.get(1)).getMessage());
        for (int rank : new int[] {0, 2}) {
            RankLostException lost = assertInstanceOf(RankLostException.class, outcomes.get(rank));
            assertEquals("rank 1 was lost at step 4: it has left", lost.getMessage());
            assertEquals(1, lost.rank());
            assertEquals(4, lost.step());
        }
    }

    /** Fails on rank 1 when the weights of its fourth step are due. */
    private static final class Failing extends ForwardingRanks {
        private int left = 4;

        Failing(Collective ranks) {
            super(ranks);
        }

        @Override
        public void gather(FloatSpan all, long[] from) {
            if (rank() == 1 && --left == 0) {
                throw new IllegalStateException("mine");
            }
            ranks.gather(all, from);
        }
    }

    @Test
    void aSilentRankIsNamedWithinThePatience() {
        CountDownLatch others = new CountDownLatch(2);
        long begin = System.nanoTime();
        List<Object> outcomes = Ranks.outcomes(3, Duration.ofMillis(300), ranks -> {
            DataParallel parallel = training(ranks);
            compute(parallel);
            if (ranks.rank() == 2) {
                await(others);
                return null;
            }
            try {
                parallel.reduce();
                return null;
            } finally {
                others.countDown();
            }
        });
        assertTrue(System.nanoTime() - begin < 20e9);
        for (int rank = 0; rank < 2; rank++) {
            assertEquals(
                    "rank 2 was lost at step 1: it did not answer within 0.3 s",
                    assertInstanceOf(RankLostException.class, outcomes.get(rank))
                            .getMessage());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRankThatIsInterruptedIsLost() {
        AtomicBoolean lost = new AtomicBoolean();
        List<Object> outcomes = Ranks.outcomes(2, LONG, ranks -> {
            if (ranks.rank() == 1) {
                Thread.currentThread().interrupt();
            }
            // The rank that comes last does not wait, and would not notice.
            while (ranks.rank() == 0 && !lost.get()) {
                Thread.onSpinWait();
            }
            try {
                ranks.gather(new byte[1]);
            } finally {
                lost.set(true);
            }
            return null;
        });
        for (Object each : outcomes) {
            assertEquals(1, assertInstanceOf(RankLostException.class, each).rank());
        }
    }

    @Test
    void ranksThatCallDifferentMethodsAreRefused() {
        List<Object> outcomes = Ranks.outcomes(2, LONG, ranks -> {
            if (ranks.rank() == 0) {
                ranks.gather(new byte[1]);
            } else {
                ranks.gather(new double[2], new int[] {0, 1, 2});
            }
            return null;
        });
        for (Object each : outcomes) {
            String message = assertInstanceOf(RankLostException.class, each).getMessage();
            assertTrue(message.contains("gather of bytes") && message.contains("gather of doubles"), message);
        }
    }

    @Test
    void ranksOfDifferentTrainingsAreRefused() {
        refused("replicas: 6, and rank 1 has replicas: 7", rank -> 6 + rank, rank -> new AdamW(), 0, "");
        refused("weightDecay=0.01, ", rank -> 6, rank -> new AdamW().withWeightDecay(0.01 * (1 + rank)), 0, "");
        refused("rank 0 has all.rule: AdamW[", rank -> 6, rank -> new AdamW(0.001 * (1 + rank)), 0, "");
        refused("rank 0 has weights: ", rank -> 6, rank -> new AdamW(), 1, "");
        refused("rank 0 has recipe: seed 0, and rank 1 has recipe: seed 1", rank -> 6, rank -> new AdamW(), 0, "seed ");
    }

    private static void refused(
            String expected, IntUnaryOperator count, IntFunction<UpdateRule> rule, float start, String recipe) {
        List<Object> outcomes = Ranks.outcomes(
                2,
                LONG,
                ranks -> training(
                        ranks,
                        count.applyAsInt(ranks.rank()),
                        rule.apply(ranks.rank()),
                        start * ranks.rank(),
                        recipe.isEmpty() ? "" : recipe + ranks.rank()));
        for (Object each : outcomes) {
            String message =
                    assertInstanceOf(IllegalArgumentException.class, each).getMessage();
            assertTrue(message.startsWith("ranks must be of one training: rank 0 has "), message);
            assertTrue(message.contains(expected), message);
        }
    }

    @Test
    void argumentsThatDoNotGoTogetherAreRefused() {
        FloatSpan weights = FloatSpan.of(new float[10]);
        Collective one = Collective.threads(1).getFirst();
        Optimizer optimizer = new Optimizer(weights, new AdamW());
        assertEquals(
                "world of replicas must be 1 (world of ranks): 2",
                refusal(one, new Replicas(4, 0, 2), weights, optimizer));
        assertEquals(
                "length of weights must be 10 (parameters of the optimizer's shard): 9",
                refusal(one, new Replicas(4, 0, 1), weights.slice(0, 9), optimizer));
        assertTrue(refusal(one, new Replicas(4, 0, 1), weights.copy(), optimizer)
                .startsWith("parameters of the optimizer must be those of weights from 0, length 10: "));
        assertEquals(
                "count of replicas must be at least 2 (ranks): 1",
                refusal(
                        Collective.threads(2).getFirst(),
                        new Replicas(1, 0, 2),
                        weights,
                        new Optimizer(
                                weights.slice(0, 0),
                                new Shard(10, List.of(new ParameterGroup("all", 0, 10, new AdamW())), 0, 2),
                                StepOptions.DEFAULT)));
        assertEquals(
                "world must be at least 1: 0",
                assertThrows(IllegalArgumentException.class, () -> Collective.threads(0))
                        .getMessage());
    }

    private static String refusal(Collective ranks, Replicas replicas, FloatSpan weights, Optimizer optimizer) {
        return assertThrows(
                        IllegalArgumentException.class, () -> new DataParallel(ranks, replicas, weights, optimizer, ""))
                .getMessage();
    }

    @Test
    void callsInAnotherOrderAreRefused() {
        DataParallel parallel = training(Collective.threads(1).getFirst());
        FloatSpan gradient = FloatSpan.of(new float[LENGTH]);
        assertThrows(IllegalStateException.class, () -> parallel.reduce());
        assertThrows(IllegalArgumentException.class, () -> parallel.add(0, gradient, 0));
        parallel.begin(6);
        assertThrows(IllegalStateException.class, () -> parallel.step(1));
        assertThrows(IllegalArgumentException.class, () -> parallel.add(1, gradient, 0));
        assertThrows(IllegalArgumentException.class, () -> parallel.add(0, gradient.slice(1, 5), 0));
        assertEquals(
                "replicas must be a whole subtree: from 0 to 3",
                assertThrows(IllegalArgumentException.class, () -> parallel.add(0, 3, gradient, new double[6]))
                        .getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> parallel.add(0, 2, gradient, new double[1]));
        assertThrows(IllegalArgumentException.class, () -> parallel.add(0, 0, gradient, new double[6]));
        parallel.add(0, gradient, 0);
        assertEquals(
                "all replicas of the rank must be added first: 1 is next",
                assertThrows(IllegalStateException.class, parallel::reduce).getMessage());
    }
}
