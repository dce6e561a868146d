package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.RowOracles.RowOracle;
import dev.lanewise.schedule.Constant;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Row optimizers against trajectories of PyTorch, torchrec and FBGEMM's definition, whose rows repeat, and against the oracles in
 * double.
 */
class RowGoldensTest {
    static final List<String> FILES = List.of(
            "golden2/sparse_adam",
            "golden2/sparse_adam_betas",
            "golden2/rowwise_adagrad",
            "golden2/rowwise_adagrad_torchrec",
            "golden2/rowwise_adagrad_l2",
            "golden2/rowwise_adagrad_decoupled");

    /** The rows of a golden file of the sparse inputs. */
    private static final class Trajectory {
        final Map<String, Object> file, inputs;
        final int rows, columns;

        Trajectory(String name) throws IOException {
            file = GoldenTrajectory.read(name);
            inputs = GoldenTrajectory.read("golden2/inputs");
            assertEquals("sparse", file.get("inputs"));
            double[] shape = numbers(inputs.get("shape"));
            rows = (int) shape[0];
            columns = (int) shape[1];
        }

        double[] parameters() {
            return numbers(inputs.get("parameters"));
        }

        int[] indices(int step) {
            double[] indices = numbers(((List<?>) inputs.get("sparse_indices")).get(step));
            return Arrays.stream(indices).mapToInt(index -> (int) index).toArray();
        }

        double[] values(int step) {
            return numbers(((List<?>) inputs.get("sparse_values")).get(step));
        }

        int count(String name) {
            return (int) (double) file.get(name);
        }

        double[] expected(String precision, int step) {
            return numbers(((List<?>) file.get(precision)).get(step / count("every") - 1));
        }

        UpdateRule rule() {
            Map<?, ?> given = (Map<?, ?>) file.get("hyperparameters");
            Constant rate = new Constant((double) given.get("lr"));
            double epsilon = (double) given.get("eps");
            if (given.containsKey("betas")) {
                double[] betas = numbers(given.get("betas"));
                return new SparseAdam(rate, betas[0], betas[1], epsilon);
            }
            boolean decoupled = "decouple".equals(given.get("weight_decay_mode"));
            return new RowWiseAdagrad(rate, (double) given.get("weight_decay"), decoupled, 0, epsilon);
        }

        private static double[] numbers(Object list) {
            return ((List<?>) list).stream().mapToDouble(x -> (double) x).toArray();
        }
    }

    private static RowOracle oracle(UpdateRule rule, int rows, int columns) {
        return rule instanceof SparseAdam adam
                ? RowOracles.sparseAdam(adam, rows, columns)
                : RowOracles.rowWiseAdagrad((RowWiseAdagrad) rule, rows, columns);
    }

    /** Our error may be half as large again as that of the source's own float32. */
    @ParameterizedTest
    @FieldSource("FILES")
    void asExactAsTheSource(String name) throws IOException {
        Trajectory trajectory = new Trajectory(name);
        FloatSpan table = FloatSpan.of(GoldenTrajectory.floats(trajectory.parameters()));
        RowOptimizer optimizer = new RowOptimizer(table, trajectory.columns, trajectory.rule());
        double ours = 0, limit = 0;
        for (int t = 1; t <= trajectory.count("steps"); t++) {
            optimizer.step(trajectory.indices(t - 1), FloatSpan.of(GoldenTrajectory.floats(trajectory.values(t - 1))));
            if (t % trajectory.count("every") == 0) {
                double[] expected = trajectory.expected("float64", t);
                ours = Math.max(ours, error(table.toArray(), expected));
                limit = Math.max(limit, error(GoldenTrajectory.floats(trajectory.expected("float32", t)), expected));
            }
        }
        double error = ours, bound = 1.5 * limit + 1e-7;
        assertTrue(error <= bound, () -> "our error " + error + ", the bound " + bound);
        Map<?, ?> state = (Map<?, ?>) trajectory.file.get("final_state");
        String[][] names = {{"exp_avg", "exp_avg"}, {"exp_avg_sq", "exp_avg_sq"}, {"sum", "sum"}, {"momentum1", "sum"}};
        int compared = 0;
        for (String[] pair : names) {
            if (state.containsKey(pair[0])) {
                double[] expected = Trajectory.numbers(state.get(pair[0]));
                assertEquals(expected.length, optimizer.state(pair[1]).length());
                assertTrue(error(optimizer.state(pair[1]).toArray(), expected) < 2e-6, pair[0]);
                compared++;
            }
        }
        assertEquals(trajectory.rule().state().size(), compared);
    }

    @ParameterizedTest
    @FieldSource("FILES")
    void theOracleIsTheSourceInDouble(String name) throws IOException {
        Trajectory trajectory = new Trajectory(name);
        int columns = trajectory.columns;
        double[][] table = table(trajectory.parameters(), columns);
        UpdateRule rule = trajectory.rule();
        RowOracle oracle = oracle(rule, trajectory.rows, columns);
        for (int t = 1; t <= trajectory.count("steps"); t++) {
            Map<Integer, double[]> sums = sums(trajectory.indices(t - 1), trajectory.values(t - 1), columns);
            oracle.step(table, sums, rule.learningRate().at(0));
            if (t % trajectory.count("every") == 0) {
                double[] expected = trajectory.expected("float64", t);
                for (int i = 0; i < expected.length; i++) {
                    assertEquals(
                            expected[i], table[i / columns][i % columns], 1e-9 * Math.max(1, Math.abs(expected[i])));
                }
            }
        }
    }

