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
 * The vector loop of the first pass of {@link dev.lanewise.optim.Prodigy}: changes the state, and adds up the products of the
 * gradient and the distance from the first parameters, and the magnitudes of s.
 */
public final class ProdigyTermsKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final int STEP = SPEC.step();
    private static final Access P = SPEC.access(0),
            G = SPEC.access(1),
            S = SPEC.access(2),
            P0 = SPEC.access(3),
            M = SPEC.access(4),
            V = SPEC.access(5);

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        float scale = c[0], b1 = c[1], c1 = c[2], b2 = c[3], c2 = c[4], b3 = c[5], c3 = c[6];
        Object ps = arrays[0], gs = arrays[1], ss = arrays[2], fs = arrays[3], ms = arrays[4], vs = arrays[5];
        long p0 = at[0], g0 = at[1], s1 = at[2], f0 = at[3], m0 = at[4], v0 = at[5];
        double[] sums = (double[]) arrays[arrays.length - 1];
        int a0 = (int) at[at.length - 1], b0 = Sums.SECOND + a0;
        DoubleVector al = DoubleVector.fromArray(DOUBLES, sums, a0);
        DoubleVector ah = DoubleVector.fromArray(DOUBLES, sums, a0 + HALF);
        DoubleVector bl = DoubleVector.fromArray(DOUBLES, sums, b0);
        DoubleVector bh = DoubleVector.fromArray(DOUBLES, sums, b0 + HALF);
        for (int i = 0; i < count; i += STEP) {
            FloatVector p = P.load(ps, p0, i), s = S.load(ss, s1, i);
            FloatVector m = M.load(ms, m0, i), v = V.load(vs, v0, i);
            FloatVector g = G.load(gs, g0, i).mul(scale),
                    a = g.mul(P0.load(fs, f0, i).sub(p));
            m = m.mul(b1).add(g.mul(c1)).add(SIGNED_TINY).sub(SIGNED_TINY);
            Access.STORE.invokeExact(M, ms, m0, i, m);
            v = v.mul(b2).add(g.mul(g).mul(c2)).add(TINY);
            Access.STORE.invokeExact(V, vs, v0, i, v);
            s = s.mul(b3).add(g.mul(c3)).add(SIGNED_TINY).sub(SIGNED_TINY);
            Access.STORE.invokeExact(S, ss, s1, i, s);
            FloatVector b = s.abs();
            al = Sums.DOUBLE_TYPE.cast(al).add(a.convertShape(F2D, DOUBLES, 0));
            ah = Sums.DOUBLE_TYPE.cast(ah).add(a.rearrange(Sums.UPPER).convertShape(F2D, DOUBLES, 0));
            bl = Sums.DOUBLE_TYPE.cast(bl).add(b.convertShape(F2D, DOUBLES, 0));
            bh = Sums.DOUBLE_TYPE.cast(bh).add(b.rearrange(Sums.UPPER).convertShape(F2D, DOUBLES, 0));
        }
        Sums.DOUBLE_TYPE.cast(al).intoArray(sums, a0);
        Sums.DOUBLE_TYPE.cast(ah).intoArray(sums, a0 + HALF);
        Sums.DOUBLE_TYPE.cast(bl).intoArray(sums, b0);
        Sums.DOUBLE_TYPE.cast(bh).intoArray(sums, b0 + HALF);
    }
}
