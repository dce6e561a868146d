package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MAX;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loop of {@link dev.lanewise.optim.Adamax}. */
public final class AdamaxKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final boolean DECAYS = !SPEC.has(FusedLoop.UNDECAYED);
    private static final Access P = SPEC.access(0), G = SPEC.access(1), M = SPEC.access(2), U = SPEC.access(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4], eps = c[5], rate = c[6];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2], us = arrays[3];
        long p0 = at[0], g0 = at[1], m0 = at[2], u0 = at[3];
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
            FloatVector m =
                    M.load(ms, m0, i).mul(b1).add(g.mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY);
            // Bits of numbers from 0 on are in their order, and NaN is above them. FloatVector.max would take more
            // instructions, because it orders -0 below 0.
            IntVector old = (IntVector) U.load(us, u0, i).mul(b2).abs().reinterpretShape(INTS, 0);
            IntVector bits = (IntVector) g.abs().add(eps).reinterpretShape(INTS, 0);
            FloatVector u = (FloatVector) old.max(bits).reinterpretShape(SPECIES, 0);
            FloatVector next = p.sub(m.mul(rate).div(u));
            Access.STORE.invokeExact(P, ps, p0, i, next);
            Access.STORE.invokeExact(M, ms, m0, i, m);
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
