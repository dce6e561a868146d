package dev.lanewise.distributed;

import dev.lanewise.internal.event.Events;

/** The nanoseconds of the parts of a step, for its event. */
final class StepTimes {
    long tree, exchange, sums, step, gather;
    private final long[] times = new long[6];
    private long begin;

    void begin() {
        tree = exchange = sums = step = gather = 0;
        begin = System.nanoTime();
    }

    void commit(long steps, int replicas, int world, long bytesSent) {
        times[0] = System.nanoTime() - begin;
        times[1] = tree;
        times[2] = exchange;
        times[3] = sums;
        times[4] = step;
        times[5] = gather;
        Events.rankStep(steps, replicas, world, bytesSent, times);
    }
}
