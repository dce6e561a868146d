package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.ExpKernel.EXPONENT_BIAS;
import static dev.lanewise.internal.kernel.ExpKernel.FRACTION_BITS;
import static dev.lanewise.internal.kernel.ExpKernel.LN2_HIGH;
import static dev.lanewise.internal.kernel.ExpKernel.LN2_LOW;
import static dev.lanewise.internal.kernel.ExpKernel.LOG2_E;
import static dev.lanewise.internal.kernel.ExpKernel.ROUND;
import static dev.lanewise.internal.kernel.ExpKernel.ROUND_BITS;
import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * This class has the vector loops of {@link dev.lanewise.linalg.Activation}. Each repeats the exponential, because a method with
 * vectors as its arguments might not be inlined. Numbers are limited by a comparison, because {@code FloatVector.min} and
 * {@code max} take more instructions: they order −0 below 0.
 */
public final class ActivationKernel {
    // The scalar definitions use these too. They are compile-time constants, so it does not load this class.

    /** Magnitudes above these give the value of these: tanh is ±1, GELU and SiLU are 0 or x. */
    public static final float TANH_END = 10, GELU_END = 15, SILU_END = 110;

    /** 1 / √2π, rounded. */
    public static final float INV_SQRT_2PI = 0x1.988454p-2f;

    /** The polynomial of GELU in t / (t + 2), ½ e^(t²/2) erfc(t/√2) · (1 + t/2), with a relative error of 2⁻²⁷ for t in [0, 15]. */
    public static final float GELU_0 = 0x1p-1f,
            GELU_1 = -0x1.3108bcp-2f,
            GELU_2 = -0x1.8830eap-4f,
            GELU_3 = 0x1.58af9p-5f,
            GELU_4 = 0x1.d8e30ap-5f,
            GELU_5 = -0x1.149256p-7f,
            GELU_6 = 0x1.cd1f24p-4f,
            GELU_7 = -0x1.3cef8cp-2f,
            GELU_8 = 0x1.ec72cp-2f,
            GELU_9 = -0x1.04467p-1f,
            GELU_10 = 0x1.2c5e0cp-2f,
            GELU_11 = -0x1.134ad4p-4f;

    private ActivationKernel() {}

    /**
     * Computes y = tanh x.
     *
     * @param x the arguments, from {@code x0} on
     * @param y receives the values, from {@code y0} on; may be {@code x} itself
     * @param count the number of floats, a multiple of the lanes of a vector
     */
    public static void tanh(float[] x, int x0, float[] y, int y0, int count) {
        if (count == 0) {
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            FloatVector xs = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, x, x0 + i));
            FloatVector t = xs.abs();
            t = t.blend(TANH_END, t.compare(GT, TANH_END));
            FloatVector a = t.add(t);
            FloatVector shifted = a.mul(LOG2_E).add(ROUND);
            FloatVector n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), a);
            r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(SPECIES, 1 / 5040f);
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 720f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 120f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 24f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 6f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
            p = r.mul(r).fma(p, r);
            IntVector two = ((IntVector) shifted.reinterpretShape(INTS, 0)).sub(ROUND_BITS - EXPONENT_BIAS);
            FloatVector scale = (FloatVector) two.lanewise(LSHL, FRACTION_BITS).reinterpretShape(SPECIES, 0);
            FloatVector e = scale.fma(p, scale.sub(1));
            IntVector sign = ((IntVector) xs.reinterpretShape(INTS, 0)).and(Integer.MIN_VALUE);
            IntVector bits = (IntVector) e.div(e.add(2)).reinterpretShape(INTS, 0);
            FLOAT_TYPE.cast(bits.or(sign).reinterpretShape(SPECIES, 0)).intoArray(y, y0 + i);
        }
    }

    /** Computes y = GELU(x): see {@link #tanh} for the parameters. */
    public static void gelu(float[] x, int x0, float[] y, int y0, int count) {
        if (count == 0) {
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            FloatVector xs = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, x, x0 + i));
            FloatVector t = xs.abs();
            t = t.blend(GELU_END, t.compare(GT, GELU_END));
            FloatVector square = t.mul(t), a = square.mul(-0.5f);
            FloatVector shifted = a.mul(LOG2_E).add(ROUND);
            FloatVector n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), a);
            r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            r = t.fma(t, square.neg()).fma(FloatVector.broadcast(SPECIES, -0.5f), r);
            FloatVector p = FloatVector.broadcast(SPECIES, 1 / 5040f);
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 720f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 120f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 24f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 6f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1));
            FloatVector
                    u =
                            FloatVector.broadcast(SPECIES, 1)
                                    .div(t.fma(
                                            FloatVector.broadcast(SPECIES, 0.5f), FloatVector.broadcast(SPECIES, 1))),
                    v = t.mul(0.5f).mul(u);
            FloatVector s = FloatVector.broadcast(SPECIES, GELU_11);
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_10));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_9));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_8));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_7));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_6));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_5));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_4));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_3));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_2));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_1));
            s = s.fma(v, FloatVector.broadcast(SPECIES, GELU_0));
            IntVector e = ((IntVector) shifted.reinterpretShape(INTS, 0)).sub(ROUND_BITS - 2 * EXPONENT_BIAS);
            IntVector half = e.lanewise(ASHR, 1);
            IntVector rest = e.sub(half).lanewise(LSHL, FRACTION_BITS);
            half = half.lanewise(LSHL, FRACTION_BITS);
            FloatVector tail = p.mul(s.mul(u))
                    .mul(t)
                    .mul((FloatVector) half.reinterpretShape(SPECIES, 0))
                    .mul((FloatVector) rest.reinterpretShape(SPECIES, 0));
            FLOAT_TYPE.cast(xs.blend(0, xs.compare(LE, 0)).sub(tail)).intoArray(y, y0 + i);
        }
    }

    /** Computes y = SiLU(x): see {@link #tanh} for the parameters. */
    public static void silu(float[] x, int x0, float[] y, int y0, int count) {
        if (count == 0) {
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            FloatVector xs = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, x, x0 + i));
            FloatVector a = xs.abs().neg();
            a = a.blend(-SILU_END, a.compare(LT, -SILU_END));
            FloatVector shifted = a.mul(LOG2_E).add(ROUND);
            FloatVector n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), a);
            r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(SPECIES, 1 / 5040f);
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 720f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 120f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 24f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 6f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1));
            IntVector e = ((IntVector) shifted.reinterpretShape(INTS, 0)).sub(ROUND_BITS - 2 * EXPONENT_BIAS);
            IntVector half = e.lanewise(ASHR, 1);
            IntVector rest = e.sub(half).lanewise(LSHL, FRACTION_BITS);
            half = half.lanewise(LSHL, FRACTION_BITS);
            FloatVector q = p.mul((FloatVector) half.reinterpretShape(SPECIES, 0));
            FloatVector last = (FloatVector) rest.reinterpretShape(SPECIES, 0);
            FloatVector d = q.mul(last).add(1);
            FLOAT_TYPE
                    .cast(a.mul(q)
                            .blend(xs, xs.compare(GE, 0))
                            .div(d)
                            .mul(last.blend(FloatVector.broadcast(SPECIES, 1), xs.compare(GE, 0))))
                    .intoArray(y, y0 + i);
        }
    }
}
