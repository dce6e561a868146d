package dev.lanewise.internal.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Floats that are stored in fewer bits. Kernels address some of them directly, see {@link Storage}; the others, and all of them
 * for the scalar definition, go through copies in small {@code float[]}.
 */
public interface PackedFloats {
    /** The memory of one thread for the arguments of the loops that pack and unpack. */
    final class Room {
        final Object[] arrays = new Object[3];
        final long[] at = new long[3];
        final float[] constants = new float[2];

        private Int8Block block;

        /** Makes room for the arguments. */
        public Room() {}

        /** {@return the memory for a block of int8, which is allocated when it is first needed} */
        Int8Block block() {
            if (block == null) {
                block = new Int8Block();
            }
            return block;
        }
    }

    /** {@return how the kernels address the floats: as bf16, or {@link Storage#STAGED}} */
    Storage storage();

    /**
     * {@return the array that the kernels address; null in native memory}
     *
     * @throws IllegalStateException if the storage is {@link Storage#STAGED}
     */
    Object array();

    /** {@return the memory of the floats} */
    MemorySegment segment();

    /**
     * {@return the position of a float, for a kernel: an index into the array, or an address}
     *
     * @param element the index of the float
     */
    default long at(long element) {
        return element;
    }

    /**
     * Copies floats to an array. If the floats are stored in blocks, the first one is that of a block.
     *
     * @param from the index of the first float
     * @param target the array to write
     * @param offset the index of the first float in the array
     * @param count the number of floats
     * @param room the memory of the thread
     */
    void unpack(long from, float[] target, int offset, int count, Room room);

    /**
     * Rounds floats of an array, at random or to the nearest, and stores them. If they are stored in blocks, the first one is
     * that of a block, and the last one is that of a block or of a group.
     *
     * @param source the array to read
     * @param offset the index of the first float in the array
     * @param to the index of the first float
     * @param count the number of floats
     * @param noise the random number of the first of them; those of the others follow from it, see {@link Noise}
     * @param room the memory of the thread
     */
    void pack(float[] source, int offset, long to, int count, int noise, Room room);

    /**
     * Rounds floats of an array to the nearest, and stores them.
     *
     * @param source the array to read, from its first element on
     * @param to the index of the first float, as for {@link #pack}
     * @param count the number of floats
     */
    void packNearest(float[] source, long to, int count);
}
