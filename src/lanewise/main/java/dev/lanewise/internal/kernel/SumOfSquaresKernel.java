package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Sums.DOUBLES;
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

    /** Sums the squares in one pass over the block for {@link Sums#PASS} partial sums. The block stays in the L1 cache meanwhile. */
    static void run(Object[] arrays, long[] at, int count, double[] sums) {
        if (count == 0) {
            return;
        }
        Object xs = arrays[0];
        long x0 = at[0];
        for (int s0 = 0; s0 < SumOfSquares.PARTIALS; s0 += Sums.PASS) {
            DoubleVector a = DoubleVector.zero(DOUBLES), b = a, c = a, d = a;
            for (int i = s0; i < count; i += SumOfSquares.PARTIALS) {
                FloatVector x = X.load(xs, x0, i);
                a = add(a, (DoubleVector) x.convertShape(F2D, DOUBLES, 0));
                b = add(b, (DoubleVector) x.convertShape(F2D, DOUBLES, 1));
                if (Sums.PASS > LANES) {
                    FloatVector y = X.load(xs, x0, i + LANES);
                    c = add(c, (DoubleVector) y.convertShape(F2D, DOUBLES, 0));
                    d = add(d, (DoubleVector) y.convertShape(F2D, DOUBLES, 1));
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

    /** Adds doubles that are floats, or their squares. */
    private static DoubleVector add(DoubleVector sum, DoubleVector x) {
        return !SQUARED ? sum.add(x) : Sums.FMA ? x.fma(x, sum) : sum.add(x.mul(x));
    }
}
