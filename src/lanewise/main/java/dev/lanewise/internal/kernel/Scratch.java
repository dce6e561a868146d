package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.FusedLoop.GRADIENT;
import static dev.lanewise.internal.kernel.FusedLoop.STAGE;

import dev.lanewise.memory.FloatSpan;

/** What one thread needs to point at its range, made once so that a step allocates nothing. */
final class Scratch {
    /** For the kernel: arrays and first indices, or null and addresses. */
    final Object[] arrays;

    final long[] at;

    /** For the definition. */
    final float[][] buffers;

    final int[] first;

    private final float[][] blocks;

    /** Their lanes are the kernel's last buffer; null where none are taken. */
    final Statistics statistics;

    Scratch(int buffers, boolean statistics) {
        this.statistics = statistics ? new Statistics() : null;
        this.arrays = new Object[statistics ? buffers + 1 : buffers];
        this.at = new long[arrays.length];
        if (statistics) {
            arrays[buffers] = this.statistics.lanes;
        }
        this.buffers = new float[buffers][];
        this.first = new int[buffers];
        this.blocks = new float[buffers][];
    }

    void pointAtStorage(FloatSpan[] spans, Storage[] storages, long from) {
        for (int b = 0; b < spans.length; b++) {
            arrays[b] = storages[b].array(spans[b]);
            at[b] = storages[b].at(spans[b], from);
        }
    }

    /** On to the next lanes, in the statistics as well. */
    void advance(int lanes) {
        for (int b = 0; b < at.length; b++) {
            at[b] += arrays[b] == null ? (long) Float.BYTES * lanes : lanes;
        }
    }

    /** Copies what is in no array, and the gradient if it is to be changed. */
    void pointAtArrays(FloatSpan[] spans, boolean copyGradient, long from, int count) {
        for (int b = 0; b < spans.length; b++) {
            FloatSpan span = spans[b];
            if (span.isArray() && !(b == GRADIENT && copyGradient)) {
                buffers[b] = span.array();
                first[b] = span.arrayOffset() + (int) from;
            } else {
                if (blocks[b] == null) {
                    blocks[b] = new float[STAGE];
                }
                buffers[b] = blocks[b];
                first[b] = 0;
                span.copyTo(from, blocks[b], 0, count);
            }
        }
    }
}
