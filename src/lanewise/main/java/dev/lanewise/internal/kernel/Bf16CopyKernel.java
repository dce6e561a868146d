package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;

import java.lang.invoke.MethodHandles;

/** The vector loop that copies the parameters, rounded to the nearest bf16. */
final class Bf16CopyKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access C = SPEC.access(0), P = SPEC.access(1);

    static void run(Object[] arrays, long[] at, int count, float[] none) {
        if (count == 0) {
            return;
        }
        Object cs = arrays[0], ps = arrays[1];
        long c0 = at[0], p0 = at[1];
        for (int i = 0; i < count; i += LANES) {
            C.storeNearest(cs, c0, i, P.load(ps, p0, i));
        }
    }
}
