package dev.lanewise.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * Floats that are stored in a byte each, in blocks with a scale: the largest power of two that is not above the largest magnitude
 * of a block. A byte is a small float in units of the scale, which the vector loops compute and {@link Int8Block} looks up.
 *
 * <p>Signed floats have a sign, 4 bits of exponent and 3 of mantissa; below 2⁻¹³ the spacing is 2⁻¹⁶, and the code 0 is 0.
 * Positive floats have 5 bits of exponent and 3 of mantissa; the code 0 is 2⁻³⁰, and what is smaller becomes that. The exponent
 * above that of the scale has one number, to which the largest ones can be rounded up, and the codes of NaN and infinity; a block
 * with any of these has a negative scale.
 */
public final class Int8Floats implements PackedFloats {
    /** The floats of a block. */
    public static final int BLOCK = 256;

    /** The option of the loop that packs, and that of the loops for positive floats. */
    static final String PACK = "pack", POSITIVE = "positive";

    /** The smallest signed float that has all bits of its mantissa, and the smallest positive one, in units of the scale. */
    static final float LEAST_SIGNED = 0x1p-13f, LEAST_POSITIVE = 0x1p-30f;

    /** The bits of the mantissa of a float that a code does not have. */
    static final int CUT = 20;

    /** The bits of a float minus its code, shifted by {@link #CUT}: for signed and for positive floats. */
    static final int SIGNED_BIAS = 113 << 3, POSITIVE_BIAS = 97 << 3;

    /** The difference of the bits of two floats, of which one is twice the other. */
    static final int TWICE = 1 << 23;

    /** The bits of the magnitude of a float, and those of infinity. */
    static final int MAGNITUDE = 0x7FFFFFFF, INFINITY = 0x7F800000;

    private final byte[] codes;
    private final float[] scales;
    private final boolean positive;

    /** The loops on whole blocks, for vectors of at least eight floats; null without the Vector API. */
    private final SpecializedKernel pack, unpack;

    /**
     * Makes floats that are 0.
     *
     * @param length their number
     * @param positive whether they are positive, but for these
     * @throws IllegalArgumentException if an array cannot hold them
     */
    public Int8Floats(long length, boolean positive) {
        if (length > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException(
                    "parameters of INT8 state must be at most " + (Integer.MAX_VALUE - 16) + " on a rank: " + length);
        }
        this.codes = new byte[(int) length];
        this.scales = new float[Math.ceilDiv((int) length, BLOCK)];
        this.positive = positive;
        List<Storage> storages = List.of(Storage.BYTES, Storage.ARRAY, Storage.ARRAY);
        pack = Kernels.specialize("Int8", storages, positive ? Set.of(PACK, POSITIVE) : Set.of(PACK), 8);
        unpack = Kernels.specialize("Int8", storages, positive ? Set.of(POSITIVE) : Set.of(), 8);
    }

    @Override
    public Storage storage() {
        return Storage.STAGED;
    }

    @Override
    public Object array() {
        throw new IllegalStateException("the floats must be unpacked: " + codes.length);
    }

    /** {@return the codes} */
    @Override
    public MemorySegment segment() {
        return MemorySegment.ofArray(codes);
    }

    /** {@return the scales of the blocks, floats} */
    public MemorySegment scales() {
        return MemorySegment.ofArray(scales);
    }

    @Override
    public void unpack(long from, float[] target, int offset, int count, Room room) {
        int at = (int) from, whole = call(unpack, at, target, offset, count, 0, room);
        long start = start(unpack, whole, count);
        for (int i = whole; i < count; i += BLOCK) {
            int length = Math.min(BLOCK, count - i);
            Int8Block.decode(codes, at + i, scales, target, offset + i, length, positive);
        }
        end(unpack, start, count);
    }

    @Override
    public void pack(float[] source, int offset, long to, int count, int noise, Room room) {
        int at = (int) to, whole = call(pack, at, source, offset, count, noise, room);
        long start = start(pack, whole, count);
        for (int i = whole; i < count; i += BLOCK) {
            int length = Math.min(BLOCK, count - i);
            room.block().encode(source, offset + i, codes, at + i, scales, length, Noise.at(noise, i), positive);
        }
        end(pack, start, count);
    }

