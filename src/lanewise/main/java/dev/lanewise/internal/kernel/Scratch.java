package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.FusedLoop.GRADIENT;
import static dev.lanewise.internal.kernel.FusedLoop.STAGE;

import dev.lanewise.memory.FloatSpan;

/** One thread's pointers into the buffers of a {@link FusedLoop}, created once so that a step allocates nothing. */
final class Scratch {
    /** Elements of a copy for the scalar definition: few enough that those of all buffers stay in the L1 cache. */
    private static final int SHIFTED = 1 << 9;

    /** For the kernel, each buffer is an array and the index of its first element, or null and an address. */
    final Object[] arrays;

    final long[] at;

    /** For the scalar definition, each buffer is an array and the index of its first element. */
    final float[][] buffers;

    final int[] first;

    /** The staging copy of each buffer; null until it is needed. */
    private final float[][] staged;

    /** The copy of each buffer from which the scalar definition runs if the indices differ; null until it is needed. */
    private float[][] shifted;

    /** The statistics, whose partial sums are the kernel's last buffer; null if none are computed. */
    final Statistics statistics;

    /** The blocks that the rule writes for the sums of a step, after the other buffers, and the element at which they begin. */
    final float[][] temporaries;

    long origin;

    Scratch(int buffers, int temporaries, boolean statistics) {
        int all = buffers + temporaries;
        this.statistics = statistics ? new Statistics() : null;
        this.arrays = new Object[statistics ? all + 1 : all];
        this.at = new long[arrays.length];
        if (statistics) {
            arrays[all] = this.statistics.sums;
        }
        this.buffers = new float[all][];
        this.first = new int[all];
        this.staged = new float[buffers][];
        this.temporaries = new float[temporaries][SumOfSquares.BLOCK];
    }

    /** Points the kernel at element {@code from} of each buffer. */
    void pointAtStorage(FloatSpan[] spans, Storage[] storages, long from) {
        for (int b = 0; b < spans.length; b++) {
            arrays[b] = storages[b].array(spans[b]);
            at[b] = storages[b].at(spans[b], from);
        }
        for (int t = 0; t < temporaries.length; t++) {
            arrays[spans.length + t] = temporaries[t];
            at[spans.length + t] = from - origin;
        }
    }

    /** Advances each buffer, and the partial sums of the statistics, by one vector. */
    void advance(int lanes) {
        for (int b = 0; b < at.length; b++) {
            at[b] += arrays[b] == null ? (long) Float.BYTES * lanes : lanes;
        }
    }

    /**
     * Runs the scalar definition on the buffers at which this points. It has one index for all of them, because C2 vectorizes
     * no loop whose arrays have an index each: it cannot exclude that two of them are one array, and overlap. Where the first
     * elements have different indices, the definition runs on copies, which takes two to five times as long.
     */
    void define(FusedLoop.Definition definition, int count, float[] constants) {
        if (hasOneIndex()) {
            definition.update(buffers, first[0], first[0] + count, constants);
            return;
        }
        if (shifted == null) {
            shifted = new float[buffers.length][SHIFTED];
        }
        for (int done = 0; done < count; done += SHIFTED) {
            int length = Math.min(SHIFTED, count - done);
            for (int b = 0; b < buffers.length; b++) {
                System.arraycopy(buffers[b], first[b] + done, shifted[b], 0, length);
            }
            definition.update(shifted, 0, length, constants);
            for (int b = 0; b < buffers.length; b++) {
                if (b != GRADIENT) {
                    System.arraycopy(shifted[b], 0, buffers[b], first[b] + done, length);
                }
            }
        }
    }

    private boolean hasOneIndex() {
        for (int index : first) {
            if (index != first[0]) {
                return false;
            }
        }
        return true;
    }

    /** Multiplies the staged gradient by a factor, and clamps it to ± a limit. */
    void clampGradient(float factor, float limit, int count) {
        float[] gradient = buffers[GRADIENT];
        for (int i = 0; i < count; i++) {
            gradient[i] = Math.min(Math.max(gradient[i] * factor, -limit), limit);
        }
    }

    /** Points the scalar definition at element {@code from} of each buffer, or at a staging copy if the buffer is not an array. */
    void pointAtArrays(FloatSpan[] spans, boolean copyGradient, long from, int count) {
        for (int b = 0; b < spans.length; b++) {
            FloatSpan span = spans[b];
            if (span.isArray() && !(b == GRADIENT && copyGradient)) {
                buffers[b] = span.array();
                first[b] = span.arrayOffset() + (int) from;
            } else {
                if (staged[b] == null) {
                    staged[b] = new float[STAGE];
                }
                buffers[b] = staged[b];
                first[b] = 0;
                span.copyTo(from, staged[b], 0, count);
            }
        }
        for (int t = 0; t < temporaries.length; t++) {
            buffers[spans.length + t] = temporaries[t];
            first[spans.length + t] = (int) (from - origin);
        }
    }
}
