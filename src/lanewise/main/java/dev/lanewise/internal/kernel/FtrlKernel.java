package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MAX;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loop of {@link dev.lanewise.optim.Ftrl}, for the power whose loop takes roots. */
public final class FtrlKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0), G = SPEC.access(1), N = SPEC.access(2), Z = SPEC.access(3);
    private static final boolean FROM_PARAMETERS = SPEC.has("fromParameters");

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], rate = c[1], shrink = c[2], l1 = c[3], add = c[4];
        Object ps = arrays[0], gs = arrays[1], ns = arrays[2], zs = arrays[3];
        long p0 = at[0], g0 = at[1], n0 = at[2], z0 = at[3];
        float[] sums = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int s0 = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, sums, GG + s0) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, sums, DD + s0) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, sums, PP + s0) : null;
        IntVector max = STATISTICS
                ? (IntVector) FloatVector.fromArray(SPECIES, sums, MAX + s0).reinterpretShape(INTS, 0)
                : null;
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            FloatVector old = N.load(ns, n0, i), z = Z.load(zs, z0, i);
            FloatVector g = raw.mul(scale);
            FloatVector n = old.add(g.mul(g)).add(TINY);
            FloatVector s = n.sqrt(), before = old.sqrt();
            if (FROM_PARAMETERS) {
                // A product rather than a choice, as in the definition, so that infinities give the same bits.
                FloatVector absent = FloatVector.zero(SPECIES).blend(1, z.compare(EQ, 0));
                z = z.sub(p.mul(absent).mul(before.add(add)));
            }
            FloatVector pull = g.add(p.mul(shrink)).mul(rate).sub(p.mul(s.sub(before)));
            z = z.add(pull).add(SIGNED_TINY).sub(SIGNED_TINY);
            // FloatVector.min and max would take more instructions, because they order -0 below 0.
            FloatVector near = z.blend(l1, z.compare(GT, l1)).blend(-l1, z.compare(LT, -l1));
            FloatVector next = near.sub(z).div(s.add(add));
            Access.STORE.invokeExact(N, ns, n0, i, n);
            Access.STORE.invokeExact(Z, zs, z0, i, z);
            Access.STORE.invokeExact(P, ps, p0, i, next);
            if (STATISTICS) {
                FloatVector change = next.sub(p), square = change.mul(change);
                gg = Vectors.FLOAT_TYPE.cast(gg).add(raw.mul(raw));
                dd = Vectors.FLOAT_TYPE.cast(dd).add(square);
                pp = Vectors.FLOAT_TYPE.cast(pp).add(p.mul(p));
                max = Vectors.INT_TYPE.cast(max).max((IntVector) square.reinterpretShape(INTS, 0));
            }
        }
        if (STATISTICS) {
            Vectors.FLOAT_TYPE.cast(gg).intoArray(sums, GG + s0);
            Vectors.FLOAT_TYPE.cast(dd).intoArray(sums, DD + s0);
            Vectors.FLOAT_TYPE.cast(pp).intoArray(sums, PP + s0);
            Vectors.FLOAT_TYPE.cast(max.reinterpretShape(SPECIES, 0)).intoArray(sums, MAX + s0);
        }
    }
}
