package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.ORDER;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;

/**
 * A vector's worth of floats in each kind of storage. A kernel holds one of these constants for each of its buffers, so
 * C2 knows which of the two methods it calls, whatever other code did with segments before.
 *
 * <p>Native memory is addressed through one constant segment that spans all of it. A segment for each buffer would
 * bring its bounds into the loop, and C2's guesses about those are made from a profile that the whole JVM shares:
 * measured, they fail at the end of a buffer and throw the compiled loop away, a hundred times over.
 */
enum Lanes {
    ARRAY {
        @Override
        FloatVector load(Object array, long at, int i) {
            return FloatVector.fromArray(SPECIES, (float[]) array, (int) at + i);
        }

        @Override
        void store(Object array, long at, int i, FloatVector x) {
            x.intoArray((float[]) array, (int) at + i);
        }
    },

    NATIVE {
        @Override
        FloatVector load(Object none, long at, int i) {
            return FloatVector.fromMemorySegment(
                    SPECIES, Everything.MEMORY, at + 4L * Objects.checkIndex(i, MOST), ORDER);
        }

        @Override
        void store(Object none, long at, int i, FloatVector x) {
            x.intoMemorySegment(Everything.MEMORY, at + 4L * Objects.checkIndex(i, MOST), ORDER);
        }
    };

    /**
     * More than any index of a kernel. The check is made once before the loop; from it C2 knows that the index cannot overflow
     * and need not be widened for each vector of each buffer anew, which took as many instructions as the rule.
     */
    private static final int MOST = Integer.MAX_VALUE - 1024;

    /**
     * Loads lanes {@code i, i + 1, …} of a buffer.
     *
     * @param array the array of the buffer; null in native memory
     * @param at where the buffer begins: an index into the array, or an address in native memory
     */
    abstract FloatVector load(Object array, long at, int i);

    /** Stores lanes {@code i, i + 1, …}; the counterpart of {@link #load}. */
    abstract void store(Object array, long at, int i, FloatVector x);

    /** Apart, because making it needs native access, which the array kernels do without. */
    private static final class Everything {
        @SuppressWarnings("restricted")
        static final MemorySegment MEMORY = MemorySegment.ofAddress(0).reinterpret(Long.MAX_VALUE);
    }
}
