package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link dev.lanewise.optim.Sgd}. */
final class SgdKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), B = LINK.lanes(2);
    private static final boolean MOMENTUM = LINK.has("momentum"), NESTEROV = LINK.has("nesterov");

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], decay = c[1], mu = c[2], fresh = c[3], rate = c[4], leak = c[5];
        Object ps = arrays[0], gs = arrays[1], bs = MOMENTUM ? arrays[2] : null;
        long p0 = at[0], g0 = at[1], b0 = MOMENTUM ? at[2] : 0;
        for (int i = 0; i < count; i += LANES) {
            FloatVector p = P.load(ps, p0, i);
            FloatVector u = G.load(gs, g0, i).mul(scale).add(p.mul(decay));
            if (MOMENTUM) {
                FloatVector b = B.load(bs, b0, i);
                b = b.add(u.mul(fresh).sub(b.mul(leak)));
                b = b.blend(0, b.abs().compare(LT, TINY));
                B.store(bs, b0, i, b);
                u = NESTEROV ? u.add(b.mul(mu)) : b;
            }
            P.store(ps, p0, i, p.sub(u.mul(rate)));
        }
    }
}
