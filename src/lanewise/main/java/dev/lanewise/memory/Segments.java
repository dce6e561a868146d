package dev.lanewise.memory;

import java.lang.foreign.MemorySegment;

/** The checks that the spans of all types share. */
final class Segments {
    private Segments() {}

    /**
     * {@return the number of elements of a segment}
     *
     * @param segment the memory of a span
     * @param bytes the size of an element
     * @param array the type of the array that may be behind the segment, besides {@code byte[]}
     * @throws IllegalArgumentException if the last element is not whole, or if the segment is a view of another array
     */
    static long elements(MemorySegment segment, int bytes, Class<?> array) {
        long size = segment.byteSize();
        if (size % bytes != 0) {
            throw new IllegalArgumentException(
                    "the size of segment must be a multiple of " + bytes + " bytes: " + size);
        }
        Object base = segment.heapBase().orElse(null);
        if (base != null && base.getClass() != array && !(base instanceof byte[])) {
            throw new IllegalArgumentException("the array behind segment must be a " + array.getSimpleName()
                    + " or byte[]: " + base.getClass().getSimpleName());
        }
        return size / bytes;
    }

    /** {@return whether two segments share any memory} */
    static boolean overlap(MemorySegment one, MemorySegment other) {
        return one.asOverlappingSlice(other).isPresent();
    }

    /** Checks the length of the other span of a copy. */
    static void checkLength(String name, long length, long expected) {
        if (length != expected) {
            throw new IllegalArgumentException(name + " must have the length " + expected + ": " + length);
        }
    }
}
