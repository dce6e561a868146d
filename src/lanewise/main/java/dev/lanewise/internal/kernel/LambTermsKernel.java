package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Sums.DOUBLES;
import static dev.lanewise.internal.kernel.Sums.HALF;
import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * The vector loop of the first pass of {@link dev.lanewise.optim.Lamb}: changes the moments, and adds up the squares of the
 * parameters and of the direction.
 */
public final class LambTermsKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0), G = SPEC.access(1), M = SPEC.access(2), V = SPEC.access(3);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4];
        float c2 = c[5], mean = c[6], root = c[7], eps = c[8];
        Object ps = arrays[0], gs = arrays[1], ms = arrays[2], vs = arrays[3];
        long p0 = at[0], g0 = at[1], m0 = at[2], v0 = at[3];
        double[] sums = (double[]) arrays[arrays.length - 1];
        int s0 = (int) at[at.length - 1], r0 = Sums.SECOND + s0;
        DoubleVector pl = DoubleVector.fromArray(DOUBLES, sums, s0);
        DoubleVector ph = DoubleVector.fromArray(DOUBLES, sums, s0 + HALF);
        DoubleVector rl = DoubleVector.fromArray(DOUBLES, sums, r0);
        DoubleVector rh = DoubleVector.fromArray(DOUBLES, sums, r0 + HALF);
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), m = M.load(ms, m0, i), v = V.load(vs, v0, i);
            FloatVector g = G.load(gs, g0, i).mul(scale);
            m = m.mul(b1).add(g.mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY);
            v = v.mul(b2).add(g.mul(g).mul(c2)).add(TINY);
            Access.STORE.invokeExact(M, ms, m0, i, m);
            Access.STORE.invokeExact(V, vs, v0, i, v);
            FloatVector r = m.mul(mean).div(v.sqrt().mul(root).add(eps)).add(p.mul(decay));
            DoubleVector a = (DoubleVector) p.convertShape(F2D, DOUBLES, 0);
            DoubleVector b = (DoubleVector) p.rearrange(Sums.UPPER).convertShape(F2D, DOUBLES, 0);
            DoubleVector d = (DoubleVector) r.convertShape(F2D, DOUBLES, 0);
            DoubleVector e = (DoubleVector) r.rearrange(Sums.UPPER).convertShape(F2D, DOUBLES, 0);
            pl = Sums.DOUBLE_TYPE.cast(pl);
            pl = Sums.FMA ? a.fma(a, pl) : pl.add(a.mul(a));
            ph = Sums.DOUBLE_TYPE.cast(ph);
            ph = Sums.FMA ? b.fma(b, ph) : ph.add(b.mul(b));
            rl = Sums.DOUBLE_TYPE.cast(rl);
            rl = Sums.FMA ? d.fma(d, rl) : rl.add(d.mul(d));
            rh = Sums.DOUBLE_TYPE.cast(rh);
            rh = Sums.FMA ? e.fma(e, rh) : rh.add(e.mul(e));
        }
        Sums.DOUBLE_TYPE.cast(pl).intoArray(sums, s0);
        Sums.DOUBLE_TYPE.cast(ph).intoArray(sums, s0 + HALF);
        Sums.DOUBLE_TYPE.cast(rl).intoArray(sums, r0);
        Sums.DOUBLE_TYPE.cast(rh).intoArray(sums, r0 + HALF);
    }
}
