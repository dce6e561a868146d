package dev.lanewise.optim;

import dev.lanewise.Workers;

/** The ranges into which a pass over the elements is divided. */
final class Ranges {
    /** The number of elements for each thread; a smaller range is not worth another thread. */
    private static final long GRAIN = 1 << 15;

    private Ranges() {}

    /** {@return the number of ranges for so many elements; 1 if memory is confined to the caller's thread} */
    static int of(Workers workers, long length, boolean confined) {
        return confined ? 1 : Math.clamp(length / GRAIN, 1, workers.threads());
    }
}
