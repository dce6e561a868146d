package dev.lanewise.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Targets;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Clipping;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.RankCases;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.StepReport;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Jvm;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Any number of ranks gives the bits of one, and one replica those of a training without any. */
class DataParallelTest {
    private static final double FACTOR = 0.5;

    @Provide
    Arbitrary<RankCases.Case> cases() {
        return RankCases.cases();
    }

    /** What a training ended with. */
    private record End(float[] weights, float[] evaluation, double loss, StepReport report, long bytesSent) {}

    /** The micro-gradients of a step, in which a NaN makes all ranks skip it. */
    private static void fill(float[] gradient, float[] noise, int step, int replica) {
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = noise[(i + 7919 * replica + 104_729 * step) % noise.length];
        }
        if (step == 2 && replica == 1 && gradient.length > 0) {
            gradient[gradient.length / 2] = Float.NaN;
        }
    }

    private static double loss(int step, int replica) {
        return Math.sin(step + 0.1 * replica);
    }

    private static final int STEPS = 4;

    private static End train(RankCases.Case training, Collective ranks, int[] cuts, int count, float[] noise) {
        FloatSpan weights = FloatSpan.of(start(training, noise));
        Shard shard = new Shard(training.parameters(), training.groups(), ranks.rank(), ranks.world());
        Optimizer optimizer = new Optimizer(weights.slice(shard.from(), shard.length()), shard, training.options());
        DataParallel parallel = new DataParallel(
                ranks, new Replicas(count, ranks.rank(), ranks.world()), cuts, weights, optimizer, "recipe");
        float[] gradient = new float[(int) training.parameters()];
        double losses = 0;
        long before = ranks.bytesSent();
        for (int step = 0; step < STEPS; step++) {
            parallel.begin(count);
            for (int i = cuts[ranks.rank()]; i < cuts[ranks.rank() + 1]; i++) {
                fill(gradient, noise, step, i);
                parallel.add(i, FloatSpan.of(gradient), loss(step, i));
            }
            losses += parallel.reduce();
            parallel.step(FACTOR);
        }
        long sent = ranks.bytesSent() - before;
        FloatSpan evaluation = FloatSpan.of(new float[gradient.length]);
        parallel.copyEvaluationParameters(evaluation);
        return new End(
                weights.toArray(),
                evaluation.toArray(),
                losses,
                optimizer.report().copy(),
                sent);
    }

    private static float[] start(RankCases.Case training, float[] noise) {
        return Arrays.copyOf(noise, (int) training.parameters());
    }

    /** The sum in the tree's order, by its definition: the largest power of two of the terms, and the rest. */
    private static float[] sum(RankCases.Case training, float[] noise, int step, int from, int to) {
        if (to - from == 1) {
            float[] gradient = new float[(int) training.parameters()];
            fill(gradient, noise, step, from);
            return gradient;
        }
        int half = Integer.highestOneBit(to - from - 1);
        float[] left = sum(training, noise, step, from, from + half),
                right = sum(training, noise, step, from + half, to);
        for (int i = 0; i < left.length; i++) {
            left[i] += right[i];
        }
        return left;
    }

    private static double losses(int step, int from, int to) {
        int half = Integer.highestOneBit(to - from - 1);
        return to - from == 1 ? loss(step, from) : losses(step, from, from + half) + losses(step, from + half, to);
    }

    @Property(tries = 80)
    void anyNumberOfRanksAndAnyCutsGiveTheBitsOfOneProcess(
            @ForAll("cases") RankCases.Case training,
            @ForAll @IntRange(min = 1, max = 64) int count,
            @ForAll @IntRange(min = 1, max = 64) int drawn,
            @ForAll Random random) {
        sameBits(training, count, 1 + (drawn - 1) % Math.min(count, 9), random);
    }

    /** Any number of ranks up to that of the replicas, of which many have a few parameters or none. */
    @Property(tries = 24)
    void manyRanksGiveTheBitsOfOneProcess(
            @ForAll @IntRange(min = 10, max = 64) int world,
            @ForAll @IntRange(min = 0, max = 54) int more,
            @ForAll @IntRange(min = 1, max = 9) int blocks,
            @ForAll Random random) {
        int length = 4096 * blocks - random.nextInt(4096);
        List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, length, new AdamW(0.01)));
        StepOptions options = StepOptions.DEFAULT.withClipping(Clipping.byNorm(1));
        sameBits(new RankCases.Case(length, groups, options), Math.min(world + more, 64), world, random);
    }

    private static void sameBits(RankCases.Case training, int count, int world, Random random) {
        int[] cuts = new int[world + 1];
        System.arraycopy(random.ints(world - 1L, 0, count + 1).sorted().toArray(), 0, cuts, 1, world - 1);
        cuts[world] = count;
        float[] noise = Floats.random(60_013, random);
        float[] one = start(training, noise);
        Optimizer whole = new Optimizer(FloatSpan.of(one), training.groups(), training.options());
        double losses = 0;
        for (int step = 0; step < STEPS; step++) {
            whole.step(FloatSpan.of(sum(training, noise, step, 0, count)), FACTOR);
            losses += losses(step, 0, count);
        }
        float[] evaluation = new float[one.length];
        whole.copyEvaluationParameters(FloatSpan.of(evaluation));
        for (End end : Ranks.run(world, ranks -> train(training, ranks, cuts, count, noise))) {
            assertArrayEquals(one, end.weights);
            assertArrayEquals(evaluation, end.evaluation);
            assertEquals(losses, end.loss);
            assertEquals(whole.report().applied(), end.report.applied());
            assertEquals(whole.report().skipped(), end.report.skipped());
            if (training.drawn().statistics()) {
                sameStatistics(whole.report(), end.report);
            }
        }
    }

    /** Norms are added up in another order; the rest is exact. */
    private static void sameStatistics(StepReport expected, StepReport found) {
        assertEquals(1, ratio(expected.gradientNorm(), found.gradientNorm()), 2e-4);
        for (int i = 0; i < expected.groups().size(); i++) {
            StepReport.Group e = expected.groups().get(i), f = found.groups().get(i);
            assertEquals(e.largestUpdate(), f.largestUpdate());
            assertEquals(e.nonFinite(), f.nonFinite());
            assertEquals(1, ratio(e.gradientNorm(), f.gradientNorm()), 2e-4);
            assertEquals(1, ratio(e.updateNorm(), f.updateNorm()), 1e-5);
            assertEquals(1, ratio(e.parameterNorm(), f.parameterNorm()), 1e-5);
        }
    }

    private static double ratio(double expected, double found) {
        return Double.compare(expected, found) == 0 ? 1 : found / expected;
    }

    /** The bytes of a step are the least that is possible for powers of two, and at most 1.62 times that for other numbers of ranks. */
    @Property(tries = 25)
    void aRankSendsLittleMoreThanInARing(
            @ForAll @IntRange(min = 1, max = 12) int world, @ForAll @IntRange(min = 0, max = 6) int power) {
        int count = 1 << Math.max(Integer.SIZE - Integer.numberOfLeadingZeros(world - 1), power);
        RankCases.Case training = new RankCases.Case(
                80_000, List.of(new ParameterGroup("all", 0, 80_000, new AdamW())), StepOptions.DEFAULT);
        float[] noise = Floats.random(90_001, 1);
        int[] cuts = new Replicas(count, 0, world).cuts();
        long all = 0;
        for (End end : Ranks.run(world, ranks -> train(training, ranks, cuts, count, noise))) {
            all += end.bytesSent;
        }
        // Each rank sends its losses to the others too.
        long floats = all - 8L * STEPS * count * (world - 1);
        long ring = 2L * (world - 1) * 4 * 80_000 * STEPS;
        assertTrue(
                floats <= (Integer.bitCount(world) == 1 ? 1 : 1.62) * ring,
                count + " replicas on " + world + ": " + (double) floats / ring);
    }

    /** The last batch of an epoch can be as short as it likes. */
    @Test
    void aBatchMayHaveFewerRowsThanReplicas() {
        for (int count : new int[] {7, 8}) {
            Mlp one = Ranks.run(1, ranks -> trainMlp(ranks, false, count, 64, 3, 64, 7, 1))
                    .getFirst();
            for (int world = 1; world < 5; world++) {
                for (Mlp mlp : Ranks.run(world, ranks -> trainMlp(ranks, true, count, 64, 3, 64, 7, 1))) {
                    assertArrayEquals(
                            one.parameters().toArray(), mlp.parameters().toArray());
                }
            }
        }
    }

    @Test
    void oneReplicaGivesTheBitsOfATrainingWithout() {
        Mlp plain = new Mlp(12, 9, 4);
        plain.initialize(5);
        Optimizer optimizer = new Optimizer(plain.parameters(), new AdamW());
        Mlp other = Ranks.run(1, ranks -> trainMlp(ranks, true, 1, 64, 3, 64)).getFirst();
        for (int batch : new int[] {64, 3, 64}) {
            plain.forwardBackward(IMAGES, 0, LABELS, 0, batch);
            optimizer.step(plain.gradients());
        }
        assertArrayEquals(plain.parameters().toArray(), other.parameters().toArray());
    }

    private static final float[] IMAGES = Floats.random(64 * 12, 3);
    private static final int[] LABELS = new Random(4).ints(64, 0, 4).toArray();
    private static final Targets TARGETS = Targets.classes(LABELS);

    /** {@return a network that was trained by a pass for each replica, or for each subtree} */
    private static Mlp trainMlp(Collective ranks, boolean whole, int count, int... batches) {
        double[] losses = new double[count];
        Mlp mlp = new Mlp(12, 9, 4);
        mlp.initialize(5);
        Shard shard = new Shard(
                mlp.parameters().length(),
                List.of(new ParameterGroup("all", 0, mlp.parameters().length(), new AdamW())),
                ranks.rank(),
                ranks.world());
        DataParallel parallel = new DataParallel(
                ranks,
                new Replicas(count, ranks.rank(), ranks.world()),
                mlp.parameters(),
                new Optimizer(mlp.parameters().slice(shard.from(), shard.length()), shard, StepOptions.DEFAULT),
                "");
        for (int batch : batches) {
            Replicas own = parallel.begin(batch);
            for (int i = own.from(), end; i < own.end(); i = end) {
                int row = own.row(batch, i), rows = own.row(batch, i + 1) - row;
                end = whole ? own.subtree(i) : i + 1;
                if (whole) {
                    mlp.forwardBackward(IMAGES, 12 * row, TARGETS, row, own, i, end, batch, batch, losses);
                    parallel.add(i, end, mlp.gradients(), losses);
                } else {
                    parallel.add(i, mlp.gradients(), mlp.forwardBackward(IMAGES, 12 * row, TARGETS, row, rows, batch));
                }
            }
            parallel.reduce();
            parallel.step(1);
        }
        return mlp;
    }

    /** In a JVM of its own, because the profiles that other tests leave behind let C2 inline less, and then a step allocated 200 bytes. */
    @Test
    void aStepAllocatesNothing() throws Exception {
        Jvm jvm = Jvm.run(Jvm.VECTOR_FLAGS, StepGarbage.class);
        assertEquals(0, jvm.exitCode(), jvm::err);
    }
}
