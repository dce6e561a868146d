package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.Workers;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.SafetensorsException;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class MlpFilesTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("m.safetensors");
    }

    private static Mlp mlp(int... sizes) {
        Mlp mlp = new Mlp(sizes);
        Random random = new Random(3);
        for (int i = 0; i < mlp.parameters().length(); i++) {
            mlp.parameters().set(i, (float) random.nextGaussian());
        }
        return mlp;
    }

    private static Tensor tensor(String name, long... shape) {
        return Tensor.of(name, FloatSpan.of(new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)]), shape);
    }

    private void write(Map<String, String> metadata, Tensor... tensors) throws IOException {
        Safetensors.write(file, List.of(tensors), metadata);
    }

    private void write(Tensor... tensors) throws IOException {
        write(Map.of(), tensors);
    }

    private void assertRefused(String message, Layout layout) {
        SafetensorsException e =
                assertThrows(SafetensorsException.class, () -> MlpReader.read(file, layout, null, Workers.caller()));
        assertEquals(file + ": " + message, e.getMessage());
    }

    @Test
    void comesBackInEitherLayoutAndWithAnyNames() throws IOException {
        // The sizes are not multiples of the blocks of a transposition.
        Mlp mlp = mlp(70, 33, 32, 5);
        for (Layout layout : List.of(
                Layout.LANEWISE,
                Layout.PYTORCH,
                Layout.LANEWISE.withLayers("b", "a", "c"),
                Layout.PYTORCH.withLayers("fc1", "fc2", "out"))) {
            mlp.save(file, layout, Map.of("input", "pixels"));
            for (Mlp read : List.of(Mlp.load(file), Mlp.load(file, layout), Mlp.load(file, layout, Workers.caller()))) {
                assertArrayEquals(mlp.sizes(), read.sizes());
                assertArrayEquals(mlp.parameters().toArray(), read.parameters().toArray());
            }
        }
        mlp.save(file);
        assertArrayEquals(
                mlp.parameters().toArray(), Mlp.load(file).parameters().toArray());
    }

    @Test
    void theFileDescribesItself() throws IOException {
        Mlp mlp = mlp(3, 2, 4);
        mlp.save(file, Layout.LANEWISE, Map.of("input", "pixels"));
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            assertEquals(
                    "{format=lanewise, model=mlp, version=1, sizes=3,2,4, activation=relu, weight=[inputs, outputs],"
                            + " input=pixels}",
                    saved.metadata().toString());
            assertEquals(
                    List.of("layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"),
                    List.copyOf(saved.names()));
            assertEquals(List.of(3L, 2L), saved.tensor("layers.0.weight").shape());
        }
        mlp.save(file, Layout.PYTORCH);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            assertEquals(
                    "{format=pt, model=mlp, version=1, sizes=3,2,4, activation=relu, weight=[outputs, inputs]}",
                    saved.metadata().toString());
            assertEquals(List.of("0.weight", "0.bias", "2.weight", "2.bias"), List.copyOf(saved.names()));
            assertEquals(List.of(4L, 2L), saved.tensor("2.weight").shape());
            assertEquals(mlp.parameters().get(1), saved.floats("0.weight").get(3));
        }
    }

    /** Files from before there was a version have neither that nor sizes. */
    @Test
    void aFileOfTheFirstFormatIsLoaded() throws IOException {
        Map<String, String> metadata = Map.of(
                "format",
                "lanewise",
                "model",
                "mlp",
                "activation",
                "relu",
                "input",
                "pixels / 255",
                "weight",
                "[inputs, outputs]");
        write(metadata, tensor("layers.0.weight", 2, 3), tensor("layers.0.bias", 3));
        assertArrayEquals(new int[] {2, 3}, Mlp.load(file).sizes());
    }

    @Test
    void layersThatDoNotFollowEachOtherAreRefusedWithBothShapes() throws IOException {
        write(tensor("fc1.weight", 4, 3), tensor("fc1.bias", 4), tensor("fc2.weight", 2, 5), tensor("fc2.bias", 2));
        assertRefused(
                "expected fc2.weight of shape [outputs, 4], found [2, 5] after fc1.weight of shape [4, 3]",
                Layout.PYTORCH);
        write(tensor("fc1.weight", 3, 4), tensor("fc1.bias", 4), tensor("fc2.weight", 4, 2), tensor("fc2.bias", 2));
        assertRefused(
                "expected fc1.bias of shape [3], found [4]; as [inputs, outputs] they would fit, which is"
                        + " Layout.LANEWISE",
                Layout.PYTORCH);
        write(tensor("fc1.weight", 3, 4), tensor("fc2.weight", 4, 2));
        assertRefused(
                "expected fc2.weight of shape [outputs, 3], found [4, 2] after fc1.weight of shape [3, 4]"
                        + "; as [inputs, outputs] they would fit, which is Layout.LANEWISE",
                Layout.PYTORCH);
        write(tensor("fc1.weight", 4, 3), tensor("fc1.bias", 4), tensor("fc2.weight", 2, 4), tensor("fc2.bias", 2));
        assertRefused(
                "expected fc1.bias of shape [3], found [4]; as [outputs, inputs] they would fit, which is"
                        + " Layout.PYTORCH",
                Layout.LANEWISE);
    }

    @Test
    void aLayoutThatTheMetadataContradictsIsRefused() throws IOException {
        Mlp square = mlp(3, 3);
        square.save(file);
        assertRefused(
                "expected weights [outputs, inputs], found the metadata weight [inputs, outputs]: load it with"
                        + " Layout.LANEWISE",
                Layout.PYTORCH);
        square.save(file, Layout.PYTORCH);
        assertRefused(
                "expected weights [inputs, outputs], found the metadata weight [outputs, inputs]: load it with"
                        + " Layout.PYTORCH",
                Layout.LANEWISE);
        write(tensor("0.weight", 3, 3), tensor("0.bias", 3));
        assertRefused(
                "expected the metadata weight with [inputs, outputs] or [outputs, inputs], found none"
                        + "; a file of PyTorch's is loaded with Layout.PYTORCH",
                null);
    }

    @Test
    void otherMetadataAreRefused() throws IOException {
        Tensor weight = tensor("a.weight", 2, 2), bias = tensor("a.bias", 2);
        write(Map.of("model", "cnn"), weight, bias);
        assertRefused("expected the metadata model mlp, found cnn", Layout.PYTORCH);
        write(Map.of("activation", "swish\n"), weight, bias);
        assertRefused("expected the metadata activation none, relu, tanh, gelu or silu, found swish�", Layout.PYTORCH);
        write(Map.of("model", "mlp", "version", "2"), weight, bias);
        assertRefused(
                "expected the metadata version 1, found 2; a newer version of Lanewise may read it", Layout.PYTORCH);
        write(Map.of("model", "mlp", "sizes", "2,3,2"), weight, bias);
        assertRefused("expected weights of the metadata sizes 2,3,2, found 2,2", Layout.PYTORCH);
        write(Map.of("version", "2", "sizes", "large"), weight, bias);
        assertArrayEquals(new int[] {2, 2}, Mlp.load(file, Layout.PYTORCH).sizes());
    }

    @Test
    void otherTensorsAreRefusedByName() throws IOException {
        String rest = "expected the tensors 0.weight, 0.bias and so on, or those of other names than 0, ";
        write();
        assertRefused(rest + "found none", Layout.PYTORCH);
        Tensor weight = tensor("a.weight", 2, 3), bias = tensor("a.bias", 2);
        write(weight, bias, tensor("bn.running_mean", 2));
        assertRefused(rest + "found bn.running_mean of shape [2] besides", Layout.PYTORCH);
        write(weight, bias, tensor("b.bias", 2));
        assertRefused(rest + "found b.bias of shape [2] without a weight", Layout.PYTORCH);
        assertRefused(
                "expected the tensors layers.0.weight, layers.0.bias and so on, found b.bias of shape [2] without a"
                        + " weight",
                Layout.LANEWISE);
        write(weight, bias, tensor("norm.weight", 2));
        assertRefused("expected norm.weight of shape [outputs, inputs], found [2]", Layout.PYTORCH);
        write(weight, bias, tensor("conv.weight", 2, 2, 1, 1));
        assertRefused("expected conv.weight of shape [outputs, inputs], found [2, 2, 1, 1]", Layout.PYTORCH);
        write(tensor("a.weight", 2, 0));
        assertRefused("expected a.weight of shape [outputs, inputs], found [2, 0]", Layout.PYTORCH);
        write(weight, tensor("a.bias", 2, 1));
        assertRefused("expected a.bias of shape [2], found [2, 1]", Layout.PYTORCH);
        write(new Tensor("a.weight", DType.I32, List.of(1L, 1L), MemorySegment.ofArray(new int[1])));
        assertRefused("expected a.weight of a type of [F32, F16, BF16, F64], found I32", Layout.PYTORCH);
        write(weight, new Tensor("a.bias", DType.I64, List.of(2L), MemorySegment.ofArray(new long[2])));
        assertRefused("expected a.bias of a type of [F32, F16, BF16, F64], found I64", Layout.PYTORCH);
    }

    @Test
    void aMissingBiasIsZeroInPyTorchsLayoutOnly() throws IOException {
        write(tensor("a.weight", 2, 3));
        Mlp read = Mlp.load(file, Layout.PYTORCH);
        assertArrayEquals(new int[] {3, 2}, read.sizes());
        assertArrayEquals(new float[8], read.parameters().toArray());
        assertRefused("expected a.bias of shape [3], found none", Layout.LANEWISE);
    }

    @Test
    void anOrderThatNamesDoNotGiveMustBeStated() throws IOException {
        Mlp mlp = mlp(4, 4, 4);
        mlp.save(file, Layout.PYTORCH.withLayers("encoder", "decoder"));
        assertRefused(
                "expected layers in one order only, found [decoder, encoder] and [encoder, decoder]; state the order"
                        + " by withLayers",
                Layout.PYTORCH);
        Layout stated = Layout.PYTORCH.withLayers("encoder", "decoder");
        assertArrayEquals(
                mlp.parameters().toArray(), Mlp.load(file, stated).parameters().toArray());
        assertRefused(
                "expected the layers [encoder, out], found [decoder, encoder]",
                Layout.PYTORCH.withLayers("encoder", "out"));
        Tensor[] many = new Tensor[65];
        Arrays.setAll(many, i -> tensor(Character.toString(0x4e00 + i) + ".weight", 1, 1));
        write(many);
        assertRefused(
                "expected layers in one order only, found 65 layers whose names do not give it; state the order by"
                        + " withLayers",
                Layout.PYTORCH);
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() throws IOException {
        Mlp mlp = mlp(2, 2);
        mlp.parameters().set(3, Float.NaN);
        mlp.save(file);
        assertRefused("expected finite numbers in layers.0.weight, found NaN", null);
        double[] weights = {0, 1e39};
        write(new Tensor("a.weight", DType.F64, List.of(1L, 2L), MemorySegment.ofArray(weights)));
        assertRefused("expected finite numbers in a.weight, found Infinity", Layout.PYTORCH);
        write(Tensor.of("a.weight", Bf16Span.of(new short[] {(short) 0xff80}), 1, 1));
        assertRefused("expected finite numbers in a.weight, found -Infinity", Layout.PYTORCH);
    }

    @Test
    void aFileThatIsCutAnywhereIsRefused() throws IOException {
        mlp(5, 4, 3).save(file);
        byte[] bytes = Files.readAllBytes(file);
        for (int length = 0; length < bytes.length; length += 7) {
            Files.write(file, Arrays.copyOf(bytes, length));
            assertThrows(SafetensorsException.class, () -> Mlp.load(file));
        }
        assertThrows(NoSuchFileException.class, () -> Mlp.load(folder.resolve("none")));
        assertThrows(IOException.class, () -> Mlp.load(folder));
    }

    /** No claim of a file causes an allocation: these sizes have more parameters than an array, and no data. */
    @Test
    void claimsOfGiantShapesAreRefused() throws IOException {
        String giant = "\"shape\":[4294967298,0],\"data_offsets\":[0,0]}";
        writeHeader("{\"a.weight\":{\"dtype\":\"F32\"," + giant + "}", 0);
        assertRefused("expected a.weight of shape [outputs, inputs], found [4294967298, 0]", Layout.PYTORCH);
        writeHeader("{\"a.weight\":{\"dtype\":\"BF16\",\"shape\":[2000000000,3],\"data_offsets\":[0,12000000000]}}", 4);
        assertThrows(SafetensorsException.class, () -> Mlp.load(file, Layout.PYTORCH));
        writeHeader(
                "{\"a.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                        + "\"a.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                4);
        assertThrows(SafetensorsException.class, () -> Mlp.load(file, Layout.PYTORCH));
    }

    private void writeHeader(String header, int data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Files.write(
                file,
                ByteBuffer.allocate(8 + json.length + data)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .array());
    }

    /** The file is larger than an array can be, but takes no room on the disk. */
    @Test
    void moreParametersThanAnArrayHoldsAreRefused() throws IOException {
        String header = "{\"a.weight\":{\"dtype\":\"F16\",\"shape\":[46341,46341],\"data_offsets\":[0,4294976562]}}";
        writeHeader(header, 0);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[1]), 8 + header.length() + 4294976562L - 1);
        }
        assertRefused("sizes must give at most 2³¹ − 17 parameters: [46341, 46341]", Layout.PYTORCH);
    }

    @Test
    void argumentsAreChecked() throws IOException {
        Mlp mlp = mlp(2, 2);
        assertIllegal("layers must have 1 names: [a, b]", () -> mlp.save(file, Layout.PYTORCH.withLayers("a", "b")));
        assertIllegal("layers must have a name each: [a, a]", () -> Layout.PYTORCH.withLayers("a", "a"));
        assertIllegal(
                "metadata must not have the key of a network's own text: sizes",
                () -> mlp.save(file, Layout.PYTORCH, Map.of("sizes", "2")));
        assertThrows(NullPointerException.class, () -> Mlp.load(file, null));
        assertFalse(Files.exists(file));
    }

    private static void assertIllegal(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
