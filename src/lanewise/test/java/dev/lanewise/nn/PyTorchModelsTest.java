package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models that PyTorch wrote have PyTorch's outputs; see README.md beside the files. */
class PyTorchModelsTest {
    private static final Path FOLDER = Path.of("test/resources/models");

    /** The models, with the digest of our own outputs. */
    enum Model {
        SEQUENTIAL("743bd92054a2d5f6", "0", "2", "4"),
        NAMED("728e648a316cd6e0", "fc1", "fc2", "out"),
        TUTORIAL("6da44abd8a96e99a", "linear_relu_stack.0", "linear_relu_stack.2", "linear_relu_stack.4"),
        SQUARE("baaba05e12eca58f", squares()),
        LINEAR("214c109adc43e3ff", ""),
        NO_BIAS("b9bd89d4f9641081", "0", "2"),
        F16("785665b5abaddd64", "0", "2", "4"),
        BF16("082d10e28e25bb9e", "0", "2", "4"),
        F64("68ef64864b6343eb", "0", "2", "4");

        private final String digest;
        private final String[] layers;

        Model(String digest, String... layers) {
            this.digest = digest;
            this.layers = layers;
        }

        private static String[] squares() {
            String[] squares = new String[12];
            for (int i = 0; i < squares.length; i++) {
                squares[i] = "layers." + i;
            }
            return squares;
        }

        private String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private Path file() {
            return FOLDER.resolve(id() + ".safetensors");
        }
    }

    private static float[] floats(Path file, String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Safetensors.map(file, arena).floats(name).toArray();
        }
    }

    private static float[] outputs(Mlp mlp, Model model) throws IOException {
        float[] inputs = floats(FOLDER.resolve("outputs.safetensors"), model.id() + ".inputs");
        int rows = inputs.length / mlp.sizes()[0];
        float[] outputs = new float[rows * mlp.sizes()[mlp.sizes().length - 1]];
        mlp.predict(inputs, 0, rows, outputs, 0);
        return outputs;
    }

    @ParameterizedTest
    @EnumSource
    void havePyTorchsOutputsAndAlwaysTheSameBits(Model model) throws IOException, NoSuchAlgorithmException {
        float[] expected = floats(FOLDER.resolve("outputs.safetensors"), model.id() + ".outputs");
        float[] outputs = outputs(Mlp.load(model.file(), Layout.PYTORCH), model);
        assertEquals(expected.length, outputs.length);
        float scale = 0;
        for (float output : expected) {
            scale = Math.max(scale, Math.abs(output));
        }
        for (int i = 0; i < outputs.length; i++) {
            assertEquals(expected[i], outputs[i], 1e-5 * scale, "output " + i);
        }
        byte[] bytes = FloatSpan.of(outputs).segment().toArray(ValueLayout.JAVA_BYTE);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        assertEquals(model.digest, digest.substring(0, 16));
    }

    /** A wrong order or a forgotten transposition of the square layers would give other outputs than PyTorch's. */
    @Test
    void theSquareModelHasOtherOutputsInEveryOtherOrder() throws IOException {
        float[] expected = floats(FOLDER.resolve("outputs.safetensors"), "square.outputs");
        String[] layers = Model.squares();
        Mlp transposed = Mlp.load(Model.SQUARE.file(), Layout.LANEWISE);
        layers[2] = "layers.10";
        layers[10] = "layers.2";
        Mlp sorted = Mlp.load(Model.SQUARE.file(), Layout.PYTORCH.withLayers(layers));
        for (Mlp wrong : List.of(transposed, sorted)) {
            float[] outputs = outputs(wrong, Model.SQUARE);
            float difference = 0;
            for (int i = 0; i < outputs.length; i++) {
                difference = Math.max(difference, Math.abs(outputs[i] - expected[i]));
            }
            assertTrue(difference > 0.01, "the outputs differ by only " + difference);
        }
    }

    /** Saved in PyTorch's layout, the tensors have the names, shapes and bytes that PyTorch gave them. */
    @ParameterizedTest
    @EnumSource
    void comeBackAsPyTorchWroteThem(Model model, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("model");
        Mlp mlp = Mlp.load(model.file(), Layout.PYTORCH);
        mlp.save(file, Layout.PYTORCH.withLayers(model.layers));
        try (Arena arena = Arena.ofConfined()) {
            Safetensors written = Safetensors.map(model.file(), arena), saved = Safetensors.map(file, arena);
            assertEquals("pt", saved.metadata().get("format"));
            for (String name : written.names()) {
                assertEquals(written.tensor(name).shape(), saved.tensor(name).shape());
                float[] floats = new float[(int) saved.floats(name).length()];
                written.copyTo(name, FloatSpan.of(floats));
                assertArrayEquals(floats, saved.floats(name).toArray());
                if (written.tensor(name).dtype() == DType.F32) {
                    assertEquals(
                            -1,
                            written.tensor(name)
                                    .bytes()
                                    .mismatch(saved.tensor(name).bytes()));
                }
            }
            if (model != Model.NO_BIAS) {
                assertEquals(written.names().size(), saved.names().size());
            }
        }
        Mlp again = Mlp.load(file);
        assertArrayEquals(mlp.sizes(), again.sizes());
        assertArrayEquals(mlp.parameters().toArray(), again.parameters().toArray());
    }
}
