package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link dev.lanewise.optim.RmsProp}. */
final class RmsPropKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final boolean MOMENTUM = LINK.has("momentum"), CENTERED = LINK.has("centered");
    private static final int BUFFER = MOMENTUM ? 3 : 2, AVERAGE = CENTERED ? BUFFER + 1 : 2;
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), V = LINK.lanes(2);
    private static final Lanes B = LINK.lanes(BUFFER), A = LINK.lanes(AVERAGE);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], decay = c[1], a1 = c[2], c1 = c[3], eps = c[4], mu = c[5], rate = c[6];
        Object ps = arrays[0], gs = arrays[1], vs = arrays[2], bs = arrays[BUFFER], as = arrays[AVERAGE];
        long p0 = at[0], g0 = at[1], v0 = at[2], b0 = at[BUFFER], a0 = at[AVERAGE];
        for (int i = 0; i < count; i += LANES) {
            FloatVector p = P.load(ps, p0, i);
            FloatVector g = G.load(gs, g0, i).mul(scale).add(p.mul(decay));
            FloatVector v = V.load(vs, v0, i).mul(a1).add(g.mul(g).mul(c1));
            v = v.blend(0, v.compare(LT, TINY));
            V.store(vs, v0, i, v);
            if (CENTERED) {
                FloatVector a = A.load(as, a0, i).mul(a1).add(g.mul(c1));
                a = a.blend(0, a.abs().compare(LT, TINY));
                A.store(as, a0, i, a);
                v = v.sub(a.mul(a));
            }
            FloatVector d = v.blend(TINY, v.compare(LT, TINY)).sqrt().add(eps);
            if (MOMENTUM) {
                FloatVector b = B.load(bs, b0, i).mul(mu).add(g.div(d));
                b = b.blend(0, b.abs().compare(LT, TINY));
                B.store(bs, b0, i, b);
                P.store(ps, p0, i, p.sub(b.mul(rate)));
            } else {
                P.store(ps, p0, i, p.sub(g.mul(rate).div(d)));
            }
        }
    }
}
