package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The vector loop of {@link dev.lanewise.optim.AdamV0}. */
final class AdamV0Kernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), B = LINK.lanes(2), V = LINK.lanes(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], mu = c[1], b2 = c[2], c2 = c[3], rate = c[4], eps = c[5];
        Object ps = arrays[0], gs = arrays[1], bs = arrays[2], vs = arrays[3];
        long p0 = at[0], g0 = at[1], b0 = at[2], v0 = at[3];
        for (int i = 0; i < count; i += LANES) {
            FloatVector g = G.load(gs, g0, i).mul(scale);
            FloatVector b = B.load(bs, b0, i).mul(mu).add(g);
            FloatVector v = V.load(vs, v0, i).mul(b2).add(g.mul(g).mul(c2));
            VectorMask<Float> tiny = v.compare(LT, TINY);
            b = b.blend(0, b.abs().compare(LT, TINY));
            FloatVector d = v.blend(TINY, tiny).sqrt().add(eps);
            P.store(ps, p0, i, P.load(ps, p0, i).sub(b.mul(rate).div(d)));
            B.store(bs, b0, i, b);
            V.store(vs, v0, i, v.blend(0, tiny));
        }
    }
}
