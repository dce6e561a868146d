package dev.lanewise.linalg;

import static dev.lanewise.internal.kernel.ActivationKernel.GELU_END;
import static dev.lanewise.internal.kernel.ActivationKernel.INV_SQRT_2PI;
import static dev.lanewise.internal.kernel.ActivationKernel.SILU_END;
import static dev.lanewise.internal.kernel.ActivationKernel.TANH_END;

import dev.lanewise.internal.kernel.ActivationKernel;

/**
 * The function between two layers of a network, and its derivative, with the same bits on every machine: polynomials and quotients
 * of exact operations, without the JVM's or the C library's functions.
 *
 * <p>The errors are the largest against double over all floats with magnitudes from 2⁻¹⁵ to 128 and a sample of the others, in
 * units in the last place (ulp) of the exact value rounded to a float; those of derivatives are absolute, because a derivative may
 * be 0 between two floats. NaN gives NaN.
 *
 * <table>
 * <caption>Functions</caption>
 * <tr><th>name</th><th>y = f(x)</th><th>f′</th><th>error of f</th><th>error of f′</th><th>−∞, +∞</th></tr>
 * <tr><td>{@link #NONE}</td><td>x</td><td>1</td><td>0</td><td>0</td><td>−∞, +∞</td></tr>
 * <tr><td>{@link #RELU}</td><td>max(x, 0)</td><td>1 where y &gt; 0, else 0</td><td>0</td><td>0</td><td>0, +∞</td></tr>
 * <tr><td>{@link #TANH}</td><td>tanh x</td><td>1 − y²</td><td>2.5 ulp</td><td>1.8 · 10⁻⁷</td><td>−1, 1</td></tr>
 * <tr><td>{@link #GELU}</td><td>x · Φ(x)</td><td>Φ(x) + x · φ(x)</td><td>5.3 ulp</td><td>1.4 · 10⁻⁷</td><td>0, +∞</td></tr>
 * <tr><td>{@link #SILU}</td><td>x · σ(x)</td><td>σ(x) · (1 + x · (1 − σ(x)))</td><td>3.4 ulp</td><td>1.2 · 10⁻⁷</td><td>−0, +∞</td></tr>
 * </table>
 *
 * <p>Φ and φ are the distribution and the density of the standard normal, σ(x) = 1 / (1 + e⁻ˣ). GELU and SiLU of −∞ are their limits;
 * PyTorch's are NaN.
 */
public enum Activation {
    /** The identity, with which all layers together are linear. */
    NONE,

    /** The rectified linear unit. Its derivative at 0 is 0, as in PyTorch. */
    RELU,

    /** The hyperbolic tangent: with e = e²ˣ − 1, which is 2ⁿ · (eʳ − 1) + (2ⁿ − 1), it is e / (e + 2). */
    TANH,

    /**
     * The Gaussian error linear unit in its exact form with Φ, which is PyTorch's default, and not the approximation by tanh.
     * Φ(−t) = e^(−t²/2) · u · s(1 − u) with u = 1 / (1 + t/2) and a polynomial s of degree 11, so that values far below 0 have small
     * relative errors too, which ½ (1 + erf(x / √2)) has not.
     *
     * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel 2016, Gaussian Error Linear Units</a>
     */
    GELU,

    /**
     * The sigmoid linear unit, also named swish.
     *
     * @see <a href="https://arxiv.org/abs/1702.03118">Elfwing et al. 2017, Sigmoid-Weighted Linear Units</a>
     */
    SILU;

    /**
     * {@return whether the derivative is computed from the argument x} Otherwise it follows from the value y, so that a network
     * need not keep x.
     */
    public boolean needsArgument() {
        return this == GELU || this == SILU;
    }

    /**
     * {@return f(x)}
     *
     * @param x any float
     */
    public float value(float x) {
        return switch (this) {
            case NONE -> x;
            case RELU -> Math.max(x, 0);
            case TANH -> tanh(x);
            case GELU -> gelu(x);
            case SILU -> silu(x);
        };
    }

