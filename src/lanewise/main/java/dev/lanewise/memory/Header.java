package dev.lanewise.memory;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The header of a safetensors file. What may be in it is so little that the parser is no general one for JSON: it has no
 * recursion, and whatever the format does not have is an error where it stands. It trusts nothing and allocates only for
 * what it has read.
 */
final class Header {
    /** The reference implementation's. */
    static final int MAX_BYTES = 100_000_000;

    /** NumPy's and PyTorch's. */
    private static final int MAX_DIMENSIONS = 64;

    private static final String METADATA = "__metadata__";

    /** A tensor, and where it is in the data. */
    record Entry(String name, DType dtype, List<Long> shape, long begin, long end) {}

    private final String file;
    private final MemorySegment bytes;
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private Map<String, String> metadata;
    private String tensor;
    private long at;

    /**
     * Reads and checks a header.
     *
     * @param file the file's name, for messages
     * @param bytes the header's
     * @param data how many bytes of data follow
     */
    Header(String file, MemorySegment bytes, long data) throws SafetensorsException {
        this.file = file;
        this.bytes = bytes;
        if (peek() != '{') {
            throw expected("'{'");
        }
        at++;
        if (!skip('}')) {
            do {
                String name = string("a name");
                expect(':');
                if (name.equals(METADATA)) {
                    readMetadata();
                } else {
                    readTensor(name, data);
                }
            } while (more('}'));
        }
        skipSpace();
        if (at < bytes.byteSize()) {
            throw expected("nothing but spaces after the last '}'");
        }
        checkLayout(data);
    }

    /** The tensors, in the header's order. */
    Iterable<Entry> tensors() {
        return tensors.values();
    }

    /** The metadata, in the header's order. */
    Map<String, String> metadata() {
        return metadata == null ? Map.of() : metadata;
    }

    private void readMetadata() throws SafetensorsException {
        if (metadata != null) {
            throw failure(METADATA + " is there twice");
        }
        metadata = new LinkedHashMap<>();
        expect('{');
        if (skip('}')) {
            return;
        }
        do {
            String key = string("a name");
            expect(':');
            if (metadata.put(key, string("a string")) != null) {
                throw failure(METADATA + " has " + quote(key) + " twice");
            }
        } while (more('}'));
    }

    private void readTensor(String name, long data) throws SafetensorsException {
        if (tensors.containsKey(name)) {
            throw failure("tensor " + quote(name) + " is there twice");
        }
        tensor = name;
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        Set<String> fields = new HashSet<>();
        expect('{');
        do {
            String field = string("dtype, shape or data_offsets");
            expect(':');
            if (!fields.add(field)) {
                throw failure(field + " is there twice");
            }
            switch (field) {
                case "dtype" -> dtype = dtype();
                case "shape" -> shape = numbers(MAX_DIMENSIONS, "dimensions");
                case "data_offsets" -> offsets = numbers(2, "offsets");
                default -> throw failure("expected dtype, shape or data_offsets, found " + quote(field));
            }
        } while (more('}'));
        if (dtype == null || shape == null || offsets == null) {
            throw failure("expected dtype, shape and data_offsets, found only " + fields.size() + " of them");
        }
        if (offsets.size() < 2) {
            throw failure("expected two offsets, found " + offsets);
        }
        long begin = offsets.get(0);
        long end = offsets.get(1);
        if (begin > end || end > data) {
            throw failure("expected rising offsets within the " + data + " bytes of data, found " + offsets);
        }
        long size = dtype.bytes(shape);
        if (size != end - begin) {
            throw failure("expected " + (size < 0 ? "a size in whole bytes below 2⁶⁰" : size + " bytes")
                    + " for the shape " + shape + " of " + dtype + ", found " + (end - begin));
        }
        tensors.put(name, new Entry(name, dtype, shape, begin, end));
        tensor = null;
    }

