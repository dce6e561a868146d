package dev.lanewise.linalg;

import static dev.lanewise.internal.kernel.ExpKernel.EXPONENT_BIAS;
import static dev.lanewise.internal.kernel.ExpKernel.FRACTION_BITS;
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

    /** Fewer floats are not worth their copies in a block. */
    private static final int FEW = 64;

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
        FloatBits block = FloatBits.block();
        for (int i = from; i < to; i += FloatBits.BLOCK) {
            int count = Math.min(to - i, FloatBits.BLOCK);
            // Copied, because C2 vectorizes no loop over two arrays of floats that do not begin at the same index.
            System.arraycopy(x, i, block.values, 0, count);
            toPolynomials(block.values, block.bits, count);
            if (toPowers(block.bits, count) > 0) {
                block.toFloats(count);
                multiply(block.values, block.floats, count);
            } else {
                scale(block.values, block.bits, count);
            }
            System.arraycopy(block.values, 0, x, i, count);
        }
    }

    /** Replaces floats by eʳ, and stores n. */
    private static void toPolynomials(float[] x, int[] exponents, int count) {
        for (int i = 0; i < count; i++) {
            float a = Math.max(x[i], MIN_ARGUMENT), shifted = Exp.shifted(a);
            x[i] = Exp.polynomial(Exp.reduced(a, shifted));
            exponents[i] = (int) (shifted - ROUND);
        }
    }

    /**
     * Replaces n by the bits of 2ⁿ. C2 does not vectorize the loop before if it does this too.
     *
     * @return the least of the bits, which is not positive if some 2ⁿ is no normal float
     */
    private static int toPowers(int[] exponents, int count) {
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            int bits = exponents[i] + EXPONENT_BIAS << FRACTION_BITS;
            exponents[i] = bits;
            least = Math.min(least, bits);
        }
        return least;
    }

    private static void multiply(float[] x, float[] factors, int count) {
        for (int i = 0; i < count; i++) {
            x[i] *= factors[i];
        }
    }

    private static void scale(float[] x, int[] powers, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = Exp.scaled(x[i], (powers[i] >> FRACTION_BITS) - EXPONENT_BIAS);
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
