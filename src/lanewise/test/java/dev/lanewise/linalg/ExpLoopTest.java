package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExpLoopTest {
    /** Every 611th float below 0, which includes all exponents, and NaN. */
    @Test
    void hasTheBitsOfExpOnASweepOfAllFloatsBelow0() {
        float[] x = new float[1 << 16];
        for (long bits = 1L << 31; bits < 1L << 32; bits += 611L * x.length) {
            for (int i = 0; i < x.length; i++) {
                x[i] = Float.intBitsToFloat((int) Math.min(bits + 611L * i, 0xFFFF_FFFFL));
            }
            check(x, 0, x.length);
        }
    }

    @Property
    void hasTheBitsOfExpWhereverAFloatIsFarFrom0(
            @ForAll @IntRange(min = 1, max = 1_200) int count, @ForAll @IntRange(max = 3) int far, @ForAll long seed) {
        Random random = new Random(seed);
        float[] others = {-86, Math.nextDown(-86f), -88, -103, -104, -105, Float.NEGATIVE_INFINITY, Float.NaN};
        float[] x = new float[count + 5];
        for (int i = 0; i < x.length; i++) {
            x[i] = -86 * random.nextFloat();
        }
        for (int i = 0; i < far; i++) {
            x[random.nextInt(x.length)] = others[random.nextInt(others.length)];
        }
        check(x, 2, count);
    }

    private static void check(float[] x, int from, int count) {
        float[] expected = x.clone(), loop = x.clone(), blocks = x.clone();
        for (int i = from; i < from + count; i++) {
            expected[i] = Softmax.exp(x[i]);
        }
        ExpLoop.run(loop, from, count);
        assertArrayEquals(expected, loop);
        ExpLoop.inBlocks(blocks, from, from + count);
        assertArrayEquals(expected, blocks);
    }
}
