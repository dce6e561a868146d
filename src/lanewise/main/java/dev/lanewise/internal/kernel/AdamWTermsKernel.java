package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.GT;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/** The vector loop of the first pass of {@link dev.lanewise.optim.AdamW}: the terms of its sums. */
public final class AdamWTermsKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final int STEP = SPEC.step();
    private static final Access G = SPEC.access(1), M = SPEC.access(2), V = SPEC.access(3), X = SPEC.access(4);
    private static final boolean AMSGRAD = SPEC.has("amsgrad"),
            CLIPPING = SPEC.has("updateClipping"),
            RESCALED = SPEC.has("cautiousRescaled");

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        if (count == 0) {
            return;
        }
        float scale = c[0], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], root = c[7], eps = c[8];
        int update = AMSGRAD ? 5 : 4, agrees = arrays.length - 1;
        Object gs = arrays[1], ms = arrays[2], vs = arrays[3], xs = AMSGRAD ? arrays[4] : null;
        Object us = CLIPPING ? arrays[update] : null, as = RESCALED ? arrays[agrees] : null;
        long g0 = at[1], m0 = at[2], v0 = at[3], x0 = AMSGRAD ? at[4] : 0;
        long u0 = CLIPPING ? at[update] : 0, a0 = RESCALED ? at[agrees] : 0;
        for (int i = 0; i < count; i += STEP) {
            FloatVector g = G.load(gs, g0, i).mul(scale);
            if (CLIPPING) {
                FloatVector v = V.load(vs, v0, i).mul(b2).add(g.mul(g).mul(c2)).add(TINY);
                v = AMSGRAD ? X.load(xs, x0, i).max(v) : v;
                Access.ARRAY.store(us, u0, i, g.div(v.sqrt().mul(root).max(eps)));
            }
            if (RESCALED) {
                FloatVector m = M.load(ms, m0, i)
                        .mul(b1)
                        .add(g.mul(c1))
                        .add(SIGNED_TINY)
                        .sub(SIGNED_TINY);
                FloatVector zero = FloatVector.zero(SPECIES);
                Access.ARRAY.store(as, a0, i, zero.blend(1, m.mul(g).compare(GT, 0)));
            }
        }
    }
}
