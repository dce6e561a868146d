package dev.lanewise.internal.kernel;

import dev.lanewise.memory.Bf16Span;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;

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

    private final boolean direct;

    /** The loops on whole vectors; null without vectors of at least four floats, because there are none of two shorts. */
    private final SpecializedKernel pack, unpack;

    /**
     * Makes floats that are 0.
     *
     * @param length their number
     * @param direct whether the kernel of the rule can address them, see {@link Access}; it takes copies otherwise
     */
    public Bf16Floats(long length, boolean direct) {
        this.array = length <= Integer.MAX_VALUE - 16 ? new short[(int) length] : null;
        this.segment = array == null
                ? Arena.ofAuto().allocate(Short.BYTES * length, Short.BYTES)
                : MemorySegment.ofArray(array);
        boolean vectors = array != null && Kernels.lanes() >= 4;
        this.direct = direct && vectors;
        pack = vectors ? Kernels.specialize("Copy", List.of(Storage.BF16, Storage.ARRAY), Set.of()) : null;
        unpack = vectors ? Kernels.specialize("Copy", List.of(Storage.ARRAY, Storage.BF16), Set.of()) : null;
    }

    @Override
    public Storage storage() {
        return direct ? Storage.BF16 : Storage.STAGED;
    }

    @Override
    public Object array() {
        if (array == null) {
            throw new IllegalStateException("the floats must be in an array: " + segment);
        }
        return array;
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void unpack(long from, float[] target, int offset, int count, Room room) {
        int done = unpack != null && unpack.isReady() ? count - count % Kernels.lanes() : 0;
        if (done > 0) {
            run(unpack, target, offset, array, from, done, room);
        }
        long start = unpack == null || done > 0 ? 0 : unpack.start();
        for (int i = done; array != null && i < count; i++) {
            target[offset + i] = Bf16Span.bf16ToFloat(array[(int) from + i]);
        }
        for (int i = 0; array == null && i < count; i++) {
            target[offset + i] = Bf16Span.bf16ToFloat(segment.get(SHORT, Short.BYTES * (from + i)));
        }
        if (start != 0 && count > 0) {
            unpack.end(start, count);
        }
    }

    @Override
    public void pack(float[] source, int offset, long to, int count, int noise, Room room) {
        int done = pack != null && pack.isReady() ? count - count % Kernels.lanes() : 0;
        if (done > 0) {
            run(pack, array, (long) noise << 32 | to, source, offset, done, room);
        }
        long start = pack == null || done > 0 ? 0 : pack.start();
        for (int i = done; array != null && i < count; i++) {
            array[(int) to + i] = round(source[offset + i], Noise.at(noise, i));
        }
        for (int i = 0; array == null && i < count; i++) {
            segment.set(SHORT, Short.BYTES * (to + i), round(source[offset + i], Noise.at(noise, i)));
        }
        if (start != 0 && count > 0) {
            pack.end(start, count);
        }
    }

    private static void run(
            SpecializedKernel loop, Object to, long toAt, Object from, long fromAt, int count, Room room) {
        room.arrays[0] = to;
        room.arrays[1] = from;
        room.at[0] = toAt;
        room.at[1] = fromAt;
        loop.run(room.arrays, room.at, count, room.constants);
    }

    @Override
    public void packNearest(float[] source, long to, int count) {
        for (int i = 0; i < count; i++) {
            segment.set(SHORT, Short.BYTES * (to + i), Bf16Span.floatToBf16(source[i]));
        }
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
}
