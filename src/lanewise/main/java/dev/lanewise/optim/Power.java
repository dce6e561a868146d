package dev.lanewise.optim;

/** Computes whole powers by multiplication, with the same bits everywhere; {@link StrictMath#pow} would allocate. */
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
}
