package dev.lanewise.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads and checks the header of a safetensors file. The format is a small part of JSON, so this is not a general parser: it has
 * no recursion, and reports the first byte outside the format as an error. It allocates memory only for values that it has read.
 */
final class SafetensorsHeaderReader {
    /** The limit is that of NumPy and PyTorch. */
    private static final int MAX_DIMENSIONS = 64;

    /** A tensor and its range in the data. */
    record Entry(String name, DType dtype, List<Long> shape, long begin, long end) {}

    private final SafetensorsTokens in;
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private Map<String, String> metadata;

    /**
     * Reads and checks a header.
     *
     * @param file the file's name, for messages
     * @param bytes the bytes of the header
     * @param data the number of bytes of data that follow
     */
    SafetensorsHeaderReader(String file, MemorySegment bytes, long data) throws SafetensorsException {
        in = new SafetensorsTokens(file, bytes);
        if (in.peek() != '{') {
            throw in.expected("'{'");
        }
        in.next();
        if (!in.skip('}')) {
            do {
                String name = in.string("a name");
                in.expect(':');
                if (name.equals(SafetensorsHeader.METADATA)) {
                    readMetadata();
                } else {
                    readTensor(name, data);
                }
            } while (in.more('}'));
        }
        in.skipSpace();
        if (!in.isAtEnd()) {
            throw in.expected("nothing but spaces after the last '}'");
        }
        checkLayout(data);
    }

    /** Returns the tensors in the header's order. */
    Iterable<Entry> tensors() {
        return tensors.values();
    }

    /** Returns the metadata in the header's order. */
    Map<String, String> metadata() {
        return metadata == null ? Map.of() : metadata;
    }

    private void readMetadata() throws SafetensorsException {
        if (metadata != null) {
            throw in.failure(SafetensorsHeader.METADATA + " is there twice");
        }
        metadata = new LinkedHashMap<>();
        in.expect('{');
        if (in.skip('}')) {
            return;
        }
        do {
            String key = in.string("a name");
            in.expect(':');
            if (metadata.put(key, in.string("a string")) != null) {
                throw in.failure(SafetensorsHeader.METADATA + " has " + SafetensorsHeader.quote(key) + " twice");
            }
        } while (in.more('}'));
    }

    private void readTensor(String name, long data) throws SafetensorsException {
        if (tensors.containsKey(name)) {
            throw in.failure("tensor " + SafetensorsHeader.quote(name) + " is there twice");
        }
        in.within(name);
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        Set<String> fields = new HashSet<>();
        in.expect('{');
        do {
            String field = in.string("dtype, shape or data_offsets");
            in.expect(':');
            if (!fields.add(field)) {
                throw in.failure(field + " is there twice");
            }
            switch (field) {
                case "dtype" -> dtype = dtype();
                case "shape" -> shape = numbers(MAX_DIMENSIONS, "dimensions");
                case "data_offsets" -> offsets = numbers(2, "offsets");
                default ->
                    throw in.failure("expected dtype, shape or data_offsets, found " + SafetensorsHeader.quote(field));
            }
        } while (in.more('}'));
        if (dtype == null || shape == null || offsets == null) {
            throw in.failure("expected dtype, shape and data_offsets, found only " + fields.size() + " of them");
        }
        if (offsets.size() < 2) {
            throw in.failure("expected two offsets, found " + offsets);
        }
        long begin = offsets.get(0);
        long end = offsets.get(1);
        if (begin > end || end > data) {
            throw in.failure("expected rising offsets within the " + data + " bytes of data, found " + offsets);
        }
        long size = dtype.bytes(shape);
        if (size != end - begin) {
            throw in.failure("expected " + (size < 0 ? "a size in whole bytes below 2⁶⁰" : size + " bytes")
                    + " for the shape " + shape + " of " + dtype + ", found " + (end - begin));
        }
        tensors.put(name, new Entry(name, dtype, shape, begin, end));
        in.within(null);
    }

    private DType dtype() throws SafetensorsException {
        String name = in.string("a type");
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(name)) {
                return dtype;
            }
        }
        throw in.failure(
                "expected a type of " + Arrays.toString(DType.values()) + ", found " + SafetensorsHeader.quote(name));
    }

    /** Checks that every byte of the data belongs to exactly one tensor, so that a file has no hidden content. */
    private void checkLayout(long data) throws SafetensorsException {
        long end = 0;
        String before = "the beginning of the data";
        List<Entry> sorted = new ArrayList<>(tensors.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        for (Entry entry : sorted) {
            if (entry.begin != end) {
                in.within(entry.name);
                throw in.failure("expected its data at " + end + ", " + before + ", found it at " + entry.begin);
            }
            end = entry.end;
            before = "the end of " + SafetensorsHeader.quote(entry.name);
        }
        if (end != data) {
            throw in.failure("expected tensors of " + data + " bytes, as many as follow the header, found " + end);
        }
    }

    private List<Long> numbers(int max, String what) throws SafetensorsException {
        List<Long> numbers = new ArrayList<>();
        in.expect('[');
        if (!in.skip(']')) {
            do {
                if (numbers.size() == max) {
                    throw in.failure("expected at most " + max + " " + what + ", found more");
                }
                numbers.add(in.number());
            } while (in.more(']'));
        }
        return List.copyOf(numbers);
    }
}
