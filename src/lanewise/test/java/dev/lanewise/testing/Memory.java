package dev.lanewise.testing;

import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Allocates spans in every kind of memory, with sentinels around them. Closing it frees the memory, if its kind can be freed. */
public final class Memory implements AutoCloseable {
    private static final float SENTINEL = -123.25f;

    /** The number of sentinels behind a span: more than the lanes of the widest vector. */
    private static final int BEHIND = 17;

    private final Arena confined = Arena.ofConfined();
    private final Arena shared = Arena.ofShared();

    /**
     * A span and the sentinels around it.
     *
     * @param place its place in memory
     * @param span the floats
     * @param around the floats with sentinels on both sides; writable even if the span is read-only
     */
    public record Room(Place place, FloatSpan span, FloatSpan around) {
        /**
         * Writes the floats, even if the span is read-only.
         *
         * @param values one for each float of the span
         * @return this room
         */
        public Room set(float[] values) {
            around.copyFrom(values, 0, place.before(), values.length);
            return this;
        }

        /**
         * Fails if a float beside the span has been written.
         *
         * @param what a description of the action, for the message
         */
        public void assertUntouchedAround(Object what) {
            for (long i = 0; i < around.length(); i++) {
                long element = i - place.before();
                if ((element < 0 || element >= span.length()) && around.get(i) != SENTINEL) {
                    fail(what + ": wrote to element " + element + " of " + span.length() + " in " + place);
                }
            }
        }
    }

    /**
     * Allocates a span.
     *
     * @param place its place in memory
     * @param length the number of floats
     * @return the span, with sentinels on both sides of it
     */
    public Room allocate(Place place, int length) {
        int all = place.before() + length + BEHIND;
        FloatSpan around = FloatSpan.of(segment(place.storage(), 4L * all + 3)
                .asSlice(place.storage() == Place.Storage.ARRAY ? 0 : place.shift(), 4L * all));
        for (int i = 0; i < all; i++) {
            around.set(i, SENTINEL);
        }
        FloatSpan span = around.slice(place.before(), length);
        return new Room(place, place.readOnly() ? FloatSpan.of(span.segment().asReadOnly()) : span, around);
    }

    private MemorySegment segment(Place.Storage storage, long bytes) {
        return switch (storage) {
            case ARRAY -> MemorySegment.ofArray(new float[(int) (bytes / 4 + 1)]);
            case CONFINED -> confined.allocate(bytes, 64);
            case AUTOMATIC -> Arena.ofAuto().allocate(bytes, 4);
            case GLOBAL -> Arena.global().allocate(bytes, 64);
            case SHARED -> shared.allocate(bytes, 4);
            case MAPPED -> map(bytes);
            case BYTES -> MemorySegment.ofArray(new byte[(int) bytes]);
        };
    }

    private MemorySegment map(long bytes) {
        try {
            Path file = Files.createTempFile("floats", null);
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, confined);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        confined.close();
        shared.close();
    }
}
