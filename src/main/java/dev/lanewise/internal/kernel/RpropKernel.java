package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The vector loop of {@link dev.lanewise.optim.Rprop}. */
final class RpropKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), Q = LINK.lanes(2), D = LINK.lanes(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], down = c[1], up = c[2], min = c[3], max = c[4], rate = c[5];
        Object ps = arrays[0], gs = arrays[1], qs = arrays[2], ds = arrays[3];
        long p0 = at[0], g0 = at[1], q0 = at[2], d0 = at[3];
        for (int i = 0; i < count; i += LANES) {
            FloatVector g = G.load(gs, g0, i).mul(scale), q = Q.load(qs, q0, i);
            g = g.blend(0, g.abs().compare(LT, TINY));
            FloatVector sign = g.blend(1, g.compare(GT, 0)).blend(-1, g.compare(LT, 0));
            FloatVector s = sign.mul(q.blend(1, q.compare(GT, 0)).blend(-1, q.compare(LT, 0)));
            VectorMask<Float> turned = s.compare(LT, 0);
            FloatVector d =
                    D.load(ds, d0, i).mul(s.add(1).blend(up, s.compare(GT, 0)).blend(down, turned));
            d = d.blend(max, d.compare(GT, max)).blend(min, d.compare(LT, min));
            P.store(
                    ps,
                    p0,
                    i,
                    P.load(ps, p0, i).sub(sign.blend(0, turned).mul(d).mul(rate)));
            Q.store(qs, q0, i, g.blend(0, turned));
            D.store(ds, d0, i, d);
        }
    }
}
