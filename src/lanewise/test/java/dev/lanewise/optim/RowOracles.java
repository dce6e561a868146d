package dev.lanewise.optim;

import static java.lang.Math.pow;
import static java.lang.Math.sqrt;

import java.util.Arrays;
import java.util.Map;

/** Rules of rows once more, in double, from PyTorch's and FBGEMM's documentation. */
final class RowOracles {
    private RowOracles() {}

    /** A rule with its state. */
    interface RowOracle {
        /**
         * One step, in place.
         *
         * @param table the rows
         * @param gradients the sum of the gradients of each row that has any
         */
        void step(double[][] table, Map<Integer, double[]> gradients, double rate);
    }

    static RowOracle sparseAdam(SparseAdam r, int rows, int columns) {
        double[][] m = new double[rows][columns], v = new double[rows][columns];
        int[] t = new int[1];
        return (table, gradients, rate) -> {
            t[0]++;
            double step = rate * sqrt(1 - pow(r.beta2(), t[0])) / (1 - pow(r.beta1(), t[0]));
            gradients.forEach((row, g) -> {
                for (int i = 0; i < columns; i++) {
                    m[row][i] += (1 - r.beta1()) * (g[i] - m[row][i]);
                    v[row][i] += (1 - r.beta2()) * (g[i] * g[i] - v[row][i]);
                    table[row][i] -= step * m[row][i] / (sqrt(v[row][i]) + r.epsilon());
                }
            });
        };
    }

    static RowOracle rowWiseAdagrad(RowWiseAdagrad r, int rows, int columns) {
        double[] v = new double[rows];
        Arrays.fill(v, r.initialSum());
        return (table, gradients, rate) -> gradients.forEach((row, g) -> {
            double squares = 0;
            double l2 = r.decoupled() ? 0 : r.weightDecay();
            for (int i = 0; i < columns; i++) {
                squares += pow(g[i] + l2 * table[row][i], 2);
            }
            v[row] += squares / columns;
            double step = rate / (sqrt(v[row]) + r.epsilon());
            for (int i = 0; i < columns; i++) {
                double kept = r.decoupled() ? 1 - rate * r.weightDecay() : 1 - step * r.weightDecay();
                table[row][i] = kept * table[row][i] - step * g[i];
            }
        });
    }
}
