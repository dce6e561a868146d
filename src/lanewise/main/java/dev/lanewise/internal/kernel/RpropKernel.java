package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Statistics.DD;
import static dev.lanewise.internal.kernel.Statistics.GG;
import static dev.lanewise.internal.kernel.Statistics.MAX;
import static dev.lanewise.internal.kernel.Statistics.PP;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** The vector loop of {@link dev.lanewise.optim.Rprop}. */
public final class RpropKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean STATISTICS = SPEC.takesStatistics();
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0), G = SPEC.access(1), Q = SPEC.access(2), D = SPEC.access(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], down = c[1], up = c[2], low = c[3], high = c[4], rate = c[5];
        Object ps = arrays[0], gs = arrays[1], qs = arrays[2], ds = arrays[3];
        long p0 = at[0], g0 = at[1], q0 = at[2], d0 = at[3];
        float[] sums = STATISTICS ? (float[]) arrays[arrays.length - 1] : null;
        int s0 = STATISTICS ? (int) at[at.length - 1] : 0;
        FloatVector gg = STATISTICS ? FloatVector.fromArray(SPECIES, sums, GG + s0) : null;
        FloatVector dd = STATISTICS ? FloatVector.fromArray(SPECIES, sums, DD + s0) : null;
        FloatVector pp = STATISTICS ? FloatVector.fromArray(SPECIES, sums, PP + s0) : null;
        IntVector max = STATISTICS
                ? (IntVector) FloatVector.fromArray(SPECIES, sums, MAX + s0).reinterpretShape(INTS, 0)
                : null;
        // Broadcast once, because with statistics this kernel is at the limit of what the C2 of JDK 27 inlines.
        FloatVector zero = FloatVector.zero(SPECIES), one = FloatVector.broadcast(SPECIES, 1), minus = one.neg();
        FloatVector least = FloatVector.broadcast(SPECIES, low), most = FloatVector.broadcast(SPECIES, high);
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), raw = G.load(gs, g0, i);
            FloatVector g = raw.mul(scale).add(zero), q = Q.load(qs, q0, i);
            FloatVector sign = g.blend(one, g.compare(GT, zero)).blend(minus, g.compare(LT, zero));
            FloatVector s = sign.mul(q.blend(one, q.compare(GT, zero)).blend(minus, q.compare(LT, zero)));
            VectorMask<Float> turned = s.compare(LT, zero);
            FloatVector d = D.load(ds, d0, i)
                    .mul(s.add(one).blend(up, s.compare(GT, zero)).blend(down, turned));
            d = d.blend(most, d.compare(GT, most)).blend(least, d.compare(LT, least));
            q = sign.blend(zero, turned).blend(s, s.compare(NE, s));
            FloatVector next = p.sub(q.mul(d).mul(rate));
            Access.STORE.invokeExact(P, ps, p0, i, next);
            Access.STORE.invokeExact(Q, qs, q0, i, q);
            Access.STORE.invokeExact(D, ds, d0, i, d);
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
