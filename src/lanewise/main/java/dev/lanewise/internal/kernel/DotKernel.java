package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector loop of {@link DotProduct}. */
final class DotKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access X = SPEC.access(0), Y = SPEC.access(1);
    private static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize()));

    /** Sums the products in one pass over the block for each vector of partial sums. The block stays in the L1 cache meanwhile. */
    static void run(Object[] arrays, long[] at, int count, double[] sums) {
        if (count == 0) {
            return;
        }
        Object xs = arrays[0], ys = arrays[1];
        long x0 = at[0], y0 = at[1];
        for (int s0 = 0; s0 < SumOfSquares.PARTIALS; s0 += LANES) {
            DoubleVector low = DoubleVector.zero(DOUBLES);
            DoubleVector high = DoubleVector.zero(DOUBLES);
            for (int i = s0; i < count; i += SumOfSquares.PARTIALS) {
                FloatVector x = X.load(xs, x0, i), y = Y.load(ys, y0, i);
                DoubleVector xa = (DoubleVector) x.convertShape(F2D, DOUBLES, 0);
                DoubleVector xb = (DoubleVector) x.convertShape(F2D, DOUBLES, 1);
                DoubleVector ya = (DoubleVector) y.convertShape(F2D, DOUBLES, 0);
                DoubleVector yb = (DoubleVector) y.convertShape(F2D, DOUBLES, 1);
                low = low.add(xa.mul(ya));
                high = high.add(xb.mul(yb));
            }
            low.intoArray(sums, s0);
            high.intoArray(sums, s0 + DOUBLES.length());
        }
    }
}
