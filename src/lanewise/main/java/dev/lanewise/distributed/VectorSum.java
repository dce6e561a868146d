package dev.lanewise.distributed;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Computes a += b for vectors of one length, divided among threads. The arguments are fields, because a lambda that captured them
 * would allocate.
 */
final class VectorSum {
    /** The number of elements for each thread; a smaller range is not worth another thread. */
    private static final long GRAIN = 1 << 15;

    private static final float[] NO_COEFFICIENTS = {};

    private final Workers workers;
    private final FusedLoop loop;
    private final IntConsumer range = this::range;
    private long length;
    private int ranges;

    VectorSum(Workers workers) {
        this.workers = workers;
        this.loop = new FusedLoop("Add", Set.of(), 2, 0, 0, workers.threads(), false);
    }

    void add(FloatSpan a, FloatSpan b) {
        loop.bind(0, a);
        loop.bind(1, b);
        loop.specialize();
        length = a.length();
        boolean confined = Storage.isConfined(a) || Storage.isConfined(b);
        ranges = confined ? 1 : Math.clamp(length / GRAIN, 1, workers.threads());
        workers.runShares(ranges, range);
    }

    private void range(int i) {
        loop.run(i, length * i / ranges, length * (i + 1) / ranges, NO_COEFFICIENTS, VectorSum::define);
    }

    /** The scalar definition of a += b. */
    private static void define(float[][] buffers, int from, int to, float[] constants) {
        float[] a = buffers[0], b = buffers[1];
        for (int i = from; i < to; i++) {
            a[i] += b[i];
        }
    }
}
