package dev.lanewise.linalg;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The bits of a block of floats, and the floats that have them. They are copied in bulk, because C2 does not vectorize a loop with
 * {@link Float#floatToRawIntBits} or {@link Float#intBitsToFloat}, but those over the bits.
 */
final class FloatBits {
    /** The floats of a block, few enough that they and their bits stay in the L1 cache. */
    static final int BLOCK = 512;

    private static final ThreadLocal<FloatBits> BLOCKS = ThreadLocal.withInitial(FloatBits::new);

    final int[] bits = new int[BLOCK];
    final float[] floats = new float[BLOCK];

    /** Room for a block of other floats. */
    final float[] values = new float[BLOCK];

    private final MemorySegment ofBits = MemorySegment.ofArray(bits), ofFloats = MemorySegment.ofArray(floats);

    private FloatBits() {}

    /** {@return the block of this thread} */
    static FloatBits block() {
        return BLOCKS.get();
    }

    /** Makes the first floats of the block those that have its first bits. */
    void toFloats(int count) {
        MemorySegment.copy(ofBits, 0, ofFloats, 0, (long) Float.BYTES * count);
    }

    /**
     * {@return the largest of some floats, at least one; some float or NaN if one is NaN, either zero if both are}
     *
     * @param x the floats, from {@code from} on
     */
    float max(float[] x, int from, int count) {
        int largest = Integer.MIN_VALUE;
        for (int i = 0; i < count; i += BLOCK) {
            int some = Math.min(count - i, BLOCK);
            // A segment over x would be an object for each row.
            MemorySegment.copy(x, from + i, ofBits, ValueLayout.JAVA_FLOAT, 0, some);
            largest = Math.max(largest, maxOrdered(some));
        }
        return Float.intBitsToFloat(ordered(largest));
    }

    private int maxOrdered(int count) {
        int[] bits = this.bits;
        int largest = Integer.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, ordered(bits[i]));
        }
        return largest;
    }

    /** {@return integers in the order of the floats that have the bits, or those bits again} */
    private static int ordered(int bits) {
        return bits ^ bits >> 31 >>> 1;
    }
}
