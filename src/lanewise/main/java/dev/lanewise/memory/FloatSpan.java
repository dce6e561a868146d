package dev.lanewise.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A range of floats in a {@code float[]} or in a {@link MemorySegment}. A span is a view: it copies nothing, and a
 * write through it changes the array or the memory behind it.
 *
 * <p>A segment may be native, mapped, or on the heap over a {@code float[]} or a {@code byte[]}; it may be read-only
 * where a method only reads (a gradient), and it may hold more than 2³¹ floats. Floats are in the machine's byte order.
 * Arrays and native memory are equally fast; other segments, also mapped ones, go through a staging copy in small blocks, with
 * which a step takes up to twice as long. Large parameters and gradients are fastest when both are arrays from the index 0 on, or
 * both native memory that is aligned to cache lines of 64 bytes.
 *
 * <p>A mapped file that is cut short while it is in use, or a hole in it that a full disk has no room for, causes an
 * {@link InternalError}; the step that meets it is applied in part. The JVM does not reveal that a {@link java.nio.FloatBuffer}
 * over a file is mapped, nor a segment that was {@linkplain MemorySegment#reinterpret(long) reinterpreted}: these are
 * accessed directly, and there the missing part of a file ends the process.
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
     * {@return a view of a whole array}
     *
     * @param array the floats
     */
    public static FloatSpan of(float[] array) {
        return of(array, 0, array.length);
    }

    /**
     * {@return a view of a range of an array}
     *
     * @param array the floats
     * @param offset the index of the first float
     * @param length the number of floats
     * @throws IndexOutOfBoundsException if the range is not within the array
     */
    public static FloatSpan of(float[] array, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, array.length);
        MemorySegment segment = MemorySegment.ofArray(array).asSlice(4L * offset, 4L * length);
        return new FloatSpan(array, offset, segment, length);
    }

    /**
     * {@return a view of a whole segment}
     *
     * @param segment a segment that is native, mapped, or over a {@code float[]} or {@code byte[]}; it may be read-only
     * @throws IllegalArgumentException if the segment's size is not a multiple of 4 bytes, or if it is a view of an
     *     array of another type
     */
    public static FloatSpan of(MemorySegment segment) {
        long length = Segments.elements(segment, Float.BYTES, float[].class);
        if (segment.heapBase().orElse(null) instanceof float[] floats && segment.address() % 4 == 0) {
            return new FloatSpan(floats, Math.toIntExact(segment.address() / 4), segment, length);
        }
        return new FloatSpan(null, 0, segment, length);
    }

    /**
     * {@return a view of a range of this span}
     *
     * @param from the index of the first float
     * @param length the number of floats
     * @throws IndexOutOfBoundsException if the range is not within this span
     */
    public FloatSpan slice(long from, long length) {
        Objects.checkFromIndexSize(from, length, this.length);
        return new FloatSpan(array, arrayOffset + (int) from, segment.asSlice(4 * from, 4 * length), length);
    }

    /** {@return the number of floats} */
    public long length() {
        return length;
    }

    /**
     * {@return the value of a float}
     *
     * @param i its index
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
     * @param from the index of the first float in this span
     * @param target the array to write
     * @param offset the index of the first float in the array
     * @param count the number of floats
     * @throws IndexOutOfBoundsException if either range is out of bounds
     */
    public void copyTo(long from, float[] target, int offset, int count) {
        MemorySegment.copy(segment, FLOAT, 4 * from, target, offset, count);
    }

    /**
     * Copies floats of an array to this span.
     *
     * @param source the array to read
     * @param offset the index of the first float in the array
     * @param to the index of the first float in this span
     * @param count the number of floats
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
        Segments.checkLength("source", source.length, length);
        segment.copyFrom(source.segment);
    }

    /**
     * Copies all floats, bit for bit, also the payloads of NaNs.
     *
     * @return a span over new native memory, which is freed when nothing refers to it
     */
    public FloatSpan copy() {
        // The bytes are copied, because a NaN may lose its payload in a float variable.
        return of(Arena.ofAuto().allocate(Float.BYTES * length).copyFrom(segment));
    }

    /**
     * Sets a range of floats to 0.
     *
     * @param from the index of the first float
     * @param count the number of floats
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
     * {@return a new array with a copy of all floats}
     *
     * @throws IllegalStateException if an array cannot hold that many
     */
    public float[] toArray() {
        return segment.toArray(FLOAT);
    }

    /** {@return whether the floats are in a writable {@code float[]}, so that {@link #array()} may be called} */
    public boolean isArray() {
        return array != null;
    }

    /**
     * {@return the whole array, of which this span is a range}
     *
     * @throws IllegalStateException if the floats are not in an array, or if it is read-only
     */
    public float[] array() {
        if (array == null) {
            throw new IllegalStateException("the span must be over a writable float[]: " + this);
        }
        return array;
    }

    /** {@return the index of the first float in {@link #array()}; 0 if there is no array} */
    public int arrayOffset() {
        return arrayOffset;
    }

    /** {@return a segment of exactly this span's range, a view of the same memory} */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * {@return whether this span and another share any memory}
     *
     * @param other another span
     */
    public boolean overlaps(FloatSpan other) {
        return Segments.overlap(segment, other.segment);
    }

    @Override
    public String toString() {
        return length + " floats in " + segment;
    }
}
