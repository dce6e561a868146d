package dev.lanewise.testing;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * Where floats lie: a description, of which {@link Memory#allocate} makes a span.
 *
 * @param storage the kind of memory
 * @param before how many floats lie before the first
 * @param shift how many bytes the floats lie off their alignment; 0 in a {@code float[]}
 * @param readOnly whether the span may not be written
 */
public record Place(Storage storage, int before, int shift, boolean readOnly) {
    /** A kind of memory that a span may be in. */
    public enum Storage {
        /** A {@code float[]}. */
        ARRAY,
        /** Native memory of an arena of this thread. */
        CONFINED,
        /** Native memory that the collector frees. */
        AUTOMATIC,
        /** Native memory that nobody frees. */
        GLOBAL,
        /** Native memory that any thread may free. */
        SHARED,
        /** A file mapped into an arena of this thread. */
        MAPPED,
        /** A segment over a {@code byte[]}. */
        BYTES;

        /** {@return whether only the thread that made it may use it} */
        public boolean isConfined() {
            return this == CONFINED || this == MAPPED;
        }
    }

    /** Brings the shift of a place that cannot have one to 0. */
    public Place {
        shift = storage == Storage.ARRAY ? 0 : shift;
    }

    /**
     * {@return a place in each kind of memory, writable and aligned}
     *
     * @param before how many floats lie before the first
     */
    public static List<Place> ofEachStorage(int before) {
        return Arrays.stream(Storage.values())
                .map(storage -> new Place(storage, before, 0, false))
                .toList();
    }

    /** {@return places in all memory, at any offset and alignment; they shrink towards an array from its beginning on} */
    public static Arbitrary<Place> writable() {
        return places(Arbitraries.just(false));
    }

    /** {@return places as {@link #writable} has them, and read-only ones} */
    public static Arbitrary<Place> any() {
        return places(Arbitraries.of(false, true));
    }

    private static Arbitrary<Place> places(Arbitrary<Boolean> readOnly) {
        return Combinators.combine(
                        Arbitraries.of(Storage.values()),
                        Arbitraries.integers().between(0, 17),
                        Arbitraries.of(0, 0, 0, 1, 2, 3),
                        readOnly)
                .as(Place::new);
    }

    /** {@return this place, read-only} */
    public Place asReadOnly() {
        return new Place(storage, before, shift, true);
    }

    @Override
    public String toString() {
        return storage
                + (before == 0 ? "" : " from " + before)
                + (shift == 0 ? "" : " and " + shift + " bytes")
                + (readOnly ? " read-only" : "");
    }
}
