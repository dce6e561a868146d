package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loads what kernels need of the Vector API before they are linked. That takes up to 100 ms, and longer where other threads keep the cores
 * busy. It comes in pieces of up to 10 ms, so that no step of an application has to wait for all of them.
 */
public final class FirstVectors {
    /** A part of the Vector API, which some kernels need. */
    public enum Part {
        /** For all kernels. */
        FLOATS(8),

        /** For those that look at the bits of floats. */
        BITS(2),

        /** For those whose buffers are bf16. */
        SHORTS(2),

        /** For those of {@link Int8Floats}. */
        BYTES(2),

        /** For those that add in double. */
        DOUBLES(4),

        /** For those that add up both halves of a vector in double. */
        HALVES(1);

        private final int pieces;
        private final AtomicInteger next = new AtomicInteger();

        Part(int pieces) {
            this.pieces = pieces;
        }
    }

    private FirstVectors() {}

    /** {@return whether a piece of the Vector API was loaded} */
    static boolean hasBegun() {
        return Part.FLOATS.next.get() > 0;
    }

    /**
     * {@return whether this call loaded a further piece, rather than finding that there is none left or that vectors are not in use}
     *
     * @param parts what is needed
     */
    static boolean load(Part... parts) {
        for (Part part : parts) {
            if (load(part)) {
                return true;
            }
        }
        return false;
    }

    private static boolean load(Part part) {
        int piece = part.next.get() < part.pieces ? part.next.getAndIncrement() : part.pieces;
        // The first call finds out the width of vectors, for which it loads their species.
        if (Kernels.lanes() == 0 || piece >= part.pieces) {
            return false;
        }
        if (part != Part.FLOATS || piece > 0) {
            Operations.run(part, piece);
        }
        return true;
    }

    /** A separate class, because the Vector API may be missing. */
    private static final class Operations {
        static void run(Part part, int piece) {
            switch (part) {
                case FLOATS -> floats(piece);
                case BITS -> bits(piece);
                case SHORTS -> shorts(piece, Vectors.species(short.class, Short.BYTES));
                case BYTES -> bytes(piece, Vectors.species(byte.class, Byte.BYTES));
                case DOUBLES -> doubles(piece);
                case HALVES -> zero().rearrange(Sums.UPPER);
            }
        }

        private static void floats(int piece) {
            switch (piece) {
                // Kernels look at the bits of floats.
                case 1 -> IntVector.SPECIES_PREFERRED.length();
                case 2 -> zero();
                case 3 -> FloatVector.fromArray(SPECIES, new float[LANES], 0);
                case 4 -> zero().add(zero());
                case 5 -> zero().fma(zero(), zero()).mul(zero()).sqrt().intoArray(new float[LANES], 0);
                case 6 -> store();
                default -> zero().sub(zero()).div(zero()).blend(0, zero().lt(FloatVector.broadcast(SPECIES, 1)));
            }
        }

        private static void store() {
            try {
                Access.STORE.invokeExact(Access.ARRAY, (Object) new float[LANES], 0L, 0, zero());
            } catch (Throwable e) {
                throw SpecializedKernel.unchecked(e);
            }
        }

        private static void bits(int piece) {
            if (piece == 0) {
                zero().reinterpretShape(INTS, 0);
            } else {
                IntVector zero = IntVector.zero(INTS);
                zero.add(zero).max(zero).and(1).lanewise(VectorOperators.LSHR, 16);
            }
        }

        private static void shorts(int piece, VectorSpecies<Short> species) {
            if (piece == 0) {
                ShortVector.fromArray(species, new short[LANES], 0);
            } else {
                IntVector bits = (IntVector) ShortVector.zero(species).convertShape(VectorOperators.S2I, INTS, 0);
                bits.add(1, zero().compare(VectorOperators.EQ, zero()).cast(INTS));
                bits.convertShape(VectorOperators.I2S, species, 0);
            }
        }

        private static void bytes(int piece, VectorSpecies<Byte> species) {
            if (piece == 0) {
                ByteVector.fromArray(species, new byte[LANES], 0);
            } else {
                IntVector bits = (IntVector) ByteVector.zero(species).convertShape(VectorOperators.B2I, INTS, 0);
                bits.blend(bits, zero().lt(1).cast(INTS)).convertShape(VectorOperators.I2B, species, 0);
            }
        }

        private static void doubles(int piece) {
            switch (piece) {
                case 0 -> DoubleVector.SPECIES_PREFERRED.length();
                case 1 -> DoubleVector.zero(Sums.DOUBLES);
                case 2 -> zero().convertShape(VectorOperators.F2D, Sums.DOUBLES, 0);
                default -> {
                    DoubleVector x = (DoubleVector) zero().convertShape(VectorOperators.F2D, Sums.DOUBLES, 1);
                    x.fma(x, x).add(x).intoArray(new double[LANES], 0);
                }
            }
        }

        private static FloatVector zero() {
            return FloatVector.zero(SPECIES);
        }
    }
}
