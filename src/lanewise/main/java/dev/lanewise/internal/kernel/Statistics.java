package dev.lanewise.internal.kernel;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * What a step did to a block of parameters: sums of squares of the gradient, of the update and of the parameters before it,
 * and the largest update. The kernels take them in the pass that updates, in float, where they cost next to nothing: element
 * i of a block is added to lane i mod 16, so that the bits do not depend on the vector width; a lane has so few terms
 * that it loses little. The lanes are added in double, as a tree.
 */
public final class Statistics {
    /** Numbers that a block gives: see {@link #GRADIENT} and the others. */
    public static final int NUMBERS = 5;

    /** Index of the sum of the squares of the gradient. */
    public static final int GRADIENT = 0;

    /** Index of the sum of the squares of the update. */
    public static final int UPDATE = 1;

    /** Index of the sum of the squares of the parameters before the update. */
    public static final int PARAMETERS = 2;

    /** Index of the largest magnitude of an update; NaN if one is NaN. */
    public static final int LARGEST = 3;

    /** Index of the number of gradients that are NaN or infinite; for the caller to count, where their sum is not finite. */
    public static final int NON_FINITE = 4;

    /** The option that a kernel is linked with to take them. */
    static final String OPTION = "statistics";

    /** Virtual lanes: those of the widest vector. */
    static final int LANES = SumOfSquares.LANES;

    /** Where a kernel writes the lanes of the numbers. */
    static final int GG = GRADIENT * LANES, DD = UPDATE * LANES, PP = PARAMETERS * LANES, MOST = LARGEST * LANES;

    /**
     * Below it a sum of the squares of a block in float may have lost some to underflow: 65,536 times the error of a subnormal
     * square are 2⁻²⁴ of it.
     */
    private static final double SMALLEST = 0x1p-110;

    /** What a kernel writes: the lanes of each of the numbers. */
    final float[] lanes = new float[MOST + LANES];

    /** Which of these lanes is lane 0, and to which the next element of the scalar definition belongs. */
    private int first;

    private int next;

    /** The parameters before the update, where the scalar definition makes it. */
    private final float[] before = new float[FusedLoop.STAGE];

    /**
     * The elements of a block, but for the last one: few, so that threads can share a small group, and more where beginning a
     * block costs much because the memory is slow. A lane has 1,024 or 4,096 of them.
     *
     * @param elements how many there are in all, in one group
     * @return a multiple of 16
     */
    public static int block(long elements) {
        return elements < 1 << 20 ? 1 << 14 : 1 << 16;
    }

    /**
     * Whether the sum of the squares of a block is as good as a float can tell.
     *
     * @param sum the sum
     * @return false if squares may have been too large or too small for a float
     */
    public static boolean isExact(double sum) {
        return sum >= SMALLEST && sum < Double.POSITIVE_INFINITY;
    }

    static Set<String> with(Set<String> variant) {
        Set<String> all = new HashSet<>(variant);
        all.add(OPTION);
        return all;
    }

    /** Begins a block whose vectors begin after {@code head} elements, that is in another lane than 0. */
    void clear(int head) {
        Arrays.fill(lanes, 0);
        first = -head & (LANES - 1);
        next = first;
    }

    void keep(float[] parameters, int from, int count) {
        System.arraycopy(parameters, from, before, 0, count);
    }

    /** Adds elements that the scalar definition has updated after {@link #keep}. */
    void add(float[] parameters, int p0, float[] gradients, int g0, int count) {
        for (int i = 0; i < count; i++) {
            float p = before[i], g = gradients[g0 + i], change = parameters[p0 + i] - p;
            int lane = (next + i) % LANES;
            lanes[GG + lane] += g * g;
            lanes[DD + lane] += change * change;
            lanes[PP + lane] += p * p;
            lanes[MOST + lane] = Math.max(lanes[MOST + lane], change * change);
        }
        next += count;
    }

    /** Writes the numbers of the block. */
    void reduce(double[] numbers, int at) {
        for (int number = 0; number < LARGEST; number++) {
            numbers[at + number] = sum(number * LANES);
        }
        // As integers, floats without a sign are in the same order, with NaN above all. The root of a square, both
        // rounded, is
        // the number itself.
        int largest = 0;
        for (int i = MOST; i < lanes.length; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(lanes[i]));
        }
        numbers[at + LARGEST] = (float) Math.sqrt(Float.intBitsToFloat(largest));
    }

    /** The tree of {@link SumOfSquares}: lanes 8 apart, then 4, 2 and 1. */
    private double sum(int at) {
        return quarter(at, 0) + quarter(at, 2) + (quarter(at, 1) + quarter(at, 3));
    }

    private double quarter(int at, int lane) {
        return lane(at, lane) + lane(at, lane + 8) + (lane(at, lane + 4) + lane(at, lane + 12));
    }

    private double lane(int at, int lane) {
        return lanes[at + (first + lane) % LANES];
    }
}