    private DType dtype() throws SafetensorsException {
        String name = string("a type");
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(name)) {
                return dtype;
            }
        }
        throw failure("expected a type of " + Arrays.toString(DType.values()) + ", found " + quote(name));
    }

    /** Every byte of the data belongs to one tensor, so that nothing can hide in a file. */
    private void checkLayout(long data) throws SafetensorsException {
        long end = 0;
        String before = "the beginning of the data";
        List<Entry> sorted = new ArrayList<>(tensors.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        for (Entry entry : sorted) {
            if (entry.begin != end) {
                tensor = entry.name;
                throw failure("expected its data at " + end + ", " + before + ", found it at " + entry.begin);
            }
            end = entry.end;
            before = "the end of " + quote(entry.name);
        }
        if (end != data) {
            throw failure("expected tensors of " + data + " bytes, as many as follow the header, found " + end);
        }
    }

    private List<Long> numbers(int max, String what) throws SafetensorsException {
        List<Long> numbers = new ArrayList<>();
        expect('[');
        if (!skip(']')) {
            do {
                if (numbers.size() == max) {
                    throw failure("expected at most " + max + " " + what + ", found more");
                }
                numbers.add(number());
            } while (more(']'));
        }
        return List.copyOf(numbers);
    }

    private long number() throws SafetensorsException {
        skipSpace();
        long begin = at;
        long value = 0;
        // After a leading 0 no digit may follow; the caller will find it in the place of a comma.
        while (peek() >= '0' && peek() <= '9' && (value > 0 || at == begin)) {
            int digit = peek() - '0';
            if (value > (Long.MAX_VALUE - digit) / 10) {
                throw failure("expected a number below 2⁶³ at byte " + (8 + begin) + ", found a greater one");
            }
            value = 10 * value + digit;
            at++;
        }
        if (at == begin) {
            throw expected("a whole number from 0");
        }
        return value;
    }

    private String string(String what) throws SafetensorsException {
        skipSpace();
        if (peek() != '"') {
            throw expected(what + " in quotes");
        }
        long begin = at++;
        text.reset();
        while (peek() != '"') {
            if (peek() < ' ') {
                throw expected("the rest of a string");
            }
            int next = peek();
            at++;
            if (next == '\\') {
                text.writeBytes(escaped().getBytes(StandardCharsets.UTF_8));
            } else {
                text.write(next);
            }
        }
        at++;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw failure("expected a string in UTF-8 at byte " + (8 + begin) + ", found other bytes");
        }
    }

    private String escaped() throws SafetensorsException {
        int letter = peek();
        if (letter == 'u') {
            char first = unit();
            if (!Character.isSurrogate(first)) {
                return String.valueOf(first);
            }
            if (Character.isHighSurrogate(first) && peek() == '\\') {
                at++;
                char second = peek() == 'u' ? unit() : 0;
                if (Character.isLowSurrogate(second)) {
                    return "" + first + second;
                }
            }
            throw expected("both halves of a surrogate pair");
        }
        int meaning = "\"\\/bfnrt".indexOf(letter);
        if (meaning < 0) {
            throw expected("an escaped character");
        }
        at++;
        return String.valueOf("\"\\/\b\f\n\r\t".charAt(meaning));
    }

    private char unit() throws SafetensorsException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            at++;
            int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
            if (digit < 0) {
                throw expected("four hexadecimal digits");
            }
            value = 16 * value + digit;
        }
        at++;
        return (char) value;
    }

    private boolean more(char close) throws SafetensorsException {
        if (skip(close)) {
            return false;
        }
        if (!skip(',')) {
            throw expected("',' or '" + close + "'");
        }
        return true;
    }

    private void expect(char c) throws SafetensorsException {
        if (!skip(c)) {
            throw expected("'" + c + "'");
        }
    }

    private boolean skip(char c) {
        skipSpace();
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void skipSpace() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
            at++;
        }
    }

    /** The next byte, −1 at the end. */
    private int peek() {
        return at < bytes.byteSize() ? bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff : -1;
    }

    private SafetensorsException expected(String what) {
        int found = peek();
        String byName = found < 0
                ? "the end of the header"
                : found > ' ' && found < 127 ? "'" + (char) found + "'" : String.format("byte 0x%02X", found);
        return failure("expected " + what + " at byte " + (8 + at) + ", found " + byName);
    }

    private SafetensorsException failure(String message) {
        return new SafetensorsException(
                file + ": " + (tensor == null ? "" : "tensor " + quote(tensor) + ": ") + message);
    }

    /** Fit for a message: names from a file may be long, and may have line breaks in them. */
    private static String quote(String name) {
        StringBuilder quoted = new StringBuilder();
        appendString(
                quoted,
                name.codePointCount(0, name.length()) <= 80
                        ? name
                        : name.substring(0, name.offsetByCodePoints(0, 80)) + "…");
        return quoted.toString();
    }

    /** The header of a new file, filled up with spaces to whole eights of bytes. */
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
                throw new IllegalArgumentException("two tensors have the name " + quote(tensor.name())
                        + (tensor.name().equals(METADATA) ? ", which is the metadata's" : ""));
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
                        "the header must have at most " + MAX_BYTES + " bytes, with all names and metadata: " + size);
            }
            byte[] bytes = new byte[size];
            Arrays.fill(bytes, encoded.limit(), size, (byte) ' ');
            encoded.get(bytes, 0, encoded.limit());
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a name or the metadata has half a surrogate pair");
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
}
