package dev.lanewise.internal.kernel;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The one width of all kernels. C2 needs it as a constant; nobody else names a species. */
final class Vectors {
    static final VectorSpecies<Float> SPECIES = VectorSpecies.of(
            float.class, VectorShape.forBitSize(Platform.vectorBits()));

    /** For what comes in fours. */
    static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    /** Floats in a vector. */
    static final int LANES = SPECIES.length();

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** State below this is stored as 0; the same number as UpdateRule.TINY. */
    static final float TINY = 0x1p-100f;

    private Vectors() {}

    /** Apart, because it is asked for while {@link #SPECIES} is still undecided. */
    static final class Widest {
        /** Bits of the widest vectors of this machine. */
        static final int BITS = FloatVector.SPECIES_PREFERRED.vectorBitSize();

        private Widest() {}
    }
}
