package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.internal.kernel.Bf16Floats;
import dev.lanewise.internal.kernel.Noise;
import dev.lanewise.memory.Bf16Span;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rounding of state to bf16 at random, and the random numbers. */
class Bf16RoundingTest {
    @Test
    void roundsToEitherNeighborWithTheMeanOfTheFloat() {
        Random random = new Random(1);
        for (int round = 0; round < 20; round++) {
            float x = Math.scalb(1 + random.nextFloat(), random.nextInt(200) - 100) * (round % 2 == 0 ? 1 : -1);
            float below = Bf16Span.bf16ToFloat((short) (Float.floatToRawIntBits(x) >>> 16));
            float above = Bf16Span.bf16ToFloat((short) ((Float.floatToRawIntBits(x) >>> 16) + 1));
            double overElements = 0, overSteps = 0;
            int n = 100_000;
            for (int i = 0; i < n; i++) {
                float one = Bf16Span.bf16ToFloat(Bf16Floats.round(x, Noise.at(Noise.of(3, round, 1), i)));
                float other = Bf16Span.bf16ToFloat(Bf16Floats.round(x, Noise.at(Noise.of(3, i, 1), round)));
                assertTrue(one == below || one == above);
                overElements += one;
                overSteps += other;
            }
            double spacing = Math.abs(above - below);
            assertEquals(x, overElements / n, spacing * 1e-4, "elements of one step are spread evenly");
            assertEquals(x, overSteps / n, spacing * 5 * 0.5 / Math.sqrt(n), "steps of one element");
        }
    }

    @Test
    void keepsWhatABf16CanHold() {
        for (int half = 0; half < 1 << 16; half++) {
            float x = Bf16Span.bf16ToFloat((short) half);
            for (int noise : new int[] {0, -1, 0x7FFF0000, 0xFFFF}) {
                float rounded = Bf16Span.bf16ToFloat(Bf16Floats.round(x, noise));
                assertEquals(Float.floatToIntBits(x), Float.floatToIntBits(rounded));
            }
            assertEquals(Float.floatToIntBits(x), Float.floatToIntBits(Bf16Span.bf16ToFloat(Bf16Span.floatToBf16(x))));
        }
        for (int bits : new int[] {0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00001, 0xFFC12345}) {
            float nan = Float.intBitsToFloat(bits);
            assertTrue(Float.isNaN(Bf16Span.bf16ToFloat(Bf16Floats.round(nan, -1))), Integer.toHexString(bits));
            assertTrue(Float.isNaN(Bf16Span.bf16ToFloat(Bf16Span.floatToBf16(nan))), Integer.toHexString(bits));
        }
    }

    /** The correlations, over the steps, between the noise of neighbors, of elements far apart, and of two buffers. */
    @Test
    void theNoiseOfAnElementIsIndependentOfThatOfOthersAcrossBuffersAndSteps() {
        int n = 100_000;
        double buffers = 0, steps = 0, mean = 0;
        for (int i = 0; i < n; i++) {
            double x = uniform(Noise.at(Noise.of(0, i, 1), 77)), y = uniform(Noise.at(Noise.of(0, i, 3), 77));
            buffers += x * y;
            steps += x * uniform(Noise.at(Noise.of(0, i + 1, 1), 77));
            mean += x;
        }
        double bound = 5 / Math.sqrt(n);
        assertEquals(0, buffers / n * 12, bound);
        assertEquals(0, steps / n * 12, bound);
        assertEquals(0, mean / n * Math.sqrt(12), bound);
    }

    private static double uniform(int noise) {
        return (noise >>> 16) / 65536.0 - 0.5;
    }
}
