package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of a model are decoded by the field numbers of onnx.proto. That a runtime accepts them is tested with the benchmarks. */
class OnnxWriterTest {
    @TempDir
    private Path folder;

    /** The fields of a message, in their order. The value of an integer is a Long, that of all else a buffer. */
    private record Message(List<Map.Entry<Integer, Object>> fields) {
        static Message of(ByteBuffer bytes) {
            List<Map.Entry<Integer, Object>> fields = new ArrayList<>();
            while (bytes.hasRemaining()) {
                int key = (int) varint(bytes);
                if ((key & 7) == 0) {
                    fields.add(Map.entry(key >> 3, varint(bytes)));
                } else {
                    assertEquals(2, key & 7);
                    int length = (int) varint(bytes);
                    fields.add(Map.entry(key >> 3, bytes.slice(bytes.position(), length)));
                    bytes.position(bytes.position() + length);
                }
            }
            return new Message(fields);
        }

        private static long varint(ByteBuffer bytes) {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = bytes.get();
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
        }

        List<Object> all(int field) {
            return fields.stream()
                    .filter(entry -> entry.getKey() == field)
                    .map(Map.Entry::getValue)
                    .toList();
        }

        List<Long> integers(int field) {
            return all(field).stream().map(Long.class::cast).toList();
        }

        List<String> texts(int field) {
            return all(field).stream()
                    .map(text -> StandardCharsets.UTF_8
                            .decode(((ByteBuffer) text).duplicate())
                            .toString())
                    .toList();
        }

        List<Message> messages(int field) {
            return all(field).stream()
                    .map(message -> of(((ByteBuffer) message).duplicate()))
                    .toList();
        }

        Message only(int field) {
            assertEquals(1, all(field).size());
            return messages(field).getFirst();
        }
    }

    private Message write(Mlp mlp) throws IOException {
        Path file = folder.resolve("model.onnx");
        mlp.toOnnx(file);
        return Message.of(ByteBuffer.wrap(Files.readAllBytes(file)));
    }

    private static Mlp mlp() {
        // A size above 127 takes two bytes.
        Mlp mlp = new Mlp(5, 200, 4, 3);
        mlp.initialize(1);
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            mlp.parameters().set(range.from(), 0.5f);
        }
        return mlp;
    }

    @Test
    void hasTheLayersAsOperators() throws IOException {
        Message model = write(mlp());
        assertEquals(List.of(8L), model.integers(1));
        assertEquals(List.of("lanewise"), model.texts(2));
        assertEquals(List.of(17L), model.only(8).integers(2));
        Message graph = model.only(7);
        assertEquals(List.of("mlp"), graph.texts(2));
        List<String> nodes = graph.messages(1).stream()
                .map(node -> node.texts(4) + " " + node.texts(1) + " -> " + node.texts(2))
                .toList();
        assertEquals(
                List.of(
                        "[Gemm] [input, layers.0.weight, layers.0.bias] -> [layers.0.sums]",
                        "[Relu] [layers.0.sums] -> [layers.0.outputs]",
                        "[Gemm] [layers.0.outputs, layers.1.weight, layers.1.bias] -> [layers.1.sums]",
                        "[Relu] [layers.1.sums] -> [layers.1.outputs]",
                        "[Gemm] [layers.1.outputs, layers.2.weight, layers.2.bias] -> [logits]"),
                nodes);
        assertValue("input", 5, graph.only(11));
        assertValue("logits", 3, graph.only(12));
    }

    private static void assertValue(String name, long columns, Message value) {
        assertEquals(List.of(name), value.texts(1));
        Message tensor = value.only(2).only(1);
        assertEquals(List.of(1L), tensor.integers(1));
        List<Message> dimensions = tensor.only(2).messages(1);
        assertEquals(List.of("batch"), dimensions.get(0).texts(2));
        assertEquals(List.of(columns), dimensions.get(1).integers(1));
        assertEquals(2, dimensions.size());
    }

    @Test
    void hasTheParametersAsInitializers() throws IOException {
        Mlp mlp = mlp();
        Map<String, Message> tensors = new HashMap<>();
        write(mlp)
                .only(7)
                .messages(5)
                .forEach(tensor -> tensors.put(tensor.texts(8).getFirst(), tensor));
        assertEquals(6, tensors.size());
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            Message tensor = tensors.get(range.name());
            List<Long> shape = range.name().endsWith(".weight")
                    ? List.of((long) range.rows(), (long) range.columns())
                    : List.of((long) range.columns());
            assertEquals(shape, tensor.integers(1));
            assertEquals(List.of(1L), tensor.integers(2));
            float[] floats = new float[range.length()];
            ByteBuffer bytes = (ByteBuffer) tensor.all(9).getFirst();
            assertEquals(4 * floats.length, bytes.remaining());
            bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
            assertArrayEquals(
                    mlp.parameters().slice(range.from(), range.length()).toArray(), floats);
        }
    }

    /** The floats are written in blocks of 16,384. */
    @Test
    void aWeightMayBeLargerThanABlock() throws IOException {
        Mlp mlp = new Mlp(300, 211);
        mlp.initialize(2);
        Message graph = write(mlp).only(7);
        assertEquals(1, graph.messages(1).size());
        ByteBuffer bytes = (ByteBuffer) graph.messages(5).getFirst().all(9).getFirst();
        float[] floats = new float[300 * 211];
        bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        assertArrayEquals(mlp.parameters().slice(0, floats.length).toArray(), floats);
    }

    @Test
    void aFileOf2GiBIsRefused() {
        OnnxWriter.checkSize(Integer.MAX_VALUE);
        assertEquals(
                "an ONNX file must have at most 2147483647 bytes: 2147483648",
                assertThrows(IllegalArgumentException.class, () -> OnnxWriter.checkSize(1L << 31))
                        .getMessage());
    }
}
