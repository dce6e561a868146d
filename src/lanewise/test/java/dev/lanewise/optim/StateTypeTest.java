package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Bf16Floats;
import dev.lanewise.internal.kernel.Noise;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** State that is stored in fewer bits: its rounding, what becomes of moments, groups with several types, files. {@link RuleParityTest} has the bits. */
class StateTypeTest {
    private static final StepOptions BF16 = StepOptions.DEFAULT.withState(StateType.BF16);

    @TempDir
    Path folder;

    private static Optimizer optimizer(int n, UpdateRule rule, StepOptions options) {
        return new Optimizer(FloatSpan.of(Floats.random(n, 1)), rule, options);
    }

    private static void steps(Optimizer optimizer, int from, int to) {
        for (int step = from; step < to; step++) {
            optimizer.step(
                    FloatSpan.of(Floats.random((int) optimizer.parameters().length(), 100 + step)));
        }
    }

    private static double mean(Optimizer optimizer, String state) {
        double sum = 0;
        float[] values = optimizer.state("all", state).toArray();
        for (float x : values) {
            sum += x;
        }
        return sum / values.length;
    }

    @Test
    void roundsToEitherNeighborWithTheMeanOfTheFloat() {
        Random random = new Random(1);
        for (int round = 0; round < 20; round++) {
            float x = Math.scalb(1 + random.nextFloat(), random.nextInt(200) - 100) * (round % 2 == 0 ? 1 : -1);
            float below = Bf16Span.bf16ToFloat((short) (Float.floatToRawIntBits(x) >>> 16));
            float above = Bf16Span.bf16ToFloat((short) ((Float.floatToRawIntBits(x) >>> 16) + 1));
            double overElements = 0, overSteps = 0;
            int n = 100_000;
            for (int i = 0; i < n; i++) {
                float one = Bf16Span.bf16ToFloat(Bf16Floats.round(x, Noise.at(Noise.of(3, round, 1), i)));
                float other = Bf16Span.bf16ToFloat(Bf16Floats.round(x, Noise.at(Noise.of(3, i, 1), round)));
                assertTrue(one == below || one == above);
                overElements += one;
                overSteps += other;
            }
            double spacing = Math.abs(above - below);
            assertEquals(x, overElements / n, spacing * 1e-4, "elements of one step are spread evenly");
            assertEquals(x, overSteps / n, spacing * 5 * 0.5 / Math.sqrt(n), "steps of one element");
        }
    }

    @Test
    void keepsWhatABf16CanHold() {
        for (int half = 0; half < 1 << 16; half++) {
            float x = Bf16Span.bf16ToFloat((short) half);
            for (int noise : new int[] {0, -1, 0x7FFF0000, 0xFFFF}) {
                float rounded = Bf16Span.bf16ToFloat(Bf16Floats.round(x, noise));
                assertEquals(Float.floatToIntBits(x), Float.floatToIntBits(rounded));
            }
            assertEquals(Float.floatToIntBits(x), Float.floatToIntBits(Bf16Span.bf16ToFloat(Bf16Span.floatToBf16(x))));
        }
        for (int bits : new int[] {0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00001, 0xFFC12345}) {
            float nan = Float.intBitsToFloat(bits);
            assertTrue(Float.isNaN(Bf16Span.bf16ToFloat(Bf16Floats.round(nan, -1))), Integer.toHexString(bits));
            assertTrue(Float.isNaN(Bf16Span.bf16ToFloat(Bf16Span.floatToBf16(nan))), Integer.toHexString(bits));
        }
    }

    /** The correlations, over the steps, between the noise of neighbors, of elements far apart, and of two buffers. */
    @Test
    void theNoiseOfAnElementIsIndependentOfThatOfOthersAcrossBuffersAndSteps() {
        int n = 100_000;
        double buffers = 0, steps = 0, mean = 0;
        for (int i = 0; i < n; i++) {
            double x = uniform(Noise.at(Noise.of(0, i, 1), 77)), y = uniform(Noise.at(Noise.of(0, i, 3), 77));
            buffers += x * y;
            steps += x * uniform(Noise.at(Noise.of(0, i + 1, 1), 77));
            mean += x;
        }
        double bound = 5 / Math.sqrt(n);
        assertEquals(0, buffers / n * 12, bound);
        assertEquals(0, steps / n * 12, bound);
        assertEquals(0, mean / n * Math.sqrt(12), bound);
    }

    private static double uniform(int noise) {
        return (noise >>> 16) / 65536.0 - 0.5;
    }

