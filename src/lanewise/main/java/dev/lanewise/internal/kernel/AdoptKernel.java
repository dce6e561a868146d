package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MAX;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loop of {@link dev.lanewise.optim.Adopt}. */
public final class AdoptKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final boolean DECAYS = !SPEC.has(FusedLoop.UNDECAYED);
    private static final Access P = SPEC.access(0), G = SPEC.access(1), M = SPEC.access(2), V = SPEC.access(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5];
        float rate = c[6], eps = c[7], clip = c[8], fade = c[9];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2], vs = arrays[3];
        long p0 = at[0], g0 = at[1], m0 = at[2], v0 = at[3];
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
            FloatVector g = DECAYS ? raw.mul(scale).add(p.mul(decay)) : raw.mul(scale);
            FloatVector v = V.load(vs, v0, i), d = v.sqrt();
            // FloatVector.max and min would take more instructions, because they order -0 below 0.
            FloatVector u = g.div(d.blend(eps, d.compare(LT, eps)));
            u = u.blend(clip, u.compare(GT, clip)).blend(-clip, u.compare(LT, -clip));
            FloatVector m =
                    M.load(ms, m0, i).mul(b1).add(u.mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY);
            FloatVector next = p.sub(m.mul(rate).add(p.mul(fade)));
            Access.STORE.invokeExact(P, ps, p0, i, next);
            Access.STORE.invokeExact(M, ms, m0, i, m);
            Access.STORE.invokeExact(
                    V, vs, v0, i, v.mul(b2).add(g.mul(g).mul(c2)).add(TINY));
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
