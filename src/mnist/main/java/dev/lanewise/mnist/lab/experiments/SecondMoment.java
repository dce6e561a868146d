package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.data.DataSet;
import java.util.Arrays;

/** The second moment E[xxᵀ] of the images with a 1 for the bias, which bounds the curvature of a linear network's loss. */
public final class SecondMoment {
    private static final int BLOCK = 500;
    private static final int MOST_ROUNDS = 100;

    private SecondMoment() {}

    /** {@return the largest eigenvalue of the second moment of the first images, by power iteration} */
    public static double largest(DataSet images, int count) {
        int pixels = images.pixels();
        float[] x = new float[BLOCK * pixels];
        double[] v = new double[pixels + 1];
        Arrays.fill(v, 1 / Math.sqrt(v.length));
        double before = 0;
        double value = 0;
        for (int round = 0; round < MOST_ROUNDS && !(Math.abs(value - before) < 1e-9 * value); round++) {
            before = value;
            double[] next = new double[v.length];
            for (int from = 0; from < count; from += BLOCK) {
                int rows = Math.min(BLOCK, count - from);
                images.copy(from, rows, x);
                for (int row = 0; row < rows; row++) {
                    add(x, row * pixels, v, next);
                }
            }
            value = 0;
            for (double sum : next) {
                value += sum * sum;
            }
            value = Math.sqrt(value);
            for (int i = 0; i < v.length; i++) {
                v[i] = next[i] / value;
            }
            value /= count;
        }
        return value;
    }

    /** Adds x · (xᵀv) to {@code next}, where x has a 1 at the end. */
    private static void add(float[] x, int from, double[] v, double[] next) {
        int last = v.length - 1;
        double product = v[last];
        for (int i = 0; i < last; i++) {
            product += x[from + i] * v[i];
        }
        for (int i = 0; i < last; i++) {
            next[i] += x[from + i] * product;
        }
        next[last] += product;
    }
}
