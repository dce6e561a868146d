package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.ExpKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Readiness;

/** The largest logit of a row. */
final class MaxLoop {
    private static final Readiness MAX = new Readiness("Max", vectors -> {
        int count = vectors * Kernels.lanes();
        ExpKernel.max(new float[count], 0, count);
        return count;
    });

    /** Fewer floats are not worth a copy of their bits. */
    private static final int FEW = 128;

    private MaxLoop() {}

    /** {@return the largest of some floats, at least one; some float or NaN if one is NaN, either zero if both are} */
    static float run(float[] x, int from, int count) {
        if (MAX.isReady()) {
            int vectors = count - count % Kernels.lanes();
            return each(x, from + vectors, from + count, vectors == 0 ? x[from] : ExpKernel.max(x, from, vectors));
        }
        long start = MAX.start();
        float max = count < FEW
                ? each(x, from, from + count, x[from])
                : FloatBits.block().max(x, from, count);
        MAX.end(start, count);
        return max;
    }

    private static float each(float[] x, int from, int to, float max) {
        for (int i = from; i < to; i++) {
            // Math.max, which orders -0 below 0 and finds NaN, takes longer. A NaN makes the sum of a row NaN.
            if (x[i] > max) {
                max = x[i];
            }
        }
        return max;
    }
}