    /** {@return the elements of the whole blocks, if the loop has run on them; otherwise 0} */
    private int call(SpecializedKernel loop, int at, float[] values, int offset, int count, int noise, Room room) {
        int whole = loop != null && loop.isReady() ? count - count % BLOCK : 0;
        if (whole > 0) {
            room.arrays[0] = codes;
            room.arrays[1] = scales;
            room.arrays[2] = values;
            room.at[0] = at;
            room.at[1] = noise;
            room.at[2] = offset;
            loop.run(room.arrays, room.at, whole, room.constants);
        }
        return whole;
    }

    /** {@return the time before whole blocks are done without the loop; 0 if there are none, or no loop} */
    private static long start(SpecializedKernel loop, int done, int count) {
        return loop == null || done > 0 || count < BLOCK ? 0 : loop.start();
    }

    private static void end(SpecializedKernel loop, long start, int count) {
        if (start != 0) {
            loop.end(start, count);
        }
    }

    @Override
    public void packNearest(float[] source, long to, int count) {
        for (int i = 0; i < count; i += BLOCK) {
            int length = Math.min(BLOCK, count - i);
            encode(source, i, codes, (int) to + i, scales, length, Integer.MIN_VALUE, 0, positive);
        }
    }

    /** Packs a block, which may be the last one of a group. */
    static void encode(
            float[] source,
            int from,
            byte[] codes,
            int to,
            float[] scales,
            int length,
            int noise,
            int stride,
            boolean positive) {
        int most = 0;
        boolean finite = true;
        for (int i = 0; i < length; i++) {
            int magnitude = Float.floatToRawIntBits(source[from + i]) & MAGNITUDE;
            finite &= magnitude < INFINITY;
            most = Math.max(most, magnitude < INFINITY ? magnitude : 0);
        }
        float scale = scale(most), inverse = inverse(most);
        scales[to / BLOCK] = finite ? scale : -scale;
        for (int i = 0; i < length; i++) {
            codes[to + i] = encode(source[from + i], inverse, noise + i * stride, positive);
        }
    }

    /** {@return the largest power of two up to the float with some bits, but at least the smallest normal one} */
    static float scale(int bits) {
        return Float.intBitsToFloat(Math.max(bits, TWICE) & INFINITY);
    }

    /** {@return 1 / scale} */
    static float inverse(int bits) {
        int exponent = Math.max(bits, TWICE) >>> 23;
        return exponent == 254 ? 0x1p-127f : Float.intBitsToFloat(254 - exponent << 23);
    }

    private static byte encode(float x, float inverse, int noise, boolean positive) {
        float y = Math.abs(x) * inverse;
        int sign = positive ? 0 : Float.floatToRawIntBits(x) >>> 31 << 7, top = positive ? 0xFF : 0x7F;
        if (!(y < Float.POSITIVE_INFINITY)) {
            return (byte) (sign | (y == y ? top - 1 : top));
        }
        int bits;
        if (positive) {
            bits = Float.floatToRawIntBits(y < LEAST_POSITIVE ? LEAST_POSITIVE : y);
        } else {
            // The sum has the spacing of the smallest codes.
            bits = y < LEAST_SIGNED ? Float.floatToRawIntBits(y + LEAST_SIGNED) - TWICE : Float.floatToRawIntBits(y);
        }
        return (byte) (sign | (bits + (noise >>> 32 - CUT) >>> CUT) - (positive ? POSITIVE_BIAS : SIGNED_BIAS));
    }

    /**
     * {@return the float of a code}
     *
     * @param code the code
     * @param scale the scale of its block
     * @param positive whether the code is that of positive floats
     */
    public static float decode(byte code, float scale, boolean positive) {
        int magnitude = code & (positive ? 0xFF : 0x7F), top = positive ? 0xFF : 0x7F;
        float y;
        if (scale < 0 && magnitude >= top - 1) {
            y = magnitude == top ? Float.NaN : Float.POSITIVE_INFINITY;
        } else if (positive) {
            y = Float.intBitsToFloat(magnitude + POSITIVE_BIAS << CUT) * Math.abs(scale);
        } else {
            float normal = Float.intBitsToFloat(magnitude + SIGNED_BIAS << CUT);
            float small = Float.intBitsToFloat((magnitude + SIGNED_BIAS << CUT) + TWICE) - LEAST_SIGNED;
            y = (magnitude < 8 ? small : normal) * Math.abs(scale);
        }
        return code < 0 && !positive ? -y : y;
    }
}
