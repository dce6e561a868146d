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

/** The vector loop of {@link dev.lanewise.optim.Adadelta}. */
public final class AdadeltaKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final boolean DECAYS = !SPEC.has(FusedLoop.UNDECAYED);
    private static final Access P = SPEC.access(0), G = SPEC.access(1), V = SPEC.access(2), U = SPEC.access(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], r = c[2], c1 = c[3], eps = c[4], rate = c[5];
        Object ps = arrays[0], gs = arrays[1], vs = arrays[2], us = arrays[3];
        long p0 = at[0], g0 = at[1], v0 = at[2], u0 = at[3];
        float[] sums = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int s0 = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, sums, GG + s0) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, sums, DD + s0) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, sums, PP + s0) : null;
        IntVector max = STATISTICS
                ? (IntVector) FloatVector.fromArray(SPECIES, sums, MAX + s0).reinterpretShape(INTS, 0)
                : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i), u = U.load(us, u0, i);
            FloatVector g = DECAYS ? raw.mul(scale).add(p.mul(decay)) : raw.mul(scale);
            FloatVector v = V.load(vs, v0, i).mul(r).add(g.mul(g).mul(c1)).add(TINY);
            FloatVector s = u.add(eps).div(v.add(eps)).sqrt().mul(g);
            u = u.mul(r).add(s.mul(s).mul(c1)).add(TINY);
            FloatVector next = p.sub(s.mul(rate));
            Access.STORE.invokeExact(P, ps, p0, i, next);
            Access.STORE.invokeExact(V, vs, v0, i, v);
            Access.STORE.invokeExact(U, us, u0, i, u);
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
