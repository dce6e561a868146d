package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FloatBitsTest {
    @Property
    void findsTheLargestFloatWhereverItIs(
            @ForAll @IntRange(min = 1, max = 1_200) int count, @ForAll @IntRange(max = 7) int from, @ForAll long seed) {
        Random random = new Random(seed);
        float[] x = new float[from + count + 3];
        Arrays.fill(x, Float.POSITIVE_INFINITY);
        float largest = Float.NEGATIVE_INFINITY;
        float shift = random.nextInt(3) - 1;
        for (int i = from; i < from + count; i++) {
            x[i] = (random.nextFloat() + shift) * (random.nextBoolean() ? 1 : Float.MIN_VALUE);
            largest = Math.max(largest, x[i]);
        }
        // Comparison by ==, because either zero may be found.
        assertTrue(largest == FloatBits.block().max(x, from, count), () -> "the largest of " + Arrays.toString(x));
    }

    @Test
    void findsInfinitiesAndExtremes() {
        float[] ordered = {
            Float.NEGATIVE_INFINITY,
            -Float.MAX_VALUE,
            -1,
            -Float.MIN_VALUE,
            0,
            Float.MIN_VALUE,
            1,
            Float.MAX_VALUE,
            Float.POSITIVE_INFINITY
        };
        for (int i = 1; i <= ordered.length; i++) {
            assertEquals(ordered[i - 1], FloatBits.block().max(ordered, 0, i));
        }
    }

    @Test
    void copiesTheBitsOfABlock() {
        FloatBits block = FloatBits.block();
        Arrays.fill(block.floats, 7);
        for (int i = 0; i < FloatBits.BLOCK; i++) {
            block.bits[i] = Float.floatToRawIntBits(i - 100.5f);
        }
        block.toFloats(FloatBits.BLOCK - 1);
        for (int i = 0; i < FloatBits.BLOCK - 1; i++) {
            assertEquals(i - 100.5f, block.floats[i]);
        }
        assertEquals(7, block.floats[FloatBits.BLOCK - 1]);
    }
}
