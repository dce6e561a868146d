package dev.lanewise.nn;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A pool of {@link ForwardPass}es without locks: a thread that finds none creates one instead of waiting, and one that finds no
 * room drops its own. It does not depend on the number of threads, so that ten thousand virtual threads keep no more than two
 * for each processor.
 */
final class ForwardPasses {
    /** References a cache line apart, so that threads that take different ones do not contend for a line. */
    private static final int STEP = 16;

    /** Twice the processors, at least, because the operating system may suspend a thread within a call. It is a power of two. */
    private static final int SLOTS =
            Integer.highestOneBit(4 * Runtime.getRuntime().availableProcessors() - 1);

    private final AtomicReferenceArray<ForwardPass> slots = new AtomicReferenceArray<>(SLOTS * STEP);
    private final int layers;

    ForwardPasses(int layers) {
        this.layers = layers;
    }

    /** {@return a pass that no other thread has} */
    ForwardPass take() {
        int first = slot();
        for (int i = 0; i < SLOTS; i++) {
            int at = (first + i & SLOTS - 1) * STEP;
            if (slots.getPlain(at) != null) {
                ForwardPass pass = slots.getAndSet(at, null);
                if (pass != null) {
                    return pass;
                }
            }
        }
        return new ForwardPass(layers);
    }

    /** Returns a pass, which the thread does not use any more. */
    void give(ForwardPass pass) {
        int first = slot();
        for (int i = 0; i < SLOTS; i++) {
            int at = (first + i & SLOTS - 1) * STEP;
            if (slots.getPlain(at) == null && slots.compareAndSet(at, null, pass)) {
                return;
            }
        }
    }

    /** {@return the slot at which this thread begins, the same each time, so that it finds the pass that is in its core's cache} */
    private static int slot() {
        return (int) Thread.currentThread().threadId() & SLOTS - 1;
    }
}
