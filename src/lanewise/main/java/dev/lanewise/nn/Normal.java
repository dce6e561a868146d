package dev.lanewise.nn;

/** A generator of normally distributed numbers that are the same on every machine and in every version. */
final class Normal {
    private final SplitMix64 random;
    private double spare = Double.NaN;

    Normal(long seed) {
        random = new SplitMix64(seed);
    }

    /** {@return the next number} The Box–Muller transform gives two at a time; the second is kept for the next call. */
    double next() {
        if (spare == spare) {
            double ready = spare;
            spare = Double.NaN;
            return ready;
        }
        double radius = Math.sqrt(-2 * StrictMath.log(uniform()));
        double angle = 2 * Math.PI * uniform();
        spare = radius * StrictMath.sin(angle);
        return radius * StrictMath.cos(angle);
    }

    /** {@return a uniformly distributed number in (0, 1], so that its logarithm is finite} */
    private double uniform() {
        return ((random.nextLong() >>> 11) + 1) * 0x1p-53;
    }
}
