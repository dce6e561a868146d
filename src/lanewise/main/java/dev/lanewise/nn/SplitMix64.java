package dev.lanewise.nn;

/**
 * A pseudorandom number generator with a period of 2⁶⁴. A seed gives the same numbers on every machine and in every version of
 * this library, and with them the same initial weights and order of samples. The JDK's generators are not used, because their
 * algorithms may change in any release.
 *
 * <p>A generator must not be used by several threads at the same time, and is not suitable for cryptography.
 *
 * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number
 *     Generators</a>
 */
public final class SplitMix64 {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    /**
     * Creates a generator.
     *
     * @param seed any number; each seed gives another sequence
     */
    public SplitMix64(long seed) {
        state = seed;
    }

    /** {@return the next number, uniformly distributed over all values of a long} */
    public long nextLong() {
        return mix(state += GOLDEN_GAMMA);
    }

    /**
     * {@return the next number from 0 to {@code bound} − 1, uniformly distributed} It is the high half of the product of the bound
     * and the next 64 bits, so that the probabilities differ from 1 / {@code bound} by less than 2⁻⁶⁴.
     *
     * @param bound the number of possible values, at least 1
     * @throws IllegalArgumentException if {@code bound} is less than 1
     */
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound must be at least 1: " + bound);
        }
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /**
     * {@return a hash of a number, different for each number} The hashes of consecutive numbers are suitable as seeds, because about
     * half of the bits change if one bit of the number does. This is the generator's finalizer, Stafford's variant 13.
     *
     * @param z any number
     */
    public static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
