package dev.lanewise.mnist.data;

import dev.lanewise.nn.SplitMix64;

/** The order of the images in an epoch: Fisher and Yates's shuffle. It depends on the seed and the epoch alone. */
public final class Shuffle {
    private Shuffle() {}

    /** Fills an array with a permutation of its indices. */
    public static void fill(int[] order, long seed, int epoch) {
        SplitMix64 random = new SplitMix64(SplitMix64.mix(SplitMix64.mix(seed) + epoch));
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }
}
