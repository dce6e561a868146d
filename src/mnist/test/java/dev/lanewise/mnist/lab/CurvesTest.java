package dev.lanewise.mnist.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.lab.experiments.SecondMoment;
import dev.lanewise.report.Series;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The statistics of the page are computed correctly from the runs. */
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
        assertEquals("+1.00 points (90 %: +0.83 to +1.17)", Format.points(SeedStatistics.of(0.009, 0.01, 0.011)));
        assertEquals("+1.00 points", Format.points(SeedStatistics.of(0.01)));
        assertEquals("2 (90 %: 0.314 to 3.69)", Format.digits(SeedStatistics.of(1, 2, 3)));
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
        byte[] pixels = {51, 102, 51, 102, 51, 102};
        DataSet one = new DataSet(Path.of("images"), Path.of("labels"), 1, 2, pixels, new int[] {0, 1, 0}, 2);
        assertEquals(0.2 * 0.2 + 0.4 * 0.4 + 1, SecondMoment.largest(one, 3), 1e-6);
    }

    /** The eigenvalue is checked on the matrix M = E[xxᵀ] itself, by its trace and by v ↦ Mv on the vector that the search finds. */
    @Test
    void secondMomentIsAnEigenvalue() {
        int n = 30;
        float[] x = new float[6 * n];
        TinyImages.TRAINING.copy(0, n, x);
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
