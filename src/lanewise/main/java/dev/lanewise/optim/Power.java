package dev.lanewise.optim;

/** Computes powers with the same bits everywhere, whole ones by multiplication; {@link StrictMath#pow} would allocate. */
final class Power {
    private Power() {}

    /** {@return {@code base} to the {@code exponent}, which is not negative} */
    static double of(double base, long exponent) {
        double result = 1;
        double square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                result *= square;
            }
            square *= square;
        }
        return result;
    }

    /**
     * {@return 1 − {@code decay} to the power {@code steps}} A moving average of that decay, which starts at 0, is too small by
     * this factor. From e⁻⁵⁰ down the power is less than half an ulp of 1 and is not computed; the bits are those of the
     * difference all the same.
     */
    static double biasCorrection(double decay, long steps) {
        return steps * (1 - decay) > 50 ? 1 : 1 - of(decay, steps);
    }

    /** {@return {@code base}, which is not negative, to the {@code exponent}, which is not negative} */
    static double of(double base, double exponent) {
        if (exponent == Math.rint(exponent) && exponent < Long.MAX_VALUE) {
            return of(base, (long) exponent);
        }
        return base == 0 ? 0 : StrictMath.exp(exponent * StrictMath.log(base));
    }
}
