package dev.lanewise.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Checkpoint;
import dev.lanewise.optim.LossScale;
import dev.lanewise.optim.NAdam;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Rprop;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.Schedule;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
    /** Float arithmetic might lose the payload of a NaN and the sign of a zero. */
    private static final int[] BITS = {0x7fa12345, 0x80000000, 0x3f800000, 1};

    @Test
    void restoresEveryBitInEveryStorage() {
        float[] array = new float[6];
        byte[] bytes = new byte[16];
        try (Arena arena = Arena.ofConfined()) {
            List<FloatSpan> spans = List.of(
                    FloatSpan.of(array, 1, 4),
                    FloatSpan.of(MemorySegment.ofArray(bytes)),
                    FloatSpan.of(arena.allocate(16)));
            spans.forEach(span -> write(span, BITS));
            int[] rewound = {0};
            Snapshot snapshot = new Snapshot(spans, () -> rewound[0]++);
            for (int times = 1; times <= 2; times++) {
                spans.forEach(span -> write(span, new int[4]));
                snapshot.restore();
                for (FloatSpan span : spans) {
                    assertArrayEquals(BITS, span.segment().toArray(ValueLayout.JAVA_INT_UNALIGNED));
                }
                assertEquals(times, rewound[0]);
            }
        }
    }

    @Test
    void leavesWhatIsOutsideItsSpansAlone() {
        float[] array = {1, 2, 3};
        Snapshot snapshot = new Snapshot(List.of(FloatSpan.of(array, 1, 1)), () -> {});
        Arrays.fill(array, 9);
        snapshot.restore();
        assertArrayEquals(new float[] {9, 2, 9}, array);
    }

    @Test
    void refusesWhatItCouldNotRestore() {
        FloatSpan span = FloatSpan.of(MemorySegment.ofArray(new float[1]).asReadOnly());
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> new Snapshot(List.of(span), () -> {}));
        assertTrue(error.getMessage().startsWith("spans must not be read-only: "), error.getMessage());
    }

    /** The snapshot restores every part of an optimizer's state, after each has been changed. */
    @Test
    void setsAnOptimizerBackToTheBit(@TempDir Path folder) throws IOException {
        LossScale scale = new LossScale(1024);
        Schedule rate = new Cosine(0.1, 50);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[20]),
                List.of(
                        new ParameterGroup("a", 0, 10, new NAdam(rate)),
                        new ParameterGroup("b", 10, 9, new Rprop(rate)).withFrozen(true)),
                StepOptions.DEFAULT.withLossScale(scale).withAverageDecay(0.9));
        steps(optimizer, 3);
        int[] rewound = {0};
        Snapshot snapshot = new Snapshot(optimizer, () -> rewound[0]++);
        Path file = folder.resolve("checkpoint");
        new Checkpoint(optimizer).save(file);
        byte[] before = Files.readAllBytes(file);
        byte[] after = null;
        for (int times = 1; times <= 2; times++) {
            steps(optimizer, 2);
            optimizer.replace(
                    optimizer.group("a").withRule(new NAdam().withWeightDecay(0.5)),
                    optimizer.group("b").withFrozen(false));
            optimizer.setLearningRate(0.3);
            optimizer.parameters().set(19, 9);
            steps(optimizer, 4);
            optimizer.step(
                    FloatSpan.of(new float[] {Float.NaN, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
            assertEquals(512, scale.scale());
            new Checkpoint(optimizer).save(file);
            after = after == null ? Files.readAllBytes(file) : after;
            assertArrayEquals(after, Files.readAllBytes(file));
            snapshot.restore();
            assertEquals(times, rewound[0]);
            new Checkpoint(optimizer).save(file);
            assertArrayEquals(before, Files.readAllBytes(file));
        }
    }

    private static void steps(Optimizer optimizer, int count) {
        for (int i = 0; i < count; i++) {
            float[] gradients = new float[20];
            for (int j = 0; j < 20; j++) {
                gradients[j] = (j - 7) * (optimizer.steps() + 1);
            }
            optimizer.step(FloatSpan.of(gradients));
        }
    }

    private static void write(FloatSpan span, int[] bits) {
        for (int i = 0; i < bits.length; i++) {
            span.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, bits[i]);
        }
    }
}
