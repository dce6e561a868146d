package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector loop of {@link SumOfSquares}. */
final class SumOfSquaresKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access X = SPEC.access(0);
    private static final boolean SQUARED = !SPEC.has(SumOfSquares.PLAIN);
    private static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize()));

    /** Sums the squares in one pass over the block for each vector of partial sums. The block stays in the L1 cache meanwhile. */
    static void run(Object[] arrays, long[] at, int count, double[] sums) {
        if (count == 0) {
            return;
        }
        Object xs = arrays[0];
        long x0 = at[0];
        for (int s0 = 0; s0 < SumOfSquares.PARTIALS; s0 += LANES) {
            DoubleVector low = DoubleVector.zero(DOUBLES);
            DoubleVector high = DoubleVector.zero(DOUBLES);
            for (int i = s0; i < count; i += SumOfSquares.PARTIALS) {
                FloatVector x = X.load(xs, x0, i);
                DoubleVector a = (DoubleVector) x.convertShape(F2D, DOUBLES, 0);
                DoubleVector b = (DoubleVector) x.convertShape(F2D, DOUBLES, 1);
                low = low.add(SQUARED ? a.mul(a) : a);
                high = high.add(SQUARED ? b.mul(b) : b);
            }
            low.intoArray(sums, s0);
            high.intoArray(sums, s0 + DOUBLES.length());
        }
    }
}
