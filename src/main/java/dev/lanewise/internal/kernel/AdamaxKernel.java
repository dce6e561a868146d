package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The vector loop of {@link dev.lanewise.optim.Adamax}. */
final class AdamaxKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), M = LINK.lanes(2), U = LINK.lanes(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4], eps = c[5], rate = c[6];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2], us = arrays[3];
        long p0 = at[0], g0 = at[1], m0 = at[2], u0 = at[3];
        for (int i = 0; i < count; i += LANES) {
            FloatVector p = P.load(ps, p0, i);
            FloatVector g = G.load(gs, g0, i).mul(scale).add(p.mul(decay));
            FloatVector m = M.load(ms, m0, i).mul(b1).add(g.mul(c1));
            FloatVector u = U.load(us, u0, i).mul(b2).max(g.abs().add(eps));
            VectorMask<Float> tiny = u.compare(LT, TINY);
            m = m.blend(0, m.abs().compare(LT, TINY));
            P.store(ps, p0, i, p.sub(m.mul(rate).div(u.blend(TINY, tiny))));
            M.store(ms, m0, i, m);
            U.store(us, u0, i, u.blend(0, tiny));
        }
    }
}
