package dev.lanewise.safetensors;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes the header of a safetensors file, which {@link SafetensorsHeaderReader} reads. */
final class SafetensorsHeader {
    /** The limit is that of the reference implementation. */
    static final int MAX_BYTES = 100_000_000;

    static final String METADATA = "__metadata__";

    private SafetensorsHeader() {}

    /** Returns the header of a new file, padded with spaces to a multiple of 8 bytes. */
    static byte[] write(List<Tensor> tensors, Map<String, String> metadata) {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            appendString(json, METADATA);
            json.append(":{");
            metadata.forEach((key, value) -> {
                appendString(json, key);
                json.append(':');
                appendString(json, value);
                json.append(',');
            });
            json.setLength(json.length() - 1);
            json.append("},");
        }
        Set<String> names = new HashSet<>(Set.of(METADATA));
        long begin = 0;
        for (Tensor tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("the names of tensors must be unique"
                        + (tensor.name().equals(METADATA) ? " and not that of the metadata: " : ": ")
                        + quote(tensor.name()));
            }
            long end = begin + tensor.bytes().byteSize();
            appendString(json, tensor.name());
            json.append(":{\"dtype\":\"").append(tensor.dtype()).append("\",\"shape\":[");
            for (int i = 0; i < tensor.shape().size(); i++) {
                json.append(i == 0 ? "" : ",").append(tensor.shape().get(i));
            }
            json.append("],\"data_offsets\":[")
                    .append(begin)
                    .append(',')
                    .append(end)
                    .append("]},");
            begin = end;
        }
        if (json.length() > 1) {
            json.setLength(json.length() - 1);
        }
        return encode(json.append('}'));
    }

    private static byte[] encode(CharSequence json) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json));
            int size = Math.ceilDiv(encoded.limit(), 8) * 8;
            if (size > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "the header, with all names and metadata, must have at most " + MAX_BYTES + " bytes: " + size);
            }
            byte[] bytes = new byte[size];
            Arrays.fill(bytes, encoded.limit(), size, (byte) ' ');
            encoded.get(bytes, 0, encoded.limit());
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("names and metadata must have no half of a surrogate pair");
        }
    }

    private static void appendString(StringBuilder json, String string) {
        json.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            int letter = "\"\\\b\f\n\r\t".indexOf(c);
            if (letter >= 0) {
                json.append('\\').append("\"\\bfnrt".charAt(letter));
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }

    /** Returns a name in a form fit for a message: names from a file may be long, and may contain line breaks. */
    static String quote(String name) {
        StringBuilder quoted = new StringBuilder();
        appendString(
                quoted,
                name.codePointCount(0, name.length()) <= 80
                        ? name
                        : name.substring(0, name.offsetByCodePoints(0, 80)) + "…");
        return quoted.toString();
    }
}
