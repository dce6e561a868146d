package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Lanewise;
import dev.lanewise.Workers;
import dev.lanewise.testing.Floats;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {
    /**
     * The distance between the bits of arguments. {@code mvn test -Dtest=ActivationTest -DargLine=-Dlanewise.activationStep=1} takes
     * all floats, in half an hour.
     */
    private static final long STEP = Long.getLong("lanewise.activationStep", 4999);

    /** Returns Φ(−t) for t of at least 0, with an error of 1e-13 of it. */
    private static double tail(double t) {
        double density = StrictMath.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
        if (t < 2.5) {
            double sum = t, term = t;
            for (int k = 3; term > 1e-17 * sum; k += 2) {
                term *= t * t / k;
                sum += term;
            }
            return 0.5 - density * sum;
        }
        double fraction = 0;
        for (int k = (int) (400 / t) + 20; k > 0; k--) {
            fraction = k / (t + fraction);
        }
        return density / (t + fraction);
    }

    private static double exact(Activation activation, double x) {
        double t = Math.abs(x);
        return switch (activation) {
            case NONE -> x;
            case RELU -> Math.max(x, 0);
            case TANH -> StrictMath.tanh(x);
            case GELU -> t > 40 ? Math.max(x, 0) : x * (x > 0 ? 1 - tail(t) : tail(t));
            case SILU -> t > 700 ? Math.max(x, 0) : x / (1 + StrictMath.exp(-x));
        };
    }

    private static double exactDerivative(Activation activation, double x) {
        double t = Math.abs(x);
        if (t > 40) {
            return activation == Activation.NONE || x > 0 && activation != Activation.TANH ? 1 : 0;
        }
        return switch (activation) {
            case NONE -> 1;
            case RELU -> x > 0 ? 1 : 0;
            case TANH -> 1 / (StrictMath.cosh(x) * StrictMath.cosh(x));
            case GELU -> (x > 0 ? 1 - tail(t) : tail(t)) + x * StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
            case SILU -> {
                double s = 1 / (1 + StrictMath.exp(-x));
                yield s * (1 + x * (1 - s));
            }
        };
    }

    @ParameterizedTest
    @CsvSource({"NONE, 0, 0", "RELU, 0, 0", "TANH, 2.5, 1.8e-7", "GELU, 5.3, 1.4e-7", "SILU, 3.4, 1.2e-7"})
    void errorsAreAsDocumented(Activation activation, double ulps, double absolute) {
        double worst = 0, worstDerivative = 0;
        for (long bits = 0; bits < 1L << 32; bits += STEP) {
            float x = Float.intBitsToFloat((int) bits);
            if (!Float.isFinite(x)) {
                continue;
            }
            double exact = exact(activation, x);
            float value = activation.value(x);
            worst = Math.max(worst, Math.abs(value - exact) / Math.ulp((float) exact));
            float derivative = activation.derivative(activation.needsArgument() ? x : value);
            worstDerivative = Math.max(worstDerivative, Math.abs(derivative - exactDerivative(activation, x)));
        }
        assertTrue(worst <= ulps, "off by " + worst + " ulp");
        assertTrue(worstDerivative <= absolute, "the derivative is off by " + worstDerivative);
    }

    @Test
    void theEnds() {
        float minus = Float.NEGATIVE_INFINITY, plus = Float.POSITIVE_INFINITY;
        for (Activation activation : Activation.values()) {
            assertEquals(activation == Activation.TANH ? 1 : plus, activation.value(plus));
            assertEquals(0f, activation.value(0f));
            assertTrue(Float.isNaN(activation.value(Float.NaN)));
            if (activation.needsArgument()) {
                assertEquals(0, activation.value(minus) + 0f);
                assertEquals(1, activation.derivative(plus));
                assertEquals(0, activation.derivative(minus) + 0f);
                assertEquals(0.5f, activation.derivative(0));
                assertTrue(Float.isNaN(activation.derivative(Float.NaN)));
            }
        }
        assertEquals(-1, Activation.TANH.value(minus));
        assertEquals(-0f, Activation.TANH.value(-0f));
        assertEquals(minus, Activation.NONE.value(minus));
        assertEquals(0, Activation.RELU.value(minus));
        assertEquals(0, Activation.RELU.derivative(0));
    }

    private static float[] arguments(int length) {
        Random random = new Random(5);
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = i % 3 == 0
                    ? Float.intBitsToFloat(random.nextInt())
                    : (float) random.nextGaussian() * (i % 3 == 1 ? 3 : 40);
        }
        x[1] = 0f;
        x[2] = -0f;
        x[3] = Float.POSITIVE_INFINITY;
        x[4] = Float.NEGATIVE_INFINITY;
        return x;
    }

    /** The kernels are compiled first. The length leaves a rest for every vector width. */
    @ParameterizedTest
    @EnumSource
    void kernelsHaveTheBitsOfTheDefinitions(Activation activation) {
        int count = 40_007;
        float[] x = arguments(count), g = Floats.random(count + 2, 3);
        float[] y = new float[count + 2], slopes = g.clone();
        Runnable work = () -> {
            ActivationLoops.apply(activation, x, 0, y, 1, count);
            System.arraycopy(g, 0, slopes, 0, g.length);
            ActivationLoops.multiply(activation, activation.needsArgument() ? x : y.clone(), 0, slopes, 1, count - 1);
        };
        Lanewise.compileKernels(Duration.ofSeconds(20), work);
        work.run();
        float[] expected = new float[count + 2], expectedSlopes = g.clone();
        for (int i = 0; i < count; i++) {
            expected[i + 1] = activation.value(x[i]);
        }
        for (int i = 0; i < count - 1; i++) {
            float derivative = activation.derivative(activation.needsArgument() ? x[i] : expected[i]);
            expectedSlopes[i + 1] = activation == Activation.RELU && derivative == 0 ? 0 : g[i + 1] * derivative;
        }
        assertArrayEquals(expected, y);
        assertArrayEquals(expectedSlopes, slopes);
        float[] inPlace = x.clone();
        ActivationLoops.apply(activation, inPlace, 0, inPlace, 0, count);
        assertArrayEquals(Arrays.copyOfRange(expected, 1, count + 1), inPlace);
    }

    /** C and the other matrices have gaps between their rows, or none, which is another path. */
    @ParameterizedTest
    @EnumSource
    void epiloguesApplyThemToProducts(Activation activation) {
        int m = 150, n = 130, k = 20;
        for (int gap : new int[] {0, 3}) {
            Matrix a = Matrix.of(Floats.random(m * k, 1), 0, m, k), b = Matrix.of(Floats.random(k * n, 2), 0, k, n);
            Matrix bias = Matrix.of(Floats.random(n, 3), 0, 1, n);
            Matrix sums = matrix(m, n, 0),
                    inPlace = matrix(m, n, gap),
                    z = matrix(m, n, gap),
                    y = matrix(m, n, 2 * gap);
            Matrix product = matrix(m, n, 0), slopes = matrix(m, n, gap);
            try (Workers workers = Workers.of(2)) {
                Gemm gemm = new Gemm(workers);
                gemm.multiply(a, b, Epilogue.bias(bias), sums);
                gemm.multiply(a, b, Epilogue.bias(bias, activation), inPlace);
                gemm.multiply(a, b, Epilogue.bias(bias, activation, y), z);
                gemm.multiply(a, b, product);
                gemm.multiply(a, b, Epilogue.derivative(activation, activation.needsArgument() ? z : y), slopes);
            }
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    float sum = at(sums, i, j), value = activation.value(sum);
                    assertEquals(sum, at(z, i, j));
                    assertEquals(value, at(y, i, j));
                    assertEquals(value, at(inPlace, i, j));
                    float slope = activation.derivative(activation.needsArgument() ? sum : value);
                    assertEquals(slope * at(product, i, j) + 0f, at(slopes, i, j) + 0f);
                }
            }
            for (int i = n; i < inPlace.stride(); i++) {
                assertEquals(0, inPlace.array()[i]);
            }
        }
    }

    private static Matrix matrix(int rows, int columns, int gap) {
        return Matrix.of(new float[rows * (columns + gap)], 0, rows, columns, columns + gap);
    }

    private static float at(Matrix matrix, int row, int column) {
        return matrix.array()[matrix.offset() + row * matrix.stride() + column];
    }

    @Test
    void epiloguesCheckTheirMatrices() {
        Matrix a = matrix(4, 3, 0), b = matrix(3, 2, 0), c = matrix(4, 2, 0), bias = matrix(1, 2, 0);
        Gemm gemm = new Gemm();
        Epilogue shorter = Epilogue.bias(bias, Activation.GELU, matrix(3, 2, 0));
        assertEquals(
                "rows of output must be 4 (rows of c): 3",
                assertThrows(IllegalArgumentException.class, () -> gemm.multiply(a, b, shorter, c))
                        .getMessage());
        Epilogue wider = Epilogue.derivative(Activation.SILU, matrix(4, 3, 0));
        assertEquals(
                "columns of kept must be 2 (columns of c): 3",
                assertThrows(IllegalArgumentException.class, () -> gemm.multiply(a, b, wider, c))
                        .getMessage());
        Epilogue same = Epilogue.derivative(Activation.TANH, c);
        assertEquals(
                "c must not overlap kept: indices 0..7 and 0..7 of one array",
                assertThrows(IllegalArgumentException.class, () -> gemm.multiply(a, b, same, c))
                        .getMessage());
    }
}
