package dev.lanewise.linalg;

import static dev.lanewise.internal.kernel.ExpKernel.MIN_ARGUMENT;
import static dev.lanewise.internal.kernel.ExpKernel.ROUND;

import dev.lanewise.internal.kernel.ExpKernel;
import dev.lanewise.internal.kernel.FirstVectors.Part;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Readiness;

/** {@link Softmax#exp} of many floats, none of which is above 0. */
final class ExpLoop {
    private static final Readiness NEAR = new Readiness("Exp", 1, ExpLoop::tryNear, Part.BITS);

    /** Most processes have no float that is far from 0, and never need this kernel. */
    private static final Readiness ALL = new Readiness("Exp far from 0", 1, ExpLoop::tryAll, Part.BITS);

    /** The floats of the two loops of the definition, few enough that they and their exponents stay in the L1 cache. */
    private static final int BLOCK = 512;

    /** Fewer floats are not worth two loops. */
    private static final int FEW = 64;

    /** The exponents of a block, of each thread that has run the definition. */
    private static final ThreadLocal<int[]> EXPONENTS = new ThreadLocal<>();

    /** Whether the last trial ended at a float that is far from 0. */
    private static boolean far;

    private ExpLoop() {}

    /** Replaces floats, at least one, from {@code offset} on, by their exponentials. */
    static void run(float[] x, int offset, int count) {
        int from = offset, end = offset + count;
        boolean near = NEAR.isReady();
        if (near) {
            from += ExpKernel.runNear(x, from, wholeVectors(count));
            int rest = wholeVectors(end - from);
            if (rest == 0 || ALL.isReady()) {
                ExpKernel.run(x, from, rest);
                each(x, from + rest, end);
                return;
            }
        }
        Readiness lacking = near ? ALL : NEAR;
        long start = lacking.start();
        if (end - from < FEW) {
            each(x, from, end);
        } else {
            inBlocks(x, from, end);
        }
        lacking.end(start, end - from);
    }

    private static void each(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Softmax.exp(x[i]);
        }
    }

    /** Has the bits of {@link #each}, in less time. */
    static void inBlocks(float[] x, int from, int to) {
        int[] exponents = EXPONENTS.get();
        if (exponents == null) {
            exponents = new int[BLOCK];
            EXPONENTS.set(exponents);
        }
        for (int i = from; i < to; i += BLOCK) {
            int count = Math.min(to - i, BLOCK);
            toPolynomials(x, i, count, exponents);
            scale(x, i, count, exponents);
        }
    }

    /** Replaces floats by eʳ, and stores n. C2 vectorizes this loop; one that has the bits of floats it does not. */
    private static void toPolynomials(float[] x, int from, int count, int[] exponents) {
        for (int i = 0; i < count; i++) {
            float a = Math.max(x[from + i], MIN_ARGUMENT), shifted = Exp.shifted(a);
            x[from + i] = Exp.polynomial(Exp.reduced(a, shifted));
            exponents[i] = (int) (shifted - ROUND);
        }
    }

    private static void scale(float[] x, int from, int count, int[] exponents) {
        for (int i = 0; i < count; i++) {
            x[from + i] = Exp.scaled(x[from + i], exponents[i]);
        }
    }

    private static int wholeVectors(int count) {
        return count - count % Kernels.lanes();
    }

    /** Every other trial ends at a float that is too far from 0, so that C2 compiles both ends of the loop. */
    private static long tryNear(int vectors) {
        int count = vectors * Kernels.lanes();
        float[] x = new float[count];
        if (count > 0) {
            far = !far;
            x[count - 1] = far ? MIN_ARGUMENT : 0;
        }
        ExpKernel.runNear(x, 0, count);
        return count;
    }

    private static long tryAll(int vectors) {
        int count = vectors * Kernels.lanes();
        ExpKernel.run(new float[count], 0, count);
        return count;
    }
}
