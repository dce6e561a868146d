package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.NE;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector loop of {@link Statistics}; its order is that of {@link SumOfSquaresKernel}. */
final class StatisticsKernel {
    private static final Link LINK = Link.of(MethodHandles.lookup());
    private static final Lanes P = LINK.lanes(0), G = LINK.lanes(1), OLD = LINK.lanes(2);
    private static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize()));

    static void run(Object[] arrays, long[] at, int count, double[] sums, float[] largest) {
        Object ps = arrays[0], gs = arrays[1], olds = arrays[2];
        long p0 = at[0], g0 = at[1], old0 = at[2];
        int half = DOUBLES.length();
        int nonFinite = 0;
        for (int lane = 0; lane < Statistics.LANES; lane += LANES) {
            DoubleVector g1 = DoubleVector.zero(DOUBLES), g2 = g1, u1 = g1, u2 = g1, p1 = g1, p2 = g1;
            FloatVector most = FloatVector.zero(Vectors.SPECIES);
            for (int i = lane; i < count; i += Statistics.LANES) {
                FloatVector g = G.load(gs, g0, i);
                FloatVector p = OLD.load(olds, old0, i);
                FloatVector u = P.load(ps, p0, i).sub(p);
                nonFinite += g.sub(g).compare(NE, 0).trueCount();
                most = most.max(u.abs());
                DoubleVector x = (DoubleVector) g.convertShape(F2D, DOUBLES, 0);
                g1 = g1.add(x.mul(x));
                x = (DoubleVector) g.convertShape(F2D, DOUBLES, 1);
                g2 = g2.add(x.mul(x));
                x = (DoubleVector) u.convertShape(F2D, DOUBLES, 0);
                u1 = u1.add(x.mul(x));
                x = (DoubleVector) u.convertShape(F2D, DOUBLES, 1);
                u2 = u2.add(x.mul(x));
                x = (DoubleVector) p.convertShape(F2D, DOUBLES, 0);
                p1 = p1.add(x.mul(x));
                x = (DoubleVector) p.convertShape(F2D, DOUBLES, 1);
                p2 = p2.add(x.mul(x));
            }
            g1.intoArray(sums, lane);
            g2.intoArray(sums, lane + half);
            u1.intoArray(sums, Statistics.LANES + lane);
            u2.intoArray(sums, Statistics.LANES + lane + half);
            p1.intoArray(sums, 2 * Statistics.LANES + lane);
            p2.intoArray(sums, 2 * Statistics.LANES + lane + half);
            most.intoArray(largest, lane);
        }
        sums[3 * Statistics.LANES] = nonFinite;
    }
}
