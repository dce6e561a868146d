package dev.lanewise.internal.kernel;

import java.util.Arrays;

/**
 * Statistics of one step over a block of parameters: the sums of squares of the gradient, of the update and of the parameters
 * before it, and the largest update. The kernels accumulate them in the pass that updates, in float: element i of a block is
 * added to partial sum i mod 16, so that the bits do not depend on the vector width, and a partial sum has so few terms that
 * its rounding error stays small. The partial sums are added in double, as a tree.
 */
public final class Statistics {
    /** The number of statistics of a block, {@link #GRADIENT_SQUARES} to {@link #NON_FINITE}. */
    public static final int COUNT = 5;

    /** Index of the sum of the squares of the gradient. */
    public static final int GRADIENT_SQUARES = 0;

    /** Index of the sum of the squares of the update. */
    public static final int UPDATE_SQUARES = 1;

    /** Index of the sum of the squares of the parameters before the update. */
    public static final int PARAMETER_SQUARES = 2;

    /** Index of the largest magnitude of an update; NaN if an update is. */
    public static final int LARGEST_UPDATE = 3;

    /** Index of the number of gradients that are NaN or infinite; the caller counts them where the sum is not finite. */
    public static final int NON_FINITE = 4;

    /** The option that specializes a kernel for computing statistics. */
    static final String OPTION = "statistics";

    /** The number of partial sums of each statistic: the lanes of the widest vector. */
    static final int PARTIALS = SumOfSquares.PARTIALS;

    /** Indices of the partial sums of the statistics in {@link #sums}. */
    static final int GG = GRADIENT_SQUARES * PARTIALS,
            DD = UPDATE_SQUARES * PARTIALS,
            PP = PARAMETER_SQUARES * PARTIALS,
            MAX = LARGEST_UPDATE * PARTIALS;

    /**
     * The smallest sum of squares of a block in which underflow is negligible: the rounding errors of 65,536 subnormal squares
     * add up to at most 2⁻²⁴ of it.
     */
    private static final double SMALLEST = 0x1p-110;

    /**
     * Fewer elements than this are added one by one, which takes less than the copies for {@link #define}: a block of so few, and
     * those that a kernel leaves at the ends of its block, fewer than {@link #PARTIALS}.
     */
    private static final int FEW = 4 * PARTIALS;

    /** The partial sums of each statistic, as the kernels write them. */
    final float[] sums = new float[MAX + PARTIALS];

    /** The partial sum that the next of a few elements is added to. */
    private int next;

    /**
     * The bits of the square of the largest update of the scalar definition. Nonnegative floats have the order of their bits. A
     * NaN with its sign set is below all of them, but the sum of squares is NaN too.
     */
    private int largest;

    /** Whether the partial sums are at the beginnings of the parts of {@link #definition}, rather than in {@link #sums}. */
    private boolean defining;

    /**
     * Elements from one running maximum of the scalar definition to the next of the same ones. With more than the 16 of a sum,
     * fewer wait for each other: a maximum takes several instructions, because of NaN and −0.
     */
    private static final int MAXIMA = 64;

    /**
     * Elements of the running sums of a statistic in {@link #definition}: one for each element of a piece, after those that it
     * begins with.
     */
    private static final int PART = Scratch.PIECE + PARTIALS;

    /**
     * The parts of {@link #definition} after the running sums of three statistics: the parameters before and after an update, the
     * gradient, and the running maxima.
     */
    private static final int BEFORE = 3 * PART,
            AFTER = BEFORE + Scratch.PIECE,
            GRADIENT = AFTER + Scratch.PIECE,
            LARGEST = GRADIENT + Scratch.PIECE;

    /**
     * The memory of the scalar definition. It is one array, because C2 vectorizes no loop that stores to one array and loads from
     * another at a different index: it cannot exclude that they are one.
     */
    private final float[] definition = new float[LARGEST + Scratch.PIECE + MAXIMA];

    /**
     * {@return the number of elements of each block of a group except its last, a multiple of 16} Blocks of small groups are
     * small, so that threads can share them; blocks of groups that exceed the caches are larger, because each block begins with
     * cache misses. A partial sum has 1,024 or 4,096 terms.
     *
     * @param elements the elements of the group
     */
    public static int blockSize(long elements) {
        return elements < 1 << 20 ? 1 << 14 : 1 << 16;
    }

    /**
     * {@return whether a sum of squares of a block is free of overflow and underflow in float}
     *
     * @param sum the sum
     */
    public static boolean isExact(double sum) {
        return sum >= SMALLEST && sum < Double.POSITIVE_INFINITY;
    }

