package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.GT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** What surrounds the tiles of {@link GemmKernel}: the copies into panels, and the last step from a tile to C. */
public final class PanelKernel {
    private PanelKernel() {}

    /**
     * Copies {@code k} rows of {@code valid} floats into a panel, each widened to {@code width} floats by zeros.
     *
     * @param stride from one row of the source to the next
     */
    public static void copy(float[] x, int x0, int stride, int valid, int k, float[] panel, int to, int width) {
        for (int j = 0; j < width; j += LANES) {
            if (j + LANES <= valid) {
                for (int p = 0; p < k; p++) {
                    FloatVector.fromArray(SPECIES, x, x0 + j + p * stride).intoArray(panel, to + j + p * width);
                }
            } else {
                VectorMask<Float> read = SPECIES.indexInRange(j, valid), write = SPECIES.indexInRange(j, width);
                for (int p = 0; p < k; p++) {
                    FloatVector.fromArray(SPECIES, x, x0 + j + p * stride, read)
                            .intoArray(panel, to + j + p * width, write);
                }
            }
        }
    }

    /** c = t + bias, and where {@code relu} is set the greater of that and 0, for a row of {@code count} floats. */
    public static void addBias(float[] t, int t0, float[] bias, int bias0, boolean relu, float[] c, int c0, int count) {
        int j = 0;
        FloatVector floor = FloatVector.broadcast(SPECIES, relu ? 0 : Float.NEGATIVE_INFINITY);
        for (; j <= count - LANES; j += LANES) {
            FloatVector.fromArray(SPECIES, t, t0 + j)
                    .add(FloatVector.fromArray(SPECIES, bias, bias0 + j))
                    .max(floor)
                    .intoArray(c, c0 + j);
        }
        for (; j < count; j++) {
            float x = t[t0 + j] + bias[bias0 + j];
            c[c0 + j] = relu ? Math.max(x, 0) : x;
        }
    }

    /** c = t where {@code y > 0}, else 0, for a row of {@code count} floats. */
    public static void mask(float[] t, int t0, float[] y, int y0, float[] c, int c0, int count) {
        int j = 0;
        for (; j <= count - LANES; j += LANES) {
            VectorMask<Float> active = FloatVector.fromArray(SPECIES, y, y0 + j).compare(GT, 0);
            FloatVector.zero(SPECIES)
                    .blend(FloatVector.fromArray(SPECIES, t, t0 + j), active)
                    .intoArray(c, c0 + j);
        }
        for (; j < count; j++) {
            c[c0 + j] = y[y0 + j] > 0 ? t[t0 + j] : 0;
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
