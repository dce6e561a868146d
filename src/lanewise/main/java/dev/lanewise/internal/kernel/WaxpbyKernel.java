package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;

import java.lang.invoke.MethodHandles;

/** The vector loop of w = a·x + b·y, which the BLAS standard calls WAXPBY. */
final class WaxpbyKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access W = SPEC.access(0), X = SPEC.access(1), Y = SPEC.access(2);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        if (count == 0) {
            return;
        }
        float a = c[0], b = c[1];
        Object ws = arrays[0], xs = arrays[1], ys = arrays[2];
        long w0 = at[0], x0 = at[1], y0 = at[2];
        for (int i = 0; i < count; i += LANES) {
            W.store(ws, w0, i, X.load(xs, x0, i).mul(a).add(Y.load(ys, y0, i).mul(b)));
        }
    }
}
