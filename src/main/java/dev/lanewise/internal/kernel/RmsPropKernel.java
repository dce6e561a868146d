package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MOST;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loop of {@link dev.lanewise.optim.RmsProp}. */
final class RmsPropKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final boolean STATISTICS = LINK.takesStatistics();
    private static final int STEP = LINK.step();
    private static final boolean MOMENTUM = LINK.has("momentum"), CENTERED = LINK.has("centered");
    private static final int BUFFER = MOMENTUM ? 3 : 2, AVERAGE = CENTERED ? BUFFER + 1 : 2;
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), V = LINK.lanes(2);
    private static final Lanes B = LINK.lanes(BUFFER), A = LINK.lanes(AVERAGE);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], decay = c[1], a1 = c[2], c1 = c[3], eps = c[4], mu = c[5], rate = c[6];
        Object ps = arrays[0], gs = arrays[1], vs = arrays[2], bs = arrays[BUFFER], as = arrays[AVERAGE];
        long p0 = at[0], g0 = at[1], v0 = at[2], b0 = at[BUFFER], a0 = at[AVERAGE];
        float[] lanes = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int lane = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, GG + lane) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, DD + lane) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, PP + lane) : null;
        IntVector most =
                STATISTICS ? FloatVector.fromArray(SPECIES, lanes, MOST + lane).reinterpretAsInts() : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            FloatVector g = raw.mul(scale).add(p.mul(decay));
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
                g = b.mul(rate);
            } else {
                g = g.mul(rate).div(d);
            }
            FloatVector next = p.sub(g);
            P.store(ps, p0, i, next);
            if (STATISTICS) {
                FloatVector change = next.sub(p), square = change.mul(change);
                gg = gg.add(raw.mul(raw));
                dd = dd.add(square);
                pp = pp.add(p.mul(p));
                most = most.max(square.reinterpretAsInts());
            }
        }
        if (STATISTICS) {
            gg.intoArray(lanes, GG + lane);
            dd.intoArray(lanes, DD + lane);
            pp.intoArray(lanes, PP + lane);
            most.reinterpretAsFloats().intoArray(lanes, MOST + lane);
        }
    }
}
