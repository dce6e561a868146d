package dev.lanewise.internal.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Floats that are stored as bf16, the upper half of a float, in their natural order. Zeros, infinities and NaN stay what they are;
 * any other float becomes one of its two neighbors, the nearer one with the higher probability, so that the mean is the float
 * itself. A magnitude above the largest bf16, 3.39e38, may become infinite.
 */
public final class Bf16Floats implements PackedFloats {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    /** The array; null if the length exceeds that of arrays. */
    private final short[] array;

    private final MemorySegment segment;
    private final long length;

    /**
     * Makes floats that are 0.
     *
     * @param length their number
     */
    public Bf16Floats(long length) {
        this.array = length <= Integer.MAX_VALUE - 16 ? new short[(int) length] : null;
        this.segment = array == null
                ? Arena.ofAuto().allocate(Short.BYTES * length, Short.BYTES)
                : MemorySegment.ofArray(array);
        this.length = length;
    }

    /** {@return how the kernels address the floats: vectors of two floats have no counterpart of two shorts} */
    @Override
    public Storage storage() {
        return array == null || Kernels.lanes() < 4 ? Storage.STAGED : Storage.BF16;
    }

    @Override
    public Object array() {
        if (array == null) {
            throw new IllegalStateException("the floats must be in an array: " + length);
        }
        return array;
    }

    /** {@return the floats, two bytes each} */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void unpack(long from, float[] target, int offset, int count) {
        for (int i = 0; array != null && i < count; i++) {
            target[offset + i] = widen(array[(int) from + i]);
        }
        for (int i = 0; array == null && i < count; i++) {
            target[offset + i] = widen(segment.get(SHORT, Short.BYTES * (from + i)));
        }
    }

    @Override
    public void pack(float[] source, int offset, long to, int count, int noise) {
        for (int i = 0; array != null && i < count; i++) {
            array[(int) to + i] = round(source[offset + i], Noise.at(noise, i));
        }
        for (int i = 0; array == null && i < count; i++) {
            segment.set(SHORT, Short.BYTES * (to + i), round(source[offset + i], Noise.at(noise, i)));
        }
    }

    /**
     * Sets floats to the bf16 that is nearest to a float.
     *
     * @param from the index of the first
     * @param count their number
     * @param value the float
     */
    public void fill(long from, long count, float value) {
        short nearest = nearest(value);
        for (long i = from; i < from + count; i++) {
            segment.set(SHORT, Short.BYTES * i, nearest);
        }
    }

    /**
     * {@return the float that a bf16 is}
     *
     * @param half its bits
     */
    public static float widen(short half) {
        return Float.intBitsToFloat(half << 16);
    }

    /**
     * {@return the bits of one of the two bf16 that are next to a float}
     *
     * @param x the float
     * @param noise a random number, whose upper half decides
     */
    public static short round(float x, int noise) {
        // A NaN whose bits are all 1 would become 0.
        return (short) (Float.floatToRawIntBits(x) + (x == x ? noise >>> 16 : 0) >>> 16);
    }

    /**
     * {@return the bits of the bf16 that is nearest to a float, or of the even one of two}
     *
     * @param x the float
     */
    public static short nearest(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) (bits + (x == x ? 0x7FFF + (bits >>> 16 & 1) : 0) >>> 16);
    }
}
