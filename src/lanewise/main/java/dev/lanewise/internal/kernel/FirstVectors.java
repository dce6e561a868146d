package dev.lanewise.internal.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Loads the Vector API before the first kernel is linked. That takes 40 ms, and longer where other threads keep the cores busy. It comes in
 * pieces of up to 10 ms, so that no step of an application has to wait for all of them.
 */
final class FirstVectors {
    private static final int PIECES = 6;

    private static final AtomicInteger NEXT = new AtomicInteger();

    private FirstVectors() {}

    /** {@return whether a part of the Vector API was loaded} */
    static boolean hasBegun() {
        return NEXT.get() > 0;
    }

    /** {@return whether this call loaded a further piece, rather than finding that there is none left or that vectors are not in use} */
    static boolean load() {
        int piece = NEXT.get() < PIECES ? NEXT.getAndIncrement() : PIECES;
        // The first call finds out the width of vectors, for which it loads their species.
        if (Kernels.lanes() == 0 || piece >= PIECES) {
            return false;
        }
        if (piece > 0) {
            Operations.run(piece);
        }
        return true;
    }

    /** A separate class, because the Vector API may be missing. */
    private static final class Operations {
        static void run(int piece) {
            switch (piece) {
                // Kernels look at the bits of floats.
                case 1 -> IntVector.SPECIES_PREFERRED.length();
                case 2 -> zero();
                case 3 -> FloatVector.fromArray(Vectors.SPECIES, new float[Vectors.LANES], 0);
                case 4 -> zero().add(zero());
                default -> zero().fma(zero(), zero()).mul(zero()).sqrt().intoArray(new float[Vectors.LANES], 0);
            }
        }

        private static FloatVector zero() {
            return FloatVector.zero(Vectors.SPECIES);
        }
    }
}
