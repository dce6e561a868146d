package dev.lanewise.optim;

/** Whole powers by multiplication alone: the same bits everywhere, and unlike {@link StrictMath#pow} without an allocation. */
final class Power {
    private Power() {}

    /** {@code base} to the {@code exponent}, which is not negative. */
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
}
