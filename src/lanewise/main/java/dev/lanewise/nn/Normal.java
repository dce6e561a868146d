package dev.lanewise.nn;

/** Normally distributed numbers that are the same on every machine and in every later version. */
final class Normal {
    private final SplitMix64 random;
    private double spare = Double.NaN;

    Normal(long seed) {
        random = new SplitMix64(seed);
    }

    /** Returns the next number by the Box–Muller transform, which makes two at a time. */
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

    /** Returns a number in (0, 1], so that its logarithm is finite. */
    private double uniform() {
        return ((random.nextLong() >>> 11) + 1) * 0x1p-53;
    }
}
