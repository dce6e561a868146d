package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** This class has the vector loops of {@link dev.lanewise.linalg.Softmax}: {@code exp}, and the largest logit of a row. */
public final class ExpKernel {
    // The scalar definition of exp uses these too. They are compile-time constants, so it does not load this class.

    /** Arguments are at least this. Below it eˣ is 0; from it on both factors of 2ⁿ are normal floats. */
    public static final float MIN_ARGUMENT = -104;

    /** From this argument on eˣ is so far from the least normal float that its exponent is the sum of those of 2ⁿ and eʳ. */
    private static final float NEAR = -86;

    /** log₂ e, rounded. */
    public static final float LOG2_E = 0x1.715476p0f;

    /** ln 2 is split into two floats. The high one has so few significant bits that n times it is exact. */
    public static final float LN2_HIGH = 0x1.62e4p-1f, LN2_LOW = 0x1.7f7d1cp-20f;

    /** Adding 1.5 · 2²³ to a float rounds it to an integer, which is then in the low bits of the sum. */
    public static final float ROUND = 0x1.8p23f;

    /** The bits of {@link #ROUND}. */
    public static final int ROUND_BITS = 0x4B400000;

    /** A float stores its exponent plus this bias, to the left of this many bits of fraction. */
    public static final int EXPONENT_BIAS = 127, FRACTION_BITS = 23;

    private ExpKernel() {}

    /**
     * Replaces floats by their exponentials, up to the first vector that has a float below −86 or NaN, for which {@link #run} is.
     *
     * @param x the floats, from {@code from} on; none may be above 0
     * @param count the number of floats, a multiple of the lanes of a vector
     * @return the number of floats that have been replaced
     */
    public static int runNear(float[] x, int from, int count) {
        if (count == 0) {
            return 0;
        }
        int i = from;
        for (; i < from + count; i += LANES) {
            FloatVector a = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, x, i));
            if (!a.compare(GE, NEAR).allTrue()) {
                break;
            }
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
            // The bits of ROUND to the left of n are shifted out.
            IntVector n23 = ((IntVector) shifted.reinterpretShape(INTS, 0)).lanewise(LSHL, FRACTION_BITS);
            IntVector bits = n23.add((IntVector) p.reinterpretShape(INTS, 0));
            FLOAT_TYPE.cast(bits.reinterpretShape(SPECIES, 0)).intoArray(x, i);
        }
        return i - from;
    }

    /**
     * Replaces floats by their exponentials.
     *
     * @param x the floats, from {@code from} on; none may be above 0
     * @param count the number of floats, a multiple of the lanes of a vector
     */
    public static void run(float[] x, int from, int count) {
        if (count == 0) {
            return;
        }
        for (int i = from; i < from + count; i += LANES) {
            FloatVector a = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, x, i));
            // FloatVector.max would take more instructions, because it orders -0 below 0.
            a = a.blend(MIN_ARGUMENT, a.compare(LT, MIN_ARGUMENT));
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
            // The sum of both biased exponents of the factors of 2ⁿ.
            IntVector e = ((IntVector) shifted.reinterpretShape(INTS, 0)).sub(ROUND_BITS - 2 * EXPONENT_BIAS);
            IntVector half = e.lanewise(ASHR, 1);
            IntVector rest = e.sub(half).lanewise(LSHL, FRACTION_BITS);
            half = half.lanewise(LSHL, FRACTION_BITS);
            p = p.mul((FloatVector) half.reinterpretShape(SPECIES, 0))
                    .mul((FloatVector) rest.reinterpretShape(SPECIES, 0));
            FLOAT_TYPE.cast(p).intoArray(x, i);
        }
    }

    /**
     * {@return the largest of some floats; some float if one is NaN, either zero if both are}
     *
     * @param x the floats, from {@code from} on
     * @param count the number of floats, a positive multiple of the lanes of a vector
     */
    public static float max(float[] x, int from, int count) {
        if (count == 0) {
            return Float.NEGATIVE_INFINITY;
        }
        // FloatVector.max would take more instructions. Four maxima, because one would be bound by the latency of its
        // blend.
        FloatVector max = FloatVector.fromArray(SPECIES, x, from), b = max, c = max, d = max;
        int i = from + LANES, end = from + count;
        for (; i <= end - 4 * LANES; i += 4 * LANES) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, x, i), v1 = FloatVector.fromArray(SPECIES, x, i + LANES);
            FloatVector v2 = FloatVector.fromArray(SPECIES, x, i + 2 * LANES),
                    v3 = FloatVector.fromArray(SPECIES, x, i + 3 * LANES);
            max = FLOAT_TYPE.cast(max).blend(v0, v0.compare(GT, max));
            b = FLOAT_TYPE.cast(b).blend(v1, v1.compare(GT, b));
            c = FLOAT_TYPE.cast(c).blend(v2, v2.compare(GT, c));
            d = FLOAT_TYPE.cast(d).blend(v3, v3.compare(GT, d));
        }
        for (; i < end; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, i);
            max = FLOAT_TYPE.cast(max).blend(v, v.compare(GT, max));
        }
        return FLOAT_TYPE.cast(max).max(b).max(FLOAT_TYPE.cast(c).max(d)).reduceLanes(MAX);
    }
}
