package dev.lanewise.mnist.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.nn.Mlp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
    private static final String TENSORS =
            "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
                    + "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("w.safetensors");
    }

    private static Mlp mlp() {
        Mlp mlp = new Mlp(Workers.caller(), 5, 4, 3);
        mlp.initialize(1);
        return mlp;
    }

    private byte[] written() throws IOException {
        ModelFile.write(mlp(), new OutputFile("--out", file));
        return Files.readAllBytes(file);
    }

    private void writeWithHeader(String header, float... floats) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + json.length + 4 * floats.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        bytes.asFloatBuffer().put(floats);
        Files.write(file, bytes.array());
    }

    private void assertRefused(String message) {
        UsageException e = assertThrows(UsageException.class, () -> ModelFile.read(file, Workers.caller()));
        assertTrue(
                e.getMessage().startsWith("--model " + file + ": ")
                        && e.getMessage().contains(message),
                e.getMessage());
    }

    @Test
    void readsWhatItWrote() throws IOException {
        written();
        Mlp read = ModelFile.read(file, Workers.caller());
        assertArrayEquals(new int[] {5, 4, 3}, read.sizes());
        assertArrayEquals(mlp().parameters().toArray(), read.parameters().toArray());
    }

    @Test
    void headerIsAlignedAndTheFloatsAreWhatTheHashIsOf() throws Exception {
        byte[] bytes = written();
        int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertEquals(0, header % 8);
        String json = new String(bytes, 8, header, StandardCharsets.UTF_8);
        assertTrue(json.startsWith("{\"__metadata__\":{\"format\":\"lanewise\","), json);
        assertTrue(
                json.contains("\"layers.1.weight\":{\"dtype\":\"F32\",\"shape\":[4,3],\"data_offsets\":[96,144]}"),
                json);
        float[] parameters = mlp().parameters().toArray();
        float[] stored = new float[parameters.length];
        ByteBuffer.wrap(bytes, 8 + header, 4 * stored.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(stored);
        assertArrayEquals(parameters, stored);
        assertEquals(8 + header + 4 * stored.length, bytes.length);
        assertEquals(sha256(Arrays.copyOfRange(bytes, 8 + header, bytes.length)), ModelFile.sha256(mlp().parameters()));
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void leavesNothingBesideTheFile() throws IOException {
        Files.writeString(file, "old");
        OutputFile out = new OutputFile("--out", file);
        assertEquals("old", Files.readString(file));
        UsageException e = assertThrows(
                UsageException.class,
                () -> out.write(path -> {
                    assertEquals(file.toRealPath(), path);
                    throw new IOException("disk full");
                }));
        assertEquals("cannot write " + file + ": disk full", e.getMessage());
        assertEquals("old", Files.readString(file));
        ModelFile.write(mlp(), out);
        try (Stream<Path> files = Files.list(folder)) {
            assertArrayEquals(new Path[] {file}, files.toArray());
        }
    }

    /** Python's library sorts the tensors of one type by name. */
    @Test
    void readsTensorsInAnyOrder() throws IOException {
        writeWithHeader(
                "{\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        + "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[8,32]}}",
                7,
                8,
                1,
                2,
                3,
                4,
                5,
                6);
        float[] parameters = ModelFile.read(file, Workers.caller()).parameters().toArray();
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, parameters);
    }

    @Test
    void refusesAFileCutAnywhere() throws IOException {
        byte[] bytes = written();
        for (int length = 0; length < bytes.length; length += 7) {
            Files.write(file, Arrays.copyOf(bytes, length));
            assertRefused("expected");
        }
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
        assertRefused("expected tensors of 157 bytes, as many as follow the header, found 156");
    }

    @Test
    void refusesOtherHeaders() throws IOException {
        writeWithHeader("{" + TENSORS + "}", new float[8]);
        ModelFile.read(file, Workers.caller());
        writeWithHeader("{" + TENSORS + "} x", new float[8]);
        assertRefused("expected nothing but spaces after the last '}' at byte 147, found 'x'");
        writeWithHeader("{" + TENSORS + "," + TENSORS + "}", new float[8]);
        assertRefused("tensor \"layers.0.weight\" is there twice");
        writeWithHeader("{}");
        assertRefused("expected the tensors layers.0.weight");
        writeWithHeader("{" + TENSORS.replace("F32", "I32") + "}", new float[8]);
        assertRefused("expected layers.0.weight of a type of [F32, F16, BF16, F64], found I32");
        writeWithHeader("{" + TENSORS.replace("layers.0.bias", "layers.0.b") + "}", new float[8]);
        assertRefused("expected the tensors layers.0.weight");
        writeWithHeader("{" + TENSORS.replace("[3,2]", "[2,3]") + "}", new float[8]);
        assertRefused("expected layers.0.bias of shape [3], found [2]");
        writeWithHeader("{" + TENSORS.replace("[3,2]", "[6]") + "}", new float[8]);
        assertRefused("expected layers.0.weight of shape [inputs, outputs], found [6]");
        writeWithHeader("{" + TENSORS.replace("[3,2]", "[3,-2]") + "}", new float[8]);
        assertRefused("tensor \"layers.0.weight\": expected a whole number from 0");
        writeWithHeader("{" + TENSORS.replace("[24,32]", "[20,28]") + "}", new float[8]);
        assertRefused("tensor \"layers.0.bias\": expected its data at 24");
        writeWithHeader("{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[4294967298,0],\"data_offsets\":[0,0]},"
                + "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        assertRefused("expected layers.0.weight of shape [inputs, outputs], found [4294967298, 0]");
    }

    /** The sizes are checked against the tensors before a network is created, which could be larger than the memory. */
    @Test
    void refusesLayersThatDoNotFollowEachOther() throws IOException {
        String second = ",\"layers.1.weight\":{\"dtype\":\"F32\",\"shape\":[3,1],\"data_offsets\":[32,44]},"
                + "\"layers.1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[44,48]}}";
        writeWithHeader("{" + TENSORS + second, new float[12]);
        assertRefused(
                "expected layers.1.weight of shape [2, outputs], found [3, 1] after layers.0.weight of shape [3, 2]");
    }

    @Test
    void refusesNumbersThatAreNotFinite() throws IOException {
        writeWithHeader("{" + TENSORS + "}", 0, 0, 0, 0, 0, 0, 0, Float.NaN);
        assertRefused("expected finite numbers in layers.0.bias, found NaN");
    }
}
