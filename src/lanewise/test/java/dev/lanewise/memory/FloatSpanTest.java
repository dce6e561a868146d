package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloatSpanTest {
    @Test
    void writesThroughToTheArray() {
        float[] array = {1, 2, 3, 4, 5};
        FloatSpan span = FloatSpan.of(array, 1, 3);
        span.set(0, 20);
        span.slice(1, 2).set(1, 40);
        assertArrayEquals(new float[] {1, 20, 3, 40, 5}, array);
        assertArrayEquals(new float[] {20, 3, 40}, span.toArray());
        assertSame(array, span.slice(2, 1).array());
        assertEquals(3, span.slice(2, 1).arrayOffset());
    }

    @Test
    void unwrapsASegmentOverAnArray() {
        float[] array = new float[10];
        FloatSpan span = FloatSpan.of(MemorySegment.ofArray(array).asSlice(8, 16));
        assertTrue(span.isArray());
        assertSame(array, span.array());
        assertEquals(2, span.arrayOffset());
        assertEquals(4, span.length());
    }

    @Test
    void takesEverySegmentThatHoldsFloats(@TempDir Path folder) throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileChannel file = FileChannel.open(
                        folder.resolve("floats"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            for (MemorySegment segment : new MemorySegment[] {
                arena.allocate(40),
                arena.allocate(41).asSlice(1),
                MemorySegment.ofArray(new byte[40]),
                MemorySegment.ofArray(new byte[43]).asSlice(3),
                MemorySegment.ofArray(new float[11]).asSlice(2, 40),
                file.map(FileChannel.MapMode.READ_WRITE, 0, 40, arena)
            }) {
                FloatSpan span = FloatSpan.of(segment);
                assertFalse(span.isArray(), segment.toString());
                assertEquals(10, span.length());
                span.copyFrom(new float[] {9, 1, 2, 3}, 1, 6, 3);
                span.set(9, -4);
                float[] copy = new float[5];
                span.copyTo(6, copy, 1, 4);
                assertArrayEquals(new float[] {0, 1, 2, 3, -4}, copy);
                assertEquals(-4, span.get(9));
                assertThrows(IllegalStateException.class, span::array);
            }
        }
    }

    @Test
    void copiesBitForBit() {
        int[] bits = {0x7fa12345, 0x80000000, 0x3f800000, 1};
        MemorySegment source = MemorySegment.ofArray(new byte[16]);
        MemorySegment.copy(bits, 0, source, ValueLayout.JAVA_INT_UNALIGNED, 0, 4);
        FloatSpan span = FloatSpan.of(source), copy = span.copy();
        assertArrayEquals(bits, copy.segment().toArray(ValueLayout.JAVA_INT_UNALIGNED));
        source.fill((byte) 0);
        assertArrayEquals(bits, copy.segment().toArray(ValueLayout.JAVA_INT_UNALIGNED));
        span.copyFrom(copy);
        assertArrayEquals(bits, source.toArray(ValueLayout.JAVA_INT_UNALIGNED));
        assertEquals(
                "source must have the length 4: 3",
                assertThrows(IllegalArgumentException.class, () -> span.copyFrom(copy.slice(1, 3)))
                        .getMessage());
    }

    @Test
    void zeroesARangeAndNothingElse() {
        for (int count : new int[] {0, 1, 1023, 1024, 1025, 2048, 2500}) {
            float[] array = new float[2507];
            Arrays.fill(array, 1);
            FloatSpan.of(array, 2, 2505).zero(3, count);
            for (int i = 0; i < array.length; i++) {
                assertEquals(i < 5 || i >= 5 + count ? 1 : 0, array[i], "float " + i + " of " + count);
            }
        }
    }

    @Test
    void refusesARangeBeyondTheSpanBeforeItWrites() {
        float[] array = {1, 2, 3, 4, 5};
        FloatSpan span = FloatSpan.of(array, 1, 3);
        for (Runnable call : List.<Runnable>of(
                () -> span.zero(-1, 2),
                () -> span.zero(1, 3),
                () -> span.zero(0, -1),
                // 4 times this index is 0 as a long.
                () -> span.slice(1L << 62, 1),
                () -> span.slice(0, 1L << 62),
                () -> span.copyTo(2, new float[3], 0, 2),
                () -> span.copyTo(0, new float[3], 2, 2),
                () -> span.copyTo(-1, new float[3], 0, 1),
                () -> span.copyFrom(new float[3], 0, 2, 2),
                () -> span.copyFrom(new float[3], 2, 0, 2))) {
            assertThrows(IndexOutOfBoundsException.class, call::run);
        }
        assertArrayEquals(new float[] {1, 2, 3, 4, 5}, array);
        float[] large = new float[2500];
        Arrays.fill(large, 1);
        assertThrows(IndexOutOfBoundsException.class, () -> FloatSpan.of(large).zero(0, 2501));
        assertEquals(1, large[0]);
    }

    @Test
    void describesItself() {
        FloatSpan span = FloatSpan.of(new float[3]);
        assertEquals("3 floats in " + span.segment(), span.toString());
        assertEquals(
                "the span must be over a writable float[]: 1 floats in ",
                assertThrows(
                                IllegalStateException.class,
                                () -> FloatSpan.of(MemorySegment.ofArray(new byte[4]))
                                        .array())
                        .getMessage()
                        .replaceFirst("MemorySegment.*", ""));
    }

    @Test
    void aReadOnlySegmentCannotBeWritten() {
        FloatSpan span = FloatSpan.of(MemorySegment.ofArray(new float[4]).asReadOnly());
        assertFalse(span.isArray());
        assertEquals(0, span.get(3));
        assertThrows(IllegalArgumentException.class, () -> span.set(0, 1));
        assertThrows(IllegalArgumentException.class, () -> span.copyFrom(new float[1], 0, 0, 1));
    }

    @Test
    void saysWhatItCannotTake() {
        assertEquals(
                "the size of segment must be a multiple of 4 bytes: 7",
                assertThrows(IllegalArgumentException.class, () -> FloatSpan.of(MemorySegment.ofArray(new byte[7])))
                        .getMessage());
        assertEquals(
                "the array behind segment must be a float[] or byte[]: int[]",
                assertThrows(IllegalArgumentException.class, () -> FloatSpan.of(MemorySegment.ofArray(new int[2])))
                        .getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> FloatSpan.of(new float[3], 1, 3));
        FloatSpan span = FloatSpan.of(new float[3]);
        assertThrows(IndexOutOfBoundsException.class, () -> span.slice(1, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> span.get(3));
        assertThrows(IndexOutOfBoundsException.class, () -> span.set(-1, 0));
    }

    @Test
    void knowsWhatOverlaps() {
        float[] array = new float[10];
        FloatSpan all = FloatSpan.of(array);
        assertTrue(all.slice(2, 3).overlaps(all.slice(4, 2)));
        assertFalse(all.slice(2, 2).overlaps(all.slice(4, 2)));
        assertFalse(all.overlaps(FloatSpan.of(new float[10])));
        assertTrue(all.overlaps(FloatSpan.of(MemorySegment.ofArray(array).asReadOnly())));
        MemorySegment memory = Arena.ofAuto().allocate(40);
        assertTrue(FloatSpan.of(memory).overlaps(FloatSpan.of(memory.asSlice(36))));
    }

    @Test
    @SuppressWarnings("restricted")
    void holdsMoreFloatsThanAnArray() {
        // The segment covers addresses that are never accessed.
        MemorySegment huge = MemorySegment.ofAddress(1L << 20).reinterpret(5L << 32);
        FloatSpan span = FloatSpan.of(huge);
        assertEquals(5L << 30, span.length());
        assertEquals(3L << 30, span.slice(2L << 30, 3L << 30).length());
    }
}
