package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;

import java.lang.invoke.MethodHandles;

/** The vector loop of the moving average of the parameters. */
final class AverageKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access A = SPEC.access(0), P = SPEC.access(1);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        if (count == 0) {
            return;
        }
        float keep = c[0], take = c[1];
        Object as = arrays[0], ps = arrays[1];
        long a0 = at[0], p0 = at[1];
        for (int i = 0; i < count; i += LANES) {
            A.store(as, a0, i, A.load(as, a0, i).mul(keep).add(P.load(ps, p0, i).mul(take)));
        }
    }
}
