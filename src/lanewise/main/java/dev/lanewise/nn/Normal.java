package dev.lanewise.nn;

/** Normally distributed numbers that are the same on every machine and in every later version. */
final class Normal {
    private long state;
    private double spare = Double.NaN;

    Normal(long seed) {
        this.state = seed;
    }

    /** Box–Muller, which makes two at a time. */
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

    /** In (0, 1], so that its logarithm is finite. */
    private double uniform() {
        return ((bits() >>> 11) + 1) * 0x1p-53;
    }

    /** SplitMix64: Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number Generators. */
    private long bits() {
        long z = state += 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
