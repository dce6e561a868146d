package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Activations, losses and their gradients are PyTorch's. {@code generate.py} beside the file computed it in double, with
 * {@code CrossEntropyLoss}, {@code BCEWithLogitsLoss}, {@code MSELoss} and autograd.
 */
class PyTorchLossesTest {
    private static final int ROWS = 7, COLUMNS = 5;

    private final Arena arena = Arena.ofConfined();
    private Safetensors goldens;

    @BeforeEach
    void open() throws IOException {
        goldens = Safetensors.map(Path.of("test/resources/losses/goldens.safetensors"), arena);
        assertEquals("2.13.0+cpu", goldens.metadata().get("torch"));
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private float[] floats(String name) {
        float[] floats = new float
                [(int) goldens.tensor(name).shape().stream()
                        .mapToLong(size -> size)
                        .reduce(1, (a, b) -> a * b)];
        goldens.copyTo(name, FloatSpan.of(floats));
        return floats;
    }

    private int[] labels() {
        return Arrays.stream(goldens.tensor("labels").bytes().toArray(ValueLayout.JAVA_LONG_UNALIGNED))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static void assertClose(float[] expected, float[] actual, double error) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], error, "element " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void activationsAndTheirDerivatives(Activation activation) {
        String name = activation.name().toLowerCase(Locale.ROOT);
        float[] x = floats("x"), values = floats(name), derivatives = floats(name + ".derivative");
        assertTrue(x.length > 80);
        for (int i = 0; i < x.length; i++) {
            float value = activation.value(x[i]);
            assertEquals(values[i], value, 3e-7 * Math.max(1, Math.abs(values[i])), "x = " + x[i]);
            float kept = activation.needsArgument() ? x[i] : value;
            assertEquals(derivatives[i], activation.derivative(kept), 3e-7, "x = " + x[i]);
        }
    }

    /** PyTorch divides by the sum of the weights, but in BCEWithLogitsLoss by the number of rows. */
    @ParameterizedTest
    @CsvSource({
        "classes, false, false",
        "classes, true, true",
        "probabilities, false, false",
        "probabilities, true, true",
        "smoothed, false, false",
        "logistic, false, false",
        "logistic, true, false",
        "squared, false, false",
        "squared, true, true"
    })
    void lossesAndTheirGradients(String loss, boolean weighted, boolean bySum) {
        float[] weights = weighted ? floats("weights") : null;
        double divisor = bySum ? Losses.sumOfWeights(weights, 0, ROWS) : ROWS;
        for (String logits : new String[] {"small", "large"}) {
            float[] z = floats(logits);
            double value = switch (loss) {
                case "classes" -> Losses.crossEntropy(z, 0, labels(), 0, weights, 0, ROWS, COLUMNS, divisor);
                case "probabilities" -> cross(z, floats("probabilities"), weights, divisor);
                case "smoothed" -> cross(z, smoothed(), weights, divisor);
                case "logistic" -> Losses.logistic(z, 0, floats("fractions"), 0, weights, 0, ROWS, COLUMNS, divisor);
                default -> Losses.squaredError(z, 0, floats("values"), 0, weights, 0, ROWS, COLUMNS, divisor);
            };
            String name = loss + (weighted ? "_weighted." : ".") + logits;
            float expected = floats(name + ".loss")[0];
            assertEquals(expected, value, 1e-6 * expected, logits);
            float[] gradient = floats(name + ".gradient");
            assertClose(gradient, z, loss.equals("squared") ? 2e-6 : 1e-7);
        }
    }

    private static double cross(float[] z, float[] targets, float[] weights, double divisor) {
        return Losses.crossEntropy(z, 0, targets, 0, weights, 0, ROWS, COLUMNS, divisor);
    }

    /** Returns the targets of {@code CrossEntropyLoss(label_smoothing=0.1)}. */
    private float[] smoothed() {
        int[] labels = labels();
        float[] targets = new float[ROWS * COLUMNS];
        Arrays.fill(targets, 0.1f / COLUMNS);
        for (int i = 0; i < ROWS; i++) {
            targets[i * COLUMNS + labels[i]] += 0.9f;
        }
        return targets;
    }

    @ParameterizedTest
    @CsvSource({"small", "large"})
    void classesWithoutWeightsBySoftmax(String logits) {
        float[] z = floats(logits);
        double value = Softmax.crossEntropy(z, 0, labels(), 0, ROWS, COLUMNS);
        float expected = floats("classes." + logits + ".loss")[0];
        assertEquals(expected, value, 1e-6 * expected);
        assertClose(floats("classes." + logits + ".gradient"), z, 1e-7);
    }
}
