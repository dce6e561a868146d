package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.SIGNED_TINY;
import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.Sums.DOUBLES;
import static dev.lanewise.internal.kernel.Sums.HALF;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.NE;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** The vector loop of the first pass of {@link dev.lanewise.optim.AdamW}: adds up the terms of its sums. */
public final class AdamWTermsKernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final int STEP = SPEC.step();
    private static final Access G = SPEC.access(1), M = SPEC.access(2), V = SPEC.access(3), X = SPEC.access(4);
    private static final boolean AMSGRAD = SPEC.has("amsgrad"),
            CLIPPING = SPEC.has("updateClipping"),
            RESCALED = SPEC.has("cautiousRescaled");

    static void run(Object[] arrays, long[] at, int count, float[] c) throws Throwable {
        if (count == 0) {
            return;
        }
        // Vectors here leave C2 more nodes for the loop, see Kernels.handle.
        FloatVector scale = broadcast(SPECIES, c[0]), b1 = broadcast(SPECIES, c[2]), c1 = broadcast(SPECIES, c[3]);
        FloatVector b2 = broadcast(SPECIES, c[4]), c2 = broadcast(SPECIES, c[5]), root = broadcast(SPECIES, c[7]);
        FloatVector eps = broadcast(SPECIES, c[8]),
                tiny = broadcast(SPECIES, TINY),
                signed = broadcast(SPECIES, SIGNED_TINY);
        Object gs = arrays[1], ms = arrays[2], vs = arrays[3], xs = AMSGRAD ? arrays[4] : null;
        long g0 = at[1], m0 = at[2], v0 = at[3], x0 = AMSGRAD ? at[4] : 0;
        double[] sums = (double[]) arrays[arrays.length - 1];
        int u0 = (int) at[at.length - 1], a0 = CLIPPING ? Sums.SECOND + u0 : u0;
        DoubleVector ul = CLIPPING ? DoubleVector.fromArray(DOUBLES, sums, u0) : null;
        DoubleVector uh = CLIPPING ? DoubleVector.fromArray(DOUBLES, sums, u0 + HALF) : null;
        // Counts are exact, so that they need no partial sums.
        int agreeing = 0;
        for (int i = 0; i < count; i += STEP) {
            FloatVector g = G.load(gs, g0, i).mul(scale);
            if (CLIPPING) {
                FloatVector v = V.load(vs, v0, i).mul(b2).add(g.mul(g).mul(c2)).add(tiny);
                // FloatVector.max would take more instructions, because it orders -0 below 0.
                if (AMSGRAD) {
                    FloatVector x = X.load(xs, x0, i);
                    v = v.blend(x, v.lt(x)).blend(x, x.compare(NE, x));
                }
                FloatVector d = v.sqrt().mul(root), u = g.div(d.blend(eps, d.lt(eps)));
                DoubleVector low = (DoubleVector) u.convertShape(F2D, DOUBLES, 0);
                DoubleVector high = (DoubleVector) u.rearrange(Sums.UPPER).convertShape(F2D, DOUBLES, 0);
                ul = Sums.DOUBLE_TYPE.cast(ul);
                ul = Sums.FMA ? low.fma(low, ul) : ul.add(low.mul(low));
                uh = Sums.DOUBLE_TYPE.cast(uh);
                uh = Sums.FMA ? high.fma(high, uh) : uh.add(high.mul(high));
            }
            if (RESCALED) {
                FloatVector m =
                        M.load(ms, m0, i).mul(b1).add(g.mul(c1)).add(signed).sub(signed);
                agreeing += m.mul(g).compare(GT, 0f).trueCount();
            }
        }
        if (CLIPPING) {
            Sums.DOUBLE_TYPE.cast(ul).intoArray(sums, u0);
            Sums.DOUBLE_TYPE.cast(uh).intoArray(sums, u0 + HALF);
        }
        if (RESCALED) {
            sums[a0] += agreeing;
        }
    }
}
