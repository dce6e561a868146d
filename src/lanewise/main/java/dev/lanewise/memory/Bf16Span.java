package dev.lanewise.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A range of bfloat16 numbers in a {@code short[]} or in a {@link MemorySegment}. A bfloat16 number, {@code bf16} in PyTorch and in
 * safetensors files, is the upper half of a float: it has the same exponent, and 8 bits of precision in place of 24. A span is
 * a view: it copies nothing, and a write through it changes the array or the memory behind it.
 *
 * <p>{@snippet :
 * FloatSpan parameters = FloatSpan.of(new float[1000]);
 * Bf16Span rounded = Bf16Span.of(new short[1000]);
 * rounded.copyFrom(parameters);
 * }
 *
 * <p>The numbers are in their natural order and take 2 bytes each, in the machine's byte order. A segment may be native, mapped, or
 * on the heap over a {@code short[]} or a {@code byte[]}, of any alignment; it may be read-only where a method only reads, and it may
 * hold more than 2³¹ numbers.
 *
 * <p>Every bfloat16 number is a float, so reading is exact. A float that is written is rounded to the nearest bfloat16 number, and to the
 * one with an even last bit if two are equally near, as by IEEE 754 and PyTorch: floats of at least 2¹²⁸ − 2¹¹⁹ in magnitude become
 * infinite, subnormal numbers stay so and are rounded like the others, and the sign is kept, also that of 0. A NaN stays one: it
 * keeps its sign and the upper bits of its payload, and becomes quiet, as by the x86 instruction {@code VCVTNEPS2BF16}.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype">PyTorch's types</a>
 */
public final class Bf16Span {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** The numbers that are converted at a time, in arrays that the L1 cache holds. */
    private static final int BLOCK = 1024;

    private static final short[] ZEROS = new short[BLOCK];

    private final short[] array;
    private final int arrayOffset;
    private final MemorySegment segment;
    private final long length;

    private Bf16Span(short[] array, int arrayOffset, MemorySegment segment, long length) {
        this.array = array;
        this.arrayOffset = arrayOffset;
        this.segment = segment;
        this.length = length;
    }

    /**
     * {@return a view of a whole array}
     *
     * @param array the bits of the numbers
     */
    public static Bf16Span of(short[] array) {
        return of(array, 0, array.length);
    }