    static final List<UpdateRule> RULES = List.of(
            new SparseAdam(0.01),
            new SparseAdam(0.01).withBetas(0.5, 0.9),
            new RowWiseAdagrad(0.05),
            new RowWiseAdagrad(0.05).withWeightDecay(0.1).withInitialSum(0.5),
            new RowWiseAdagrad(0.05).withWeightDecay(0.1).withDecoupled(true));

    /** Gradients of all magnitudes, a schedule, and repeats; the tolerance is that of the test of the other rules. */
    @ParameterizedTest
    @FieldSource("RULES")
    void closeToTheOracle(UpdateRule rule) {
        int rows = 31, columns = 7;
        Random random = new Random(11);
        double[] initial =
                random.doubles(rows * columns, -1, 1).map(x -> (float) x).toArray();
        double[][] exact = table(initial, columns);
        FloatSpan table = FloatSpan.of(GoldenTrajectory.floats(initial));
        RowOptimizer optimizer = new RowOptimizer(
                table,
                columns,
                rule.withLearningRate(step -> rule.learningRate().at(0) / (1 + step % 3)));
        RowOracle oracle = oracle(rule, rows, columns);
        for (int t = 0; t < 60; t++) {
            int[] list = random.ints(20, 0, rows - 1).toArray();
            double[] values = random.doubles(20 * columns, -1, 1).toArray();
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] * Math.pow(10, list[i / columns] % 12 - 9));
            }
            optimizer.step(list, FloatSpan.of(GoldenTrajectory.floats(values)));
            oracle.step(exact, sums(list, values, columns), rule.learningRate().at(0) / (1 + t % 3));
        }
        for (int i = 0; i < rows * columns; i++) {
            assertEquals(exact[i / columns][i % columns], table.get(i), 1e-5);
        }
    }

    /** The numbers are calculated by hand: a row with the gradient 3 at steps 1 and 11 alone. */
    @Test
    void theMomentsOfAnAbsentRowRest() {
        float[] table = new float[2];
        RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(table), 1, new SparseAdam(1));
        optimizer.step(new int[] {1, 1}, FloatSpan.of(new float[] {1, 2}));
        assertEquals(-0.99999999, table[1], 1e-6);
        assertEquals(0.3, optimizer.state("exp_avg").get(1), 1e-7);
        assertEquals(0.009, optimizer.state("exp_avg_sq").get(1), 1e-8);
        for (int t = 2; t <= 10; t++) {
            optimizer.step(new int[] {}, FloatSpan.of(new float[0]));
        }
        float before = table[1];
        optimizer.step(new int[] {1}, FloatSpan.of(new float[] {3}));
        assertEquals(0.64791, before - table[1], 1e-5);
        assertEquals(0.57, optimizer.state("exp_avg").get(1), 1e-6);
        assertEquals(0.017991, optimizer.state("exp_avg_sq").get(1), 1e-8);
        assertEquals(0, table[0]);

        float[] dense = new float[1];
        Optimizer decaying = new Optimizer(FloatSpan.of(dense), new SparseAdam(1));
        for (int t = 1; t <= 11; t++) {
            before = dense[0];
            decaying.step(FloatSpan.of(new float[] {t == 1 || t == 11 ? 3 : 0}));
        }
        assertEquals(0.46094, before - dense[0], 1e-5);
    }

    /** The bias correction is that of the step: a row that is first seen late has none. */
    @Test
    void aRowThatIsFirstSeenLateMovesFurther() {
        float[] table = new float[2];
        RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(table), 1, new SparseAdam(1));
        for (int t = 1; t < 20_000; t++) {
            optimizer.step(new int[] {0}, FloatSpan.of(new float[] {1}));
        }
        optimizer.step(new int[] {1}, FloatSpan.of(new float[] {1}));
        assertEquals(-0.1 / Math.sqrt(0.001), table[1], 1e-4);
    }

    private static double[][] table(double[] values, int columns) {
        double[][] table = new double[values.length / columns][];
        Arrays.setAll(table, row -> Arrays.copyOfRange(values, row * columns, (row + 1) * columns));
        return table;
    }

    private static Map<Integer, double[]> sums(int[] list, double[] values, int columns) {
        Map<Integer, double[]> sums = new HashMap<>();
        for (int i = 0; i < values.length; i++) {
            sums.computeIfAbsent(list[i / columns], row -> new double[columns])[i % columns] += values[i];
        }
        return sums;
    }

    private static double error(float[] actual, double[] expected) {
        double worst = 0;
        for (int i = 0; i < actual.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i])));
        }
        return worst;
    }
}
