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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Bf16SpanTest {
    private static final int PATTERNS = 1 << 16;

    private static FloatSpan ofBits(int[] bits) {
        MemorySegment segment = MemorySegment.ofArray(new float[bits.length]);
        MemorySegment.copy(bits, 0, segment, ValueLayout.JAVA_INT_UNALIGNED, 0, bits.length);
        return FloatSpan.of(segment);
    }

    private static int[] bits(FloatSpan floats) {
        return floats.segment().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }

    /** Returns the nearest bfloat16 number by the distances as doubles, which are exact. */
    private static short nearest(int bits) {
        float value = Float.intBitsToFloat(bits);
        if (value != value) {
            return (short) (bits >>> 16 | 0x40);
        }
        if (Float.isInfinite(value)) {
            return (short) (bits >>> 16);
        }
        int below = bits >>> 16;
        double towards0 = Math.abs((double) Float.intBitsToFloat(below << 16));
        // The number after the greatest finite one would be 2¹²⁸, in whose place infinity is.
        double away = (below & 0x7fff) == 0x7f7f ? 0x1p128 : Math.abs((double) Float.intBitsToFloat(below + 1 << 16));
        double left = Math.abs((double) value) - towards0, right = away - Math.abs((double) value);
        return (short) (left < right || left == right && below % 2 == 0 ? below : below + 1);
    }

    private static short[] rounded(int[] bits) {
        short[] halves = new short[bits.length];
        Bf16Span.of(halves).copyFrom(ofBits(bits));
        return halves;
    }

    @Test
    void everyNumberIsExactAsAFloat() {
        short[] halves = new short[PATTERNS];
        for (int i = 0; i < PATTERNS; i++) {
            halves[i] = (short) i;
        }
        FloatSpan floats = FloatSpan.of(new float[PATTERNS]);
        Bf16Span span = Bf16Span.of(halves);
        span.copyTo(floats);
        int[] bits = bits(floats);
        for (int i = 0; i < PATTERNS; i++) {
            assertEquals(i << 16, bits[i]);
            assertEquals(Float.intBitsToFloat(i << 16), span.get(i));
            assertEquals(Float.intBitsToFloat(i << 16), Bf16Span.bf16ToFloat((short) i));
        }
        short[] back = new short[PATTERNS];
        Bf16Span.of(back).copyFrom(floats);
        for (int i = 0; i < PATTERNS; i++) {
            boolean nan = (i & 0x7fff) > 0x7f80;
            assertEquals((short) (nan ? i | 0x40 : i), back[i]);
        }
    }

    @Test
    void roundsToTheNearestAndToEvenAtATie() {
        int[] lower = {0, 1, 0x40, 0x7fff, 0x8000, 0x8001, 0xc000, 0xffff};
        int[] bits = new int[PATTERNS * lower.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = i / lower.length << 16 | lower[i % lower.length];
        }
        short[] rounded = rounded(bits);
        for (int i = 0; i < bits.length; i++) {
            assertEquals(nearest(bits[i]), rounded[i]);
            assertEquals(rounded[i], Bf16Span.floatToBf16(Float.intBitsToFloat(bits[i])));
        }
    }

    @Test
    @Tag("exhaustive")
    void roundsEveryFloat() {
        int[] bits = new int[1 << 20];
        for (long from = 0; from < 1L << 32; from += bits.length) {
            for (int i = 0; i < bits.length; i++) {
                bits[i] = (int) from + i;
            }
            short[] rounded = rounded(bits);
            for (int i = 0; i < bits.length; i++) {
                if (rounded[i] != nearest(bits[i])) {
                    assertEquals(
                            Integer.toHexString(nearest(bits[i])),
                            Integer.toHexString(rounded[i]),
                            Integer.toHexString(bits[i]));
                }
            }
        }
    }

    @Test
    void keepsSignsAndTurnsNoNumberIntoAnother() {
        int[] bits = {
            0x7f7f_8000, 0xff7f_8000, 0x7f7f_7fff, 0x8000_0000, 0x8000_0001, 0x0000_8001, 0x7f80_0001, 0xffff_ffff
        };
        int[] expected = {0x7f80, 0xff80, 0x7f7f, 0x8000, 0x8000, 0x0001, 0x7fc0, 0xffff};
        short[] rounded = rounded(bits);
        for (int i = 0; i < bits.length; i++) {
            assertEquals((short) expected[i], rounded[i], Integer.toHexString(bits[i]));
        }
    }

    @Test
    void writesThroughToTheArray() {
        short[] array = {0, 0x3f80, 0, 0, 0};
        Bf16Span span = Bf16Span.of(array, 1, 3);
        span.slice(1, 2).set(1, -2.004f);
        assertArrayEquals(new short[] {0, 0x3f80, 0, (short) 0xc000, 0}, array);
        assertEquals(1, span.get(0));
        assertSame(array, span.slice(2, 1).array());
        assertEquals(3, span.slice(2, 1).arrayOffset());
        Bf16Span unwrapped = Bf16Span.of(MemorySegment.ofArray(array).asSlice(4, 6));
        assertTrue(unwrapped.isArray());
        assertSame(array, unwrapped.array());
        assertEquals(2, unwrapped.arrayOffset());
        Bf16Span.of(array, 0, 3).copyFrom(span);
        assertArrayEquals(new short[] {0x3f80, 0, (short) 0xc000, (short) 0xc000, 0}, array);
    }

    @Test
    void convertsInEveryStorage(@TempDir Path folder) throws IOException {
        int count = 2500;
        int[] bits = new int[count];
        for (int i = 0; i < count; i++) {
            bits[i] = i * 0x9E3779B9;
        }
        short[] expected = rounded(bits);
        int[] back = new int[count];
        for (int i = 0; i < count; i++) {
            back[i] = expected[i] << 16;
        }
        int bytes = 2 * count;
        try (Arena arena = Arena.ofConfined();
                FileChannel file = FileChannel.open(
                        folder.resolve("numbers"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            for (MemorySegment segment : new MemorySegment[] {
                arena.allocate(bytes),
                arena.allocate(bytes + 1).asSlice(1),
                MemorySegment.ofArray(new byte[bytes]),
                MemorySegment.ofArray(new byte[bytes + 3]).asSlice(3),
                MemorySegment.ofArray(new short[count + 1]).asSlice(1, bytes),
                MemorySegment.ofArray(new short[count + 1]).asSlice(2, bytes),
                file.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena)
            }) {
                Bf16Span span = Bf16Span.of(segment);
                span.copyFrom(ofBits(bits));
                assertArrayEquals(expected, segment.toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
                FloatSpan floats = FloatSpan.of(arena.allocate(4L * count + 3).asSlice(3));
                Bf16Span.of(segment.asReadOnly()).copyTo(floats);
                assertArrayEquals(back, bits(floats));
                assertEquals(
                        span.isArray(), segment.heapBase().orElse(null) instanceof short[] && segment.address() == 2);
            }
        }
    }

    @Test
    void refusesOtherLengthsAndItsOwnMemoryBeforeItWrites() {
        short[] halves = {1, 2, 3};
        Bf16Span span = Bf16Span.of(halves);
        FloatSpan two = FloatSpan.of(new float[2]);
        assertRefused("source must have the length 3: 2", () -> span.copyFrom(two));
        assertRefused("target must have the length 3: 2", () -> span.copyTo(two));
        assertRefused("source must have the length 3: 1", () -> span.copyFrom(span.slice(0, 1)));
        MemorySegment memory = MemorySegment.ofArray(new byte[14]);
        Bf16Span upper = Bf16Span.of(memory.asSlice(8));
        FloatSpan lower = FloatSpan.of(memory.asSlice(0, 12));
        assertRefused("source must not share memory with this span: " + lower, () -> upper.copyFrom(lower));
        assertRefused("target must not share memory with this span: " + lower, () -> upper.copyTo(lower));
        assertArrayEquals(new short[] {1, 2, 3}, halves);
    }

    @Test
    void zeroesARangeAndNothingElse() {
        for (int count : new int[] {0, 1, 1023, 1024, 1025, 2048, 2500}) {
            short[] array = new short[2507];
            Arrays.fill(array, (short) 1);
            Bf16Span.of(array, 2, 2505).zero(3, count);
            for (int i = 0; i < array.length; i++) {
                assertEquals(i < 5 || i >= 5 + count ? 1 : 0, array[i], "number " + i + " of " + count);
            }
        }
        Bf16Span span = Bf16Span.of(new short[5], 1, 3);
        assertThrows(IndexOutOfBoundsException.class, () -> span.zero(-1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> span.zero(1, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> span.zero(0, -1));
        // 2 times this index is 0 as a long.
        assertThrows(IndexOutOfBoundsException.class, () -> span.slice(Long.MIN_VALUE, 1));
        short[] large = new short[2500];
        Arrays.fill(large, (short) 1);
        assertThrows(IndexOutOfBoundsException.class, () -> Bf16Span.of(large).zero(0, 2501));
        assertEquals(1, large[0]);
    }

    @Test
    void describesItself() {
        Bf16Span span = Bf16Span.of(new short[3]);
        assertEquals("3 bf16 numbers in " + span.segment(), span.toString());
        assertEquals(3, span.length());
        Bf16Span other = Bf16Span.of(MemorySegment.ofArray(new byte[2]));
        assertEquals(0, other.arrayOffset());
        assertEquals(
                "the span must be over a writable short[]: " + other,
                assertThrows(IllegalStateException.class, other::array).getMessage());
    }

    @Test
    void aReadOnlySegmentCannotBeWritten() {
        Bf16Span span = Bf16Span.of(MemorySegment.ofArray(new short[4]).asReadOnly());
        assertFalse(span.isArray());
        assertEquals(0, span.get(3));
        assertThrows(IllegalStateException.class, span::array);
        assertThrows(IllegalArgumentException.class, () -> span.set(0, 1));
        assertThrows(IllegalArgumentException.class, () -> span.copyFrom(FloatSpan.of(new float[4])));
        FloatSpan floats = FloatSpan.of(MemorySegment.ofArray(new float[4]).asReadOnly());
        assertThrows(
                IllegalArgumentException.class, () -> Bf16Span.of(new short[4]).copyTo(floats));
    }

    @Test
    void aClosedArenaIsRefused() {
        Arena arena = Arena.ofConfined();
        Bf16Span span = Bf16Span.of(arena.allocate(8));
        arena.close();
        assertThrows(IllegalStateException.class, () -> span.get(0));
        assertThrows(IllegalStateException.class, () -> span.copyTo(FloatSpan.of(new float[4])));
        assertThrows(IllegalStateException.class, () -> span.copyFrom(FloatSpan.of(new float[4])));
    }

    @Test
    void otherMemoryIsRefused() {
        assertRefused(
                "the size of segment must be a multiple of 2 bytes: 7",
                () -> Bf16Span.of(MemorySegment.ofArray(new byte[7])));
        assertRefused(
                "the array behind segment must be a short[] or byte[]: float[]",
                () -> Bf16Span.of(MemorySegment.ofArray(new float[2])));
        assertThrows(IndexOutOfBoundsException.class, () -> Bf16Span.of(new short[3], 1, 3));
        Bf16Span span = Bf16Span.of(new short[3]);
        assertThrows(IndexOutOfBoundsException.class, () -> span.slice(1, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> span.get(3));
        assertThrows(IndexOutOfBoundsException.class, () -> span.set(-1, 0));
    }

    @Test
    void overlapsWhatSharesItsMemory() {
        Bf16Span all = Bf16Span.of(new short[10]);
        assertTrue(all.slice(2, 3).overlaps(all.slice(4, 2)));
        assertFalse(all.slice(2, 2).overlaps(all.slice(4, 2)));
        assertFalse(all.overlaps(Bf16Span.of(new short[10])));
    }

    private static void assertRefused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
