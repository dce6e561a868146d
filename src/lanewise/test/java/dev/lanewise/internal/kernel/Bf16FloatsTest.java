package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.testing.Floats;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Bf16FloatsTest {
    /** The rest of the memory stays as it is. */
    @Test
    void everyLengthAndOffsetIsPackedAndUnpackedAsTheDefinitionsRound() {
        Random random = new Random(3);
        PackedFloats.Room room = new PackedFloats.Room();
        for (int count = 0; count < 70; count++) {
            int to = random.nextInt(5), offset = random.nextInt(7), noise = random.nextInt();
            float[] source = Floats.nasty(offset + count + 3, random, false);
            Bf16Floats floats = new Bf16Floats(to + count + 2, false);
            float[] before = Floats.random(to + count + 2, count);
            floats.packNearest(before, 0, before.length);
            floats.pack(source, offset, to, count, noise, room);

            float[] expected = new float[offset + before.length], found = expected.clone();
            for (int i = 0; i < before.length; i++) {
                boolean packed = i >= to && i < to + count;
                short half = packed
                        ? Bf16Floats.round(source[offset + i - to], Noise.at(noise, i - to))
                        : Bf16Span.floatToBf16(before[i]);
                expected[offset + i] = Bf16Span.bf16ToFloat(half);
            }
            floats.unpack(0, found, offset, before.length, room);
            assertArrayEquals(expected, found, "count " + count);
        }
    }
}
