package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Int8Floats.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Int8FloatsTest {
    private static final float[] SPECIAL = {
        0,
        -0f,
        Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY
    };

    /** The rest of the memory stays as it is. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyLengthAndMagnitudeIsPackedAndUnpackedAsTheDefinitionsDo(boolean positive) {
        Random random = new Random(8);
        PackedFloats.Room room = new PackedFloats.Room();
        for (int round = 0; round < 300; round++) {
            int to = BLOCK * random.nextInt(3), count = random.nextInt(3 * BLOCK), offset = random.nextInt(7);
            count -= round % 2 == 0 ? count % BLOCK : 0;
            int length = to + count + random.nextInt(2 * BLOCK), noise = random.nextInt();
            float[] before = floats(length, random), source = floats(offset + count + 3, random);
            Int8Floats floats = new Int8Floats(length, positive);
            floats.packNearest(before, 0, length);
            byte[] codes = floats.segment().toArray(ValueLayout.JAVA_BYTE);
            float[] scales = floats.scales().toArray(ValueLayout.JAVA_FLOAT);
            for (int i = 0; i < count; i += BLOCK) {
                int block = Math.min(BLOCK, count - i), at = Noise.at(noise, i);
                Int8Floats.encode(source, offset + i, codes, to + i, scales, block, at, Noise.STRIDE, positive);
            }
            floats.pack(source, offset, to, count, noise, room);
            assertArrayEquals(codes, floats.segment().toArray(ValueLayout.JAVA_BYTE));
            assertArrayEquals(scales, floats.scales().toArray(ValueLayout.JAVA_FLOAT));

            // All codes, of which packing gives some seldom or never, with the scales that it gave.
            random.nextBytes(codes);
            MemorySegment.copy(MemorySegment.ofArray(codes), 0, floats.segment(), 0, length);
            float[] found = before.clone(), expected = before.clone();
            for (int i = 0; i < count; i++) {
                expected[length - count + i] = Int8Floats.decode(codes[to + i], scales[(to + i) / BLOCK], positive);
            }
            floats.unpack(to, found, length - count, count, room);
            assertArrayEquals(expected, found);
        }
    }

    /** {@return floats of up to 45 binary magnitudes in each block, and in every fourth block a special one} */
    private static float[] floats(int length, Random random) {
        float[] x = new float[length];
        int least = 0, magnitudes = 1;
        for (int i = 0; i < length; i++) {
            if (i % BLOCK == 0) {
                magnitudes = 1 + random.nextInt(45);
                least = Float.MIN_EXPONENT - 10 + random.nextInt(264 - magnitudes);
            }
            x[i] = Math.scalb((float) random.nextGaussian(), least + random.nextInt(magnitudes));
            x[i] = Math.clamp(x[i], -Float.MAX_VALUE, Float.MAX_VALUE);
        }
        for (int i = 0; i < length; i += 4 * BLOCK) {
            x[Math.min(i + random.nextInt(BLOCK), length - 1)] = SPECIAL[random.nextInt(SPECIAL.length)];
        }
        return x;
    }
}
