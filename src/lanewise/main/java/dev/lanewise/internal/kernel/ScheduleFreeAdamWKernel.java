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

/** The vector loop of {@link dev.lanewise.optim.ScheduleFreeAdamW}. */
public final class ScheduleFreeAdamWKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final boolean DECAYS = !SPEC.has(FusedLoop.UNDECAYED);
    private static final Access P = SPEC.access(0),
            G = SPEC.access(1),
            Z = SPEC.access(2),
            V = SPEC.access(3),
            M = SPEC.access(4);
    private static final boolean INNER = SPEC.has("innerMomentum");

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], weight = c[2], near = c[3], rate = c[4], b2 = c[5];
        float c2 = c[6], root = c[7], eps = c[8], b1 = c[9], c1 = c[10];
        Object ps = arrays[0], gs = arrays[1], zs = arrays[2], vs = arrays[3], ms = INNER ? arrays[4] : null;
        long p0 = at[0], g0 = at[1], z0 = at[2], v0 = at[3], m0 = INNER ? at[4] : 0;
        float[] sums = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int s0 = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, sums, GG + s0) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, sums, DD + s0) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, sums, PP + s0) : null;
        IntVector max = STATISTICS
                ? (IntVector) FloatVector.fromArray(SPECIES, sums, MAX + s0).reinterpretShape(INTS, 0)
                : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i), z = Z.load(zs, z0, i);
            FloatVector g = raw.mul(scale), v = V.load(vs, v0, i);
            v = v.mul(b2).add(g.mul(g).mul(c2)).add(TINY);
            FloatVector d = v.sqrt().mul(root).add(eps), m = g;
            if (INNER) {
                m = M.load(ms, m0, i).mul(b1).add(g.mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY);
                Access.STORE.invokeExact(M, ms, m0, i, m);
            }
            FloatVector u = DECAYS ? m.div(d).add(p.mul(decay)) : m.div(d);
            FloatVector next = p.add(z.sub(p).mul(weight)).sub(u.mul(near));
            Access.STORE.invokeExact(P, ps, p0, i, next);
            Access.STORE.invokeExact(Z, zs, z0, i, z.sub(u.mul(rate)));
            Access.STORE.invokeExact(V, vs, v0, i, v);
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
