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

/** The vector loop of {@link dev.lanewise.optim.NormalizedSgd}. */
final class NormalizedSgdKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final boolean STATISTICS = LINK.takesStatistics();
    private static final int STEP = LINK.step();
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), B = LINK.lanes(2);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        float scale = c[0], mu = c[1], rate = c[2];
        Object ps = arrays[0], gs = arrays[1], bs = arrays[2];
        long p0 = at[0], g0 = at[1], b0 = at[2];
        float[] lanes = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int lane = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, GG + lane) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, DD + lane) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, lanes, PP + lane) : null;
        IntVector most =
                STATISTICS ? FloatVector.fromArray(SPECIES, lanes, MOST + lane).reinterpretAsInts() : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            FloatVector b = B.load(bs, b0, i).mul(mu).add(raw.mul(scale));
            b = b.blend(0, b.abs().compare(LT, TINY));
            FloatVector next = p.sub(b.mul(rate));
            P.store(ps, p0, i, next);
            B.store(bs, b0, i, b);
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
