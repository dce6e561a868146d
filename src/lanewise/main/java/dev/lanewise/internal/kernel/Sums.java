package dev.lanewise.internal.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sums that a kernel adds up in double, as {@link SumOfSquares} does: element i of a block is added to partial sum i mod 16.
 * A vector of floats is two of doubles. The last array of the kernel has the partial sums, one sum after another, and its
 * position the first partial sum of the vectors of the call.
 */
final class Sums {
    /** The doubles of a vector. */
    static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize()));

    /** The class of the vectors of {@link #DOUBLES}, see {@link Vectors#FLOAT_TYPE}. */
    static final Class<? extends DoubleVector> DOUBLE_TYPE =
            DOUBLES.vectorType().asSubclass(DoubleVector.class);

    /** The species of the floats of a vector of {@link #DOUBLES}; null where that is one float, for which there is none. */
    static final VectorSpecies<Float> FLOATS = Vectors.LANES == 2
            ? null
            : VectorSpecies.of(float.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize() / 2));

    /** The class of the vectors of {@link #FLOATS}, see {@link Vectors#FLOAT_TYPE}. */
    static final Class<? extends FloatVector> FLOATS_TYPE =
            FLOATS == null ? null : FLOATS.vectorType().asSubclass(FloatVector.class);

    /**
     * The partial sums that one pass over a block adds to: those of two vectors of floats, unless all are those of one. With
     * fewer, the latency of the additions would be the limit.
     */
    static final int PASS = Math.min(2 * Vectors.LANES, SumOfSquares.PARTIALS);

    /**
     * Whether products of two floats, which are exact in double, are added by fma, which gives the same bits. Processors with
     * vectors of this length have it; some with shorter ones have not.
     */
    static final boolean FMA = Vectors.SPECIES.vectorBitSize() >= 256;

    /** The distance of the partial sums of the second half of a vector from those of the first. */
    static final int HALF = DOUBLES.length();

    /**
     * Moves the second half of a vector of floats to the front. With the second part {@code convertShape} has so many nodes that
     * C2 stops inlining within a kernel. Kernels convert without a helper: where C2 is late, the profile that methods behind a
     * constant handle share tells it that they are rarely called, and it boxes their vectors.
     */
    static final VectorShuffle<Float> UPPER =
            VectorShuffle.fromOp(Vectors.SPECIES, i -> (i + HALF) % Vectors.SPECIES.length());

    /** Where the partial sums of the second sum begin. */
    static final int SECOND = SumOfSquares.PARTIALS;

    private Sums() {}
}
