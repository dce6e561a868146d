package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.MatrixShape.FanOut;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link Muon} and {@link NorMuon} have the bits of their definition in any memory, on any number of threads and in any number of
 * ranks.
 */
class MuonBitsTest {
    private static final int[][] SIZES = {{2, 2}, {3, 2}, {2, 9}, {33, 33}, {130, 70}, {70, 131}, {17, 300}};

    static Stream<MatrixRule> rules() {
        return RuleTable.all().filter(MatrixRule.class::isInstance).map(MatrixRule.class::cast);
    }

    /** Three steps by the scalar definition, with plain loops for the products and for what follows them. */
    static float[] define(MatrixRule rule, MatrixShape shape, float[] parameters, float[]... gradients) {
        Definition definition = new Definition(rule, parameters);
        Step step = new Step() {
            @Override
            public MatrixShape shape() {
                return shape;
            }

            @Override
            public long number() {
                return 1;
            }

            @Override
            public double learningRate() {
                return rule.learningRate().at(0);
            }

            @Override
            public double gradientFactor() {
                return 0.5;
            }

            @Override
            public double gradientNorm() {
                return Double.NaN;
            }

            @Override
            public long length() {
                return parameters.length;
            }

            @Override
            public double sum(int index) {
                return Double.NaN;
            }

            @Override
            public void effectiveLearningRate(double rate) {}

            @Override
            public double scalar(int index) {
                return Double.NaN;
            }

            @Override
            public void scalar(int index, double value) {}
        };
        float[] c = new float[16], u = new float[parameters.length], v = new float[shape.columns()];
        rule.coefficients(step, c);
        float[][] buffers = {definition.buffers[0], null, definition.buffers[2], u};
        for (float[] gradient : gradients) {
            buffers[1] = gradient;
            rule.prepare(buffers, 0, u.length, c);
            buffers[3] = orthogonal(buffers[3], shape.rows(), shape.columns(), rule.coefficients());
            if (rule instanceof NorMuon norMuon) {
                divide(buffers[3], v, norMuon.beta2());
            }
            rule.update(buffers, 0, u.length, c);
        }
        return buffers[0];
    }

    private static float[] orthogonal(float[] u, int rows, int columns, Muon.Coefficients coefficients) {
        if (rows > columns) {
            return transposed(orthogonal(transposed(u, rows, columns), columns, rows, coefficients), columns, rows);
        }
        double inverse = 1 / (safety(coefficients) * Math.sqrt(Definition.sum(u, true)));
        float[] x = new float[u.length];
        for (int i = 0; i < u.length; i++) {
            x[i] = (float) (u[i] * inverse);
        }
        for (double[] step : steps(coefficients)) {
            float[] a = product(x, transposed(x, rows, columns), rows, columns, rows);
            float[] p = product(a, a, rows, rows, rows);
            for (int i = 0; i < p.length; i++) {
                p[i] = p[i] * (float) step[2] + a[i] * (float) step[1];
                p[i] += i % (rows + 1) == 0 ? (float) step[0] : 0;
            }
            x = product(p, x, rows, rows, columns);
        }
        return x;
    }

    /** Divides each column by its running root mean square, and restores the norm. */
    private static void divide(float[] x, float[] v, double beta2) {
        int rows = x.length / v.length;
        double[] sums = new double[v.length];
        for (int i = 0; i < x.length; i++) {
            sums[i % v.length] += (double) x[i] * x[i];
        }
        double before = 0, after = 0;
        for (int j = 0; j < v.length; j++) {
            v[j] = (float) (v[j] * beta2 + sums[j] / rows * (1 - beta2)) + UpdateRule.TINY;
            before += sums[j];
            after += sums[j] / Math.pow(Math.sqrt(v[j]) + 1e-10, 2);
        }
        for (int i = 0; i < x.length; i++) {
            x[i] *= (float) (Math.sqrt(before / after) / (Math.sqrt(v[i % v.length]) + 1e-10));
        }
    }

    private static double safety(Muon.Coefficients coefficients) {
        return coefficients == Muon.Coefficients.POLAR_EXPRESS ? 1.02 : 1;
    }

    private static double[][] steps(Muon.Coefficients coefficients) {
        return MatrixOracles.steps(coefficients);
    }

