package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.ORDER;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The way a kernel loads and stores the vectors of a buffer. A kernel holds one of these constants for each of its buffers, so
 * that C2 knows the type of each access, whatever profile other code has left in the JDK's segment methods.
 *
 * <p>Native memory is addressed through one constant segment that spans all of it. A segment for each buffer would
 * bring its bounds into the loop, and C2 speculates on those from a profile that the whole JVM shares: the speculation
 * fails at the end of a buffer, and C2 recompiles the loop about a hundred times.
 */
enum Access {
    ARRAY {
        @Override
        FloatVector load(Object array, long at, int i) {
            return FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, (float[]) array, (int) at + i));
        }

        @Override
        void store(Object array, long at, int i, FloatVector x) {
            FLOAT_TYPE.cast(x).intoArray((float[]) array, (int) at + i);
        }

        @Override
        FloatVector loadHalf(Object array, long at, int i) {
            return Sums.FLOATS_TYPE.cast(FloatVector.fromArray(Sums.FLOATS, (float[]) array, (int) at + i));
        }
    },

    NATIVE {
        @Override
        FloatVector load(Object none, long at, int i) {
            return FLOAT_TYPE.cast(FloatVector.fromMemorySegment(
                    SPECIES, Everything.MEMORY, at + 4L * Objects.checkIndex(i, MAX_INDEX), ORDER));
        }

        @Override
        void store(Object none, long at, int i, FloatVector x) {
            FLOAT_TYPE.cast(x).intoMemorySegment(Everything.MEMORY, at + 4L * Objects.checkIndex(i, MAX_INDEX), ORDER);
        }

        @Override
        FloatVector loadHalf(Object none, long at, int i) {
            return Sums.FLOATS_TYPE.cast(FloatVector.fromMemorySegment(
                    Sums.FLOATS, Everything.MEMORY, at + 4L * Objects.checkIndex(i, MAX_INDEX), ORDER));
        }
    },

    /** Memory that is only read. */
    BF16_NATIVE {
        @Override
        FloatVector load(Object none, long at, int i) {
            return widen(ShortVector.fromMemorySegment(
                    Halves.SHORTS, Everything.MEMORY, at + 2L * Objects.checkIndex(i, MAX_INDEX), ORDER));
        }

        @Override
        void store(Object none, long at, int i, FloatVector x) {
            throw new AssertionError("the memory must only be read");
        }
    },

    /** The upper half of {@code at} is the {@link Noise} of the element at its lower half. */
    BF16 {
        @Override
        FloatVector load(Object array, long at, int i) {
            return widen(ShortVector.fromArray(Halves.SHORTS, (short[]) array, (int) at + i));
        }

        @Override
        void store(Object array, long at, int i, FloatVector x) {
            IntVector noise = IntVector.fromArray(INTS, Halves.NOISES, 0)
                    .add(IntVector.broadcast(INTS, (int) (at >>> 32) + i * Noise.STRIDE));
            IntVector bits = (IntVector) x.reinterpretShape(INTS, 0);
            IntVector sum = bits.add(
                    noise.lanewise(VectorOperators.LSHR, 16),
                    x.compare(VectorOperators.EQ, x).cast(INTS));
            ((ShortVector) sum.lanewise(VectorOperators.LSHR, 16).convertShape(VectorOperators.I2S, Halves.SHORTS, 0))
                    .intoArray((short[]) array, (int) at + i);
        }

        @Override
        void storeNearest(Object array, long at, int i, FloatVector x) {
            IntVector bits = (IntVector) x.reinterpretShape(INTS, 0);
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector quiet = bits.or(0x0040_0000);
            IntVector rounded = bits.add(0x7fff)
                    .add(odd)
                    .blend(quiet, x.compare(VectorOperators.NE, x).cast(INTS));
            ((ShortVector) rounded.lanewise(VectorOperators.LSHR, 16)
                            .convertShape(VectorOperators.I2S, Halves.SHORTS, 0))
                    .intoArray((short[]) array, (int) at + i);
        }
    };

    /** The method {@link #store}, by which the kernels of rules store: see {@link Kernels#handle}. */
    static final MethodHandle STORE = Kernels.handle(Access.class, "store");

    private static FloatVector widen(ShortVector x) {
        return (FloatVector) ((IntVector) x.convertShape(VectorOperators.S2I, INTS, 0))
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretShape(SPECIES, 0);
    }

    /**
     * A bound above every index of a kernel. C2 hoists the check out of the loop and derives from it that the index cannot
     * overflow; without it the index is widened again for each vector of each buffer, which takes as many instructions as the
     * rule.
     */
    private static final int MAX_INDEX = Integer.MAX_VALUE - 1024;

    /**
     * Loads the vector that begins at element {@code i} of a buffer.
     *
     * @param array the array of the buffer; null in native memory
     * @param at the beginning of the buffer: an index into the array, or an address in native memory
     * @param i the first element, counted from {@code at}
     */
    abstract FloatVector load(Object array, long at, int i);

    /** {@return whether {@link #loadHalf} is there: for floats whose vectors have more than two} */
    boolean hasHalves() {
        return Sums.FLOATS != null && (this == ARRAY || this == NATIVE);
    }

    /** Loads half a vector, of {@link Sums#FLOATS}, where {@link #hasHalves}; otherwise as {@link #load}. */
    FloatVector loadHalf(Object array, long at, int i) {
        throw new AssertionError("only floats have halves");
    }

    /** Stores the vector that begins at element {@code i}; the counterpart of {@link #load}. */
    abstract void store(Object array, long at, int i, FloatVector x);

    /** Stores the vector as {@link #store}, rounded to the nearest where the buffer has fewer bits than a float. */
    void storeNearest(Object array, long at, int i, FloatVector x) {
        store(array, at, i, x);
    }

    /** A separate class, because vectors of two floats have no counterpart. */
    private static final class Halves {
        static final VectorSpecies<Short> SHORTS = Vectors.species(short.class, Short.BYTES);

        /** The numbers of the elements of a vector whose first one has the number 0. */
        static final int[] NOISES = Noise.multiples(SPECIES.length());
    }

    /** A separate class, because creating the segment requires native access, which the array kernels must not need. */
    private static final class Everything {
        @SuppressWarnings("restricted")
        static final MemorySegment MEMORY = MemorySegment.ofAddress(0).reinterpret(Long.MAX_VALUE);

        static {
            // The first segment of an array gives the JVM a second class of segments, for which it gives up kernels
            // that it has compiled for the first.
            MemorySegment.ofArray(new byte[1]);
        }
    }
}
