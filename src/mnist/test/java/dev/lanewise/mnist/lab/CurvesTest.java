package dev.lanewise.mnist.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.lab.experiments.SecondMoment;
import dev.lanewise.report.Series;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers on their way to the page. */
class CurvesTest {
    @Test
    void curveHasTheMeanAndTheRangeOfTheSeedsAndEndsWhereOneDiverged() {
        Series curve = Curves.of(
                "c", new double[] {1, 2, 3}, List.of(new double[] {1, 2, 3}, new double[] {3, 6, Double.NaN}));
        assertArrayEquals(new double[] {1, 2}, curve.x());
        assertArrayEquals(new double[] {2, 4}, curve.y());
        assertArrayEquals(new double[] {1, 2}, curve.low());
        assertArrayEquals(new double[] {3, 6}, curve.high());
        assertNull(Curves.of("c", new double[] {1}, List.of(new double[] {1})).low());
    }

    @Test
    void binsHaveTheMeansOfEqualWidths() {
        float[] values = new float[100];
        for (int i = 0; i < 100; i++) {
            values[i] = i + 1;
        }
        Series curve = Curves.binned("c", List.of(values), 100);
        assertEquals(Curves.POINTS, curve.x().length);
        assertArrayEquals(curve.x(), curve.y(), 1e-9);
        assertEquals(
                20, Curves.binned("c", List.of(Arrays.copyOf(values, 50)), 100).x().length);
        assertArrayEquals(
                new double[] {1, 2, 3}, Curves.binned("c", List.of(values), 3).y());
    }

    @Test
    void sampleIsClearlyAboveOnlyByMoreThanTheSeedsScatterAndTheMargin() {
        SeedStatistics sample = SeedStatistics.of(1, 2, 3);
        assertEquals(2, sample.mean());
        assertEquals(1, sample.deviation());
        assertTrue(SeedStatistics.of(0.98, 0.981).clearlyAbove(SeedStatistics.of(0.97, 0.971)));
        assertFalse(SeedStatistics.of(0.97, 0.971).clearlyAbove(SeedStatistics.of(0.98, 0.981)));
        assertFalse(SeedStatistics.of(0.97, 0.99).clearlyAbove(SeedStatistics.of(0.96, 0.98)));
        assertFalse(SeedStatistics.of(0.9805).clearlyAbove(SeedStatistics.of(0.98)));
    }

    @Test
    void numbersAreShortAndReadable() {
        assertEquals("0.1", Format.rate(0.1));
        assertEquals("0.32", Format.rate(Math.sqrt(0.1)));
        assertEquals("3.2e−5", Format.rate(3.1623e-5));
        assertEquals("1e−5", Format.rate(1e-5));
        assertEquals("1e38", Format.rate(1e38));
        assertEquals("10", Format.rate(10));
        assertEquals("0", Format.rate(0));
        assertEquals("none", Format.rate(Double.NaN));
        assertEquals("∞", Format.rate(Double.POSITIVE_INFINITY));
        assertEquals("98.12 %", Format.percent(0.98123));
        assertEquals("97.10 ± 0.10 %", Format.percent(SeedStatistics.of(0.97, 0.971, 0.972)));
        assertEquals("−0.26 points", Format.points(-0.0026));
        assertEquals("1, 2 and 3", Format.list(List.of(1, 2, 3)));
        assertEquals("784–64–10", Format.network(784, List.of(64), 10));
    }

    @Test
    void rulesSayWhatTheyAreSetTo() {
        assertEquals("momentum 0.9", LectureRule.SGD.settings());
        assertEquals("momentum 0.9, the norm of each layer", LectureRule.RPROP.settings());
        assertEquals("alpha 0.99, epsilon 1e-8, momentum 0.9", LectureRule.RMSPROP.settings());
        assertEquals("beta1 0.9, beta2 0.999, epsilon 1e-8, amsgrad", LectureRule.AMSGRAD.settings());
        assertEquals("beta1 0.9, beta2 0.999, epsilon 1e-8, weight decay 0.01", LectureRule.ADAMW.settings());
    }

    @Test
    void secondMomentOfOneImageIsItsSquare() {
        Images one = new Images() {
            @Override
            public int size() {
                return 3;
            }

            @Override
            public int pixels() {
                return 2;
            }

            @Override
            public int classes() {
                return 2;
            }

            @Override
            public void gather(int[] order, int from, int count, float[] x, int[] y) {
                for (int i = 0; i < count; i++) {
                    x[2 * i] = 3;
                    x[2 * i + 1] = 4;
                }
            }
        };
        assertEquals(9 + 16 + 1, SecondMoment.largest(one, 3), 1e-6);
    }

    /** Of the matrix E[xxᵀ] itself, by its trace and by v ↦ Mv on the vector that the search would find. */
    @Test
    void secondMomentIsAnEigenvalue() {
        int n = 30;
        float[] x = new float[6 * n];
        TinyImages.TRAINING.gather(null, 0, n, x, new int[n]);
        double[][] m = new double[7][7];
        for (int i = 0; i < n; i++) {
            for (int a = 0; a < 7; a++) {
                for (int b = 0; b < 7; b++) {
                    m[a][b] += (a < 6 ? x[6 * i + a] : 1) * (double) (b < 6 ? x[6 * i + b] : 1) / n;
                }
            }
        }
        double largest = SecondMoment.largest(TinyImages.TRAINING, n);
        for (int a = 0; a < 7; a++) {
            m[a][a] -= largest;
        }
        assertEquals(0, determinant(m), 1e-6);
        double trace = 0;
        for (int a = 0; a < 7; a++) {
            trace += m[a][a] + largest;
        }
        assertTrue(largest > trace / 7 && largest <= trace);
    }

    private static double determinant(double[][] m) {
        double product = 1;
        for (int i = 0; i < m.length; i++) {
            product *= m[i][i];
            for (int row = i + 1; row < m.length; row++) {
                double factor = m[row][i] / m[i][i];
                for (int column = i; column < m.length; column++) {
                    m[row][column] -= factor * m[i][column];
                }
            }
        }
        return product;
    }
}