    private static float[] transposed(float[] x, int rows, int columns) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i % columns * rows + i / columns] = x[i];
        }
        return y;
    }

    private static float[] product(float[] a, float[] b, int rows, int inner, int columns) {
        float[] c = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < inner; k++) {
                for (int j = 0; j < columns; j++) {
                    c[i * columns + j] = Math.fma(a[i * inner + k], b[k * columns + j], c[i * columns + j]);
                }
            }
        }
        return c;
    }

    @ParameterizedTest
    @MethodSource("rules")
    void hasTheBitsOfTheDefinitionInAnyMemoryOnAnyThreads(MatrixRule rule) {
        for (int[] size : SIZES) {
            int n = size[0] * size[1];
            MatrixShape shape = MatrixShape.inputsByOutputs(size[0], size[1]);
            float[] initial = random(n, 1), one = random(n, 2), two = random(n, 3);
            float[] expected = define(rule, shape, initial, one, two, one);
            for (int threads = 1; threads <= 3; threads++) {
                try (Workers workers = Workers.of(threads);
                        Arena shared = Arena.ofShared()) {
                    // In front of the matrix is a group whose second state buffer is the matrix's memory.
                    int before = 5 * threads;
                    List<FloatSpan> memories = List.of(
                            FloatSpan.of(new float[before + n]),
                            FloatSpan.of(Arena.ofAuto().allocate(4L * (before + n))),
                            FloatSpan.of(shared.allocate(4L * (before + n))));
                    for (FloatSpan parameters : memories) {
                        parameters.copyFrom(initial, 0, before, n);
                        Optimizer optimizer = new Optimizer(
                                parameters,
                                List.of(
                                        new ParameterGroup("vector", 0, before, new AdamW()),
                                        new ParameterGroup("matrix", before, n, rule).withShape(shape)),
                                StepOptions.DEFAULT.withWorkers(workers).withStatistics(threads == 2));
                        for (float[] gradient : List.of(one, two, one)) {
                            float[] all = new float[before + n];
                            System.arraycopy(gradient, 0, all, before, n);
                            optimizer.step(FloatSpan.of(all), 0.5);
                        }
                        assertArrayEquals(
                                expected, parameters.slice(before, n).toArray(), rule + " " + shape + " " + threads);
                    }
                }
            }
        }
    }

    /** No matrix is transposed in memory, and the transposed one has the transposed bits; a square one has no longer side. */
    @ParameterizedTest
    @MethodSource("rules")
    void theTransposedMatrixHasTheTransposedBits(MatrixRule rule) {
        for (int[] size : SIZES) {
            int rows = size[0], columns = size[1], n = rows * columns;
            if (rows == columns) {
                continue;
            }
            float[] parameters = random(n, 4), flipped = transposed(parameters, rows, columns);
            Optimizer straight = MuonTest.optimizer(parameters, rule, new MatrixShape(rows, columns, FanOut.COLUMNS));
            Optimizer other = MuonTest.optimizer(flipped, rule, new MatrixShape(columns, rows, FanOut.ROWS));
            for (int step = 0; step < 3; step++) {
                float[] gradient = random(n, step);
                straight.step(FloatSpan.of(gradient));
                other.step(FloatSpan.of(transposed(gradient, rows, columns)));
            }
            assertArrayEquals(transposed(parameters, rows, columns), flipped, rule + " " + Arrays.toString(size));
        }
    }

    /** The ranks have whole matrices, and exchange nothing. */
    @Test
    void anyNumberOfRanksHasTheBitsOfOneProcess() {
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("a", 0, 9000, new NorMuon()).withShape(MatrixShape.inputsByOutputs(90, 100)),
                new ParameterGroup("v", 9000, 5000, new AdamW()),
                new ParameterGroup("b", 14_000, 6000, new Muon()).withShape(MatrixShape.inputsByOutputs(100, 60)));
        float[] expected = random(20_000, 5), gradient = random(20_000, 6);
        for (int world = 1; world <= 5; world++) {
            float[] actual = random(20_000, 5);
            List<Optimizer> ranks = new ArrayList<>();
            for (int rank = 0; rank < world; rank++) {
                Shard shard = new Shard(20_000, groups, rank, world);
                FloatSpan mine = FloatSpan.of(actual, (int) shard.from(), (int) shard.length());
                ranks.add(new Optimizer(mine, shard, StepOptions.DEFAULT));
            }
            for (int step = 0; step < 3; step++) {
                for (int rank = 0; rank < world; rank++) {
                    Shard shard = new Shard(20_000, groups, rank, world);
                    ranks.get(rank).step(FloatSpan.of(gradient, (int) shard.from(), (int) shard.length()));
                }
            }
            if (world == 1) {
                expected = actual;
            }
            assertArrayEquals(expected, actual, world + " ranks");
        }
    }
}
