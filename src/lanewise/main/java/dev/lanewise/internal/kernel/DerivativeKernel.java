package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.ActivationKernel.GELU_0;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_1;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_10;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_11;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_2;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_3;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_4;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_5;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_6;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_7;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_8;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_9;
import static dev.lanewise.internal.kernel.ActivationKernel.GELU_END;
import static dev.lanewise.internal.kernel.ActivationKernel.INV_SQRT_2PI;
import static dev.lanewise.internal.kernel.ActivationKernel.SILU_END;
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
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** This class has the vector loops of the derivatives of {@link dev.lanewise.linalg.Activation}. */
public final class DerivativeKernel {
    private DerivativeKernel() {}

    /**
     * Multiplies gradients by tanh′ = 1 − y².
     *
     * @param y the values of tanh, from {@code y0} on
     * @param g the gradients with respect to them, from {@code g0} on; receives those with respect to the arguments
     * @param count the number of floats, a multiple of the lanes of a vector
     */
    public static void tanh(float[] y, int y0, float[] g, int g0, int count) {
        if (count == 0) {
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            FloatVector ys = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, y, y0 + i));
            FloatVector slope = ys.neg().fma(ys, FloatVector.broadcast(SPECIES, 1));
            FLOAT_TYPE
                    .cast(FloatVector.fromArray(SPECIES, g, g0 + i).mul(slope))
                    .intoArray(g, g0 + i);
        }
    }

    /** Multiplies gradients by GELU′(x): see {@link #tanh} for the parameters; {@code x} has the arguments. */
    public static void gelu(float[] x, int x0, float[] g, int g0, int count) {
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
            FloatVector tail = p.mul(t.fma(FloatVector.broadcast(SPECIES, -INV_SQRT_2PI), s.mul(u)))
                    .mul((FloatVector) half.reinterpretShape(SPECIES, 0))
                    .mul((FloatVector) rest.reinterpretShape(SPECIES, 0));
            FloatVector slope = tail.blend(FloatVector.broadcast(SPECIES, 1).sub(tail), xs.compare(GT, 0));
            FLOAT_TYPE
                    .cast(FloatVector.fromArray(SPECIES, g, g0 + i).mul(slope))
                    .intoArray(g, g0 + i);
        }
    }

    /** Multiplies gradients by SiLU′(x): see {@link #tanh} for the parameters; {@code x} has the arguments. */
    public static void silu(float[] x, int x0, float[] g, int g0, int count) {
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
            IntVector n2 = ((IntVector) shifted.reinterpretShape(INTS, 0)).sub(ROUND_BITS - 2 * EXPONENT_BIAS);
            IntVector half = n2.lanewise(ASHR, 1);
            IntVector rest = n2.sub(half).lanewise(LSHL, FRACTION_BITS);
            half = half.lanewise(LSHL, FRACTION_BITS);
            FloatVector e = p.mul((FloatVector) half.reinterpretShape(SPECIES, 0))
                    .mul((FloatVector) rest.reinterpretShape(SPECIES, 0));
            FloatVector w = FloatVector.broadcast(SPECIES, 1).div(e.add(1));
            FloatVector tail = e.mul(w).mul(a.fma(w, FloatVector.broadcast(SPECIES, 1)));
            FloatVector slope = tail.blend(FloatVector.broadcast(SPECIES, 1).sub(tail), xs.compare(GE, 0));
            FLOAT_TYPE
                    .cast(FloatVector.fromArray(SPECIES, g, g0 + i).mul(slope))
                    .intoArray(g, g0 + i);
        }
    }
}
