package dev.lanewise.testing;

import java.util.Random;

/** Generates floats from a seed. */
public final class Floats {
    /** The last six are not finite, or have squares or sums that are not. */
    private static final float[] SPECIAL = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -1e-40f,
        Float.MIN_NORMAL,
        -0x1p-101f,
        0x1p-100f,
        -0x1.8p-100f,
        0x1p-50f,
        -3e-15f,
        1e-8f,
        -1f,
        1e10f,
        -1.5e19f,
        3e19f,
        -1e21f,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    private Floats() {}

    /**
     * {@return normally distributed floats of mean 0 and standard deviation 1}
     *
     * @param length the number of floats
     * @param seed the seed of the generator
     */
    public static float[] random(int length, long seed) {
        return random(length, new Random(seed));
    }

    /**
     * {@return normally distributed floats of mean 0 and standard deviation 1}
     *
     * @param length the number of floats
     * @param random the generator, whose state advances
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
     * @param length the number of floats
     * @param seed the seed of the generator
     */
    public static float[] uniform(int length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    /**
     * {@return floats of all magnitudes, one in four of them special: zeros, subnormals, the edges of the flush and of overflow}
     *
     * @param length the number of floats
     * @param random the generator, whose state advances
     * @param finite whether to leave out NaN, infinities and numbers whose squares or sums are infinite
     */
    public static float[] nasty(int length, Random random, boolean finite) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextInt(4) == 0
                    ? SPECIAL[random.nextInt(finite ? SPECIAL.length - 6 : SPECIAL.length)]
                    : Math.scalb((float) random.nextGaussian(), random.nextInt(80) - 60);
        }
        return values;
    }
}