    @Test
    void theSecondMomentDecays() {
        int n = 100_000;
        Optimizer optimizer = optimizer(n, new AdamW(), BF16);
        float[] gradient = new float[n];
        Arrays.fill(gradient, 1);
        optimizer.step(FloatSpan.of(gradient));
        double before = mean(optimizer, "exp_avg_sq");
        Arrays.fill(gradient, 0);
        int steps = 300;
        for (int i = 0; i < steps; i++) {
            optimizer.step(FloatSpan.of(gradient));
        }
        assertEquals(Math.pow(0.999, steps), mean(optimizer, "exp_avg_sq") / before, 3e-3);
    }

    /** The mean of v over many steps is that of g², and its scatter is that of the rounding, so that it does not drift. */
    @Test
    void theSecondMomentDoesNotDrift() {
        int n = 64;
        Optimizer optimizer = optimizer(n, new AdamW().withLearningRate(0), BF16);
        float[] gradient = new float[n];
        Arrays.fill(gradient, 0.3f);
        double sum = 0;
        for (int i = 0; i < 100_000; i++) {
            optimizer.step(FloatSpan.of(gradient));
            sum += i < 20_000 || i % 10 != 0 ? 0 : mean(optimizer, "exp_avg_sq");
        }
        assertEquals(0.09, sum / 8_000, 0.09 * 2e-3);
    }

