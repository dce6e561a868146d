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

/** The vector loop of {@link dev.lanewise.optim.Sgd}. */
final class SgdKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final boolean STATISTICS = LINK.takesStatistics();
    private static final int STEP = LINK.step();
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), B = LINK.lanes(2);
    private static final boolean MOMENTUM = LINK.has("momentum"), NESTEROV = LINK.has("nesterov");

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], decay = c[1], mu = c[2], fresh = c[3], rate = c[4], leak = c[5];
        Object ps = arrays[0], gs = arrays[1], bs = MOMENTUM ? arrays[2] : null;
        long p0 = at[0], g0 = at[1], b0 = MOMENTUM ? at[2] : 0;
        float[] lanes = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int lane = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, GG + lane) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, DD + lane) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, PP + lane) : null;
        IntVector most =
                STATISTICS ? FloatVector.fromArray(SPECIES, lanes, MOST + lane).reinterpretAsInts() : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            FloatVector u = raw.mul(scale).add(p.mul(decay));
            if (MOMENTUM) {
                FloatVector b = B.load(bs, b0, i);
                b = b.add(u.mul(fresh).sub(b.mul(leak)));
                b = b.blend(0, b.abs().compare(LT, TINY));
                B.store(bs, b0, i, b);
                u = NESTEROV ? u.add(b.mul(mu)) : b;
            }
            FloatVector next = p.sub(u.mul(rate));
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
