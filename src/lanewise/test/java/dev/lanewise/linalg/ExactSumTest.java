package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.internal.kernel.Kernels;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExactSumTest {
    /** Shorter rows are summed in order. */
    private static final int SHORT = 64;

    @Property
    void isTheSumWhereNoFloatIsTooSmall(@ForAll @IntRange(min = SHORT, max = 2_000) int count, @ForAll long seed) {
        Random random = new Random(seed);
        float least = ExactSum.least(count);
        float[] x = new float[count + 3];
        for (int i = 3; i < x.length; i++) {
            // The low bits of the fraction are what an inexact sum would lose.
            float fraction = Math.nextDown(2f) - random.nextInt(4) * Math.ulp(1f);
            x[i] = random.nextBoolean() ? fraction / 2 : Math.max(least, least * fraction);
        }
        double sum = 0;
        BigDecimal exact = BigDecimal.ZERO;
        for (int i = 3; i < x.length; i++) {
            sum += x[i];
            exact = exact.add(new BigDecimal(x[i]));
        }
        assertEquals(0, exact.compareTo(new BigDecimal(sum)));
        if (hasKernel()) {
            assertEquals(sum, ExactSum.of(x, 3, count));
        }
    }

    @Test
    void leavesRowsWithASmallerFloatOrNaN() {
        if (!hasKernel()) {
            return;
        }
        for (int count : new int[] {SHORT, 99, 1_000}) {
            float least = ExactSum.least(count);
            float[] x = new float[count];
            Arrays.fill(x, least);
            assertEquals(count * (double) least, ExactSum.of(x, 0, count));
            for (int i = 0; i < count; i++) {
                for (float wrong : new float[] {Math.nextDown(least), 0, Float.NaN}) {
                    x[i] = wrong;
                    assertEquals(Double.NaN, ExactSum.of(x, 0, count));
                }
                x[i] = least;
            }
        }
    }

    @Test
    void leavesShortRows() {
        assertFalse(ExactSum.isReady(SHORT - 1));
        assertEquals(hasKernel(), ExactSum.isReady(SHORT));
        for (int count = 1; count < 2 * SHORT; count++) {
            float[] x = new float[count + 1];
            Arrays.fill(x, 1, x.length, 0.5f);
            assertEquals(count / 2.0, ExactSum.ofRow(x, 1, count));
            x[1] = 0x1p-60f;
            assertEquals((count - 1) / 2.0 + (count == 1 ? 0x1p-60 : 0), ExactSum.ofRow(x, 1, count));
        }
    }

    /** With the float below the least of a power of two, a sum near that number would need 54 bits. */
    @Test
    void noSmallerFloatMayBeSummed() {
        for (int log2 = 6; log2 < 31; log2++) {
            float least = ExactSum.least(1 << log2), smaller = Math.nextDown(least);
            double most = (1 << log2 - 1) + 0.5;
            assertEquals(
                    most + least,
                    new BigDecimal(most).add(new BigDecimal(least)).doubleValue());
            assertEquals(
                    0,
                    new BigDecimal(most)
                            .add(new BigDecimal(Math.nextUp(least)))
                            .compareTo(new BigDecimal(most + Math.nextUp(least))));
            assertTrue(
                    new BigDecimal(most).add(new BigDecimal(smaller)).compareTo(new BigDecimal(most + smaller)) != 0);
            assertEquals(2 * least, ExactSum.least((1 << log2) + 1));
        }
        assertEquals(2, ExactSum.least(Integer.MAX_VALUE));
    }

    private static boolean hasKernel() {
        return Kernels.lanes() > 0;
    }
}
