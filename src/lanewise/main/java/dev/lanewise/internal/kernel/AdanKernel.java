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

/** The vector loop of {@link dev.lanewise.optim.Adan}. */
public final class AdanKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0),
            G = SPEC.access(1),
            M = SPEC.access(2),
            W = SPEC.access(3),
            V = SPEC.access(4),
            Q = SPEC.access(5);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], shrink = c[1], c1 = c[2], c2 = c[3], ahead = c[4];
        float b3 = c[5], c3 = c[6], rate = c[7], turn = c[8], eps = c[9];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2], ws = arrays[3], vs = arrays[4], qs = arrays[5];
        long p0 = at[0], g0 = at[1], m0 = at[2], w0 = at[3], v0 = at[4], q0 = at[5];
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
            FloatVector m = M.load(ms, m0, i), w = W.load(ws, w0, i), v = V.load(vs, v0, i), q = Q.load(qs, q0, i);
            FloatVector n = raw.mul(scale), d = q.sub(n);
            Access.STORE.invokeExact(Q, qs, q0, i, n);
            m = m.sub(m.add(n).mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY);
            Access.STORE.invokeExact(M, ms, m0, i, m);
            w = w.sub(w.sub(d).mul(c2)).add(SIGNED_TINY).sub(SIGNED_TINY);
            Access.STORE.invokeExact(W, ws, w0, i, w);
            FloatVector e = d.mul(ahead).sub(n);
            v = v.mul(b3).add(e.mul(e).mul(c3)).add(TINY);
            Access.STORE.invokeExact(V, vs, v0, i, v);
            FloatVector next =
                    p.mul(shrink).sub(m.mul(rate).add(w.mul(turn)).div(v.sqrt().add(eps)));
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
