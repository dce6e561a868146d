package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The copy of the parameters in bf16 is what rounding them after the step would give. */
class Bf16CopyTest {
    private static final StepOptions COPY = StepOptions.DEFAULT.withBf16Copy(true);

    private static void assertRounded(Optimizer optimizer) {
        short[] expected = new short[(int) optimizer.parameters().length()];
        Bf16Span.of(expected).copyFrom(optimizer.parameters());
        assertArrayEquals(expected, optimizer.bf16Copy().array());
    }

    private static FloatSpan gradient(int n, int step) {
        return FloatSpan.of(Floats.random(n, 10 + step));
    }

    @Test
    void itIsRoundedInEveryStepWhateverTheMemoryAndTheOptions() {
        try (Workers two = Workers.of(2);
                Arena shared = Arena.ofShared()) {
            for (int n : new int[] {1, 15, 4097, 50_001}) {
                for (StepOptions options : List.of(
                        COPY,
                        COPY.withWorkers(two).withStatistics(true).withState(StateType.BF16),
                        COPY.withWorkers(two).withAverageDecay(0.9).withZeroGradients(true),
                        COPY.withClipping(Clipping.byValue(0.1)))) {
                    for (MemorySegment memory : List.of(
                            MemorySegment.ofArray(new float[n]),
                            MemorySegment.ofArray(new float[n + 5]).asSlice(20),
                            Arena.ofAuto().allocate(4L * n + 1).asSlice(1),
                            shared.allocate(4L * n))) {
                        FloatSpan parameters = FloatSpan.of(memory);
                        parameters.copyFrom(Floats.nasty(n, new Random(n), false), 0, 0, n);
                        Optimizer optimizer = new Optimizer(parameters, new AdamW(), options);
                        assertRounded(optimizer);
                        for (int step = 0; step < 3; step++) {
                            optimizer.step(gradient(n, step));
                            assertRounded(optimizer);
                        }
                    }
                }
            }
        }
    }

    /** The step itself is the same with a copy. */
    @Test
    void theParametersHaveTheBitsOfAStepWithoutIt() {
        int n = 30_000;
        Optimizer with = new Optimizer(FloatSpan.of(Floats.random(n, 1)), new AdamW(), COPY);
        Optimizer without = new Optimizer(FloatSpan.of(Floats.random(n, 1)), new AdamW());
        for (int step = 0; step < 5; step++) {
            with.step(gradient(n, step));
            without.step(gradient(n, step));
        }
        assertArrayEquals(without.parameters().toArray(), with.parameters().toArray());
    }

    @Test
    void itHasFrozenGroupsAndParametersOfNoGroup() {
        FloatSpan parameters = FloatSpan.of(Floats.random(300, 1));
        Optimizer optimizer = new Optimizer(
                parameters,
                List.of(
                        new ParameterGroup("a", 10, 90, new AdamW(0.1)),
                        new ParameterGroup("b", 150, 100, new Lion(0.1)).withFrozen(true)),
                COPY);
        assertRounded(optimizer);
        optimizer.step(gradient(300, 1));
        assertRounded(optimizer);
        parameters.set(160, 7);
        optimizer.step(gradient(300, 2));
        assertRounded(optimizer);
        assertEquals(7, optimizer.bf16Copy().get(160));
    }

    @Test
    void itFollowsSnapshotsAndCheckpoints(@TempDir Path folder) throws IOException {
        int n = 5000;
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = new Optimizer(FloatSpan.of(Floats.random(n, 1)), new AdamW(0.1), COPY);
        optimizer.step(gradient(n, 1));
        short[] first = optimizer.bf16Copy().array().clone();
        OptimizerSnapshot snapshot = optimizer.snapshot();
        new Checkpoint(optimizer).save(file);
        optimizer.step(gradient(n, 2));
        snapshot.restore();
        assertArrayEquals(first, optimizer.bf16Copy().array());
        Optimizer other = new Optimizer(FloatSpan.of(new float[n]), new AdamW(0.1), COPY);
        new Checkpoint(other).load(file);
        assertArrayEquals(first, other.bf16Copy().array());
        Optimizer without = new Optimizer(FloatSpan.of(new float[n]), new AdamW(0.1));
        new Checkpoint(without).load(file);
        assertArrayEquals(other.parameters().toArray(), without.parameters().toArray());
    }

    @Test
    void aSkippedStepLeavesIt() {
        float[] gradient = new float[100];
        gradient[3] = Float.NaN;
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(Floats.random(100, 1)), new AdamW(0.1), COPY.withNonFinitePolicy(NonFinitePolicy.SKIP));
        short[] before = optimizer.bf16Copy().array().clone();
        assertFalse(optimizer.step(FloatSpan.of(gradient)).applied());
        assertArrayEquals(before, optimizer.bf16Copy().array());
    }

    @Test
    void withoutTheOptionThereIsNone() {
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[1]), new AdamW());
        String message =
                assertThrows(IllegalStateException.class, optimizer::bf16Copy).getMessage();
        assertTrue(message.startsWith("bf16Copy must be among the options: StepOptions["), message);
    }
}
