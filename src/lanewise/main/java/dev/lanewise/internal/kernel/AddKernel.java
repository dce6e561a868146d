package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;

import java.lang.invoke.MethodHandles;

/** The vector loop of a += b, by which gradients are added up. */
final class AddKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access A = SPEC.access(0), B = SPEC.access(1);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        if (count == 0) {
            return;
        }
        Object as = arrays[0], bs = arrays[1];
        long a0 = at[0], b0 = at[1];
        for (int i = 0; i < count; i += LANES) {
            A.store(as, a0, i, A.load(as, a0, i).add(B.load(bs, b0, i)));
        }
    }
}
