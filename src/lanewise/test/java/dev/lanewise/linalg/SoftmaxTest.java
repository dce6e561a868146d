package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SoftmaxTest {
    /** The argument is every 61st float of either sign, which includes all exponents. */
    @Test
    void expIsWithinOneUlpOnASweepOfAllFloats() {
        double worst = 0, worstSubnormal = 0;
        for (long bits = 0; bits < 1L << 32; bits += 61) {
            float x = Float.intBitsToFloat((int) bits);
            double exact = StrictMath.exp(x);
            float rounded = (float) exact;
            float actual = Softmax.exp(x);
            if (Float.isNaN(x) || rounded == 0 || Float.isInfinite(rounded)) {
                assertEquals(rounded, actual, () -> "exp(" + x + ")");
            } else {
                double ulps = Math.abs(actual - exact) / Math.ulp(rounded);
                if (rounded < Float.MIN_NORMAL) {
                    worstSubnormal = Math.max(worstSubnormal, ulps);
                } else {
                    worst = Math.max(worst, ulps);
                }
            }
        }
        assertTrue(worst < 1, "off by " + worst + " ulp");
        assertTrue(worstSubnormal < 1, "off by " + worstSubnormal + " ulp where subnormal");
    }

    @Test
    void expAtItsEnds() {
        assertEquals(1f, Softmax.exp(0f));
        assertEquals(1f, Softmax.exp(-0f));
        assertEquals(0f, Softmax.exp(Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, Softmax.exp(Float.POSITIVE_INFINITY));
        assertTrue(Float.isNaN(Softmax.exp(Float.NaN)));
        float largest = 0x1.62e42ep6f, smallest = -0x1.9fe368p6f;
        assertEquals((float) StrictMath.exp(largest), Softmax.exp(largest), Math.ulp(Float.MAX_VALUE));
        assertTrue(Softmax.exp(largest) < Float.POSITIVE_INFINITY);
        assertEquals(Float.POSITIVE_INFINITY, Softmax.exp(Math.nextUp(largest)));
        assertEquals(Float.MIN_VALUE, Softmax.exp(smallest));
        assertEquals(0f, Softmax.exp(Math.nextDown(smallest)));
    }

    @Property
    void probabilitiesAreTheDefinition(
            @ForAll @IntRange(max = 40) int rows,
            @ForAll @IntRange(min = 1, max = 300) int columns,
            @ForAll @IntRange(min = 1, max = 20) int spread,
            @ForAll long seed) {
        float[] x = logits(rows * columns + 5, spread, seed), expected = x.clone();
        for (int i = 0; i < rows; i++) {
            int row = 3 + i * columns;
            float max = Float.NEGATIVE_INFINITY;
            for (int j = 0; j < columns; j++) {
                max = Math.max(max, x[row + j]);
            }
            double sum = 0;
            for (int j = 0; j < columns; j++) {
                expected[row + j] = Softmax.exp(x[row + j] - max);
                sum += expected[row + j];
            }
            for (int j = 0; j < columns; j++) {
                expected[row + j] *= (float) (1 / sum);
            }
        }
        Softmax.probabilities(x, 3, rows, columns);
        assertArrayEquals(expected, x);
    }

    @Property
    void totalLossIsTheDefinition(
            @ForAll @IntRange(max = 40) int rows,
            @ForAll @IntRange(min = 1, max = 300) int columns,
            @ForAll @IntRange(min = 1, max = 20) int spread,
            @ForAll long seed) {
        float[] x = logits(rows * columns + 5, spread, seed), before = x.clone();
        int[] labels = new Random(seed).ints(rows + 2, 0, columns).toArray();
        double loss = 0;
        for (int i = 0; i < rows; i++) {
            int row = 3 + i * columns;
            float max = Float.NEGATIVE_INFINITY;
            for (int j = 0; j < columns; j++) {
                max = Math.max(max, x[row + j]);
            }
            double sum = 0;
            for (int j = 0; j < columns; j++) {
                sum += Softmax.exp(x[row + j] - max);
            }
            loss += StrictMath.log(sum) - (x[row + labels[2 + i]] - max);
        }
        assertEquals(loss, Softmax.totalLoss(x, 3, labels, 2, rows, columns));
        assertArrayEquals(before, x);
    }

    /** The room for copies is that of the rows before. */
    @Test
    void totalLossOfLongerAndLongerRows() {
        for (int columns = 1; columns < 10_000; columns += columns % 2 == 0 ? columns - 1 : 1) {
            float[] x = new float[2 * columns];
            assertEquals(2 * Math.log(columns), Softmax.totalLoss(x, 0, new int[2], 0, 2, columns), 1e-12);
        }
    }

    @Property
    void lossAndGradientAreThoseOfTheFormulaInDouble(
            @ForAll @IntRange(min = 1, max = 40) int rows,
            @ForAll @IntRange(min = 1, max = 40) int columns,
            @ForAll long seed) {
        float[] x = logits(rows * columns + 5, 20, seed);
        int[] labels = new Random(seed).ints(rows + 2, 0, columns).toArray();
        double loss = 0;
        double[] gradient = new double[x.length];
        for (int i = 0; i < rows; i++) {
            int row = 3 + i * columns, label = labels[2 + i];
            double sum = 0;
            for (int j = 0; j < columns; j++) {
                sum += StrictMath.exp((double) x[row + j] - x[row + label]);
            }
            loss += StrictMath.log(sum) / rows;
            for (int j = 0; j < columns; j++) {
                double p = StrictMath.exp((double) x[row + j] - x[row + label]) / sum;
                gradient[row + j] = (p - (j == label ? 1 : 0)) / rows;
            }
        }
        assertEquals(loss * rows, Softmax.totalLoss(x, 3, labels, 2, rows, columns), 1e-5 * rows);
        float[] g = x.clone();
        assertEquals(loss, Softmax.crossEntropy(g, 3, labels, 2, rows, columns), 1e-5);
        for (int i = 3; i < 3 + rows * columns; i++) {
            assertEquals(gradient[i], g[i], 4e-6 / rows);
        }
        for (int i : new int[] {0, 1, 2, x.length - 2, x.length - 1}) {
            assertEquals(x[i], g[i]);
        }
    }

    private static float[] logits(int length, int spread, long seed) {
        Random random = new Random(seed);
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) (spread * random.nextGaussian());
        }
        return x;
    }

    @Test
    void hugeLogitsOverflowNothing() {
        float[] x = {1e30f, 0, -1e30f};
        assertEquals(1e30f, Softmax.crossEntropy(x, 0, new int[] {1}, 0, 1, 3));
        assertArrayEquals(new float[] {1, -1, 0}, x);
    }

    @Test
    void infinityAndNaN() {
        float minus = Float.NEGATIVE_INFINITY, plus = Float.POSITIVE_INFINITY, nan = Float.NaN;
        float[] x = {1, minus, 1, minus, minus, minus, 0, plus, 0, 0, nan, 0};
        Softmax.probabilities(x, 0, 4, 3);
        assertArrayEquals(new float[] {0.5f, 0, 0.5f, nan, nan, nan, nan, nan, nan, nan, nan, nan}, x);
        assertTrue(Double.isNaN(Softmax.crossEntropy(new float[] {0, nan}, 0, new int[] {0}, 0, 1, 2)));
        assertTrue(Double.isNaN(Softmax.totalLoss(new float[] {0, plus}, 0, new int[] {0}, 0, 1, 2)));
        assertEquals(Double.POSITIVE_INFINITY, Softmax.totalLoss(new float[] {0, minus}, 0, new int[] {1}, 0, 1, 2));
    }

    @Test
    void notANumberAnywhereInALongRowMakesItNaNAndNoOther() {
        for (int at = 0; at < 40; at++) {
            float[] x = new float[5 * 40];
            x[2 * 40 + at] = Float.NaN;
            Softmax.probabilities(x, 0, 5, 40);
            for (int i = 0; i < x.length; i++) {
                assertEquals(i / 40 == 2 ? Float.NaN : 1 / 40f, x[i]);
            }
        }
    }

    @Test
    void argmaxIsTheFirstOfTheGreatestOrTheFirstNaN() {
        float nan = Float.NaN;
        assertEquals(1, Softmax.argmax(new float[] {9, 1, 3, 3, 2}, 1, 4));
        assertEquals(0, Softmax.argmax(new float[] {-1, -2}, 0, 2));
        assertEquals(0, Softmax.argmax(new float[] {-0f, 0f}, 0, 2));
        assertEquals(2, Softmax.argmax(new float[] {0, 8, nan, 9, nan}, 0, 5));
        assertEquals(0, Softmax.argmax(new float[] {nan, 8}, 0, 2));
    }

    @Test
    void rejectsWhatIsOutOfRangeBeforeAnythingIsWritten() {
        float[] x = {1, 2, 3, 4};
        var label = assertThrows(
                IllegalArgumentException.class, () -> Softmax.crossEntropy(x, 0, new int[] {9, 1, 2}, 1, 2, 2));
        assertEquals("labels[2] must be a class in [0, 1]: 2", label.getMessage());
        var negative =
                assertThrows(IllegalArgumentException.class, () -> Softmax.totalLoss(x, 0, new int[] {0, -1}, 0, 2, 2));
        assertEquals("labels[1] must be a class in [0, 1]: -1", negative.getMessage());
        var labels =
                assertThrows(IndexOutOfBoundsException.class, () -> Softmax.crossEntropy(x, 0, new int[2], 1, 2, 2));
        assertEquals("labels too short: need indices 1..2, length is 2", labels.getMessage());
        var rows = assertThrows(IllegalArgumentException.class, () -> Softmax.crossEntropy(x, 0, new int[2], 0, 0, 2));
        assertEquals("rows must be at least 1: 0", rows.getMessage());
        var columns = assertThrows(IllegalArgumentException.class, () -> Softmax.probabilities(x, 0, 2, 0));
        assertEquals("columns must be at least 1: 0", columns.getMessage());
        var end = assertThrows(IndexOutOfBoundsException.class, () -> Softmax.probabilities(x, 1, 2, 2));
        assertEquals("x too short: need indices 1..4, length is 4", end.getMessage());
        assertArrayEquals(new float[] {1, 2, 3, 4}, x);
    }
}
