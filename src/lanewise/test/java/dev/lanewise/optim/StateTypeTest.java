package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** State that is stored in fewer bits: what becomes of moments, groups with several types, files. {@link RuleParityTest} has the bits. */
class StateTypeTest {
    private static final StepOptions BF16 = StepOptions.DEFAULT.withState(StateType.BF16);

    @TempDir
    Path folder;

    static Optimizer optimizer(int n, UpdateRule rule, StepOptions options) {
        return new Optimizer(FloatSpan.of(Floats.random(n, 1)), rule, options);
    }

    static void steps(Optimizer optimizer, int from, int to) {
        for (int step = from; step < to; step++) {
            optimizer.step(
                    FloatSpan.of(Floats.random((int) optimizer.parameters().length(), 100 + step)));
        }
    }

    static double mean(Optimizer optimizer, String state) {
        double sum = 0;
        float[] values = optimizer.state("all", state).toArray();
        for (float x : values) {
            sum += x;
        }
        return sum / values.length;
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
                boolean precise = List.of(
                                "z", "p0", "ax", "linear", "step_size", "row_var", "col_var", "second_momentum_buffer")
                        .contains(buffer.name());
                assertEquals(precise ? StateType.F32 : StateType.BF16, StateType.BF16.of(buffer), buffer.name());
                assertEquals(precise ? StateType.F32 : StateType.INT8, StateType.INT8.of(buffer), buffer.name());
            }
        }
    }

    @Test
    void fewerBytesAreMoved() {
        record Row(UpdateRule rule, double f32, double bf16, double int8) {}
        double block = 4 / 256.0;
        UpdateRule both = new AdamW().withUpdateClipping(true).withCaution(Caution.RESCALED);
        for (Row row : List.of(
                new Row(new AdamW(), 28, 20, 16 + 4 * block),
                new Row(both, 28 + 12, 20 + 8, 16 + 4 + 2 + 6 * block),
                new Row(new Lion(), 20, 16, 14 + 2 * block),
                new Row(new Sgd().withMomentum(0.9), 20, 16, 14 + 2 * block),
                new Row(new Sgd(), 12, 12, 12),
                new Row(new Lamb(), 40, 28, 22 + 6 * block),
                // Its copy of the parameters stays in floats.
                new Row(new Prodigy(), 52, 36, 28 + 8 * block),
                new Row(new Adafactor(), 24, 24, 24),
                new Row(new Adafactor().withFactored(false), 32, 26, 23 + 3 * block),
                new Row(UpdateRule.scheduled(step -> new Lamb()), 40, 28, 22 + 6 * block))) {
            assertEquals(row.f32, row.rule.bytesPerParameter(StateType.F32), row.rule::toString);
            assertEquals(row.bf16, row.rule.bytesPerParameter(StateType.BF16), row.rule::toString);
            assertEquals(row.int8, row.rule.bytesPerParameter(StateType.INT8), row.rule::toString);
        }
    }
}
