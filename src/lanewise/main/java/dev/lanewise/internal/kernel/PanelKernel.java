package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.FOUR;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.MASK_TYPE;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** These kernels pack panels for {@link GemmKernel}, store rows of its tiles with an epilogue, and sum columns. */
public final class PanelKernel {
    private PanelKernel() {}

    /**
     * Packs {@code k} rows of {@code valid} floats into a panel, each padded with zeros to {@code width} floats.
     *
     * @param stride the distance from one row of the source to the next
     */
    public static void copy(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        if (k == 0) {
            return;
        }
        int whole = valid - valid % LANES;
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < whole; j += LANES) {
                FLOAT_TYPE
                        .cast(FloatVector.fromArray(SPECIES, x, x0 + p * stride + j))
                        .intoArray(panel, to + p * width + j);
            }
        }
        for (int j = whole; j < width; j += LANES) {
            VectorMask<Float> read = MASK_TYPE.cast(SPECIES.indexInRange(j, valid)),
                    write = MASK_TYPE.cast(SPECIES.indexInRange(j, width));
            for (int p = 0; p < k; p++) {
                FLOAT_TYPE
                        .cast(FloatVector.fromArray(SPECIES, x, x0 + j + p * stride, read))
                        .intoArray(panel, to + j + p * width, write);
            }
        }
    }

    /**
     * Lists the columns of four rows of {@code k} floats in which at least one float is not 0.
     *
     * @param r0 the index of the first row's first float; {@code r1} to {@code r3} are those of the other rows
     * @param at receives the indices of these columns, from {@code at0} on; must have room for {@code k}
     * @return the number of these columns
     */
    public static int nonZero(float[] x, int r0, int r1, int r2, int r3, int k, int[] at, int at0) {
        if (k == 0) {
            return 0;
        }
        int n = 0;
        int p = 0;
        for (; p <= k - Long.SIZE; p += Long.SIZE) {
            long some = 0;
            for (int j = 0; j < Long.SIZE; j += LANES) {
                IntVector bits = (IntVector)
                        FloatVector.fromArray(SPECIES, x, r0 + p + j).reinterpretShape(INTS, 0);
                bits = bits.or(FloatVector.fromArray(SPECIES, x, r1 + p + j).reinterpretShape(INTS, 0));
                bits = bits.or(FloatVector.fromArray(SPECIES, x, r2 + p + j).reinterpretShape(INTS, 0));
                bits = bits.or(FloatVector.fromArray(SPECIES, x, r3 + p + j).reinterpretShape(INTS, 0));
                some |= bits.lanewise(LSHL, 1).compare(NE, 0).toLong() << j;
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
     * Packs {@code k} rows of four floats into a panel, without the rows that are all 0.
     *
     * @param stride the distance from one row of the source to the next
     * @param at receives the indices of the packed rows, times {@code step}, from {@code at0} on; must have room for {@code k}
     * @return the number of packed rows
     */
    public static int copyNonZero(
            float[] x, int x0, int stride, int k, float[] panel, int to, int[] at, int at0, int step) {
        if (k == 0) {
            return 0;
        }
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

    /** {@return whether {@code count} floats are all finite} */
    public static boolean finite(float[] x, int x0, int count) {
        if (count == 0) {
            return true;
        }
        FloatVector zero = FloatVector.zero(SPECIES), sum = zero;
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            sum = FloatVector.fromArray(SPECIES, x, x0 + i).fma(zero, sum);
        }
        float rest = 0;
        for (; i < count; i++) {
            rest += x[x0 + i] * 0;
        }
        return rest == 0 && FLOAT_TYPE.cast(sum).compare(EQ, 0).allTrue();
    }

    /** Stores t + bias to c, or max(t + bias, 0) if {@code relu} is set, for a row of {@code count} floats. */
    public static void addBias(float[] t, int t0, float[] bias, int bias0, boolean relu, float[] c, int c0, int count) {
        if (count == 0) {
            return;
        }
        int j = 0;
        float least = relu ? 0 : Float.NEGATIVE_INFINITY;
        // FloatVector.max would take more instructions, because it orders -0 below 0.
        FloatVector floor = FLOAT_TYPE.cast(FloatVector.broadcast(SPECIES, least));
        for (; j <= count - LANES; j += LANES) {
            FloatVector sum = FLOAT_TYPE.cast(
                    FloatVector.fromArray(SPECIES, t, t0 + j).add(FloatVector.fromArray(SPECIES, bias, bias0 + j)));
            FLOAT_TYPE.cast(sum.blend(floor, sum.compare(LE, floor))).intoArray(c, c0 + j);
        }
        for (; j < count; j++) {
            float sum = t[t0 + j] + bias[bias0 + j];
            c[c0 + j] = sum <= least ? least : sum;
        }
    }

    /** Stores t to c where {@code y > 0}, and 0 elsewhere, for a row of {@code count} floats. */
    public static void mask(float[] t, int t0, float[] y, int y0, float[] c, int c0, int count) {
        if (count == 0) {
            return;
        }
        FloatVector zero = FLOAT_TYPE.cast(FloatVector.zero(SPECIES));
        int j = 0;
        for (; j <= count - LANES; j += LANES) {
            FloatVector x = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, t, t0 + j));
            FloatVector z = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, y, y0 + j));
            FLOAT_TYPE.cast(zero.blend(x, z.compare(GT, 0))).intoArray(c, c0 + j);
        }
        for (; j < count; j++) {
            c[c0 + j] = y[y0 + j] > 0 ? t[t0 + j] : 0;
        }
    }

    /** Sums each column of a matrix, from the first row to the last. */
    public static void columnSums(int rows, int columns, float[] x, int x0, int stride, float[] sums, int s0) {
        if (columns == 0) {
            return;
        }
        int j = 0;
        for (; j <= columns - LANES; j += LANES) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int i = 0; i < rows; i++) {
                sum = FloatVector.fromArray(SPECIES, x, x0 + j + i * stride).add(sum);
            }
            FLOAT_TYPE.cast(sum).intoArray(sums, s0 + j);
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
