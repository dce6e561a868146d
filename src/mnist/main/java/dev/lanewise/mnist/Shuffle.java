package dev.lanewise.mnist;

/**
 * The order of the images in an epoch: Fisher and Yates's shuffle, driven by SplitMix64 (Steele, Lea and Flood 2014). It
 * depends on the seed and the epoch alone, and is written out here so that no release of the JDK changes it.
 */
final class Shuffle {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private Shuffle(long seed, int epoch) {
        state = mix(seed) + epoch;
        state = mix(state);
    }

    /** Fills an array with a permutation of its indices. */
    static void fill(int[] order, long seed, int epoch) {
        Shuffle random = new Shuffle(seed, epoch);
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.below(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /** The high half of a product: off from uniform by less than 2⁻³². */
    private int below(int bound) {
        state += GOLDEN_GAMMA;
        return (int) Math.unsignedMultiplyHigh(mix(state), bound);
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
