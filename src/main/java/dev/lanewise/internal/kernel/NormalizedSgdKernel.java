package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link dev.lanewise.optim.NormalizedSgd}. */
final class NormalizedSgdKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), B = LINK.lanes(2);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], mu = c[1], rate = c[2];
        Object ps = arrays[0], gs = arrays[1], bs = arrays[2];
        long p0 = at[0], g0 = at[1], b0 = at[2];
        for (int i = 0; i < count; i += LANES) {
            FloatVector b = B.load(bs, b0, i).mul(mu).add(G.load(gs, g0, i).mul(scale));
            b = b.blend(0, b.abs().compare(LT, TINY));
            P.store(ps, p0, i, P.load(ps, p0, i).sub(b.mul(rate)));
            B.store(bs, b0, i, b);
        }
    }
}
