package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNLESS;
import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MAX;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loops of {@link dev.lanewise.optim.Lion}: that of its update, or the terms of its sum. */
public final class LionKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0), G = SPEC.access(1), M = SPEC.access(2);
    private static final boolean PREPARE = SPEC.has("prepare"),
            CAUTIOUS = SPEC.has("cautious") || SPEC.has("cautiousRescaled"),
            CAUTIOUS_DECAY = SPEC.has("cautiousDecay");

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], shrink = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], rate = c[6];
        float unit = CAUTIOUS ? 1 : rate;
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2];
        long p0 = at[0], g0 = at[1], m0 = at[2];
        float[] sums = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int s0 = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, sums, GG + s0) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, sums, DD + s0) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, sums, PP + s0) : null;
        IntVector max = STATISTICS
                ? (IntVector) FloatVector.fromArray(SPECIES, sums, MAX + s0).reinterpretShape(INTS, 0)
                : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            FloatVector g = raw.mul(scale), m = M.load(ms, m0, i), zero = FloatVector.zero(SPECIES);
            FloatVector k = m.mul(b1).add(g.mul(c1)).add(SIGNLESS).sub(SIGNLESS);
            FloatVector move = k.blend(unit, k.compare(GT, 0)).blend(-unit, k.compare(LT, 0));
            if (PREPARE) {
                FloatVector agrees = zero.blend(1, move.mul(g).compare(GT, zero));
                Access.STORE.invokeExact(Access.ARRAY, arrays[3], at[3], i, agrees);
                continue;
            }
            m = m.mul(b2).add(g.mul(c2)).add(TINY).sub(TINY);
            move = CAUTIOUS ? move.blend(zero, move.mul(g).compare(LE, zero)).mul(rate) : move;
            FloatVector kept = p.mul(shrink);
            kept = CAUTIOUS_DECAY ? kept.blend(p, move.mul(p).compare(LT, zero)) : kept;
            FloatVector next = kept.sub(move);
            Access.STORE.invokeExact(P, ps, p0, i, next);
            Access.STORE.invokeExact(M, ms, m0, i, m);
            if (STATISTICS) {
                FloatVector change = next.sub(p), square = change.mul(change);
                gg = Vectors.FLOAT_TYPE.cast(gg).add(raw.mul(raw));
                dd = Vectors.FLOAT_TYPE.cast(dd).add(square);
                pp = Vectors.FLOAT_TYPE.cast(pp).add(p.mul(p));
                max = Vectors.INT_TYPE.cast(max).max((IntVector) square.reinterpretShape(INTS, 0));
            }
        }
        if (STATISTICS) {
            Vectors.FLOAT_TYPE.cast(gg).intoArray(sums, GG + s0);
            Vectors.FLOAT_TYPE.cast(dd).intoArray(sums, DD + s0);
            Vectors.FLOAT_TYPE.cast(pp).intoArray(sums, PP + s0);
            Vectors.FLOAT_TYPE.cast(max.reinterpretShape(SPECIES, 0)).intoArray(sums, MAX + s0);
        }
    }
}