    /**
     * {@return f′, from what {@link #needsArgument} tells}
     *
     * @param kept the argument x of GELU and SiLU; the value y of the others
     */
    public float derivative(float kept) {
        return switch (this) {
            case NONE -> 1;
            case RELU -> kept > 0 ? 1 : 0;
            case TANH -> tanhDerivative(kept);
            case GELU -> geluDerivative(kept);
            case SILU -> siluDerivative(kept);
        };
    }

    static float tanh(float x) {
        float t = Math.abs(x);
        t = t > TANH_END ? TANH_END : t;
        float a = t + t, shifted = Exp.shifted(a), r = Exp.reduced(a, shifted);
        float two = Exp.powerOfTwo(Exp.exponent(shifted));
        float e = Math.fma(two, Math.fma(r * r, Exp.remainder(r), r), two - 1);
        return Math.copySign(e / (e + 2), x);
    }

    static float tanhDerivative(float y) {
        return Math.fma(-y, y, 1);
    }

    static float gelu(float x) {
        float t = Math.abs(x);
        t = t > GELU_END ? GELU_END : t;
        float square = t * t, a = square * -0.5f, shifted = Exp.shifted(a);
        // What t · t has lost to rounding is subtracted from the reduced argument.
        float r = Math.fma(Math.fma(t, t, -square), -0.5f, Exp.reduced(a, shifted));
        int n = Exp.exponent(shifted), half = n >> 1;
        float tail = Exp.polynomial(r) * mills(t) * t;
        return Math.max(x, 0) - tail * Exp.powerOfTwo(half) * Exp.powerOfTwo(n - half);
    }

    static float geluDerivative(float x) {
        float t = Math.abs(x);
        t = t > GELU_END ? GELU_END : t;
        float square = t * t, a = square * -0.5f, shifted = Exp.shifted(a);
        float r = Math.fma(Math.fma(t, t, -square), -0.5f, Exp.reduced(a, shifted));
        int n = Exp.exponent(shifted), half = n >> 1;
        float tail = Exp.polynomial(r) * Math.fma(t, -INV_SQRT_2PI, mills(t));
        tail = tail * Exp.powerOfTwo(half) * Exp.powerOfTwo(n - half);
        return x > 0 ? 1 - tail : tail;
    }

    /** {@return Φ(−t) · e^(t²/2), which is Mills's ratio over √2π} */
    private static float mills(float t) {
        float u = 1 / Math.fma(t, 0.5f, 1), v = t * 0.5f * u, s = ActivationKernel.GELU_11;
        s = Math.fma(s, v, ActivationKernel.GELU_10);
        s = Math.fma(s, v, ActivationKernel.GELU_9);
        s = Math.fma(s, v, ActivationKernel.GELU_8);
        s = Math.fma(s, v, ActivationKernel.GELU_7);
        s = Math.fma(s, v, ActivationKernel.GELU_6);
        s = Math.fma(s, v, ActivationKernel.GELU_5);
        s = Math.fma(s, v, ActivationKernel.GELU_4);
        s = Math.fma(s, v, ActivationKernel.GELU_3);
        s = Math.fma(s, v, ActivationKernel.GELU_2);
        s = Math.fma(s, v, ActivationKernel.GELU_1);
        s = Math.fma(s, v, ActivationKernel.GELU_0);
        return s * u;
    }

    static float silu(float x) {
        float t = Math.abs(x);
        t = t > SILU_END ? SILU_END : t;
        float shifted = Exp.shifted(-t), p = Exp.polynomial(Exp.reduced(-t, shifted));
        int n = Exp.exponent(shifted), half = n >> 1;
        float q = p * Exp.powerOfTwo(half), rest = Exp.powerOfTwo(n - half), d = q * rest + 1;
        // The last factor is multiplied last, so that x · eˣ is rounded once where it is subnormal.
        return x >= 0 ? x / d : -t * q / d * rest;
    }

    static float siluDerivative(float x) {
        float t = Math.abs(x);
        t = t > SILU_END ? SILU_END : t;
        float shifted = Exp.shifted(-t), p = Exp.polynomial(Exp.reduced(-t, shifted));
        int n = Exp.exponent(shifted), half = n >> 1;
        float e = p * Exp.powerOfTwo(half) * Exp.powerOfTwo(n - half), w = 1 / (e + 1);
        float tail = e * w * Math.fma(-t, w, 1);
        return x >= 0 ? 1 - tail : tail;
    }
}
