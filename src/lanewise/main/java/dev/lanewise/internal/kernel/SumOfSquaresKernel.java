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
    private static final Lanes X = Link.of(MethodHandles.lookup()).lanes(0);
    private static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize()));

    /** A vector narrower than the virtual lanes goes over the block again for each part of them; the block is in the cache. */
    static void run(Object[] arrays, long[] at, int count, double[] sums) {
        Object xs = arrays[0];
        long x0 = at[0];
        for (int lane = 0; lane < SumOfSquares.LANES; lane += LANES) {
            DoubleVector low = DoubleVector.zero(DOUBLES);
            DoubleVector high = DoubleVector.zero(DOUBLES);
            for (int i = lane; i < count; i += SumOfSquares.LANES) {
                FloatVector x = X.load(xs, x0, i);
                DoubleVector a = (DoubleVector) x.convertShape(F2D, DOUBLES, 0);
                DoubleVector b = (DoubleVector) x.convertShape(F2D, DOUBLES, 1);
                low = low.add(a.mul(a));
                high = high.add(b.mul(b));
            }
            low.intoArray(sums, lane);
            high.intoArray(sums, lane + DOUBLES.length());
        }
    }
}
