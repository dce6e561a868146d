package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loops of {@link dev.lanewise.linalg.Softmax}: its {@code exp}, and the greatest logit of a row. */
public final class ExpKernel {
    // Both definitions of exp use these. They are compile-time constants, so the scalar one does not load this class.

    /** Beyond these bounds the result is 0 and ∞ anyway; between them n fits the two powers of two that 2ⁿ is made of. */
    public static final float MIN_ARGUMENT = -104, MAX_ARGUMENT = 89;

    /** log₂ e, rounded. */
    public static final float LOG2_E = 0x1.715476p0f;

    /** ln 2 in two parts, the first of so few bits that its multiples are exact. */
    public static final float LN2_HIGH = 0x1.62e4p-1f, LN2_LOW = 0x1.7f7d1cp-20f;

    /** 1.5 · 2²³: a float to which it is added is rounded to an integer, in the low bits of the sum. */
    public static final float ROUND = 0x1.8p23f;

    /** The bits of {@link #ROUND}. */
    public static final int ROUND_BITS = 0x4B400000;

    /** What is added to the exponent of a float, and the bits of the fraction to its right. */
    public static final int EXPONENT_BIAS = 127, FRACTION_BITS = 23;

    private ExpKernel() {}

    /**
     * Replaces floats by their exponentials.
     *
     * @param x the floats, from {@code from} on
     * @param count how many, a multiple of the floats in a vector
     */
    public static void run(float[] x, int from, int count) {
        for (int i = from; i < from + count; i += LANES) {
            FloatVector a =
                    FloatVector.fromArray(SPECIES, x, i).min(MAX_ARGUMENT).max(MIN_ARGUMENT);
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
            IntVector e = shifted.reinterpretAsInts().sub(ROUND_BITS);
            IntVector half = e.lanewise(ASHR, 1);
            IntVector rest = e.sub(half);
            p.mul(half.add(EXPONENT_BIAS).lanewise(LSHL, FRACTION_BITS).reinterpretAsFloats())
                    .mul(rest.add(EXPONENT_BIAS).lanewise(LSHL, FRACTION_BITS).reinterpretAsFloats())
                    .intoArray(x, i);
        }
    }

    /**
     * {@return the greatest of some floats as {@link Math#max(float, float)} has it: NaN if one is}
     *
     * @param x the floats, from {@code from} on
     * @param count how many, a multiple of the floats in a vector, at least one vector
     */
    public static float max(float[] x, int from, int count) {
        FloatVector max = FloatVector.fromArray(SPECIES, x, from);
        for (int i = from + LANES; i < from + count; i += LANES) {
            max = max.max(FloatVector.fromArray(SPECIES, x, i));
        }
        return max.reduceLanes(MAX);
    }
}
