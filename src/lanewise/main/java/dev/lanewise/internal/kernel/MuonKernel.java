package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MAX;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loops of {@link dev.lanewise.optim.Muon}: that of its first pass, or that of its update. */
public final class MuonKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0), G = SPEC.access(1), B = SPEC.access(2), U = SPEC.access(3);
    private static final boolean PREPARE = SPEC.has("prepare"), NESTEROV = SPEC.has("nesterov");

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], mu = c[1], fresh = c[2], flush = c[3], shrink = c[4], rate = c[5];
        Object ps = arrays[0], gs = arrays[1], bs = arrays[2], us = arrays[3];
        long p0 = at[0], g0 = at[1], b0 = at[2], u0 = at[3];
        float[] sums = STATISTICS ? (float[]) arrays[4] : null;
        int s0 = STATISTICS ? (int) at[4] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, sums, GG + s0) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, sums, DD + s0) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, sums, PP + s0) : null;
        IntVector max = STATISTICS
                ? (IntVector) FloatVector.fromArray(SPECIES, sums, MAX + s0).reinterpretShape(INTS, 0)
                : null;
        for (int i = 0; i < count; i += STEP) {
            if (PREPARE) {
                FloatVector g = G.load(gs, g0, i).mul(scale).mul(fresh);
                FloatVector b = B.load(bs, b0, i).mul(mu).add(g).add(TINY).sub(TINY);
                Access.STORE.invokeExact(B, bs, b0, i, b);
                Access.STORE.invokeExact(
                        U,
                        us,
                        u0,
                        i,
                        (NESTEROV ? b.mul(mu).add(g) : b).add(flush).sub(flush));
            } else {
                FloatVector p = P.load(ps, p0, i);
                FloatVector next = p.mul(shrink).sub(U.load(us, u0, i).mul(rate));
                Access.STORE.invokeExact(P, ps, p0, i, next);
                if (STATISTICS) {
                    FloatVector raw = G.load(gs, g0, i), change = next.sub(p), square = change.mul(change);
                    gg = Vectors.FLOAT_TYPE.cast(gg).add(raw.mul(raw));
                    dd = Vectors.FLOAT_TYPE.cast(dd).add(square);
                    pp = Vectors.FLOAT_TYPE.cast(pp).add(p.mul(p));
                    max = Vectors.INT_TYPE.cast(max).max((IntVector) square.reinterpretShape(INTS, 0));
                }
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
