package dev.lanewise.internal.kernel;

import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandle;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sums that a kernel adds up in double, as {@link SumOfSquares} does: element i of a block is added to partial sum i mod 16. A vector of
 * floats is two of doubles. The last array of the kernel has the partial sums, one sum after another, and its position the first partial sum
 * of the vectors of the call.
 */
final class Sums {
    /** The doubles of a vector. */
    static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize()));

    /** The class of the vectors of {@link #DOUBLES}, see {@link Vectors#FLOAT_TYPE}. */
    static final Class<? extends DoubleVector> DOUBLE_TYPE =
            DOUBLES.vectorType().asSubclass(DoubleVector.class);

    /** The distance of the partial sums of the second half of a vector from those of the first. */
    static final int HALF = DOUBLES.length();

    /** Moves the second half of a vector to the front. With the second part {@code convertShape} has so many nodes that C2 stops inlining within a kernel. */
    private static final VectorShuffle<Double> UPPER =
            VectorShuffle.fromOp(DOUBLES, i -> (i + Math.max(1, HALF / 2)) % HALF);

    /** Where the partial sums of the second sum begin. */
    static final int SECOND = SumOfSquares.PARTIALS;

    /** The methods {@link #low} and {@link #high}, for calls late in a kernel: see {@link Kernels#handle}. */
    static final MethodHandle LOW = Kernels.handle(Sums.class, "low"), HIGH = Kernels.handle(Sums.class, "high");

    private Sums() {}

    static DoubleVector low(FloatVector x) {
        return (DoubleVector) x.convertShape(F2D, DOUBLES, 0);
    }

    /** {@return the second half} It calls no method of this class, which C2 might not inline. */
    static DoubleVector high(FloatVector x) {
        return (DoubleVector)
                (HALF == 1
                        ? x.convertShape(F2D, DOUBLES, 1)
                        : ((DoubleVector) x.reinterpretShape(DOUBLES, 0))
                                .rearrange(UPPER)
                                .reinterpretShape(Vectors.SPECIES, 0)
                                .convertShape(F2D, DOUBLES, 0));
    }
}
