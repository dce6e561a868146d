package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;

import java.lang.invoke.MethodHandles;

/**
 * The vector loop that copies from one storage to another, and so packs or unpacks; with the option {@code nearest} it rounds to
 * the nearest.
 */
final class CopyKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final Access TO = SPEC.access(0), FROM = SPEC.access(1);
    private static final boolean NEAREST = SPEC.has("nearest");

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        if (count == 0) {
            return;
        }
        Object to = arrays[0], from = arrays[1];
        long to0 = at[0], from0 = at[1];
        for (int i = 0; i < count; i += LANES) {
            if (NEAREST) {
                TO.storeNearest(to, to0, i, FROM.load(from, from0, i));
            } else {
                TO.store(to, to0, i, FROM.load(from, from0, i));
            }
        }
    }
}
