package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link dev.lanewise.optim.Lion}. */
final class LionKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), M = LINK.lanes(2);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], shrink = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], rate = c[6];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2];
        long p0 = at[0], g0 = at[1], m0 = at[2];
        for (int i = 0; i < count; i += LANES) {
            FloatVector g = G.load(gs, g0, i).mul(scale), m = M.load(ms, m0, i);
            FloatVector k = m.mul(b1).add(g.mul(c1));
            m = m.mul(b2).add(g.mul(c2));
            FloatVector sign = k.add(0).blend(1, k.compare(GT, 0)).blend(-1, k.compare(LT, 0));
            P.store(ps, p0, i, P.load(ps, p0, i).mul(shrink).sub(sign.mul(rate)));
            M.store(ms, m0, i, m.blend(0, m.abs().compare(LT, TINY)));
        }
    }
}
