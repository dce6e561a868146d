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

/** The vector loops of {@link dev.lanewise.optim.Prodigy}: that of its first pass, or that of its update. */
public final class ProdigyKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0),
            G = SPEC.access(1),
            S = SPEC.access(2),
            P0 = SPEC.access(3),
            M = SPEC.access(4),
            V = SPEC.access(5),
            A = SPEC.access(6),
            B = SPEC.access(7);
    private static final boolean PREPARE = SPEC.has("prepare");

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], b1 = c[1], c1 = c[2], b2 = c[3], c2 = c[4];
        float b3 = c[5], c3 = c[6], shrink = c[7], rate = c[8], eps = c[9];
        Object ps = arrays[0], gs = arrays[1], ss = arrays[2], fs = arrays[3], ms = arrays[4], vs = arrays[5];
        Object as = PREPARE ? arrays[6] : null, bs = PREPARE ? arrays[7] : null;
        long p0 = at[0], g0 = at[1], s1 = at[2], f0 = at[3], m0 = at[4], v0 = at[5];
        long a0 = PREPARE ? at[6] : 0, b0 = PREPARE ? at[7] : 0;
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
            FloatVector m = M.load(ms, m0, i), v = V.load(vs, v0, i);
            if (PREPARE) {
                FloatVector g = raw.mul(scale), s = S.load(ss, s1, i).mul(b3).add(g.mul(c3));
                s = s.add(SIGNED_TINY).sub(SIGNED_TINY);
                Access.STORE.invokeExact(A, as, a0, i, g.mul(P0.load(fs, f0, i).sub(p)));
                Access.STORE.invokeExact(
                        M, ms, m0, i, m.mul(b1).add(g.mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY));
                Access.STORE.invokeExact(
                        V, vs, v0, i, v.mul(b2).add(g.mul(g).mul(c2)).add(TINY));
                Access.STORE.invokeExact(S, ss, s1, i, s);
                Access.STORE.invokeExact(B, bs, b0, i, s.abs());
                continue;
            }
            FloatVector next = p.mul(shrink).sub(m.mul(rate).div(v.sqrt().add(eps)));
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
