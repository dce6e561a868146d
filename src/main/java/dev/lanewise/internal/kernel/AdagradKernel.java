package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The vector loop of {@link dev.lanewise.optim.Adagrad}. */
final class AdagradKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), V = LINK.lanes(2);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], decay = c[1], rate = c[2], eps = c[3];
        Object ps = arrays[0], gs = arrays[1], vs = arrays[2];
        long p0 = at[0], g0 = at[1], v0 = at[2];
        for (int i = 0; i < count; i += LANES) {
            FloatVector p = P.load(ps, p0, i);
            FloatVector g = G.load(gs, g0, i).mul(scale).add(p.mul(decay));
            FloatVector v = V.load(vs, v0, i).add(g.mul(g));
            VectorMask<Float> tiny = v.compare(LT, TINY);
            FloatVector d = v.blend(TINY, tiny).sqrt().add(eps);
            P.store(ps, p0, i, p.sub(g.mul(rate).div(d)));
            V.store(vs, v0, i, v.blend(0, tiny));
        }
    }
}
