package dev.lanewise.internal.kernel;

/**
 * Floats that are stored in fewer bits. Kernels address some of them directly, see {@link Storage}; the others, and all of them
 * for the scalar definition, go through copies in small {@code float[]}.
 */
public interface PackedFloats {
    /** {@return how the kernels address the floats, {@link Storage#BF16} or {@link Storage#STAGED}} */
    Storage storage();

    /**
     * {@return the array that the kernels address}
     *
     * @throws IllegalStateException if the storage is {@link Storage#STAGED}
     */
    Object array();

    /** {@return the number of floats} */
    long length();

    /**
     * Copies floats to an array.
     *
     * @param from the index of the first float
     * @param target the array to write
     * @param offset the index of the first float in the array
     * @param count the number of floats
     */
    void unpack(long from, float[] target, int offset, int count);

    /**
     * Rounds floats of an array at random, and stores them.
     *
     * @param source the array to read
     * @param offset the index of the first float in the array
     * @param to the index of the first float
     * @param count the number of floats
     * @param noise the random number of the first of them; those of the others follow from it, see {@link Noise}
     */
    void pack(float[] source, int offset, long to, int count, int noise);
}
