package dev.lanewise.internal.kernel;

import java.util.Arrays;

/**
 * The random numbers by which state is rounded. A number is a function of the seed, the step, the buffer and the index of the
 * element among the parameters of all ranks, so that the bits depend on nothing else.
 *
 * <p>The numbers of a buffer in a step are a Weyl sequence: a hash of seed, step and buffer, plus a multiple of the golden ratio for
 * each element, modulo 2³². An element gets the hash anew at each step, so that its roundings are independent of one another; those
 * of different elements in one step are spread more evenly than independent ones. A hash for each element would take six more
 * operations.
 */
public final class Noise {
    /** The difference of the numbers of two adjacent elements: 2³² over the golden ratio. It is odd, so that the period is 2³². */
    public static final int STRIDE = 0x9E3779B9;

    private Noise() {}

    /**
     * {@return the number of the element with the index 0}
     *
     * @param seed any number
     * @param step the number of the step
     * @param buffer the index of the buffer
     */
    public static int of(long seed, long step, int buffer) {
        return (int) (mix(mix(mix(seed) + step) + buffer) >>> 32);
    }

    /**
     * {@return the number of the element that is {@code distance} after the one with the number {@code noise}}
     *
     * @param noise the number of an element
     * @param distance the distance to another
     */
    public static int at(int noise, long distance) {
        return noise + (int) distance * STRIDE;
    }

    /** {@return the numbers of some adjacent elements, of which the first has the number 0} */
    static int[] multiples(int count) {
        int[] noises = new int[count];
        Arrays.setAll(noises, i -> i * STRIDE);
        return noises;
    }

    /** The finalizer of SplitMix64. */
    private static long mix(long z) {
        z += 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