    /** Begins a block whose vectors begin after {@code head} elements; the first of these is added to partial sum 0. */
    void clear(int head) {
        Arrays.fill(sums, 0);
        next = -head & (PARTIALS - 1);
        defining = false;
        largest = 0;
    }

    /** Keeps the parameters that the scalar definition is about to update, at most {@link Scratch#PIECE}. */
    void keep(float[] parameters, int from, int count) {
        System.arraycopy(parameters, from, definition, BEFORE, count);
    }

    /**
     * Accumulates the elements that the scalar definition has updated since {@link #keep}. Each partial sum has a place of its own
     * after each element, because C2 vectorizes such a loop, but not one in which 16 sums are repeatedly updated.
     */
    void add(float[] parameters, int p0, float[] gradients, int g0, int count) {
        if (!defining && count < FEW) {
            addFew(parameters, p0, gradients, g0, count);
            return;
        }
        float[] x = definition;
        System.arraycopy(parameters, p0, x, AFTER, count);
        System.arraycopy(gradients, g0, x, GRADIENT, count);
        if (!defining) {
            begin();
        }
        define(x, count);
        for (int part = 0; part < BEFORE; part += PART) {
            System.arraycopy(x, part + count, x, part, PARTIALS);
        }
        System.arraycopy(x, LARGEST + count, x, LARGEST, MAXIMA);
    }

    /** Accumulates a few elements, such as those before and after the vectors of a kernel, where the kernel does. */
    private void addFew(float[] parameters, int p0, float[] gradients, int g0, int count) {
        for (int i = 0; i < count; i++) {
            float p = definition[BEFORE + i],
                    g = gradients[g0 + i],
                    change = parameters[p0 + i] - p,
                    square = change * change;
            int partial = (next + i) & (PARTIALS - 1);
            sums[GG + partial] += g * g;
            sums[DD + partial] += square;
            sums[PP + partial] += p * p;
            largest = Math.max(largest, Float.floatToRawIntBits(square));
        }
        next += count;
    }

    /** Begins the running sums of a block that runs without a kernel. Nothing has been added before: its first piece is not few. */
    private void begin() {
        defining = true;
        for (int part = 0; part < BEFORE; part += PART) {
            Arrays.fill(definition, part, part + PARTIALS, 0);
        }
        Arrays.fill(definition, LARGEST, LARGEST + MAXIMA, 0);
    }

    /** Moves the partial sums to {@link #sums}, from whichever of them on, see {@link #sum}. */
    private void end() {
        defining = false;
        for (int k = 0; k < LARGEST_UPDATE; k++) {
            System.arraycopy(definition, k * PART, sums, k * PARTIALS, PARTIALS);
        }
        for (int i = LARGEST; i < LARGEST + MAXIMA; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(definition[i]));
        }
    }

    /** Adds elements to the running sums. */
    private static void define(float[] x, int count) {
        // With a bound that C2 knows, no index can overflow, and the loop is small enough to be unrolled.
        for (int i = 0, end = Math.min(count, Scratch.PIECE); i < end; i++) {
            float p = x[i + BEFORE], g = x[i + GRADIENT], change = x[i + AFTER] - p, square = change * change;
            x[i + PARTIALS] = x[i] + g * g;
            x[i + PART + PARTIALS] = x[i + PART] + square;
            x[i + 2 * PART + PARTIALS] = x[i + 2 * PART] + p * p;
            x[i + LARGEST + MAXIMA] = Math.max(x[i + LARGEST], square);
        }
    }

    /** Writes the statistics of the block. */
    void reduce(double[] statistics, int at) {
        if (defining) {
            end();
        }
        for (int i = 0; i < LARGEST_UPDATE; i++) {
            statistics[at + i] = sum(i * PARTIALS);
        }
        // The rounded root of a rounded square is the number.
        for (int i = MAX; i < sums.length; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(sums[i]));
        }
        statistics[at + LARGEST_UPDATE] = Double.isNaN(statistics[at + UPDATE_SQUARES])
                ? Double.NaN
                : (float) Math.sqrt(Float.intBitsToFloat(largest));
    }

    /**
     * Adds up partial sums in the same tree as {@link SumOfSquares}: 8 apart, then 4, 2 and 1. Its sum has the same bits whichever
     * partial sum the block's first element is added to, because a rotation of the partial sums only exchanges terms of additions.
     */
    private double sum(int at) {
        return quarter(at) + quarter(at + 2) + (quarter(at + 1) + quarter(at + 3));
    }

    private double quarter(int i) {
        return (double) sums[i] + sums[i + 8] + ((double) sums[i + 4] + sums[i + 12]);
    }
}
