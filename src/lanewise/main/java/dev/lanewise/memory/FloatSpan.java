package dev.lanewise.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A range of floats in a {@code float[]} or in a {@link MemorySegment}. A span is a view: it copies nothing, and what
 * is written through it is written to the array or the memory behind it.
 *
 * <p>A segment may be native, mapped, or on the heap over a {@code float[]} or a {@code byte[]}; it may be read-only
 * where nothing is written (a gradient), and it may hold more than 2³¹ floats. Floats are in the machine's byte order.
 * Arrays and native memory are equally fast; other segments are copied through small blocks. Large parameters and gradients
 * are best both arrays from the index 0 on, or both native memory with an alignment of 64 bytes.
 */
public final class FloatSpan {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final float[] ZEROS = new float[1024];

    private final float[] array;
    private final int arrayOffset;
    private final MemorySegment segment;
    private final long length;

    private FloatSpan(float[] array, int arrayOffset, MemorySegment segment, long length) {
        this.array = array;
        this.arrayOffset = arrayOffset;
        this.segment = segment;
        this.length = length;
    }

    /**
     * Views all of an array.
     *
     * @param array the floats
     * @return a view of the array
     */
    public static FloatSpan of(float[] array) {
        return of(array, 0, array.length);
    }

    /**
     * Views a range of an array.
     *
     * @param array the floats
     * @param offset index of the first
     * @param length how many
     * @return a view of the range
     * @throws IndexOutOfBoundsException if the range is not within the array
     */
    public static FloatSpan of(float[] array, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, array.length);
        MemorySegment segment = MemorySegment.ofArray(array).asSlice(4L * offset, 4L * length);
        return new FloatSpan(array, offset, segment, length);
    }

    /**
     * Views all of a segment.
     *
     * @param segment native, mapped, or over a {@code float[]} or {@code byte[]}; may be read-only
     * @return a view of the segment
     * @throws IllegalArgumentException if the segment's size is no multiple of 4 bytes, or if it is a view of an array
     *     of another type
     */
    public static FloatSpan of(MemorySegment segment) {
        long bytes = segment.byteSize();
        if (bytes % 4 != 0) {
            throw new IllegalArgumentException(
                    "a segment of " + bytes + " bytes does not hold a whole number of floats");
        }
        Object base = segment.heapBase().orElse(null);
        if (base instanceof float[] floats && segment.address() % 4 == 0) {
            return new FloatSpan(floats, Math.toIntExact(segment.address() / 4), segment, bytes / 4);
        }
        if (base != null && !(base instanceof float[]) && !(base instanceof byte[])) {
            throw new IllegalArgumentException("a heap segment must be over float[] or byte[], not "
                    + base.getClass().getSimpleName());
        }
        return new FloatSpan(null, 0, segment, bytes / 4);
    }

    /**
     * Views a range of this span.
     *
     * @param from the first float
     * @param length how many
     * @return a view of the range
     * @throws IndexOutOfBoundsException if the range is not within this span
     */
    public FloatSpan slice(long from, long length) {
        Objects.checkFromIndexSize(from, length, this.length);
        return new FloatSpan(array, arrayOffset + (int) from, segment.asSlice(4 * from, 4 * length), length);
    }

    /** {@return the length in floats} */
    public long length() {
        return length;
    }

    /**
     * Reads one float.
     *
     * @param i its index
     * @return its value
     * @throws IndexOutOfBoundsException if there is no such float
     */
    public float get(long i) {
        return segment.get(FLOAT, 4 * Objects.checkIndex(i, length));
    }

    /**
     * Sets one float.
     *
     * @param i its index
     * @param value its new value
     * @throws IndexOutOfBoundsException if there is no such float
     * @throws IllegalArgumentException if the span is read-only
     */
    public void set(long i, float value) {
        segment.set(FLOAT, 4 * Objects.checkIndex(i, length), value);
    }

    /**
     * Copies floats of this span to an array.
     *
     * @param from the first float of this span
     * @param target where to
     * @param offset index of the first float there
     * @param count how many
     * @throws IndexOutOfBoundsException if either range is out of bounds
     */
    public void copyTo(long from, float[] target, int offset, int count) {
        MemorySegment.copy(segment, FLOAT, 4 * from, target, offset, count);
    }

    /**
     * Copies floats of an array to this span.
     *
     * @param source where from
     * @param offset index of the first float there
     * @param to the first float of this span
     * @param count how many
     * @throws IndexOutOfBoundsException if either range is out of bounds
     * @throws IllegalArgumentException if the span is read-only
     */
    public void copyFrom(float[] source, int offset, long to, int count) {
        MemorySegment.copy(source, offset, segment, FLOAT, 4 * to, count);
    }

    /**
     * Copies all floats of another span to this one, bit for bit.
     *
     * @param source a span of the same length
     * @throws IllegalArgumentException if the lengths differ, or if this span is read-only
     */
    public void copyFrom(FloatSpan source) {
        if (source.length != length) {
            throw new IllegalArgumentException("source must have the length " + length + ": " + source.length);
        }
        segment.copyFrom(source.segment);
    }

    /**
     * Copies all floats, bit for bit: a float in between might lose the payload of a NaN.
     *
     * @return a span over native memory of its own, which is freed when nothing refers to it
     */
    public FloatSpan copy() {
        return of(Arena.ofAuto().allocate(Float.BYTES * length).copyFrom(segment));
    }

    /**
     * Sets a range of floats to 0.
     *
     * @param from the first
     * @param count how many
     * @throws IndexOutOfBoundsException if the range is not within this span
     * @throws IllegalArgumentException if the span is read-only
     */
    public void zero(long from, long count) {
        Objects.checkFromIndexSize(from, count, length);
        for (long i = 0; i < count; i += ZEROS.length) {
            copyFrom(ZEROS, 0, from + i, (int) Math.min(ZEROS.length, count - i));
        }
    }

    /**
     * Copies all the floats to an array.
     *
     * @return a new array
     * @throws IllegalStateException if there are too many for an array
     */
    public float[] toArray() {
        return segment.toArray(FLOAT);
    }

    /** {@return whether the floats are in a writable {@code float[]}, so that {@link #array()} may be called} */
    public boolean isArray() {
        return array != null;
    }

    /**
     * Accesses the array behind this span.
     *
     * @return the whole array, of which this span is a range
     * @throws IllegalStateException if the floats are not in an array, or it may not be written
     */
    public float[] array() {
        if (array == null) {
            throw new IllegalStateException("this span is not over a writable float[]: " + this);
        }
        return array;
    }

    /** {@return the index of the first float in {@link #array()}; 0 if there is no array} */
    public int arrayOffset() {
        return arrayOffset;
    }

    /** {@return a segment over the memory of this span, of exactly its range} */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Tests whether this span and another share any float.
     *
     * @param other another span
     * @return whether a write to one could be seen through the other
     */
    public boolean overlaps(FloatSpan other) {
        return segment.asOverlappingSlice(other.segment).isPresent();
    }

    @Override
    public String toString() {
        return length + " floats in " + segment;
    }
}
