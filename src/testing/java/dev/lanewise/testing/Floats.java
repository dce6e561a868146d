package dev.lanewise.testing;

import java.util.Random;

/** Ordinary numbers that a seed determines. */
public final class Floats {
    private Floats() {}

    /**
     * {@return normally distributed floats of mean 0 and deviation 1}
     *
     * @param length how many
     * @param seed determines them
     */
    public static float[] random(int length, long seed) {
        return random(length, new Random(seed));
    }

    /**
     * {@return normally distributed floats of mean 0 and deviation 1}
     *
     * @param length how many
     * @param random where they come from; it goes on from there
     */
    public static float[] random(int length, Random random) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /**
     * {@return floats uniformly distributed between −½ and ½}
     *
     * @param length how many
     * @param seed determines them
     */
    public static float[] uniform(int length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }
}
