package dev.lanewise.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    @TempDir
    Path folder;

    private byte[] write(List<Tensor> tensors, Map<String, String> metadata) throws IOException {
        Path file = folder.resolve("golden");
        Safetensors.write(file, tensors, metadata);
        return Files.readAllBytes(file);
    }

    /** Returns the content of a file: the length of the header, the header, and a number of zeros. */
    static byte[] content(String header, int zeros) {
        return content(header.getBytes(StandardCharsets.UTF_8), zeros);
    }

    private static byte[] content(byte[] header, int zeros) {
        return ByteBuffer.allocate(8 + header.length + zeros)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void writesTheBytesOfTheReferenceImplementation() throws IOException {
        float[] floats = {0, 1, 2, 3, 4, 5};
        byte[] data = new byte[24];
        MemorySegment.copy(MemorySegment.ofArray(floats), 0, MemorySegment.ofArray(data), 0, 24);
        assertArrayEquals(
                join(content("{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}", 0), data),
                write(List.of(Tensor.of("attn.0", FloatSpan.of(floats), 1, 2, 3)), Map.of()));
        assertArrayEquals(
                join(
                        content(
                                "{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,1,2,3],\"data_offsets\":[0,24]}}       ",
                                0),
                        data),
                write(List.of(Tensor.of("attn0", FloatSpan.of(floats), 1, 1, 2, 3)), Map.of()));
        assertArrayEquals(content("{}      ", 0), write(List.of(), Map.of()));
        assertArrayEquals(
                content("{\"__metadata__\":{\"framework\":\"pt\"}}     ", 0),
                write(List.of(), Map.of("framework", "pt")));
    }

    private static byte[] join(byte[] first, byte[] second) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.writeBytes(first);
        joined.writeBytes(second);
        return joined.toByteArray();
    }

    @Test
    void readsWhatPyTorchWroteAndWritesItBackByteForByte() throws IOException {
        Path file = Path.of("test/resources/golden/state/pytorch_adamw.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            Safetensors read = Safetensors.map(file, arena);
            assertEquals(Map.of("format", "pt"), read.metadata());
            assertEquals(
                    List.of("0.bias", "0.bias.exp_avg", "0.bias.exp_avg_sq", "0.bias.step", "0.weight"),
                    read.names().stream().limit(5).toList());
            assertEquals(16, read.names().size());
            assertEquals(List.of(16L, 20L), read.tensor("0.weight").shape());
            assertEquals(List.of(), read.tensor("2.bias.step").shape());
            assertEquals(10, read.floats("2.bias.step").get(0));
            List<Tensor> tensors = read.names().stream().map(read::tensor).toList();
            assertArrayEquals(Files.readAllBytes(file), write(tensors, read.metadata()));
        }
    }

    @Test
    void comesBackFromEveryStorage() throws IOException {
        Path mapped = folder.resolve("mapped");
        float[] values = new float[700_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(i * 0x9E3779B9);
        }
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared();
                FileChannel channel = FileChannel.open(
                        mapped, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long bytes = 4L * values.length;
            List<Tensor> tensors = new ArrayList<>();
            for (MemorySegment storage : new MemorySegment[] {
                MemorySegment.ofArray(new float[values.length + 3]).asSlice(8, bytes),
                MemorySegment.ofArray(new byte[4 * values.length + 3]).asSlice(1, bytes),
                confined.allocate(bytes),
                confined.allocate(bytes + 1).asSlice(1),
                shared.allocate(bytes),
                channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, confined)
            }) {
                FloatSpan.of(storage).copyFrom(values, 0, 0, values.length);
                FloatSpan readOnly = FloatSpan.of(storage.asReadOnly());
                tensors.add(Tensor.of("t" + tensors.size(), readOnly, values.length));
            }
            Path file = folder.resolve("file");
            Safetensors.write(file, tensors, Map.of());
            Safetensors read = Safetensors.map(file, confined);
            for (String name : read.names()) {
                FloatSpan floats = read.floats(name);
                assertEquals(-1, floats.segment().mismatch(tensors.getFirst().bytes()), name);
                assertThrows(IllegalArgumentException.class, () -> floats.set(0, 1));
            }
            assertEquals(6, read.names().size());
        }
    }

    @Test
    void everyNameAndShapeComesBack() throws IOException {
        List<Tensor> tensors = List.of(
                Tensor.of("scalar", FloatSpan.of(new float[] {7})),
                Tensor.of("empty", FloatSpan.of(new float[0]), 0),
                Tensor.of("also empty", FloatSpan.of(new float[0]), 3, 0, 2),
                Tensor.of("", FloatSpan.of(new float[] {1, 2}), 2),
                Tensor.of("层.权重 😀 \u2028", FloatSpan.of(new float[] {3}), 1, 1),
                Tensor.of("\"\\/\b\f\n\r\t\u0000\u001f\u007f", FloatSpan.of(new float[] {4}), 1),
                Tensor.of("step", Long.MIN_VALUE + 1));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("z", "{\"json\": [1]}");
        metadata.put("", "ü\n");
        Path file = folder.resolve("file");
        Safetensors.write(file, tensors, metadata);
        Safetensors.write(file, tensors, metadata);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors read = Safetensors.map(file, arena);
            assertEquals(
                    List.copyOf(metadata.entrySet()),
                    List.copyOf(read.metadata().entrySet()));
            assertEquals(tensors.stream().map(Tensor::name).toList(), List.copyOf(read.names()));
            for (Tensor tensor : tensors) {
                Tensor found = read.tensor(tensor.name());
                assertEquals(tensor.dtype(), found.dtype());
                assertEquals(tensor.shape(), found.shape());
                assertEquals(-1, tensor.bytes().mismatch(found.bytes()));
            }
            assertEquals(Long.MIN_VALUE + 1, read.tensor("step").bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
            assertEquals(
                    file + ": tensor step must be of type F32 to be read as floats: I64",
                    assertThrows(IllegalArgumentException.class, () -> read.floats("step"))
                            .getMessage());
            assertEquals(
                    file + ": there is no tensor weight among the 7",
                    assertThrows(IllegalArgumentException.class, () -> read.floats("weight"))
                            .getMessage());
        }
        assertEquals(List.of("file"), files());
    }

    @Test
    void takesHeadersThatOthersWrite() throws IOException {
        Safetensors spaced = Safetensors.of(MemorySegment.ofArray(content("""
            {"b" : {"shape":[ 2 , 1 ],\t"data_offsets": [4, 12], "dtype" :"F32"} ,
             "a\\u00e9\\ud83d\\ude00\\/\\"": { "dtype": "BF16", "shape": [2], "data_offsets": [0, 4] },
             "half bytes": {"dtype":"F4","shape":[3,2],"data_offsets":[12,15]}}\r
            """, 15)), "spaced");
        assertEquals(List.of("b", "aé😀/\"", "half bytes"), List.copyOf(spaced.names()));
        assertEquals(2, spaced.floats("b").length());
        assertEquals(DType.BF16, spaced.tensor("aé😀/\"").dtype());
        assertEquals(3, spaced.tensor("half bytes").bytes().byteSize());
    }

    /** The header may name a tensor without elements after the one that begins where it ends; the order is that of the header. */
    @Test
    void anEmptyTensorLiesBetweenOthers() throws IOException {
        Safetensors file = Safetensors.of(MemorySegment.ofArray(content("""
            {"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},
             "none":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},
             "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}\
            """, 8)), "empty");
        assertEquals(List.of("b", "none", "a"), List.copyOf(file.names()));
        assertEquals(0, file.floats("none").length());
    }

    /** Whoever reads a file cannot change what others find in it. */
    @Test
    void namesAndMetadataCannotBeChanged() throws IOException {
        Safetensors file = Safetensors.of(MemorySegment.ofArray(content("""
            {"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}\
            """, 1)), "f");
        assertThrows(UnsupportedOperationException.class, () -> file.names().remove("a"));
        assertThrows(UnsupportedOperationException.class, () -> file.metadata().remove("k"));
    }

    @Test
    void mapsMoreThanAnArrayHolds() throws IOException {
        Path file = folder.resolve("sparse");
        long floats = 3L << 28;
        byte[] header = content(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + floats + "],\"data_offsets\":[0," + 4 * floats + "]}}", 0);
        try (FileChannel channel = FileChannel.open(
                        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE);
                Arena arena = Arena.ofConfined()) {
            channel.write(ByteBuffer.wrap(header));
            ByteBuffer last =
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, 42);
            channel.write(last, header.length + 4 * floats - 4);
            FloatSpan read = Safetensors.map(file, arena).floats("a");
            assertEquals(floats, read.length());
            assertEquals(42, read.get(floats - 1));
        }
    }

    @Test
    @SuppressWarnings("restricted")
    void countsMoreThanAnArrayHolds() {
        // The memory is never accessed, because only the header is made.
        MemorySegment huge = MemorySegment.ofAddress(1L << 20).reinterpret(5L << 32);
        List<Tensor> tensors =
                List.of(Tensor.of("a", FloatSpan.of(huge), 5, 1L << 30), Tensor.of("b", FloatSpan.of(huge), 5L << 30));
        assertEquals(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[5,1073741824],\"data_offsets\":[0,21474836480]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[5368709120],\"data_offsets\":[21474836480,42949672960]}}",
                new String(SafetensorsHeader.write(tensors, Map.of()), StandardCharsets.UTF_8).strip());
    }

    @Test
    void leavesTheOldFileWhereWritingFails() throws IOException {
        Path file = folder.resolve("file");
        Tensor small = Tensor.of("a", FloatSpan.of(new float[] {1}), 1);
        Safetensors.write(file, List.of(small), Map.of());
        byte[] before = Files.readAllBytes(file);
        Arena arena = Arena.ofConfined();
        Tensor closed = Tensor.of("b", FloatSpan.of(arena.allocate(4 << 20)), 1 << 20);
        arena.close();
        assertThrows(IllegalStateException.class, () -> Safetensors.write(file, List.of(small, closed), Map.of()));
        assertArrayEquals(before, Files.readAllBytes(file));

        Path directory = Files.createDirectory(folder.resolve("directory"));
        Files.createFile(directory.resolve("inside"));
        assertThrows(FileSystemException.class, () -> Safetensors.write(directory, List.of(small), Map.of()));
        assertThrows(
                NoSuchFileException.class,
                () -> Safetensors.write(folder.resolve("missing").resolve("file"), List.of(small), Map.of()));
        assertEquals(List.of("directory", "file"), files());
    }

    @Test
    void replacesAFileThatIsMapped() throws IOException {
        Path file = folder.resolve("file");
        Safetensors.write(file, List.of(Tensor.of("a", FloatSpan.of(new float[] {1, 2}), 2)), Map.of());
        try (Arena arena = Arena.ofConfined()) {
            FloatSpan old = Safetensors.map(file, arena).floats("a");
            Safetensors.write(file, List.of(Tensor.of("b", old.slice(1, 1), 1)), Map.of());
            assertArrayEquals(new float[] {1, 2}, old.toArray());
            assertArrayEquals(
                    new float[] {2}, Safetensors.map(file, arena).floats("b").toArray());
        }
    }

    @Test
    void saysWhatItCannotWrite() {
        Tensor a = Tensor.of("a", FloatSpan.of(new float[1]), 1);
        assertRefused("the names of tensors must be unique: \"a\"", a, a);
        assertRefused(
                "the names of tensors must be unique and not that of the metadata: \"__metadata__\"",
                Tensor.of("__metadata__", 1));
        assertRefused("names and metadata must have no half of a surrogate pair", Tensor.of("\ud83d", 1));
        assertRefused(
                "the header, with all names and metadata, must have at most 100000000 bytes: 100000056",
                Tensor.of("a".repeat(100_000_000), 1));
        assertEquals(
                "tensor a: bytes must have the size of the shape [2, 3] of F32: 20",
                assertThrows(IllegalArgumentException.class, () -> Tensor.of("a", FloatSpan.of(new float[5]), 2, 3))
                        .getMessage());
        assertEquals(
                "tensor a: dimensions must not be negative: [-2, -2]",
                assertThrows(IllegalArgumentException.class, () -> Tensor.of("a", FloatSpan.of(new float[4]), -2, -2))
                        .getMessage());
        assertEquals(
                "safetensors files are little-endian, and this machine is not; they are neither read nor written here",
                assertThrows(
                                UnsupportedOperationException.class,
                                () -> Safetensors.checkByteOrder(ByteOrder.BIG_ENDIAN))
                        .getMessage());
    }

    private void assertRefused(String message, Tensor... tensors) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Safetensors.write(folder.resolve("file"), List.of(tensors), Map.of()))
                        .getMessage());
    }

    private final List<DynamicTest> damaged = new ArrayList<>();

    private void damaged(String message, byte[] content) {
        damaged.add(DynamicTest.dynamicTest(
                message,
                () -> assertEquals(
                        "f: " + message,
                        assertThrows(
                                        SafetensorsException.class,
                                        () -> Safetensors.of(MemorySegment.ofArray(content), "f"))
                                .getMessage())));
    }

    private void damaged(String message, String header, int zeros) {
        damaged(message, content(header, zeros));
    }

    /** Returns the header of a file with one tensor, a. */
    private static String a(String fields) {
        return "{\"a\":{" + fields + "}}";
    }

    private static String a(String dtype, String shape, String offsets) {
        return a("\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets);
    }

    private static String two(String first, String second) {
        return "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + first
                + "},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + second + "}}";
    }

    @TestFactory
    List<DynamicTest> saysHowAFileIsDamaged() {
        damaged("expected 8 bytes for the header's length, found 0", new byte[0]);
        damaged("expected 8 bytes for the header's length, found 7", new byte[7]);
        damaged("expected a header of 20 bytes, found only 2", new byte[] {20, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
        damaged(
                "expected a header of at most 100000000 bytes, found 4294967296",
                new byte[] {0, 0, 0, 0, 1, 0, 0, 0, '{', '}'});
        damaged(
                "expected a header of at most 100000000 bytes, found 18446744073709551615",
                new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, '{', '}'});
        damaged("expected a header of 100000000 bytes, found only 2", new byte[] {0, -31, -11, 5, 0, 0, 0, 0, '{', '}'
        });
        damaged("expected '{' at byte 8, found the end of the header", "", 0);
        damaged("expected '{' at byte 8, found byte 0x80", new byte[] {1, 0, 0, 0, 0, 0, 0, 0, -128});
        damaged("expected '{' at byte 8, found byte 0x20", " {}", 0);
        damaged("expected '{' at byte 8, found byte 0xEF", "\ufeff{}", 0);
        damaged("expected '{' at byte 8, found '['", "[]", 0);
        damaged("expected a name in quotes at byte 9, found the end of the header", "{", 0);
        damaged("expected a name in quotes at byte 9, found 'a'", "{a:1}", 0);
        damaged("expected nothing but spaces after the last '}' at byte 10, found '}'", "{}}", 0);
        damaged("expected nothing but spaces after the last '}' at byte 11, found byte 0x00", "{} \0", 0);

        damaged("expected ':' at byte 12, found '{'", "{\"a\"{}}", 0);
        damaged("expected the rest of a string at byte 11, found the end of the header", "{\"a", 0);
        damaged("expected the rest of a string at byte 11, found byte 0x0A", "{\"a\n\"", 0);
        damaged("expected an escaped character at byte 11, found 'x'", "{\"\\x\"", 0);
        damaged("expected an escaped character at byte 11, found the end of the header", "{\"\\", 0);
        damaged("expected four hexadecimal digits at byte 14, found 'g'", "{\"\\u00g0\"", 0);
        damaged("expected both halves of a surrogate pair at byte 16, found '\"'", "{\"\\ud800\"", 0);
        damaged("expected both halves of a surrogate pair at byte 16, found 'x'", "{\"\\udc00x\"", 0);
        damaged("expected both halves of a surrogate pair at byte 22, found '\"'", "{\"\\ud800\\ud800\"", 0);
        damaged(
                "expected a string in UTF-8 at byte 9, found other bytes",
                content(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"', ':'}, 0));
        damaged(
                "expected a string in UTF-8 at byte 9, found other bytes",
                content(new byte[] {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}, 0));

        damaged("tensor \"a\": expected '{' at byte 13, found '['", "{\"a\":[]}", 0);
        damaged("tensor \"a\": expected '{' at byte 13, found '['", "{\"a\":" + "[".repeat(1_000_000), 0);
        damaged("tensor \"a\": expected '{' at byte 13, found 'n'", "{\"a\":null}", 0);
        damaged("tensor \"a\": expected dtype, shape or data_offsets in quotes at byte 14, found '}'", "{\"a\":{}}", 0);
        damaged("tensor \"a\": expected dtype, shape or data_offsets, found \"offsets\"", a("\"offsets\":[0,0]"), 0);
        damaged(
                "tensor \"a\": expected dtype, shape and data_offsets, found only 2 of them",
                a("\"dtype\":\"F32\",\"shape\":[]"),
                0);
        damaged("tensor \"a\": dtype is there twice", a("\"dtype\":\"F32\",\"dtype\":\"F32\""), 0);
        damaged("tensor \"a\": expected ',' or '}' at byte 27, found '\"'", a("\"dtype\":\"F32\"\"shape\":[]"), 0);
        damaged(
                "tensor \"a\": expected a type of [BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0,"
                        + " F8_E4M3FNUZ, F8_E5M2FNUZ, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64], found"
                        + " \"f32\"",
                a("f32", "[]", "[0,4]"),
                4);
        damaged("tensor \"a\": expected a type in quotes at byte 22, found '4'", a("\"dtype\":4"), 0);
        damaged("tensor \"a\": expected a whole number from 0 at byte 37, found '-'", a("F32", "[-1]", "[0,4]"), 4);
        damaged("tensor \"a\": expected ',' or ']' at byte 38, found '.'", a("F32", "[1.0]", "[0,4]"), 4);
        damaged("tensor \"a\": expected ',' or ']' at byte 38, found 'e'", a("F32", "[1e0]", "[0,4]"), 4);
        damaged("tensor \"a\": expected ',' or ']' at byte 38, found '1'", a("F32", "[01]", "[0,4]"), 4);
        damaged("tensor \"a\": expected a whole number from 0 at byte 39, found ']'", a("F32", "[1,]", "[0,4]"), 4);
        damaged("tensor \"a\": expected a whole number from 0 at byte 37, found 'n'", a("F32", "[null]", "[0,4]"), 4);
        damaged(
                "tensor \"a\": expected a number below 2⁶³ at byte 37, found a greater one",
                a("F32", "[9223372036854775808]", "[0,4]"),
                4);
        damaged(
                "tensor \"a\": expected at most 64 dimensions, found more",
                a("F32", "[" + "1,".repeat(1_000_000) + "1]", "[0,4]"),
                4);
        damaged(
                "tensor \"a\": expected a size in whole bytes below 2⁶⁰ for the shape [4294967296, 4294967296] of F32,"
                        + " found 0",
                a("F32", "[4294967296,4294967296]", "[0,0]"),
                0);
        damaged(
                "tensor \"a\": expected a size in whole bytes below 2⁶⁰ for the shape [9223372036854775807, 2, 0] of"
                        + " F32, found 0",
                a("F32", "[9223372036854775807,2,0]", "[0,0]"),
                0);
        damaged(
                "tensor \"a\": expected a size in whole bytes below 2⁶⁰ for the shape [3] of F4, found 2",
                a("F4", "[3]", "[0,2]"),
                2);
        damaged("tensor \"b\": expected 4 bytes for the shape [4] of U8, found 3", two("[0,4]", "[4,7]"), 7);
        damaged(
                "tensor \"a\": expected a type of " + Arrays.toString(DType.values()) + ", found \"" + "😀".repeat(80)
                        + "…\"",
                a("😀".repeat(81), "[]", "[0,4]"),
                4);
        damaged(
                "tensor \"a\": expected 24 bytes for the shape [2, 3] of F32, found 20",
                a("F32", "[2,3]", "[0,20]"),
                20);
        damaged("tensor \"a\": expected 4 bytes for the shape [] of F32, found 0", a("F32", "[]", "[0,0]"), 0);
        damaged(
                "tensor \"a\": expected rising offsets within the 4 bytes of data, found [0, 8]",
                a("F32", "[2]", "[0,8]"),
                4);
        damaged(
                "tensor \"a\": expected rising offsets within the 4 bytes of data, found [4, 0]",
                a("F32", "[1]", "[4,0]"),
                4);
        damaged("tensor \"a\": expected two offsets, found [4]", a("F32", "[1]", "[4]"), 4);
        damaged("tensor \"a\": expected at most 2 offsets, found more", a("F32", "[1]", "[0,4,4]"), 4);

        damaged("expected tensors of 5 bytes, as many as follow the header, found 4", a("F32", "[1]", "[0,4]"), 5);
        damaged("expected tensors of 3 bytes, as many as follow the header, found 0", "{}", 3);
        damaged(
                "tensor \"a\": expected its data at 0, the beginning of the data, found it at 4",
                a("F32", "[1]", "[4,8]"),
                8);
        damaged("tensor \"b\": expected its data at 4, the end of \"a\", found it at 2", two("[0,4]", "[2,6]"), 8);
        damaged("tensor \"b\": expected its data at 4, the end of \"a\", found it at 0", two("[0,4]", "[0,4]"), 8);
        damaged("tensor \"a\": expected its data at 4, the end of \"b\", found it at 5", two("[5,9]", "[0,4]"), 9);
        damaged("tensor \"a\" is there twice", two("[0,4]", "[4,8]").replace("\"b\"", "\"\\u0061\""), 8);
        damaged("__metadata__ is there twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0);
        damaged("__metadata__ has \"k\" twice", "{\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}}", 0);
        damaged("expected a string in quotes at byte 29, found '1'", "{\"__metadata__\":{\"k\":1}}", 0);
        damaged("expected '{' at byte 24, found 'n'", "{\"__metadata__\":null}", 0);
        damaged(
                "tensor \"" + "é".repeat(80) + "…\": expected '{' at byte 2012, found '1'",
                "{\"" + "é".repeat(1000) + "\":1}",
                0);
        damaged("tensor \"\\u001b\\n\": expected '{' at byte 20, found '1'", "{\"\\u001b\\n\":1}", 0);
        return damaged;
    }

    @Test
    void aFileCutShortAnywhereIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of("test/resources/golden/state/pytorch_adamw.safetensors"));
        for (int length = 0; length < whole.length; length++) {
            MemorySegment cut = MemorySegment.ofArray(whole).asSlice(0, length);
            String message = assertThrows(SafetensorsException.class, () -> Safetensors.of(cut, "cut"))
                    .getMessage();
            assertTrue(message.startsWith("cut: "), message);
        }
    }
}
