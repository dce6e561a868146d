package dev.lanewise.nn;

/**
 * Random numbers that a seed determines on every machine and in every version, so that it also determines the initial weights and
 * the order of the images. The algorithm is written out because the JDK may change its own in any release.
 *
 * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number
 *     Generators</a>
 */
public final class SplitMix64 {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    /**
     * Starts a sequence.
     *
     * @param seed any number
     */
    public SplitMix64(long seed) {
        state = seed;
    }

    /** {@return the next 64 bits} */
    public long nextLong() {
        return mix(state += GOLDEN_GAMMA);
    }

    /**
     * {@return a number from 0 to {@code bound} − 1} It is the high half of a product, off from uniform by less than 2⁻³².
     *
     * @param bound at least 1
     * @throws IllegalArgumentException if {@code bound} is less than 1
     */
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound must be at least 1: " + bound);
        }
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /**
     * {@return the 64 bits scrambled, so that neighboring numbers become seeds that have nothing in common}
     *
     * @param z any number
     */
    public static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
