package dev.lanewise.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    /** A NaN with a payload, and a negative zero, which arithmetic on floats might lose. */
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
        assertTrue(error.getMessage().startsWith("a span must not be read-only: "), error.getMessage());
    }

    private static void write(FloatSpan span, int[] bits) {
        for (int i = 0; i < bits.length; i++) {
            span.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, bits[i]);
        }
    }
}
