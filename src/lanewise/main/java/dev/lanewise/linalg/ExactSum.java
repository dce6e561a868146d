package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.ExactSumKernel;
import dev.lanewise.internal.kernel.FirstVectors.Part;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Readiness;

/**
 * Sums the exponentials of a row, which are at most 1, in double. The sum goes from the first to the last; where no order would
 * make a difference, because nothing is rounded, vectors add it up.
 *
 * <p>A float of at least 2ᵏ is a multiple of 2ᵏ⁻²³, and so is every sum of such floats. All multiples up to 2ᵏ⁻²³ · 2⁵³ are doubles,
 * so that no addition of n floats rounds if n ≤ 2ᵏ⁺³⁰. For 1,000 classes k is −20: no logit may be more than 13.8 below the largest.
 */
final class ExactSum {
    /** Shorter rows are not worth a call of the kernel. */
    private static final int MIN_COUNT = 64;

    private static final Readiness KERNEL = new Readiness("Exact sum", 1, ExactSum::trial, Part.DOUBLES);

    /** Whether the last trial ended at a float that is too small. */
    private static boolean tooSmall;

    private ExactSum() {}

    /** {@return whether {@link #of} may be called for rows of so many exponentials} */
    static boolean isReady(int count) {
        return count >= MIN_COUNT && KERNEL.isReady();
    }

    /**
     * {@return the sum, or NaN if it may not be exact}
     *
     * @param x the exponentials, from {@code from} on
     * @param count the number of exponentials, for which {@link #isReady}
     */
    static double of(float[] x, int from, int count) {
        float least = least(count);
        int vectors = count - count % (2 * Kernels.lanes());
        double sum = ExactSumKernel.run(x, from, vectors, least);
        for (int i = from + vectors; i < from + count; i++) {
            if (!(x[i] >= least)) {
                return Double.NaN;
            }
            sum += x[i];
        }
        return sum;
    }

    /** {@return the sum, if need be in order} */
    static double ofRow(float[] x, int from, int count) {
        double sum = isReady(count) ? of(x, from, count) : Double.NaN;
        if (Double.isNaN(sum)) {
            long start = start(count);
            sum = inOrder(x, from, count);
            end(start, count);
        }
        return sum;
    }

    /** {@return the sum from the first to the last of any floats} */
    static double inOrder(float[] x, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += x[i];
        }
        return sum;
    }

    /** {@return 2ᵏ for so many floats, the least that may be among them} */
    static float least(int count) {
        int log2 = Integer.SIZE - Integer.numberOfLeadingZeros(count - 1);
        return Math.scalb(1f, log2 - 30);
    }

    /** {@return the time before rows are summed in order, for {@link #end}; 0 if the kernel does not take over from that} */
    static long start(int count) {
        return count < MIN_COUNT || KERNEL.isReady() ? 0 : KERNEL.start();
    }

    /** Reports that so many exponentials have been summed in order since {@link #start}. */
    static void end(long start, long count) {
        KERNEL.end(start, count);
    }

    /** Every other trial ends at a float that is too small, so that C2 compiles both ends of the loop. */
    private static long trial(int vectors) {
        int count = 2 * vectors * Kernels.lanes();
        float[] x = new float[count];
        if (count > 0) {
            tooSmall = !tooSmall;
            x[count - 1] = tooSmall ? -1 : 0;
        }
        ExactSumKernel.run(x, 0, count, 0);
        return count;
    }
}
