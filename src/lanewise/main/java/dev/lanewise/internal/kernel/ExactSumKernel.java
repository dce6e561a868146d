package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Sums.DOUBLES;
import static dev.lanewise.internal.kernel.Sums.DOUBLE_TYPE;
import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.GE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** The vector loop of the sums of {@link dev.lanewise.linalg.Softmax} that are exact, so that their order makes no difference. */
public final class ExactSumKernel {
    private ExactSumKernel() {}

    /**
     * {@return the sum of some floats in double, or NaN unless all are at least {@code least}}
     *
     * @param x the floats, from {@code from} on
     * @param count the number of floats, a multiple of the lanes of two vectors
     * @param least so great that every sum of such floats is exact
     */
    public static double run(float[] x, int from, int count, float least) {
        if (count == 0) {
            return 0;
        }
        DoubleVector a = DoubleVector.zero(DOUBLES), b = a, c = a, d = a;
        for (int i = from; i < from + count; i += 2 * LANES) {
            FloatVector v = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, x, i));
            FloatVector w = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, x, i + LANES));
            if (!v.compare(GE, least).and(w.compare(GE, least)).allTrue()) {
                return Double.NaN;
            }
            a = DOUBLE_TYPE.cast(a).add(v.convertShape(F2D, DOUBLES, 0));
            b = DOUBLE_TYPE.cast(b).add(v.convertShape(F2D, DOUBLES, 1));
            c = DOUBLE_TYPE.cast(c).add(w.convertShape(F2D, DOUBLES, 0));
            d = DOUBLE_TYPE.cast(d).add(w.convertShape(F2D, DOUBLES, 1));
        }
        return DOUBLE_TYPE.cast(a).add(b).add(DOUBLE_TYPE.cast(c).add(d)).reduceLanes(ADD);
    }
}
