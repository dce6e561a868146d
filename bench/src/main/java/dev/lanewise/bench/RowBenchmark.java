package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.RowOptimizer;
import dev.lanewise.optim.RowWiseAdagrad;
import dev.lanewise.optim.UpdateRule;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Measures a step over 512 rows of an embedding table of 1,000,000 × 32: the library's, a loop that an application would write, and a
 * step of the whole table. Each step has other rows, so that most are not in a cache. No row repeats, since the loop adds up none.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RowBenchmark {
    static final Exhibit EXHIBIT = new Exhibit(
            RowBenchmark.class,
            "Rows of a table",
            "How long does a step over some rows of an embedding table take, by the library, by a loop, and by a step"
                    + " of the whole table?",
            List.of(new Plan.Part(RowBenchmark.class, Plan.SHORT, Map.of()).of("lanewise", "loop"), dense(Plan.SHORT)),
            List.of(
                    new Plan.Part(RowBenchmark.class, Plan.LONG, Map.of())
                            .of("lanewise", "loop")
                            .forks(3),
                    dense(Plan.LONG)),
            new TableSpec(
                    "512 rows of 1,000,000 × 32",
                    Unit.MICROS,
                    List.of("rule"),
                    List.of(
                            Column.LANEWISE,
                            Column.of("loop", "hand-written loop"),
                            Column.of("dense", "step of the whole table")),
                    List.of(new TableSpec.Ratio("lanewise", "loop"), new TableSpec.Ratio("dense", "lanewise"))));

    private static final int ROWS = 1_000_000, COLUMNS = 32, TOUCHED = 512, LISTS = 1024;

    /** An optimizer of the whole table has no rule of rows. */
    private static Plan.Part dense(Plan.Effort effort) {
        return new Plan.Part(
                        RowBenchmark.class,
                        effort,
                        Map.of("rule", List.of("Sgd plain", "Adagrad", "SparseAdam", "Ftrl")))
                .of("dense");
    }

    /** The rule, and the rows and the gradients of steps. */
    @State(Scope.Benchmark)
    public static class Steps {
        @Param({"Sgd plain", "Adagrad", "RowWiseAdagrad", "SparseAdam", "Ftrl"})
        public String rule;

        final int[][] lists = new int[LISTS][];
        final float[] gradients = new float[TOUCHED * COLUMNS];
        final FloatSpan span = FloatSpan.of(gradients);
        private int next;

        /** Draws the rows. */
        @Setup
        public void draw() {
            Random random = new Random(1);
            for (int i = 0; i < LISTS; i++) {
                lists[i] = random.ints(0, ROWS).distinct().limit(TOUCHED).toArray();
            }
            Values.gradients(span);
        }

        UpdateRule rule() {
            return rule.equals("RowWiseAdagrad") ? new RowWiseAdagrad(Values.LEARNING_RATE) : BenchRules.of(rule);
        }

        int[] next() {
            return lists[next++ % LISTS];
        }
    }

    /** The library's optimizer of rows. */
    @State(Scope.Benchmark)
    public static class Rows {
        RowOptimizer optimizer;

        /** Makes the table, and compiles the kernel. */
        @Setup
        public void make(Steps steps) {
            optimizer = new RowOptimizer(FloatSpan.of(new float[ROWS * COLUMNS]), COLUMNS, steps.rule());
            Values.parameters(optimizer.table());
            Values.warm(() -> optimizer.step(steps.next(), steps.span));
        }
    }

    /** The arrays of a loop: parameters and up to two buffers of state. */
    @State(Scope.Benchmark)
    public static class Buffers {
        final float[][] buffers = new float[3][];

        /** Makes the arrays, after the loop was checked against the library's first step on new state. */
        @Setup
        public void make(Steps steps) {
            UpdateRule rule = steps.rule();
            float[][] once = new float[3][ROWS * COLUMNS];
            RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(new float[ROWS * COLUMNS]), COLUMNS, rule);
            for (int i = 0; i < rule.state().size(); i++) {
                Arrays.fill(once[1 + i], rule.state().get(i).initial());
            }
            optimizer.step(steps.lists[0], steps.span);
            loop(steps.rule, steps.lists[0], steps.gradients, once);
            for (int i = 0; i < once[0].length; i++) {
                float expected = optimizer.table().get(i);
                if (!(Math.abs(once[0][i] - expected) <= 1e-3 * Math.abs(expected))) {
                    throw new IllegalStateException(
                            "parameter " + i + " is " + once[0][i] + ", but should be " + expected);
                }
            }
            for (int i = 0; i < buffers.length; i++) {
                buffers[i] = once[i];
            }
            Values.parameters(FloatSpan.of(buffers[0]));
        }
    }

    /** The library's optimizer of all parameters. */
    @State(Scope.Benchmark)
    public static class Dense {
        Optimizer optimizer;
        FloatSpan gradients;

        /** Makes the table with a gradient for all of it. */
        @Setup
        public void make(Steps steps) {
            optimizer = new Optimizer(FloatSpan.of(new float[ROWS * COLUMNS]), steps.rule());
            gradients = FloatSpan.of(new float[ROWS * COLUMNS]);
            Values.reset(optimizer, steps.rule(), gradients);
            Values.warm(() -> optimizer.step(gradients));
        }
    }

    @Benchmark
    @Fork(jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
    public void lanewise(Rows rows, Steps steps) {
        rows.optimizer.step(steps.next(), steps.span);
    }

    @Benchmark
    public void loop(Buffers arrays, Steps steps) {
        loop(steps.rule, steps.next(), steps.gradients, arrays.buffers);
    }

    @Benchmark
    @Fork(jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
    public void dense(Dense dense) {
        dense.optimizer.step(dense.gradients);
    }

    private static void loop(String rule, int[] rows, float[] g, float[][] buffers) {
        float rate = (float) Values.LEARNING_RATE;
        switch (rule) {
            case "Sgd plain" -> sgd(rows, g, buffers[0], rate);
            case "Adagrad" -> adagrad(rows, g, buffers[0], buffers[1], rate);
            case "RowWiseAdagrad" -> rowWiseAdagrad(rows, g, buffers[0], buffers[1], rate);
            // The corrections of the first step, which need not change for their time.
            case "SparseAdam" -> sparseAdam(rows, g, buffers[0], buffers[1], buffers[2], rate * 0.31622776f);
            case "Ftrl" -> ftrl(rows, g, buffers[0], buffers[1], buffers[2], rate);
            default -> throw new IllegalArgumentException(rule);
        }
    }

    private static void sgd(int[] rows, float[] g, float[] p, float rate) {
        for (int k = 0; k < rows.length; k++) {
            int row = rows[k] * COLUMNS, own = k * COLUMNS;
            for (int i = 0; i < COLUMNS; i++) {
                p[row + i] -= rate * g[own + i];
            }
        }
    }

    private static void adagrad(int[] rows, float[] g, float[] p, float[] v, float rate) {
        for (int k = 0; k < rows.length; k++) {
            int row = rows[k] * COLUMNS, own = k * COLUMNS;
            for (int i = 0; i < COLUMNS; i++) {
                float x = g[own + i], sum = v[row + i] + x * x;
                v[row + i] = sum;
                p[row + i] -= rate * x / ((float) Math.sqrt(sum) + 1e-10f);
            }
        }
    }

    private static void rowWiseAdagrad(int[] rows, float[] g, float[] p, float[] v, float rate) {
        for (int k = 0; k < rows.length; k++) {
            int row = rows[k] * COLUMNS, own = k * COLUMNS;
            float squares = 0;
            for (int i = 0; i < COLUMNS; i++) {
                squares += g[own + i] * g[own + i];
            }
            v[rows[k]] += squares / COLUMNS;
            float step = rate / ((float) Math.sqrt(v[rows[k]]) + 1e-8f);
            for (int i = 0; i < COLUMNS; i++) {
                p[row + i] -= step * g[own + i];
            }
        }
    }

    private static void sparseAdam(int[] rows, float[] g, float[] p, float[] m, float[] v, float rate) {
        for (int k = 0; k < rows.length; k++) {
            int row = rows[k] * COLUMNS, own = k * COLUMNS;
            for (int i = 0; i < COLUMNS; i++) {
                float x = g[own + i],
                        mean = m[row + i] * 0.9f + x * 0.1f,
                        square = v[row + i] * 0.999f + x * x * 0.001f;
                m[row + i] = mean;
                v[row + i] = square;
                p[row + i] -= rate * mean / ((float) Math.sqrt(square) + 1e-8f);
            }
        }
    }

    private static void ftrl(int[] rows, float[] g, float[] p, float[] n, float[] z, float rate) {
        for (int k = 0; k < rows.length; k++) {
            int row = rows[k] * COLUMNS, own = k * COLUMNS;
            for (int i = 0; i < COLUMNS; i++) {
                float x = g[own + i], before = (float) Math.sqrt(n[row + i]);
                n[row + i] += x * x;
                float root = (float) Math.sqrt(n[row + i]);
                z[row + i] += x * rate - p[row + i] * (root - before);
                p[row + i] = -z[row + i] / root;
            }
        }
    }
}
