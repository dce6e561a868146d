package dev.lanewise.nn;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in the encoding of protocol buffers, field by field. Floats are kept as spans and encoded when they are written, so that no
 * copy of a model is made.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers, Encoding</a>
 */
final class Protobuf {
    private static final int VARINT = 0, LENGTH_DELIMITED = 2;

    /** The floats that are encoded at a time. */
    private static final int BLOCK = 1 << 14;

    /** Arrays of bytes and spans of floats, in the order of the file. */
    private final List<Object> parts = new ArrayList<>();

    private long size;

    /** {@return the number of bytes} */
    long size() {
        return size;
    }

    /** Adds an integer or an element of an enumeration. */
    Protobuf integer(int field, long value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        varint(bytes, (long) field << 3 | VARINT);
        varint(bytes, value);
        return add(bytes);
    }

    /** Adds a text. */
    Protobuf text(int field, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = head(field, utf8.length);
        bytes.writeBytes(utf8);
        return add(bytes);
    }

    /** Adds a message, which must be complete. */
    Protobuf message(int field, Protobuf message) {
        add(head(field, message.size));
        parts.addAll(message.parts);
        size += message.size;
        return this;
    }

    /** Adds floats as a field of bytes, little-endian and without gaps. */
    Protobuf floats(int field, FloatSpan floats) {
        add(head(field, Float.BYTES * floats.length()));
        parts.add(floats);
        size += Float.BYTES * floats.length();
        return this;
    }

    private static ByteArrayOutputStream head(int field, long length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        varint(bytes, (long) field << 3 | LENGTH_DELIMITED);
        varint(bytes, length);
        return bytes;
    }

    private Protobuf add(ByteArrayOutputStream bytes) {
        parts.add(bytes.toByteArray());
        size += bytes.size();
        return this;
    }

    private static void varint(ByteArrayOutputStream bytes, long value) {
        long rest = value;
        for (; rest >>> 7 != 0; rest >>>= 7) {
            bytes.write((int) (rest & 0x7f | 0x80));
        }
        bytes.write((int) rest);
    }

    /** Writes all bytes. */
    void writeTo(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        float[] block = new float[BLOCK];
        for (Object part : parts) {
            if (part instanceof byte[] bytes) {
                AtomicFile.writeAll(channel, ByteBuffer.wrap(bytes));
            } else {
                FloatSpan floats = (FloatSpan) part;
                for (long from = 0; from < floats.length(); from += BLOCK) {
                    int count = (int) Math.min(BLOCK, floats.length() - from);
                    floats.copyTo(from, block, 0, count);
                    buffer.clear().asFloatBuffer().put(block, 0, count);
                    AtomicFile.writeAll(channel, buffer.limit(Float.BYTES * count));
                }
            }
        }
    }
}
