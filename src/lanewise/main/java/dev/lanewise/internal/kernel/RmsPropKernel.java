package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MAX;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The vector loop of {@link dev.lanewise.optim.RmsProp}. */
public final class RmsPropKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final boolean DECAYS = !SPEC.has(FusedLoop.UNDECAYED);
    private static final boolean MOMENTUM = SPEC.has("momentum"), CENTERED = SPEC.has("centered");
    private static final int BUFFER = MOMENTUM ? 3 : 2, AVERAGE = CENTERED ? BUFFER + 1 : 2;
    private static final Access P = SPEC.access(0), G = SPEC.access(1), V = SPEC.access(2);
    private static final Access B = SPEC.access(BUFFER), A = SPEC.access(AVERAGE);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], a1 = c[2], c1 = c[3], eps = c[4], mu = c[5], rate = c[6];
        Object ps = arrays[0], gs = arrays[1], vs = arrays[2], bs = arrays[BUFFER], as = arrays[AVERAGE];
        long p0 = at[0], g0 = at[1], v0 = at[2], b0 = at[BUFFER], a0 = at[AVERAGE];
        float[] sums = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int s0 = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, sums, GG + s0) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, sums, DD + s0) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, sums, PP + s0) : null;
        IntVector max = STATISTICS
                ? (IntVector) FloatVector.fromArray(SPECIES, sums, MAX + s0).reinterpretShape(INTS, 0)
                : null;
        // Broadcast once, because with all its options on this kernel is at the limit of what C2 inlines.
        FloatVector kept = FloatVector.broadcast(SPECIES, a1), added = FloatVector.broadcast(SPECIES, c1);
        FloatVector tiny = FloatVector.broadcast(SPECIES, TINY), small = FloatVector.broadcast(SPECIES, SIGNED_TINY);
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            // Loaded before the stores, because a later load would wait for them.
            FloatVector a = CENTERED ? A.load(as, a0, i) : null, b = MOMENTUM ? B.load(bs, b0, i) : null;
            FloatVector g = DECAYS ? raw.mul(scale).add(p.mul(decay)) : raw.mul(scale);
            FloatVector v = V.load(vs, v0, i).mul(kept).add(g.mul(g).mul(added)).add(tiny);
            Access.STORE.invokeExact(V, vs, v0, i, v);
            if (CENTERED) {
                a = a.mul(kept).add(g.mul(added)).add(small).sub(small);
                Access.STORE.invokeExact(A, as, a0, i, a);
                v = v.sub(a.mul(a));
                v = v.blend(tiny, v.compare(LT, tiny));
            }
            FloatVector d = v.sqrt().add(eps);
            if (MOMENTUM) {
                b = b.mul(mu).add(g.div(d)).add(small).sub(small);
                Access.STORE.invokeExact(B, bs, b0, i, b);
                g = b.mul(rate);
            } else {
                g = g.mul(rate).div(d);
            }
            FloatVector next = p.sub(g);
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
