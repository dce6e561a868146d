package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Sums.DOUBLES;
import static dev.lanewise.internal.kernel.Sums.HALF;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link DotProduct}. */
final class DotKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access X = SPEC.access(0), Y = SPEC.access(1);

    /** Sums the products in one pass over the block for {@link Sums#PASS} partial sums. The block stays in the L1 cache meanwhile. */
    static void run(Object[] arrays, long[] at, int count, double[] sums) {
        if (count == 0) {
            return;
        }
        Object xs = arrays[0], ys = arrays[1];
        long x0 = at[0], y0 = at[1];
        for (int s0 = 0; s0 < SumOfSquares.PARTIALS; s0 += Sums.PASS) {
            DoubleVector a = DoubleVector.zero(DOUBLES), b = a, c = a, d = a;
            for (int i = s0; i < count; i += SumOfSquares.PARTIALS) {
                FloatVector x = X.load(xs, x0, i), y = Y.load(ys, y0, i);
                a = add(a, x, y, 0);
                b = add(b, x, y, 1);
                if (Sums.PASS > LANES) {
                    FloatVector v = X.load(xs, x0, i + LANES), w = Y.load(ys, y0, i + LANES);
                    c = add(c, v, w, 0);
                    d = add(d, v, w, 1);
                }
            }
            a.intoArray(sums, s0);
            b.intoArray(sums, s0 + HALF);
            if (Sums.PASS > LANES) {
                c.intoArray(sums, s0 + LANES);
                d.intoArray(sums, s0 + LANES + HALF);
            }
        }
    }

    /** Adds the products of a part of two vectors. */
    private static DoubleVector add(DoubleVector sum, FloatVector x, FloatVector y, int part) {
        DoubleVector a = (DoubleVector) x.convertShape(F2D, DOUBLES, part);
        DoubleVector b = (DoubleVector) y.convertShape(F2D, DOUBLES, part);
        return Sums.FMA ? a.fma(b, sum) : sum.add(a.mul(b));
    }
}