    @Test
    void aGroupCanHaveATypeOfItsOwnAndTheBitsStay() {
        int n = 30_000;
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("a", 100, 9_000, new AdamW()).withState(StateType.BF16),
                new ParameterGroup("b", 9_105, 1_001, new AdamW()),
                new ParameterGroup("c", 10_106, 9_001, new AdamW()).withState(StateType.BF16),
                new ParameterGroup("d", 19_107, 5_000, new Lion()).withState(StateType.BF16));
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Optimizer mixed = new Optimizer(
                        FloatSpan.of(Floats.random(n, 1)), groups, StepOptions.DEFAULT.withWorkers(workers));
                steps(mixed, 0, 3);
                Optimizer bf16 = optimizer(n, new AdamW(), BF16), f32 = optimizer(n, new AdamW(), StepOptions.DEFAULT);
                Optimizer lion = optimizer(n, new Lion(), BF16);
                for (Optimizer each : List.of(bf16, f32, lion)) {
                    steps(each, 0, 3);
                }
                assertSlice(bf16, mixed, 100, 9_000);
                assertSlice(f32, mixed, 9_105, 1_001);
                assertSlice(bf16, mixed, 10_106, 9_001);
                assertSlice(lion, mixed, 19_107, 5_000);
                assertArrayEquals(
                        bf16.state("all", "exp_avg").slice(10_106, 9_001).toArray(),
                        mixed.state("c", "exp_avg").toArray());
            }
        }
        Optimizer mixed = new Optimizer(FloatSpan.of(new float[n]), groups, StepOptions.DEFAULT);
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> mixed.replace(mixed.group("a").withState(null)));
        assertEquals("the state of group a must stay BF16: F32", refused.getMessage());
    }

    private static void assertSlice(Optimizer expected, Optimizer actual, int from, int length) {
        assertArrayEquals(
                expected.parameters().slice(from, length).toArray(),
                actual.parameters().slice(from, length).toArray());
    }

    @Test
    void ranksHaveTheBitsOfOneProcess() {
        int n = 40_000;
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("a", 10, 20_000, new AdamW()), new ParameterGroup("b", 20_010, 19_000, new Lion()));
        Optimizer one = new Optimizer(FloatSpan.of(Floats.random(n, 1)), groups, BF16);
        float[] parameters = Floats.random(n, 1);
        for (int step = 0; step < 3; step++) {
            one.step(FloatSpan.of(Floats.random(n, step)));
        }
        for (int rank = 0; rank < 3; rank++) {
            Shard shard = new Shard(n, groups, rank, 3);
            FloatSpan mine = FloatSpan.of(parameters).slice(shard.from(), shard.length());
            Optimizer optimizer = new Optimizer(mine, shard, BF16);
            for (int step = 0; step < 3; step++) {
                optimizer.step(FloatSpan.of(Floats.random(n, step)).slice(shard.from(), shard.length()));
            }
        }
        assertArrayEquals(one.parameters().toArray(), parameters);
    }

    @Test
    void anotherSeedGivesOtherBitsAndTheSameSeedTheSame() {
        Optimizer[] optimizers = new Optimizer[3];
        for (int i = 0; i < 3; i++) {
            optimizers[i] = optimizer(1000, new AdamW(), BF16.withStateSeed(i / 2));
            steps(optimizers[i], 0, 5);
        }
        assertArrayEquals(
                optimizers[0].parameters().toArray(), optimizers[1].parameters().toArray());
        assertTrue(optimizers[0]
                        .parameters()
                        .segment()
                        .mismatch(optimizers[2].parameters().segment())
                >= 0);
    }

    @Test
    void theStateIsAReadOnlyCopyAndASnapshotRestoresIt() {
        Optimizer optimizer = optimizer(5000, new AdamW(), BF16);
        steps(optimizer, 0, 3);
        FloatSpan state = optimizer.state("all", "exp_avg");
        assertThrows(IllegalArgumentException.class, () -> state.set(0, 1));
        OptimizerSnapshot snapshot = optimizer.snapshot();
        steps(optimizer, 3, 6);
        float[] expected = optimizer.parameters().toArray(),
                m = optimizer.state("all", "exp_avg").toArray();
        snapshot.restore();
        assertArrayEquals(state.toArray(), optimizer.state("all", "exp_avg").toArray());
        steps(optimizer, 3, 6);
        assertArrayEquals(expected, optimizer.parameters().toArray());
        assertArrayEquals(m, optimizer.state("all", "exp_avg").toArray());
    }

    @Test
    void resumedTrainingHasTheBitsOfOneThatWasNotStopped() throws IOException {
        Path file = folder.resolve("state.safetensors");
        Optimizer straight = optimizer(5000, new AdamW(), BF16.withStateSeed(7));
        steps(straight, 0, 3);
        new Checkpoint(straight).save(file);
        steps(straight, 3, 6);
        Optimizer resumed = optimizer(5000, new AdamW(0.7), BF16.withStateSeed(7));
        new Checkpoint(resumed).load(file);
        steps(resumed, 3, 6);
        assertArrayEquals(straight.parameters().toArray(), resumed.parameters().toArray());
        assertEquals("7", new Checkpoint(straight).metadata().get("lanewise.state.seed"));
        Optimizer other = optimizer(5000, new AdamW(), BF16);
        String refused = assertThrows(IllegalArgumentException.class, () -> new Checkpoint(other).load(file))
                .getMessage();
        assertTrue(refused.contains("stateSeed: expected 0 as in the options, found 7"), refused);
        new Checkpoint(other).loadState(file);
        assertEquals(3, other.steps());
    }

    @Test
    void anotherTypeIsRefusedUnlessItIsConverted() throws IOException {
        Path file = folder.resolve("f32.safetensors"), half = folder.resolve("bf16.safetensors");
        Optimizer f32 = optimizer(5000, new AdamW(), StepOptions.DEFAULT);
        steps(f32, 0, 3);
        new Checkpoint(f32).save(file);
        Optimizer bf16 = optimizer(5000, new AdamW(), BF16);
        float[] before = bf16.parameters().toArray();
        String refused = assertThrows(IllegalArgumentException.class, () -> new Checkpoint(bf16).load(file))
                .getMessage();
        assertTrue(
                refused.contains(
                        "all.exp_avg: expected BF16 [5000], found F32 [5000] (Checkpoint.withConversion converts it)"),
                refused);
        assertArrayEquals(before, bf16.parameters().toArray());
        new Checkpoint(bf16).withConversion().load(file);
        float[] m = f32.state("all", "exp_avg").toArray(),
                rounded = bf16.state("all", "exp_avg").toArray();
        for (int i = 0; i < m.length; i++) {
            assertEquals(Bf16Span.bf16ToFloat(Bf16Span.floatToBf16(m[i])), rounded[i]);
        }
        new Checkpoint(bf16).save(half);
        new Checkpoint(f32).withConversion().load(half);
        assertArrayEquals(rounded, f32.state("all", "exp_avg").toArray());
    }

    @Test
    void rowsAreRefused() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> new RowOptimizer(FloatSpan.of(new float[20]), 4, new SparseAdam(), BF16));
        assertEquals("state must be F32 in a row optimizer: BF16", refused.getMessage());
    }

    /** Copies and averages of parameters, and what has bounds. */
    @Test
    void someBuffersStayFloats() {
        for (Rules.Entry entry : Rules.all()) {
            for (StateBuffer buffer : entry.defaults().state()) {
                boolean precise = List.of("z", "p0", "ax", "linear", "step_size", "row_var", "col_var")
                        .contains(buffer.name());
                assertEquals(precise ? StateType.F32 : StateType.BF16, StateType.BF16.of(buffer), buffer.name());
                assertEquals(precise ? StateType.F32 : StateType.INT8, StateType.INT8.of(buffer), buffer.name());
            }
        }
    }

    static Stream<UpdateRule> eightBitStateOfEveryRule() {
        return RuleTable.rules();
    }

    @ParameterizedTest
    @MethodSource
    void eightBitStateOfEveryRule(UpdateRule rule) {
        int n = 3 * 4096 + 37;
        Random random = new Random(1);
        float[] initial = Floats.nasty(n, random, true);
        float[][] gradients = {Floats.nasty(n, random, true), Floats.random(n, 2), Floats.nasty(n, random, false)};
        Definition definition = new Definition(rule, initial, StateType.INT8, 0);
        for (float[] gradient : gradients) {
            definition.step(gradient);
        }
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Optimizer optimizer = new Optimizer(
                        FloatSpan.of(initial.clone()),
                        rule,
                        StepOptions.DEFAULT
                                .withState(StateType.INT8)
                                .withWorkers(workers)
                                .withStatistics(threads == 2));
                for (float[] gradient : gradients) {
                    optimizer.step(FloatSpan.of(gradient));
                }
                assertArrayEquals(
                        definition.parameters(), optimizer.parameters().toArray());
                for (StateBuffer buffer : rule.state()) {
                    assertArrayEquals(
                            definition.state(buffer.name()),
                            optimizer.state("all", buffer.name()).toArray(),
                            buffer.name());
                }
            }
        }
    }

    @Test
    void eightBitStateIsSavedWithItsScalesAndShortGroupsStayFloats() throws IOException {
        Path file = folder.resolve("int8.safetensors");
        StepOptions options = StepOptions.DEFAULT.withState(StateType.INT8);
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("bias", 3, 100, new AdamW()),
                new ParameterGroup("weight", 103, 5_001, new AdamW()),
                new ParameterGroup("other", 5_104, 9_000, new Lion()));
        Optimizer[] optimizers = new Optimizer[2];
        for (int i = 0; i < 2; i++) {
            optimizers[i] = new Optimizer(FloatSpan.of(Floats.random(15_000, i)), groups, options);
        }
        steps(optimizers[0], 0, 3);
        new Checkpoint(optimizers[0]).save(file);
        new Checkpoint(optimizers[1]).load(file);
        for (Optimizer each : optimizers) {
            steps(each, 3, 6);
        }
        assertArrayEquals(
                optimizers[0].parameters().slice(3, 14_101).toArray(),
                optimizers[1].parameters().slice(3, 14_101).toArray());
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            var saved = dev.lanewise.safetensors.Safetensors.map(file, arena);
            assertEquals("U8 [5001]", CheckpointNumbers.describe(saved.tensor("weight.exp_avg_sq")));
            assertEquals("F32 [20]", CheckpointNumbers.describe(saved.tensor("weight.exp_avg_sq.scale")));
            assertEquals("F32 [100]", CheckpointNumbers.describe(saved.tensor("bias.exp_avg")));
        }
        Optimizer f32 = new Optimizer(FloatSpan.of(new float[15_000]), groups, StepOptions.DEFAULT);
        assertThrows(
                IllegalArgumentException.class,
                () -> new Checkpoint(f32).withConversion().load(file));
    }

    @Test
    void eightBitSecondMomentsDecay() {
        int n = 100_000;
        Optimizer optimizer = optimizer(n, new AdamW(), StepOptions.DEFAULT.withState(StateType.INT8));
        optimizer.step(FloatSpan.of(Floats.random(n, 1)));
        double before = mean(optimizer, "exp_avg_sq");
        float[] none = new float[n];
        for (int i = 0; i < 300; i++) {
            optimizer.step(FloatSpan.of(none));
        }
        assertEquals(Math.pow(0.999, 300), mean(optimizer, "exp_avg_sq") / before, 1e-2);
    }

    /** The kernels with packed state box no vector; {@code AdamW} is the largest that addresses it. */
    @Test
    void aStepAllocatesNothing() {
        for (StateType type : StateType.values()) {
            for (UpdateRule rule :
                    List.of(new AdamW(), new Adam(), new Lion(), new Sgd().withMomentum(0.9), new Adan())) {
                Optimizer optimizer = optimizer(8192, rule, StepOptions.DEFAULT.withState(type));
                FloatSpan gradients = FloatSpan.of(Floats.random(8192, 3));
                long least = Long.MAX_VALUE;
                var threads =
                        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
                for (int round = 0; round < 40 && least > 100; round++) {
                    long start = threads.getCurrentThreadAllocatedBytes();
                    for (int i = 0; i < 200; i++) {
                        optimizer.step(gradients);
                    }
                    least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - start) / 200);
                }
                assertTrue(least <= 100, type + " " + rule + ": " + least + " B a step");
            }
        }
    }
}
