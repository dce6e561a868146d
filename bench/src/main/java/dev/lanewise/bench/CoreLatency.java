package dev.lanewise.bench;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures the latency between two cores. The cores of a virtual machine may share a third-level cache in one second and not
 * in the next; two threads that work on the same buffers are then slower than one.
 */
final class CoreLatency {
    private static final int SAMPLES = 5;
    private static final int ROUNDS = 2_000;

    private CoreLatency() {}

    /** {@return the median nanoseconds that a cache line takes to another core and back; 0 if there is one core} */
    static long roundTripNanos() {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            return 0;
        }
        AtomicInteger turn = new AtomicInteger();
        Thread other = Thread.ofPlatform().daemon().start(() -> pass(turn, 1, 0, SAMPLES * ROUNDS));
        long[] nanos = new long[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            long start = System.nanoTime();
            pass(turn, 0, i * ROUNDS, (i + 1) * ROUNDS);
            nanos[i] = (System.nanoTime() - start) / ROUNDS;
        }
        try {
            other.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Arrays.sort(nanos);
        return nanos[SAMPLES / 2];
    }

    /** Waits in each round for the turn of {@code who}, and passes it on. */
    private static void pass(AtomicInteger turn, int who, int from, int to) {
        for (int round = from; round < to; round++) {
            while (turn.get() != 2 * round + who) {
                Thread.onSpinWait();
            }
            turn.set(2 * round + who + 1);
        }
    }
}
