package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The vector loop of {@link dev.lanewise.linalg.Pixels}. It needs eight lanes, because no vector is shorter than eight bytes. */
public final class PixelsKernel {
    private static final VectorSpecies<Byte> BYTES = Vectors.species(byte.class, Byte.BYTES);

    private PixelsKernel() {}

    /**
     * Divides unsigned bytes.
     *
     * @param count the number of bytes, a multiple of the lanes of a vector
     */
    public static void toFloats(byte[] x, int from, float divisor, float[] y, int to, int count) {
        if (count == 0) {
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            IntVector whole =
                    (IntVector) ByteVector.fromArray(BYTES, x, from + i).castShape(INTS, 0);
            FloatVector dividend =
                    (FloatVector) whole.lanewise(VectorOperators.AND, 0xff).castShape(SPECIES, 0);
            FLOAT_TYPE.cast(dividend.div(divisor)).intoArray(y, to + i);
        }
    }
}