    /**
     * {@return a view of a range of an array}
     *
     * @param array the bits of the numbers
     * @param offset the index of the first number
     * @param length the number of numbers
     * @throws IndexOutOfBoundsException if the range is not within the array
     */
    public static Bf16Span of(short[] array, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, array.length);
        MemorySegment segment = MemorySegment.ofArray(array).asSlice(2L * offset, 2L * length);
        return new Bf16Span(array, offset, segment, length);
    }

    /**
     * {@return a view of a whole segment}
     *
     * @param segment a segment that is native, mapped, or over a {@code short[]} or {@code byte[]}; it may be read-only
     * @throws IllegalArgumentException if the segment's size is not a multiple of 2 bytes, or if it is a view of an
     *     array of another type
     */
    public static Bf16Span of(MemorySegment segment) {
        long length = Segments.elements(segment, Short.BYTES, short[].class);
        if (segment.heapBase().orElse(null) instanceof short[] shorts && segment.address() % 2 == 0) {
            return new Bf16Span(shorts, Math.toIntExact(segment.address() / 2), segment, length);
        }
        return new Bf16Span(null, 0, segment, length);
    }

    /**
     * {@return the nearest bfloat16 number of a float, as its bits}
     *
     * @param value any float
     */
    public static short floatToBf16(float value) {
        return (short) round(Float.floatToRawIntBits(value));
    }

    /**
     * {@return the value of a bfloat16 number}
     *
     * @param bits the number, as its bits
     */
    public static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /**
     * {@return the bits of a rounded float, in the lower half} The half of a unit in the last place is added before the cut, less one bit
     * if the number would become odd by a tie. Such a sum could turn a NaN into another number, so a NaN is cut and made quiet; the
     * mask in place of a branch lets C2 vectorize the loop.
     */
    private static int round(int bits) {
        int rounded = bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
        int quiet = bits >>> 16 | 0x40;
        int nan = 0x7f80_0000 - (bits & 0x7fff_ffff) >> 31;
        return rounded ^ (rounded ^ quiet) & nan;
    }

    /**
     * {@return a view of a range of this span}
     *
     * @param from the index of the first number
     * @param length the number of numbers
     * @throws IndexOutOfBoundsException if the range is not within this span
     */
    public Bf16Span slice(long from, long length) {
        Objects.checkFromIndexSize(from, length, this.length);
        return new Bf16Span(array, arrayOffset + (int) from, segment.asSlice(2 * from, 2 * length), length);
    }

    /** {@return the number of numbers} */
    public long length() {
        return length;
    }

    /**
     * {@return the value of a number}
     *
     * @param i its index
     * @throws IndexOutOfBoundsException if there is no such number
     */
    public float get(long i) {
        return bf16ToFloat(segment.get(SHORT, 2 * Objects.checkIndex(i, length)));
    }

    /**
     * Sets one number.
     *
     * @param i its index
     * @param value its new value, which is rounded
     * @throws IndexOutOfBoundsException if there is no such number
     * @throws IllegalArgumentException if the span is read-only
     */
    public void set(long i, float value) {
        segment.set(SHORT, 2 * Objects.checkIndex(i, length), floatToBf16(value));
    }

    /**
     * Copies all numbers to a span of floats. This is exact, also for the payloads of NaNs.
     *
     * @param target the floats to write, as many as there are numbers
     * @throws IllegalArgumentException if the lengths differ, if the spans share memory, or if {@code target} is read-only; nothing has
     *     been written then
     */
    public void copyTo(FloatSpan target) {
        check("target", target);
        short[] halves = new short[block()];
        int[] bits = new int[halves.length];
        for (long from = 0; from < length; from += BLOCK) {
            int count = (int) Math.min(BLOCK, length - from);
            MemorySegment.copy(segment, SHORT, 2 * from, halves, 0, count);
            widen(halves, bits, count);
            MemorySegment.copy(bits, 0, target.segment(), INT, 4 * from, count);
        }
    }

    /**
     * Copies all floats of a span to this one, rounded to the nearest.
     *
     * @param source the floats to read, as many as there are numbers
     * @throws IllegalArgumentException if the lengths differ, if the spans share memory, or if this span is read-only; nothing has
     *     been written then
     */
    public void copyFrom(FloatSpan source) {
        check("source", source);
        int[] bits = new int[block()];
        short[] halves = new short[bits.length];
        for (long from = 0; from < length; from += BLOCK) {
            int count = (int) Math.min(BLOCK, length - from);
            MemorySegment.copy(source.segment(), INT, 4 * from, bits, 0, count);
            round(bits, halves, count);
            MemorySegment.copy(halves, 0, segment, SHORT, 2 * from, count);
        }
    }

    /**
     * Copies all numbers of another span to this one, bit for bit.
     *
     * @param source a span of the same length
     * @throws IllegalArgumentException if the lengths differ, or if this span is read-only
     */
    public void copyFrom(Bf16Span source) {
        Segments.checkLength("source", source.length, length);
        segment.copyFrom(source.segment);
    }

    /**
     * Sets a range of numbers to 0.
     *
     * @param from the index of the first number
     * @param count the number of numbers
     * @throws IndexOutOfBoundsException if the range is not within this span
     * @throws IllegalArgumentException if the span is read-only
     */
    public void zero(long from, long count) {
        Objects.checkFromIndexSize(from, count, length);
        for (long i = 0; i < count; i += ZEROS.length) {
            MemorySegment.copy(ZEROS, 0, segment, SHORT, 2 * (from + i), (int) Math.min(ZEROS.length, count - i));
        }
    }

    private void check(String name, FloatSpan other) {
        Segments.checkLength(name, other.length(), length);
        if (Segments.overlap(segment, other.segment())) {
            throw new IllegalArgumentException(name + " must not share memory with this span: " + other);
        }
    }

    private int block() {
        return (int) Math.min(BLOCK, length);
    }

    /** Widens numbers. All loops compute with integers, which keep the payloads of NaNs, and which C2 vectorizes. */
    private static void widen(short[] halves, int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            bits[i] = halves[i] << 16;
        }
    }

    /** Rounds numbers. The cut is a loop of its own, because C2 vectorizes no loop that shifts ints and stores them as shorts. */
    private static void round(int[] bits, short[] halves, int count) {
        for (int i = 0; i < count; i++) {
            bits[i] = round(bits[i]);
        }
        for (int i = 0; i < count; i++) {
            halves[i] = (short) bits[i];
        }
    }

    /** {@return whether the numbers are in a writable {@code short[]}, so that {@link #array()} may be called} */
    public boolean isArray() {
        return array != null;
    }

    /**
     * {@return the whole array, of which this span is a range}
     *
     * @throws IllegalStateException if the numbers are not in an array, or if it is read-only
     */
    public short[] array() {
        if (array == null) {
            throw new IllegalStateException("the span must be over a writable short[]: " + this);
        }
        return array;
    }

    /** {@return the index of the first number in {@link #array()}; 0 if there is no array} */
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
    public boolean overlaps(Bf16Span other) {
        return Segments.overlap(segment, other.segment);
    }

    @Override
    public String toString() {
        return length + " bf16 numbers in " + segment;
    }
}
