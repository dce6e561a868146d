package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Sums.DOUBLES;
import static dev.lanewise.internal.kernel.Sums.DOUBLE_TYPE;
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

    /**
     * Sums the products in one pass over the block for {@link Sums#PASS} partial sums. The block stays in the L1 cache meanwhile.
     * {@link SumOfSquaresKernel} says why the sums are written out.
     */
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
                DoubleVector p0 = DOUBLE_TYPE.cast(x.convertShape(F2D, DOUBLES, 0));
                DoubleVector q0 = DOUBLE_TYPE.cast(y.convertShape(F2D, DOUBLES, 0));
                a = Sums.FMA ? p0.fma(q0, a) : DOUBLE_TYPE.cast(a).add(p0.mul(q0));
                DoubleVector p1 = DOUBLE_TYPE.cast(x.convertShape(F2D, DOUBLES, 1));
                DoubleVector q1 = DOUBLE_TYPE.cast(y.convertShape(F2D, DOUBLES, 1));
                b = Sums.FMA ? p1.fma(q1, b) : DOUBLE_TYPE.cast(b).add(p1.mul(q1));
                if (Sums.PASS > LANES) {
                    FloatVector v = X.load(xs, x0, i + LANES), w = Y.load(ys, y0, i + LANES);
                    DoubleVector p2 = DOUBLE_TYPE.cast(v.convertShape(F2D, DOUBLES, 0));
                    DoubleVector q2 = DOUBLE_TYPE.cast(w.convertShape(F2D, DOUBLES, 0));
                    c = Sums.FMA ? p2.fma(q2, c) : DOUBLE_TYPE.cast(c).add(p2.mul(q2));
                    DoubleVector p3 = DOUBLE_TYPE.cast(v.convertShape(F2D, DOUBLES, 1));
                    DoubleVector q3 = DOUBLE_TYPE.cast(w.convertShape(F2D, DOUBLES, 1));
                    d = Sums.FMA ? p3.fma(q3, d) : DOUBLE_TYPE.cast(d).add(p3.mul(q3));
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
