package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Int8Floats.BLOCK;
import static dev.lanewise.internal.kernel.Int8Floats.CUT;
import static dev.lanewise.internal.kernel.Int8Floats.LEAST_POSITIVE;
import static dev.lanewise.internal.kernel.Int8Floats.LEAST_SIGNED;

/**
 * The scalar code that packs and unpacks a block of {@link Int8Floats}, with the memory of one thread. Packing is several loops
 * over one type each, because C2 vectorizes no loop that turns floats into their bits or ints into bytes. Blocks with NaN or
 * infinity take one element after the other.
 */
final class Int8Block {
    /** The floats of all codes in a block of scale 1. */
    private static final float[] SIGNED_FLOATS = floats(false), POSITIVE_FLOATS = floats(true);

    /** The numbers of the elements of a block whose first one has the number 0: C2 vectorizes no loop that multiplies its index. */
    private static final int[] NOISES = Noise.multiples(BLOCK);

    private final int[] bits = new int[BLOCK], rounded = new int[BLOCK];
    private final float[] magnitudes = new float[BLOCK];

    private static float[] floats(boolean positive) {
        float[] floats = new float[256];
        for (int code = 0; code < floats.length; code++) {
            floats[code] = Int8Floats.decode((byte) code, 1, positive);
        }
        return floats;
    }

    /** Unpacks a block, which may be the last one of a group, as {@link Int8Floats#decode} does. */
    static void decode(
            byte[] codes, int from, float[] scales, float[] target, int offset, int length, boolean positive) {
        float scale = scales[from / BLOCK];
        if (scale < 0) {
            for (int i = 0; i < length; i++) {
                target[offset + i] = Int8Floats.decode(codes[from + i], scale, positive);
            }
            return;
        }
        float[] floats = positive ? POSITIVE_FLOATS : SIGNED_FLOATS;
        for (int i = 0; i < length; i++) {
            target[offset + i] = floats[codes[from + i] & 0xFF] * scale;
        }
    }

    /** Packs a block, which may be the last one of a group, as {@link Int8Floats#encode} does. */
    void encode(
            float[] source, int from, byte[] codes, int to, float[] scales, int length, int noise, boolean positive) {
        copyBits(source, from, bits, length);
        int most = most(bits, length);
        if (most >= Int8Floats.INFINITY) {
            Int8Floats.encode(source, from, codes, to, scales, length, noise, Noise.STRIDE, positive);
            return;
        }
        scales[to / BLOCK] = Int8Floats.scale(most);
        divide(source, from, magnitudes, length, Int8Floats.inverse(most), positive);
        copyBits(magnitudes, 0, rounded, length);
        round(rounded, bits, length, noise, positive);
        for (int i = 0; i < length; i++) {
            codes[to + i] = (byte) rounded[i];
        }
    }

    private static void copyBits(float[] source, int from, int[] target, int length) {
        for (int i = 0; i < length; i++) {
            target[i] = Float.floatToRawIntBits(source[from + i]);
        }
    }

    private static int most(int[] bits, int length) {
        int most = 0;
        for (int i = 0; i < length; i++) {
            most = Math.max(most, bits[i] & Int8Floats.MAGNITUDE);
        }
        return most;
    }

    /**
     * Computes magnitudes in units of the scale. Half of the sum of one and the smallest signed float with all bits of its
     * mantissa is the larger one only below that float, and has the spacing of the smallest codes.
     */
    private static void divide(float[] source, int from, float[] target, int length, float inverse, boolean positive) {
        if (positive) {
            for (int i = 0; i < length; i++) {
                target[i] = Math.max(Math.abs(source[from + i]) * inverse, LEAST_POSITIVE);
            }
        } else {
            for (int i = 0; i < length; i++) {
                float y = Math.abs(source[from + i]) * inverse;
                target[i] = Math.max(y, (y + LEAST_SIGNED) * 0.5f);
            }
        }
    }

    /** Rounds magnitudes, as their bits, to codes, and adds the signs of the floats with some bits. */
    private static void round(int[] magnitudes, int[] bits, int length, int noise, boolean positive) {
        if (positive) {
            for (int i = 0; i < length; i++) {
                int rounded = magnitudes[i] + (NOISES[i] + noise >>> 32 - CUT) >>> CUT;
                magnitudes[i] = rounded - Int8Floats.POSITIVE_BIAS;
            }
        } else {
            for (int i = 0; i < length; i++) {
                int rounded = magnitudes[i] + (NOISES[i] + noise >>> 32 - CUT) >>> CUT;
                magnitudes[i] = rounded - Int8Floats.SIGNED_BIAS | bits[i] >>> 31 << 7;
            }
        }
    }
}
