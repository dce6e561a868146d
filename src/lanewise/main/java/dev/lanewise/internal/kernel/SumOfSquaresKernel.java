package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Sums.DOUBLES;
import static dev.lanewise.internal.kernel.Sums.DOUBLE_TYPE;
import static dev.lanewise.internal.kernel.Sums.HALF;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link SumOfSquares}. */
final class SumOfSquaresKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access X = SPEC.access(0);
    private static final boolean SQUARED = !SPEC.has(SumOfSquares.PLAIN);

    /** Whether halves of vectors are loaded, which takes less than to move the second half of a vector to the front. */
    private static final boolean HALVES = X.hasHalves();

    /** The part of the vector that has the second half. */
    private static final int SECOND = HALVES ? 0 : 1;

    /**
     * Sums the squares in one pass over the block for {@link Sums#PASS} partial sums. The block stays in the L1 cache meanwhile. The
     * sums are written out, because C2 may compile a helper method before this one, and then does not inline it.
     */
    static void run(Object[] arrays, long[] at, int count, double[] sums) {
        if (count == 0) {
            return;
        }
        Object xs = arrays[0];
        long x0 = at[0];
        for (int s0 = 0; s0 < SumOfSquares.PARTIALS; s0 += Sums.PASS) {
            DoubleVector a = DoubleVector.zero(DOUBLES), b = a, c = a, d = a;
            for (int i = s0; i < count; i += SumOfSquares.PARTIALS) {
                FloatVector x = HALVES ? X.loadHalf(xs, x0, i) : X.load(xs, x0, i);
                DoubleVector p = DOUBLE_TYPE.cast(x.convertShape(F2D, DOUBLES, 0));
                a = DOUBLE_TYPE.cast(a);
                a = !SQUARED ? a.add(p) : Sums.FMA ? p.fma(p, a) : a.add(p.mul(p));
                FloatVector y = HALVES ? X.loadHalf(xs, x0, i + HALF) : x;
                DoubleVector q = DOUBLE_TYPE.cast(y.convertShape(F2D, DOUBLES, SECOND));
                b = DOUBLE_TYPE.cast(b);
                b = !SQUARED ? b.add(q) : Sums.FMA ? q.fma(q, b) : b.add(q.mul(q));
                if (Sums.PASS > LANES) {
                    FloatVector z = HALVES ? X.loadHalf(xs, x0, i + LANES) : X.load(xs, x0, i + LANES);
                    DoubleVector r = DOUBLE_TYPE.cast(z.convertShape(F2D, DOUBLES, 0));
                    c = DOUBLE_TYPE.cast(c);
                    c = !SQUARED ? c.add(r) : Sums.FMA ? r.fma(r, c) : c.add(r.mul(r));
                    FloatVector w = HALVES ? X.loadHalf(xs, x0, i + LANES + HALF) : z;
                    DoubleVector s = DOUBLE_TYPE.cast(w.convertShape(F2D, DOUBLES, SECOND));
                    d = DOUBLE_TYPE.cast(d);
                    d = !SQUARED ? d.add(s) : Sums.FMA ? s.fma(s, d) : d.add(s.mul(s));
                }
            }
            DOUBLE_TYPE.cast(a).intoArray(sums, s0);
            DOUBLE_TYPE.cast(b).intoArray(sums, s0 + HALF);
            if (Sums.PASS > LANES) {
                DOUBLE_TYPE.cast(c).intoArray(sums, s0 + LANES);
                DOUBLE_TYPE.cast(d).intoArray(sums, s0 + LANES + HALF);
            }
        }
    }
}
