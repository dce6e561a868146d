package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FOUR;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The kernels around those of {@link GemmKernel}: they pack panels, store rows of tiles, and sum columns. */
public final class PanelKernel {
    private PanelKernel() {}

    /**
     * Copies {@code k} rows of {@code valid} floats into a panel, each widened to {@code width} floats by zeros.
     *
     * @param stride from one row of the source to the next
     */
    public static void copy(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        int whole = valid - valid % LANES;
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < whole; j += LANES) {
                FloatVector.fromArray(SPECIES, x, x0 + p * stride + j).intoArray(panel, to + p * width + j);
            }
        }
        for (int j = whole; j < width; j += LANES) {
            VectorMask<Float> read = SPECIES.indexInRange(j, valid), write = SPECIES.indexInRange(j, width);
            for (int p = 0; p < k; p++) {
                FloatVector.fromArray(SPECIES, x, x0 + j + p * stride, read)
                        .intoArray(panel, to + j + p * width, write);
            }
        }
    }

    /**
     * Lists those of {@code k} columns of four rows that are not all 0.
     *
     * @param r0 where the first row begins; the others likewise
     * @param at where to write their numbers, from {@code at0} on; has room for all
     * @return how many they are
     */
    public static int nonZero(float[] x, int r0, int r1, int r2, int r3, int k, int[] at, int at0) {
        int n = 0;
        int p = 0;
        for (; p <= k - Long.SIZE; p += Long.SIZE) {
            long some = 0;
            for (int j = 0; j < Long.SIZE; j += LANES) {
                VectorMask<Integer> mask = FloatVector.fromArray(SPECIES, x, r0 + p + j)
                        .reinterpretAsInts()
                        .or(FloatVector.fromArray(SPECIES, x, r1 + p + j).reinterpretAsInts())
                        .or(FloatVector.fromArray(SPECIES, x, r2 + p + j).reinterpretAsInts())
                        .or(FloatVector.fromArray(SPECIES, x, r3 + p + j).reinterpretAsInts())
                        .lanewise(LSHL, 1)
                        .compare(NE, 0);
                some |= mask.toLong() << j;
            }
            for (; some != 0; some &= some - 1) {
                at[at0 + n++] = p + Long.numberOfTrailingZeros(some);
            }
        }
        for (; p < k; p++) {
            if (x[r0 + p] != 0 || x[r1 + p] != 0 || x[r2 + p] != 0 || x[r3 + p] != 0) {
                at[at0 + n++] = p;
            }
        }
        return n;
    }

    /**
     * Copies those of {@code k} rows of four floats into a panel that are not all 0.
     *
     * @param stride from one row of the source to the next
     * @param at where to write the numbers of these rows, times {@code step}, from {@code at0} on; has room for all
     * @return how many they are
     */
    public static int copyNonZero(
            float[] x, int x0, int stride, int k, float[] panel, int to, int[] at, int at0, int step) {
        int n = 0;
        for (int from = 0; from < k; from += Long.SIZE) {
            int end = Math.min(from + Long.SIZE, k);
            long some = 0;
            for (int p = from; p < end; p++) {
                long nonZero = FloatVector.fromArray(FOUR, x, x0 + p * stride)
                        .compare(NE, 0)
                        .toLong();
                some |= nonZero + 15 >>> 4 << p;
            }
            for (; some != 0; some &= some - 1) {
                int p = from + Long.numberOfTrailingZeros(some);
                FloatVector.fromArray(FOUR, x, x0 + p * stride).intoArray(panel, to + 4 * n);
                at[at0 + n++] = p * step;
            }
        }
        return n;
    }

    /** {@return whether none of some floats is infinite or NaN} */
    public static boolean finite(float[] x, int x0, int count) {
        FloatVector zero = FloatVector.zero(SPECIES), sum = zero;
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            sum = FloatVector.fromArray(SPECIES, x, x0 + i).fma(zero, sum);
        }
        float rest = 0;
        for (; i < count; i++) {
            rest += x[x0 + i] * 0;
        }
        return rest == 0 && sum.compare(EQ, 0).allTrue();
    }

    /** Stores t + bias to c, and if {@code relu} is set the greater of that and 0, for a row of {@code count} floats. */
    public static void addBias(float[] t, int t0, float[] bias, int bias0, boolean relu, float[] c, int c0, int count) {
        int j = 0;
        FloatVector floor = FloatVector.broadcast(SPECIES, relu ? 0 : Float.NEGATIVE_INFINITY);
        for (; j <= count - LANES; j += LANES) {
            FloatVector.fromArray(SPECIES, t, t0 + j)
                    .add(FloatVector.fromArray(SPECIES, bias, bias0 + j))
                    .max(floor)
                    .intoArray(c, c0 + j);
        }
        if (j < count) {
            VectorMask<Float> rest = SPECIES.indexInRange(j, count);
            FloatVector.fromArray(SPECIES, t, t0 + j, rest)
                    .add(FloatVector.fromArray(SPECIES, bias, bias0 + j, rest))
                    .max(floor)
                    .intoArray(c, c0 + j, rest);
        }
    }

    /** Stores t to c where {@code y > 0}, and 0 elsewhere, for a row of {@code count} floats. */
    public static void mask(float[] t, int t0, float[] y, int y0, float[] c, int c0, int count) {
        int j = 0;
        for (; j <= count - LANES; j += LANES) {
            VectorMask<Float> active = FloatVector.fromArray(SPECIES, y, y0 + j).compare(GT, 0);
            FloatVector.zero(SPECIES)
                    .blend(FloatVector.fromArray(SPECIES, t, t0 + j), active)
                    .intoArray(c, c0 + j);
        }
        if (j < count) {
            VectorMask<Float> rest = SPECIES.indexInRange(j, count);
            VectorMask<Float> active =
                    FloatVector.fromArray(SPECIES, y, y0 + j, rest).compare(GT, 0);
            FloatVector.zero(SPECIES)
                    .blend(FloatVector.fromArray(SPECIES, t, t0 + j, rest), active)
                    .intoArray(c, c0 + j, rest);
        }
    }

    /** Sums the columns {@code j} of {@code rows} rows, from the first row to the last. */
    public static void columnSums(int rows, int columns, float[] x, int x0, int stride, float[] sums, int s0) {
        int j = 0;
        for (; j <= columns - LANES; j += LANES) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int i = 0; i < rows; i++) {
                sum = sum.add(FloatVector.fromArray(SPECIES, x, x0 + j + i * stride));
            }
            sum.intoArray(sums, s0 + j);
        }
        for (; j < columns; j++) {
            float sum = 0;
            for (int i = 0; i < rows; i++) {
                sum += x[x0 + j + i * stride];
            }
            sums[s0 + j] = sum;
        }
    }
}
