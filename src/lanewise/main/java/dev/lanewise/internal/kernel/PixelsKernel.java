package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector loop of {@link dev.lanewise.linalg.Pixels}, for vectors of which a quarter is a vector too. */
public final class PixelsKernel {
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(LANES * Byte.SIZE));

    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);

    private PixelsKernel() {}

    /**
     * Divides unsigned bytes.
     *
     * @param count how many, a multiple of the floats in a vector
     */
    public static void toFloats(byte[] x, int from, float divisor, float[] y, int to, int count) {
        for (int i = 0; i < count; i += LANES) {
            IntVector whole =
                    (IntVector) ByteVector.fromArray(BYTES, x, from + i).castShape(INTS, 0);
            FloatVector dividend =
                    (FloatVector) whole.lanewise(VectorOperators.AND, 0xff).castShape(SPECIES, 0);
            dividend.div(divisor).intoArray(y, to + i);
        }
    }
}
