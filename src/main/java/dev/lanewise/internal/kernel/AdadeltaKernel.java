package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link dev.lanewise.optim.Adadelta}. */
final class AdadeltaKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), V = LINK.lanes(2), U = LINK.lanes(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], decay = c[1], r = c[2], c1 = c[3], eps = c[4], rate = c[5];
        Object ps = arrays[0], gs = arrays[1], vs = arrays[2], us = arrays[3];
        long p0 = at[0], g0 = at[1], v0 = at[2], u0 = at[3];
        for (int i = 0; i < count; i += LANES) {
            FloatVector p = P.load(ps, p0, i), u = U.load(us, u0, i);
            FloatVector g = G.load(gs, g0, i).mul(scale).add(p.mul(decay));
            FloatVector v = V.load(vs, v0, i).mul(r).add(g.mul(g).mul(c1));
            v = v.blend(0, v.compare(LT, TINY));
            FloatVector s = u.add(eps).div(v.add(eps)).sqrt().mul(g);
            u = u.mul(r).add(s.mul(s).mul(c1));
            P.store(ps, p0, i, p.sub(s.mul(rate)));
            V.store(vs, v0, i, v);
            U.store(us, u0, i, u.blend(0, u.compare(LT, TINY)));
        }
    }
}
