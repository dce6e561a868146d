package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.testing.Floats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** However many ranks share the parameters, each has the bits that one process would give its range. */
class ShardTest {
    /** Groups in random order with gaps among them, and how many parameters there are. */
    record Layout(long parameters, List<ParameterGroup> groups) {}

    private record Range(int gap, int length, UpdateRule rule) {}

    @Provide
    Arbitrary<Layout> layouts() {
        return layouts(RuleTable.rules()
                .filter(rule -> rule.reductions().isEmpty()
                        && RuleTable.accepts(rule, StepOptions.DEFAULT.withClipping(Clipping.byValue(1))))
                .toList());
    }

    static Arbitrary<Layout> layouts(List<UpdateRule> all) {
        Arbitrary<Integer> lengths = Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.integers().between(0, 30)),
                Tuple.of(2, Arbitraries.of(4095, 4096, 4097, 8192)),
                Tuple.of(2, Arbitraries.integers().between(1, 30_000)));
        Arbitrary<UpdateRule> rules = Arbitraries.of(all);
        Arbitrary<Range> ranges = Combinators.combine(Arbitraries.of(0, 0, 7, 5000), lengths, rules)
                .as(Range::new);
        return Combinators.combine(ranges.list().ofMaxSize(6), Arbitraries.of(0, 100), Arbitraries.randoms())
                .as((list, rest, random) -> {
                    List<ParameterGroup> groups = new ArrayList<>();
                    long at = 0;
                    for (Range range : list) {
                        at += range.gap;
                        groups.add(new ParameterGroup(
                                "g" + groups.size(),
                                at,
                                range.length,
                                range.rule.withLearningRate(new WarmupCosine(0.01, 2, 9))));
                        at += range.length;
                    }
                    Collections.shuffle(groups, random);
                    return new Layout(at + rest, groups);
                });
    }

    @Provide
    Arbitrary<StepOptions> options() {
        return stepOptions();
    }

    static Arbitrary<StepOptions> stepOptions() {
        Arbitrary<Clipping> clipping =
                Arbitraries.of(Clipping.none(), Clipping.byValue(1), Clipping.byNorm(3), Clipping.byGroupNorm(2));
        Arbitrary<NonFinitePolicy> gates = Arbitraries.of(NonFinitePolicy.SKIP, NonFinitePolicy.APPLY);
        return Combinators.combine(clipping, gates, Arbitraries.of(true, false), Arbitraries.of(1.0, 0.9))
                .as((limit, gate, statistics, decay) -> StepOptions.DEFAULT
                        .withClipping(limit)
                        .withNonFinitePolicy(gate)
                        .withStatistics(statistics)
                        .withAverageDecay(decay));
    }

    static float[] random(long length, Random random, boolean bad) {
        float[] values = Floats.random((int) length, random);
        if (bad && length > 0) {
            values[random.nextInt(values.length)] = Float.NaN;
        }
        return values;
    }

    static FloatSpan cut(float[] all, Shard shard) {
        return FloatSpan.of(all, (int) shard.from(), (int) shard.length());
    }

    /** Both have a loss scale of their own, as processes would. */
    static StepOptions scaled(StepOptions options) {
        return options.nonFinitePolicy() == NonFinitePolicy.SKIP ? options.withLossScale(new LossScale(8)) : options;
    }

    @Property(tries = 150)
    void anyNumberOfRanksGivesTheBitsOfOne(
            @ForAll("layouts") Layout layout,
            @ForAll("options") StepOptions drawn,
            @ForAll @IntRange(min = 1, max = 7) int world,
            @ForAll long seed) {
        // A rule with an average of its own refuses that of the options.
        StepOptions options =
                layout.groups.stream().anyMatch(group -> group.rule().evaluation() != null)
                        ? drawn.withAverageDecay(1)
                        : drawn;
        Random random = new Random(seed);
        float[] one = random(layout.parameters, random, false);
        float[] many = one.clone();
        Optimizer whole = new Optimizer(FloatSpan.of(one), layout.groups, scaled(options));
        List<Shard> shards = new ArrayList<>();
        List<Optimizer> ranks = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            Shard shard = new Shard(layout.parameters, layout.groups, rank, world);
            shards.add(shard);
            ranks.add(new Optimizer(cut(many, shard), shard, scaled(options)));
        }
        for (int step = 0; step < 4; step++) {
            float[] gradients = random(layout.parameters, random, step == 2);
            StepReport expected = whole.step(FloatSpan.of(gradients), 0.5);
            double[] sums = new double[shards.get(0).totalBlocks()];
            for (int rank = 0; rank < world; rank++) {
                double[] own = new double[sums.length];
                ranks.get(rank).sumSquares(cut(gradients, shards.get(rank)), own);
                System.arraycopy(
                        own,
                        shards.get(rank).blockOffset(),
                        sums,
                        shards.get(rank).blockOffset(),
                        shards.get(rank).blockCount());
                assertEquals(
                        nonZero(own, shards.get(rank)),
                        Arrays.stream(own).filter(x -> x != 0).count());
            }
            for (int rank = 0; rank < world; rank++) {
                same(expected, ranks.get(rank).step(cut(gradients, shards.get(rank)), 0.5, sums), whole, true);
            }
            if (options.statistics()) {
                combined(expected, ranks);
            }
            assertArrayEquals(one, many);
            if (step == 0 && !layout.groups.isEmpty()) {
                whole.replace(whole.groups().getFirst().withFrozen(true));
                ranks.forEach(rank -> rank.replace(rank.groups().getFirst().withFrozen(true)));
            }
        }
        float[] evaluation = new float[one.length];
        whole.copyEvaluationParameters(FloatSpan.of(evaluation));
        for (int rank = 0; rank < world; rank++) {
            assertEquals(whole.steps(), ranks.get(rank).steps());
            sameState(whole, ranks.get(rank));
            FloatSpan part = FloatSpan.of(new float[(int) shards.get(rank).length()]);
            ranks.get(rank).copyEvaluationParameters(part);
            assertArrayEquals(cut(evaluation, shards.get(rank)).toArray(), part.toArray());
        }
    }

    private static long nonZero(double[] sums, Shard shard) {
        return Arrays.stream(sums, shard.blockOffset(), shard.blockOffset() + shard.blockCount())
                .filter(x -> x != 0)
                .count();
    }

    static void same(StepReport expected, StepReport found, Optimizer whole, boolean normsExchanged) {
        assertEquals(expected.applied(), found.applied());
        assertEquals(expected.skipped(), found.skipped());
        for (int i = 0; i < expected.groups().size(); i++) {
            StepReport.Group e = expected.groups().get(i);
            StepReport.Group f = found.groups().get(i);
            assertEquals(e.name(), f.name());
            assertEquals(e.learningRate(), f.learningRate());
            boolean taken = normsExchanged && (whole.options().statistics() || !Double.isNaN(e.gradientNorm()));
            // Statistics alone take the norm in float; from the sums of all ranks it is a double.
            double error = needsNorms(whole) ? 0 : 1.3e-4 * e.gradientNorm();
            assertTrue(!taken
                    || Double.compare(e.gradientNorm(), f.gradientNorm()) == 0
                    || Math.abs(e.gradientNorm() - f.gradientNorm()) <= error);
        }
    }

    static boolean needsNorms(Optimizer whole) {
        return whole.options().clipping().needsNorms()
                || whole.options().nonFinitePolicy() != NonFinitePolicy.APPLY
                || whole.groups().stream().anyMatch(group -> group.rule().normScope() != NormScope.NONE);
    }

    /** As the documentation of a shard says. */
    static void combined(StepReport expected, List<Optimizer> ranks) {
        for (int i = 0; i < expected.groups().size(); i++) {
            StepReport.Group e = expected.groups().get(i);
            double update = 0, parameters = 0, largest = 0;
            long nonFinite = 0;
            for (Optimizer rank : ranks) {
                StepReport.Group part = rank.report().groups().get(i);
                update += part.updateNorm() * part.updateNorm();
                parameters += part.parameterNorm() * part.parameterNorm();
                largest = Math.max(largest, part.largestUpdate());
                nonFinite += part.nonFinite();
            }
            assertEquals(e.nonFinite(), nonFinite);
            assertEquals(e.largestUpdate(), largest);
            assertEquals(1, ratio(Math.sqrt(update), e.updateNorm()), 1e-5);
            assertEquals(1, ratio(Math.sqrt(parameters), e.parameterNorm()), 1e-5);
        }
    }

    private static double ratio(double found, double expected) {
        return Double.compare(found, expected) == 0 ? 1 : found / expected;
    }

    static void sameState(Optimizer whole, Optimizer rank) {
        long from = rank.shard().from();
        long end = rank.shard().end();
        if (whole.options().averageDecay() < 1) {
            assertArrayEquals(
                    whole.average().slice(from, end - from).toArray(),
                    rank.average().toArray());
        }
        for (ParameterGroup group : whole.shard().groups()) {
            long begin = Math.clamp(from, group.from(), group.end()) - group.from();
            long stop = Math.clamp(end, group.from(), group.end()) - group.from();
            for (StateBuffer buffer : group.rule().state()) {
                assertArrayEquals(
                        whole.state(group.name(), buffer.name())
                                .slice(begin, stop - begin)
                                .toArray(),
                        rank.state(group.name(), buffer.name()).toArray());
            }
        }
    }

    @Property(tries = 500)
    void ranksDivideTheParametersAtBlocks(
            @ForAll("layouts") Layout layout, @ForAll @IntRange(min = 1, max = 7) int world) {
        long at = 0;
        int sum = 0;
        long trained = layout.groups.stream().mapToLong(ParameterGroup::length).sum();
        for (int rank = 0; rank < world; rank++) {
            Shard shard = new Shard(layout.parameters, layout.groups, rank, world);
            assertEquals(at, shard.from());
            assertEquals(sum, shard.blockOffset());
            long own = 0;
            for (ParameterGroup group : shard.groups()) {
                if (group.from() < at && at < group.end()) {
                    assertEquals(0, (at - group.from()) % 4096);
                }
                own += Math.clamp(shard.end(), group.from(), group.end()) - Math.clamp(at, group.from(), group.end());
            }
            assertEquals((double) trained / world, own, 4096);
            at += shard.length();
            sum += shard.blockCount();
            assertEquals(
                    layout.groups.stream()
                            .mapToLong(group -> Math.ceilDiv(group.length(), 4096L))
                            .sum(),
                    shard.totalBlocks());
        }
        assertEquals(layout.parameters, at);
        assertEquals(new Shard(layout.parameters, layout.groups, 0, world).totalBlocks(), sum);
    }

    /** A step of which only the sums are exchanged costs a rank no memory for what the others have. */
    @Test
    void aRankHasTheStateOfItsOwnRange() {
        long length = 1L << 40;
        Shard shard =
                new Shard(length, List.of(new ParameterGroup("all", 0, length, new AdamW())), 12_345_678, 100_000_000);
        assertEquals(8192, shard.length(), 4096);
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[(int) shard.length()]), shard, StepOptions.DEFAULT);
        float[] gradients = new float[(int) shard.length()];
        Arrays.fill(gradients, 1);
        assertTrue(optimizer.step(FloatSpan.of(gradients)).applied());
        assertEquals(shard.length(), optimizer.state("all", "exp_avg").length());
    }

    @Test
    void threadsOfARankChangeNoBit() {
        List<ParameterGroup> groups = List.of(new ParameterGroup("a", 3, 200_000, new NormalizedSgd(0.1)));
        float[] start = random(200_003, new Random(1), false);
        float[] gradients = random(200_003, new Random(2), false);
        float[] one = start.clone();
        new Optimizer(FloatSpan.of(one), groups, StepOptions.DEFAULT).step(FloatSpan.of(gradients));
        try (Workers workers = Workers.of(2)) {
            double[] sums = new double[49];
            List<Optimizer> ranks = new ArrayList<>();
            for (int rank = 0; rank < 2; rank++) {
                Shard shard = new Shard(start.length, groups, rank, 2);
                ranks.add(new Optimizer(cut(start, shard), shard, StepOptions.DEFAULT.withWorkers(workers)));
                ranks.get(rank).sumSquares(cut(gradients, shard), sums);
            }
            for (Optimizer rank : ranks) {
                rank.step(cut(gradients, rank.shard()), 1, sums);
            }
        }
        assertArrayEquals(one, start);
    }

    /** The rank whose gradients are all finite throws as well, and says where to look. */
    @Test
    void allRanksThrowOrNone() {
        List<ParameterGroup> groups = List.of(new ParameterGroup("a", 0, 8192, new Sgd()));
        float[] parameters = new float[8192];
        float[] gradients = new float[8192];
        gradients[5000] = Float.NaN;
        gradients[5001] = Float.POSITIVE_INFINITY;
        double[] sums = new double[2];
        String[] messages = {
            "the gradient of group a has 0 values that are not finite in rank 0 of 2, at step 0",
            "the gradient of group a has 2 values that are not finite in rank 1 of 2, at step 0"
        };
        List<Optimizer> ranks = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            Shard shard = new Shard(8192, groups, rank, 2);
            ranks.add(new Optimizer(
                    cut(parameters, shard), shard, StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.THROW)));
            ranks.get(rank).sumSquares(cut(gradients, shard), sums);
        }
        for (int rank = 0; rank < 2; rank++) {
            Optimizer optimizer = ranks.get(rank);
            FloatSpan own = cut(gradients, optimizer.shard());
            assertEquals(
                    messages[rank],
                    assertThrows(ArithmeticException.class, () -> optimizer.step(own, 1, sums))
                            .getMessage());
            assertEquals(0, optimizer.steps());
        }
        assertArrayEquals(new float[8192], parameters);
    }

    @Test
    void saysWhatDoesNotFit() {
        List<ParameterGroup> groups = List.of(new ParameterGroup("a", 0, 8192, new Sgd()));
        illegal("rank must be in [0, world), and world at least 1: rank 2, world 2", groups, 2, 2);
        illegal("rank must be in [0, world), and world at least 1: rank -1, world 2", groups, -1, 2);
        illegal("rank must be in [0, world), and world at least 1: rank 0, world 0", groups, 0, 0);
        illegal(
                "group b must end within the 10000 parameters: 10001",
                List.of(new ParameterGroup("b", 1, 10_000, new Sgd())),
                0,
                2);

        Shard shard = new Shard(8192, groups, 1, 2);
        assertEquals(
                "length of parameters must be 4096 (rank 1 of 2): 8192",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Optimizer(FloatSpan.of(new float[8192]), shard, StepOptions.DEFAULT))
                        .getMessage());
        float[] parameters = new float[4096];
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), shard, StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
        float[] ones = new float[4096];
        Arrays.fill(ones, 1);
        FloatSpan gradients = FloatSpan.of(ones);
        assertEquals(
                "blockSums must be the sums of all ranks, see sumSquares, since rank 1 of 2 needs norms: null",
                assertThrows(IllegalStateException.class, () -> optimizer.step(gradients))
                        .getMessage());
        assertEquals(
                "length of blockSums must be 2 (blocks of all ranks): 1",
                assertThrows(IllegalArgumentException.class, () -> optimizer.step(gradients, 1, new double[1]))
                        .getMessage());
        assertEquals(
                "length of blockSums must be 2 (blocks of all ranks): 3",
                assertThrows(IllegalArgumentException.class, () -> optimizer.sumSquares(gradients, new double[3]))
                        .getMessage());
        assertEquals(
                "blockSums[1] must not be negative: -1.0",
                assertThrows(IllegalArgumentException.class, () -> optimizer.step(gradients, 1, new double[] {0, -1}))
                        .getMessage());
        assertEquals(0, optimizer.steps());
        assertArrayEquals(new float[4096], parameters);
        assertFalse(optimizer.report().applied());
        optimizer.step(gradients, 1, new double[] {0, 4096});
        assertEquals(1, optimizer.steps());
    }

    private static void illegal(String message, List<ParameterGroup> groups, int rank, int world) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new Shard(10_000, groups, rank, world))
                        .getMessage());
    }
}
