package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.DotProduct;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Computes with vectors that are as long as the parameters, divided among threads: BLAS level 1. The bits depend on neither the
 * threads nor the storage. The arguments of each operation are fields, because a lambda that captured them would allocate.
 */
final class FlatVectors {
    private static final int BLOCK = DotProduct.BLOCK;

    private final long length;
    private final Workers workers;
    private final double[] sums;
    private final DotProduct dot;

    /** The loop between vectors of one storage, and the one that writes the parameters, which may have another. */
    private final FusedLoop among, toParameters;

    private final float[] coefficients = new float[2];
    private final float[][] staged;
    private final IntConsumer dotRange = this::dotRange, largestRange = this::largestRange, loopRange = this::loopRange;
    private FusedLoop loop;
    private FloatSpan operand;
    private int ranges;

    FlatVectors(long length, Workers workers) {
        this.length = length;
        this.workers = workers;
        this.sums = new double[Math.toIntExact((length + BLOCK - 1) / BLOCK)];
        this.dot = new DotProduct(workers.threads());
        this.among = new FusedLoop("Waxpby", Set.of(), 3, 0, 0, workers.threads(), false);
        this.toParameters = new FusedLoop("Waxpby", Set.of(), 3, 0, 0, workers.threads(), false);
        this.staged = new float[workers.threads()][];
    }

    /** {@return x · y, in double: the sums of blocks of 4,096 elements, added in order} */
    double dot(FloatSpan x, FloatSpan y) {
        dot.bind(x, y);
        run(dotRange, false);
        double sum = 0;
        for (double each : sums) {
            sum += each;
        }
        return sum;
    }

    /** {@return the largest magnitude of an element, NaN if one is NaN} */
    double largest(FloatSpan x) {
        operand = x;
        run(largestRange, Storage.isConfined(x));
        double largest = 0;
        for (double each : sums) {
            largest = Math.max(largest, each);
        }
        return largest;
    }

    /** {@return the sum of the magnitudes, in double and in order} It is on one thread, because it is taken only once. */
    double sumOfMagnitudes(FloatSpan x) {
        double sum = 0;
        for (long i = 0; i < length; i++) {
            sum += Math.abs(x.get(i));
        }
        return sum;
    }

    /** Computes w = a·x + b·y, with a and b rounded to float. w may be x, but not y. */
    void combine(FloatSpan w, double a, FloatSpan x, double b, FloatSpan y) {
        combine(among, w, a, x, b, y);
    }

    /** Computes parameters = start + t·direction. */
    void move(FloatSpan parameters, FloatSpan start, double t, FloatSpan direction) {
        combine(toParameters, parameters, 1, start, t, direction);
    }

    private void combine(FusedLoop loop, FloatSpan w, double a, FloatSpan x, double b, FloatSpan y) {
        loop.bind(0, w);
        loop.bind(1, x);
        loop.bind(2, y);
        loop.specialize();
        coefficients[0] = (float) a;
        coefficients[1] = (float) b;
        this.loop = loop;
        run(loopRange, Storage.isConfined(w));
    }

    private void run(IntConsumer range, boolean confined) {
        ranges = Ranges.of(workers, length, confined);
        workers.runShares(ranges, range);
    }

    private int firstBlock(int range) {
        return (int) ((long) sums.length * range / ranges);
    }

    private void dotRange(int range) {
        for (int i = firstBlock(range); i < firstBlock(range + 1); i++) {
            long from = (long) i * BLOCK;
            sums[i] = dot.sum(range, from, (int) Math.min(BLOCK, length - from));
        }
    }

    private void largestRange(int range) {
        for (int i = firstBlock(range); i < firstBlock(range + 1); i++) {
            long from = (long) i * BLOCK;
            int count = (int) Math.min(BLOCK, length - from);
            if (operand.isArray()) {
                sums[i] = largest(operand.array(), operand.arrayOffset() + (int) from, count);
            } else {
                if (staged[range] == null) {
                    staged[range] = new float[BLOCK];
                }
                operand.copyTo(from, staged[range], 0, count);
                sums[i] = largest(staged[range], 0, count);
            }
        }
    }

    /** Compares bits, because magnitudes have the order of their bits, NaN above all, and C2 vectorizes a maximum of integers. */
    private static float largest(float[] x, int from, int count) {
        int largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(x[i]) & Integer.MAX_VALUE);
        }
        return Float.intBitsToFloat(largest);
    }

    private void loopRange(int range) {
        long from = (long) firstBlock(range) * BLOCK;
        long to = Math.min((long) firstBlock(range + 1) * BLOCK, length);
        loop.run(range, from, to, coefficients, FlatVectors::define);
    }

    /** The scalar definition of w = a·x + b·y. */
    private static void define(float[][] buffers, int from, int to, float[] c) {
        float a = c[0], b = c[1];
        float[] w = buffers[0], x = buffers[1], y = buffers[2];
        for (int i = from; i < to; i++) {
            w[i] = x[i] * a + y[i] * b;
        }
    }
}
