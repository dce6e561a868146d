package dev.lanewise.mnist;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A trained network as a safetensors file: the length of a JSON header, the header, and the floats of all tensors, all
 * little-endian. The tensors are {@code layers.0.weight} of shape [inputs, outputs], {@code layers.0.bias} of shape
 * [outputs] and so on; the sizes of the network follow from the shapes, ReLU is between the layers.
 */
final class ModelFile {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    /** The bound of the safetensors library. */
    private static final long LONGEST_HEADER = 100_000_000;

    private ModelFile() {}

    private record Tensor(String name, String type, List<Long> shape, List<Long> offsets) {
        long begin() {
            return offsets.get(0);
        }

        long end() {
            return offsets.get(1);
        }
    }

    /** The SHA-256 of the parameters as the file has them, without the header. */
    static String sha256(FloatSpan parameters) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            forEachChunk(parameters, digest::update);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException | IOException e) {
            throw new AssertionError(e);
        }
    }

    static void write(Mlp mlp, OutputFile file) {
        file.write(channel -> {
            byte[] header = header(mlp);
            writeFully(
                    channel,
                    ByteBuffer.allocate(8)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(header.length)
                            .flip());
            writeFully(channel, ByteBuffer.wrap(header));
            forEachChunk(mlp.parameters(), chunk -> writeFully(channel, chunk));
        });
    }

    /** The header, padded with spaces so that the floats begin at a multiple of 8 bytes. */
    private static byte[] header(Mlp mlp) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes, JsonEncoding.UTF8)) {
            json.writeStartObject();
            json.writeObjectFieldStart("__metadata__");
            json.writeStringField("format", "lanewise");
            json.writeStringField("model", "mlp");
            json.writeStringField("activation", "relu");
            json.writeStringField("input", "pixels / 255");
            json.writeStringField("weight", "[inputs, outputs]");
            json.writeEndObject();
            for (Mlp.Range range : mlp.ranges()) {
                json.writeObjectFieldStart(range.name());
                json.writeStringField("dtype", "F32");
                json.writeArrayFieldStart("shape");
                for (long size : shape(range)) {
                    json.writeNumber(size);
                }
                json.writeEndArray();
                json.writeArrayFieldStart("data_offsets");
                json.writeNumber(4L * range.from());
                json.writeNumber(4L * (range.from() + range.length()));
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        while (bytes.size() % 8 != 0) {
            bytes.write(' ');
        }
        return bytes.toByteArray();
    }

    private static List<Long> shape(Mlp.Range range) {
        return range.name().endsWith(".bias")
                ? List.of((long) range.length())
                : List.of((long) range.rows(), (long) range.columns());
    }

    /**
     * Reads a network.
     *
     * @throws BadInput if the file cannot be read, or if it is anything but such a network, whole and finite; the message
     *     has the file, what was expected and what was found
     */
    static Mlp read(Path file, Workers workers) {
        try (FileChannel channel = FileChannel.open(file)) {
            return read(channel, workers);
        } catch (IOException e) {
            throw new BadInput("cannot read --model " + file + ": " + OutputFile.reason(e), e);
        } catch (BadInput e) {
            throw new BadInput("--model " + file + ": " + e.getMessage(), e);
        }
    }

    private static Mlp read(FileChannel channel, Workers workers) throws IOException {
        long size = channel.size();
        long length = size < 8 ? -1 : readFully(channel, 0, 8).getLong();
        if (length < 2 || length > LONGEST_HEADER || length > size - 8) {
            throw new BadInput("expected a safetensors file, found no header");
        }
        Map<String, Tensor> tensors = parse(readFully(channel, 8, (int) length).array());
        checkOffsets(tensors, size - 8 - length);
        Mlp mlp = new Mlp(workers, sizes(tensors));
        for (Mlp.Range range : mlp.ranges()) {
            Tensor tensor = tensors.get(range.name());
            if (!tensor.shape.equals(shape(range))) {
                throw new BadInput(
                        "expected " + range.name() + " of shape " + shape(range) + ", found " + tensor.shape);
            }
            readFloats(
                    channel,
                    8 + length + tensor.begin(),
                    mlp.parameters().slice(range.from(), range.length()),
                    range.name());
        }
        return mlp;
    }

    private static Map<String, Tensor> parse(byte[] header) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(new String(header, StandardCharsets.UTF_8))) {
            expect(json.nextToken(), JsonToken.START_OBJECT);
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                expect(json.nextToken(), JsonToken.START_OBJECT);
                if (name.equals("__metadata__")) {
                    json.skipChildren();
                } else {
                    tensors.put(name, tensor(name, json));
                }
            }
            expect(json.nextToken(), null);
        } catch (IOException e) {
            throw new BadInput("expected a safetensors header, found damaged JSON", e);
        }
        return tensors;
    }

    private static Tensor tensor(String name, JsonParser json) throws IOException {
        String type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "dtype" -> type = json.getText();
                case "shape" -> shape = numbers(json, value);
                case "data_offsets" -> offsets = numbers(json, value);
                default -> throw new IOException("unknown field " + field);
            }
        }
        if (!"F32".equals(type)) {
            throw new BadInput("expected " + name + " of type F32, found " + type);
        }
        if (shape == null || offsets == null || offsets.size() != 2) {
            throw new BadInput("expected a shape and two offsets of " + name + ", found " + shape + " and " + offsets);
        }
        return new Tensor(name, type, shape, offsets);
    }

    private static List<Long> numbers(JsonParser json, JsonToken start) throws IOException {
        expect(start, JsonToken.START_ARRAY);
        List<Long> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT);
            numbers.add(json.getLongValue());
        }
        return numbers;
    }

    private static void expect(JsonToken found, JsonToken expected) throws IOException {
        if (found != expected) {
            throw new IOException("expected " + expected + ", found " + found);
        }
    }

    /** The tensors must cover the data without a gap or an overlap, each as long as its shape says. */
    private static void checkOffsets(Map<String, Tensor> tensors, long dataLength) {
        long end = 0;
        for (Tensor tensor : tensors.values().stream()
                .sorted(Comparator.comparingLong(Tensor::begin))
                .toList()) {
            if (tensor.begin() != end || tensor.end() - end != bytes(tensor.shape)) {
                throw new BadInput("expected the offsets of " + tensor.name + ", of shape " + tensor.shape
                        + ", to begin at " + end + ", found " + tensor.offsets);
            }
            end = tensor.end();
        }
        if (end != dataLength) {
            throw new BadInput("expected " + end + " bytes of data, found " + dataLength);
        }
    }

    /** The bytes of a tensor; -1 if a size is out of bounds. */
    private static long bytes(List<Long> shape) {
        long bytes = 4;
        for (long size : shape) {
            if (size < 1 || size > Integer.MAX_VALUE || bytes > Long.MAX_VALUE / size) {
                return -1;
            }
            bytes *= size;
        }
        return bytes;
    }

    private static int[] sizes(Map<String, Tensor> tensors) {
        int layers = tensors.size() / 2;
        int[] sizes = new int[layers + 1];
        for (int i = 0; i < layers; i++) {
            Tensor weight = tensors.get("layers." + i + ".weight");
            if (weight == null || weight.shape.size() != 2 || !tensors.containsKey("layers." + i + ".bias")) {
                layers = 0;
                break;
            }
            sizes[i] = Math.toIntExact(weight.shape.get(0));
            sizes[i + 1] = Math.toIntExact(weight.shape.get(1));
        }
        if (layers == 0 || tensors.size() != 2 * layers) {
            throw new BadInput("expected the tensors layers.0.weight [inputs, outputs], layers.0.bias and so on, found "
                    + tensors.values().stream()
                            .limit(4)
                            .map(t -> t.name + " " + t.shape)
                            .toList());
        }
        return sizes;
    }

    private static void readFloats(FileChannel channel, long position, FloatSpan target, String name)
            throws IOException {
        float[] block = new float[(int) Math.min(target.length(), 1 << 16)];
        for (long from = 0; from < target.length(); from += block.length) {
            int count = (int) Math.min(block.length, target.length() - from);
            readFully(channel, position + 4 * from, 4 * count).asFloatBuffer().get(block, 0, count);
            for (int i = 0; i < count; i++) {
                if (!Float.isFinite(block[i])) {
                    throw new BadInput("expected finite numbers in " + name + ", found " + block[i]);
                }
            }
            target.copyFrom(block, 0, from, count);
        }
    }

    private static void forEachChunk(FloatSpan floats, Chunks chunks) throws IOException {
        float[] block = new float[(int) Math.min(floats.length(), 1 << 16)];
        ByteBuffer bytes = ByteBuffer.allocate(4 * block.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long from = 0; from < floats.length(); from += block.length) {
            int count = (int) Math.min(block.length, floats.length() - from);
            floats.copyTo(from, block, 0, count);
            bytes.clear().asFloatBuffer().put(block, 0, count);
            chunks.take(bytes.limit(4 * count));
        }
    }

    private interface Chunks {
        void take(ByteBuffer chunk) throws IOException;
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new IOException("the file became shorter");
            }
        }
        return bytes.flip();
    }
}
