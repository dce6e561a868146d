package dev.lanewise.linalg;

import static dev.lanewise.internal.kernel.ExpKernel.EXPONENT_BIAS;
import static dev.lanewise.internal.kernel.ExpKernel.FRACTION_BITS;
import static dev.lanewise.internal.kernel.ExpKernel.LN2_HIGH;
import static dev.lanewise.internal.kernel.ExpKernel.LN2_LOW;
import static dev.lanewise.internal.kernel.ExpKernel.LOG2_E;
import static dev.lanewise.internal.kernel.ExpKernel.ROUND;
import static dev.lanewise.internal.kernel.ExpKernel.ROUND_BITS;

/** The parts of eᵃ = 2ⁿ · eʳ with |r| ≤ ½ ln 2, of which {@link Softmax#exp} and the {@link Activation}s are made. */
final class Exp {
    private Exp() {}

    /** {@return n + 1.5 · 2²³ as a float, which has n in its low bits} */
    static float shifted(float a) {
        return a * LOG2_E + ROUND;
    }

    /** {@return r = a − n · ln 2} */
    static float reduced(float a, float shifted) {
        float n = shifted - ROUND;
        return Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, a));
    }

    /** {@return (eʳ − 1 − r) / r²} */
    static float remainder(float r) {
        float p = 1 / 5040f;
        p = Math.fma(p, r, 1 / 720f);
        p = Math.fma(p, r, 1 / 120f);
        p = Math.fma(p, r, 1 / 24f);
        p = Math.fma(p, r, 1 / 6f);
        return Math.fma(p, r, 0.5f);
    }

    /** {@return eʳ} */
    static float polynomial(float r) {
        return Math.fma(Math.fma(remainder(r), r, 1), r, 1);
    }

    /** {@return n} */
    static int exponent(float shifted) {
        return Float.floatToRawIntBits(shifted) - ROUND_BITS;
    }

    /** {@return p · 2ⁿ, for ½ ≤ p < 2 and −150 ≤ n ≤ 128} At both ends there are two factors, since 2ⁿ is no normal float. */
    static float scaled(float p, int n) {
        if (n >= -126 && n <= 127) {
            return p * powerOfTwo(n);
        }
        int half = n >> 1;
        return p * powerOfTwo(half) * powerOfTwo(n - half);
    }

    /** {@return 2ⁿ, for −126 ≤ n ≤ 127} */
    static float powerOfTwo(int n) {
        return Float.intBitsToFloat(n + EXPONENT_BIAS << FRACTION_BITS);
    }
}
