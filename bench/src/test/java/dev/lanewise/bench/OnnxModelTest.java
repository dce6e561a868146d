package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.lanewise.linalg.Activation;
import dev.lanewise.nn.Mlp;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX Runtime accepts the models that {@link Mlp#toOnnx} writes, and computes the same outputs from them. */
class OnnxModelTest {
    @TempDir
    private Path folder;

    private static Mlp mlp(Activation activation, int... sizes) {
        Mlp mlp = new Mlp(activation, sizes);
        mlp.initialize(3);
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            if (range.name().endsWith(".bias")) {
                mlp.parameters().copyFrom(Floats.random(range.length(), range.from()), 0, range.from(), range.length());
            }
        }
        return mlp;
    }

    private OrtSession session(Mlp mlp) throws IOException, OrtException {
        Path file = folder.resolve("model.onnx");
        mlp.toOnnx(file);
        return OrtEnvironment.getEnvironment().createSession(file.toString());
    }

    private static float[][] run(OrtSession session, float[] inputs, int rows) throws OrtException {
        long[] shape = {rows, inputs.length / rows};
        try (OnnxTensor x = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(inputs), shape);
                OrtSession.Result result = session.run(Map.of("input", x))) {
            return (float[][]) result.get("logits").orElseThrow().getValue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"784,256,128,10", "7,3", "1,1", "33,70,5,64,2"})
    void hasOurOutputsForAnyBatch(String text) throws IOException, OrtException {
        int[] sizes = Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
        assertSameOutputs(mlp(Activation.RELU, sizes));
    }

    @ParameterizedTest
    @EnumSource
    void hasOurOutputsWithEveryActivation(Activation activation) throws IOException, OrtException {
        assertSameOutputs(mlp(activation, 33, 70, 64, 2));
    }

    private void assertSameOutputs(Mlp mlp) throws IOException, OrtException {
        int[] sizes = mlp.sizes();
        int classes = sizes[sizes.length - 1];
        try (OrtSession session = session(mlp)) {
            for (int rows : new int[] {1, 8, 129}) {
                float[] inputs = Floats.random(rows * sizes[0], rows);
                float[] expected = new float[rows * classes];
                mlp.predict(inputs, 0, rows, expected, 0);
                float[][] found = run(session, inputs, rows);
                assertEquals(rows, found.length);
                float scale = 0;
                for (float logit : expected) {
                    scale = Math.max(scale, Math.abs(logit));
                }
                for (int row = 0; row < rows; row++) {
                    float[] logits = Arrays.copyOfRange(expected, row * classes, (row + 1) * classes);
                    assertArrayEquals(logits, found[row], 1e-5f * scale, "row " + row + " of " + rows);
                }
            }
        }
    }

    @Test
    void describesItsInputAndOutput() throws IOException, OrtException {
        try (OrtSession session = session(mlp(Activation.RELU, 5, 4, 3))) {
            assertEquals(Set.of("input"), session.getInputNames());
            assertEquals(Set.of("logits"), session.getOutputNames());
            TensorInfo input = (TensorInfo) session.getInputInfo().get("input").getInfo();
            assertArrayEquals(new long[] {-1, 5}, input.getShape());
            assertEquals("lanewise", session.getMetadata().getProducerName());
        }
    }
}
