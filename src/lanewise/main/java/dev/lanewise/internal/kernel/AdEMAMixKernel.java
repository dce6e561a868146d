package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
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

/** The vector loop of {@link dev.lanewise.optim.AdEMAMix}. */
public final class AdEMAMixKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0),
            G = SPEC.access(1),
            M = SPEC.access(2),
            N = SPEC.access(3),
            V = SPEC.access(4);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], c1 = c[2], c3 = c[3], b2 = c[4], c2 = c[5];
        float rate = c[6], slow = c[7], root = c[8], eps = c[9];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2], ns = arrays[3], vs = arrays[4];
        long p0 = at[0], g0 = at[1], m0 = at[2], n0 = at[3], v0 = at[4];
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
            FloatVector m = M.load(ms, m0, i), n = N.load(ns, n0, i), v = V.load(vs, v0, i);
            FloatVector g = raw.mul(scale);
            m = m.add(g.sub(m).mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY);
            Access.STORE.invokeExact(M, ms, m0, i, m);
            n = n.add(g.sub(n).mul(c3)).add(SIGNED_TINY).sub(SIGNED_TINY);
            Access.STORE.invokeExact(N, ns, n0, i, n);
            v = v.mul(b2).add(g.mul(g).mul(c2)).add(TINY);
            Access.STORE.invokeExact(V, vs, v0, i, v);
            FloatVector d = v.sqrt().mul(root).add(eps);
            FloatVector next = p.sub(m.mul(rate).add(n.mul(slow)).div(d).add(p.mul(decay)));
            Access.STORE.invokeExact(P, ps, p0, i, next);
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
