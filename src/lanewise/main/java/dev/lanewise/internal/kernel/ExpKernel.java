package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loops of {@link dev.lanewise.linalg.Softmax}: of its {@code exp}, and the greatest of a row. */
public final class ExpKernel {
    private ExpKernel() {}

    /**
     * Replaces floats by their exponentials.
     *
     * @param x the floats, from {@code from} on
     * @param count how many, a multiple of the lanes
     */
    public static void run(float[] x, int from, int count) {
        for (int i = from; i < from + count; i += LANES) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, i).min(89).max(-104);
            FloatVector shifted = a.mul(0x1.715476p0f).add(0x1.8p23f);
            FloatVector n = shifted.sub(0x1.8p23f);
            FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -0x1.62e4p-1f), a);
            r = n.fma(FloatVector.broadcast(SPECIES, -0x1.7f7d1cp-20f), r);
            FloatVector p = FloatVector.broadcast(SPECIES, 1 / 5040f);
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 720f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 120f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 24f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1 / 6f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1));
            p = p.fma(r, FloatVector.broadcast(SPECIES, 1));
            IntVector e = shifted.reinterpretAsInts().sub(0x4B400000);
            IntVector half = e.lanewise(ASHR, 1);
            IntVector rest = e.sub(half);
            p.mul(half.add(127).lanewise(LSHL, 23).reinterpretAsFloats())
                    .mul(rest.add(127).lanewise(LSHL, 23).reinterpretAsFloats())
                    .intoArray(x, i);
        }
    }

    /**
     * The greatest of some floats as {@link Math#max(float, float)} has it: NaN if one is.
     *
     * @param x the floats, from {@code from} on
     * @param count how many, a multiple of the lanes, at least one vector
     */
    public static float max(float[] x, int from, int count) {
        FloatVector max = FloatVector.fromArray(SPECIES, x, from);
        for (int i = from + LANES; i < from + count; i += LANES) {
            max = max.max(FloatVector.fromArray(SPECIES, x, i));
        }
        return max.reduceLanes(MAX);
    }
}
