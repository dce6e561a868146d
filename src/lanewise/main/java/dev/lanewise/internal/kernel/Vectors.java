package dev.lanewise.internal.kernel;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** This class has the vector width of all kernels, as constants, which C2 needs. */
final class Vectors {
    static final VectorSpecies<Float> SPECIES =
            VectorSpecies.of(float.class, VectorShape.forBitSize(Platform.vectorBits()));

    /**
     * The species of the bits of {@link #SPECIES}. Kernels use it with {@code reinterpretShape}, because C2 of JDK 27 does
     * not inline {@code reinterpretAsInts} and {@code reinterpretAsFloats}, and boxes their vectors.
     */
    static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);

    /**
     * The class of the vectors of {@link #SPECIES}, to which a kernel casts the vectors that it loads and stores, and its running
     * sums before it adds to them. C2 does not know the class of most results when it compiles the operations on them: it inlines
     * these by the profile that the whole JVM shares, where other code has used vectors of another length for both classes.
     * Where such a vector is stored, or goes from one iteration to the next, C2 boxes it, which takes up to twelve times as long.
     * A kernel may also call the operation on the new vector, with the sum as its argument. Products add their sums to a vector of
     * zeros, which they cast once.
     */
    static final Class<? extends FloatVector> FLOAT_TYPE = SPECIES.vectorType().asSubclass(FloatVector.class);

    /** The class of the masks of {@link #SPECIES}, see {@link #FLOAT_TYPE}. */
    static final Class<? extends VectorMask<Float>> MASK_TYPE = SPECIES.maskType();

    /** The class of the vectors of {@link #INTS}, see {@link #FLOAT_TYPE}. */
    static final Class<? extends IntVector> INT_TYPE = INTS.vectorType().asSubclass(IntVector.class);

    /** The species of four floats, for operations on four rows or columns at a time. */
    static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    /** The number of lanes of a vector. */
    static final int LANES = SPECIES.length();

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Vectors() {}

    /** {@return the species of another type with as many lanes as {@link #SPECIES}, of which there is none for the fewest lanes} */
    static <E> VectorSpecies<E> species(Class<E> type, int bytes) {
        return VectorSpecies.of(type, VectorShape.forBitSize(LANES * bytes * Byte.SIZE));
    }

    /** A separate class, because {@link Platform} reads it before {@link #SPECIES} is initialized. */
    static final class Widest {
        /** The width of this machine's widest vectors, in bits. */
        static final int BITS = FloatVector.SPECIES_PREFERRED.vectorBitSize();

        private Widest() {}
    }
}
