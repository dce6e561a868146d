package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MOST;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static dev.lanewise.internal.kernel.Vectors.TINY;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loop of {@link dev.lanewise.optim.Lion}. */
final class LionKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final boolean STATISTICS = LINK.takesStatistics();
    private static final int STEP = LINK.step();
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), M = LINK.lanes(2);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], shrink = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], rate = c[6];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2];
        long p0 = at[0], g0 = at[1], m0 = at[2];
        float[] lanes = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int lane = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, GG + lane) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, DD + lane) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, PP + lane) : null;
        IntVector most =
                STATISTICS ? FloatVector.fromArray(SPECIES, lanes, MOST + lane).reinterpretAsInts() : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            FloatVector g = raw.mul(scale), m = M.load(ms, m0, i);
            FloatVector k = m.mul(b1).add(g.mul(c1));
            m = m.mul(b2).add(g.mul(c2));
            FloatVector move = k.add(0).blend(rate, k.compare(GT, 0)).blend(-rate, k.compare(LT, 0));
            FloatVector next = p.mul(shrink).sub(move);
            P.store(ps, p0, i, next);
            M.store(ms, m0, i, m.blend(0, m.abs().compare(LT, TINY)));
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
