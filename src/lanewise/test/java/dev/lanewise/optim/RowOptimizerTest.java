package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step over rows does and refuses; {@link RowParityTest} has its bits, and {@link RowGoldensTest} its numbers. */
class RowOptimizerTest {
    private static final int ROWS = 10, COLUMNS = 3;

    static final List<UpdateRule> RULES = RowParityTest.RULES;

    private static RowOptimizer optimizer(UpdateRule rule, StepOptions options) {
        return new RowOptimizer(FloatSpan.of(random(ROWS * COLUMNS, 1)), COLUMNS, rule, options);
    }

    private static RowOptimizer optimizer(UpdateRule rule) {
        return optimizer(rule, StepOptions.DEFAULT);
    }

    private static FloatSpan gradients(int rows) {
        return FloatSpan.of(random(rows * COLUMNS, 2));
    }

    /** All that a step may write. */
    private static List<float[]> floats(RowOptimizer optimizer) {
        return Stream.concat(
                        Stream.of(optimizer.table()),
                        optimizer.rule().at(0).state().stream().map(buffer -> optimizer.state(buffer.name())))
                .map(FloatSpan::toArray)
                .toList();
    }

    private static void assertSame(List<float[]> expected, List<float[]> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i));
        }
    }

    /** Decay and moments reach the rows of a step only. */
    @ParameterizedTest
    @FieldSource("RULES")
    void absentRowsRest(UpdateRule rule) {
        RowOptimizer optimizer = optimizer(rule);
        optimizer.step(IntStream.range(0, ROWS).toArray(), gradients(ROWS));
        List<float[]> before = floats(optimizer);
        for (int i = 0; i < 5; i++) {
            optimizer.step(new int[] {7, 2, 7}, gradients(3));
        }
        List<float[]> after = floats(optimizer);
        for (int b = 0; b < before.size(); b++) {
            int width = before.get(b).length / ROWS;
            for (int i = 0; i < before.get(b).length; i++) {
                boolean touched = i / width == 7 || i / width == 2;
                assertTrue(touched || before.get(b)[i] == after.get(b)[i], "buffer " + b + ", element " + i);
            }
        }
        assertFalse(Arrays.equals(before.getFirst(), after.getFirst()));
        assertEquals(6, optimizer.steps());
    }

    /** With every row in the step, a rule of parameters gives the bits of an {@link Optimizer}. */
    @ParameterizedTest
    @FieldSource("RULES")
    void aStepOfAllRowsIsThatOfAnOptimizer(UpdateRule rule) {
        if (rule instanceof RowRule) {
            return;
        }
        RowOptimizer rows = optimizer(rule);
        Optimizer dense = new Optimizer(FloatSpan.of(random(ROWS * COLUMNS, 1)), rule);
        for (int i = 0; i < 5; i++) {
            FloatSpan gradients = FloatSpan.of(random(ROWS * COLUMNS, i));
            rows.step(IntStream.range(0, ROWS).toArray(), gradients);
            dense.step(gradients);
        }
        assertArrayEquals(dense.parameters().toArray(), rows.table().toArray());
        rule.state()
                .forEach(buffer -> assertArrayEquals(
                        dense.state("all", buffer.name()).toArray(),
                        rows.state(buffer.name()).toArray()));
    }

    @Test
    void repeatsAreAddedUpInTheirOrder() {
        float[] table = new float[4];
        RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(table), 1, new Sgd(1));
        // In float, 1 + 2⁻²⁴ + 2⁻²⁴ is 1 from the left, and 1 + 2⁻²³ from the right.
        optimizer.step(
                new int[] {2, 0, 2, 0, 2, 0}, FloatSpan.of(new float[] {1, 0x1p-24f, 0x1p-24f, 0x1p-24f, 0x1p-24f, 1}));
        assertArrayEquals(new float[] {-(1 + 0x1p-23f), 0, -1, 0}, table);
    }

    /** Infinity times a decay of 0 would be NaN. Rows of 64 elements are updated in place, and those of 3 in copies. */
    @ParameterizedTest
    @ValueSource(ints = {3, 64})
    void anInfiniteParameterHasNoPartWithoutADecay(int columns) {
        Sgd rule = new Sgd(0.5).withMomentum(0.5);
        float[] table = new float[2 * columns], gradients = new float[columns], expected = new float[2 * columns];
        Arrays.fill(table, Float.NEGATIVE_INFINITY);
        Arrays.fill(gradients, 2);
        RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(table), columns, rule);
        optimizer.step(new int[] {1}, FloatSpan.of(gradients));
        Arrays.fill(expected, columns, 2 * columns, 2);
        assertArrayEquals(expected, optimizer.state("momentum_buffer").toArray());
        optimizer.replace(rule.withWeightDecay(0.25));
        optimizer.step(new int[] {1}, FloatSpan.of(gradients));
        Arrays.fill(expected, columns, 2 * columns, Float.NEGATIVE_INFINITY);
        assertArrayEquals(expected, optimizer.state("momentum_buffer").toArray());
    }

    /** By hand: rows 1 and 3 of a table of ones; a step of 2 · 0.5 · g. */
    @Test
    void aListMayBeLongerThanItsStep() {
        float[] table = {1, 1, 1, 1, 1, 1, 1, 1};
        RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(table), 2, new Sgd(0.5));
        StepReport report = optimizer.step(new int[] {3, 1, 0, 99}, 2, FloatSpan.of(new float[] {1, 2, 3, 4, 9}), 2);
        assertArrayEquals(new float[] {1, 1, -2, -3, 1, 1, 0, -1}, table);
        assertTrue(report.applied());
        assertEquals(0.5, report.group("table").learningRate());
        assertTrue(Double.isNaN(report.gradientNorm()));
    }

    @Test
    void anEmptyStepCounts() {
        RowOptimizer optimizer = optimizer(new SparseAdam(), StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
        List<float[]> before = floats(optimizer);
        assertTrue(optimizer.step(new int[0], FloatSpan.of(new float[0])).applied());
        assertSame(before, floats(optimizer));
        assertEquals(1, optimizer.steps());
        assertEquals(0, optimizer.report().gradientNorm());
    }

    /** The norm is that of the sums: row 1 has (3, 0) and row 0 (0, 4). */
    @ParameterizedTest
    @MethodSource("normClippings")
    void clipsByTheNormOfTheTouchedRows(Clipping clipping) {
        // A factor below 0 maximizes.
        for (int factor : new int[] {2, -2}) {
            float[] table = new float[6];
            RowOptimizer optimizer =
                    new RowOptimizer(FloatSpan.of(table), 2, new Sgd(1), StepOptions.DEFAULT.withClipping(clipping));
            FloatSpan gradients = FloatSpan.of(new float[] {1, 0, 0, 4, 2, 0});
            StepReport report = optimizer.step(new int[] {1, 0, 1}, 3, gradients, factor);
            assertEquals(10, report.gradientNorm());
            assertEquals(10, report.group("table").gradientNorm());
            float sign = Math.signum(factor);
            assertArrayEquals(new float[] {0, -4 * sign, -3 * sign, 0, 0, 0}, table, 1e-5f);
        }
    }

    static List<Clipping> normClippings() {
        return List.of(Clipping.byNorm(5), Clipping.byGroupNorm(5));
    }

    @ParameterizedTest
    @FieldSource("RULES")
    void clipsTheSumsByValue(UpdateRule rule) {
        RowOptimizer clipping = optimizer(rule, StepOptions.DEFAULT.withClipping(Clipping.byValue(0.5)));
        RowOptimizer plain = optimizer(rule);
        clipping.step(new int[] {1, 1}, 2, FloatSpan.of(new float[] {1, -1, 2, 1, -1, -1.9f}), 3);
        plain.step(new int[] {1}, FloatSpan.of(new float[] {0.5f, -0.5f, Math.min((2 - 1.9f) * 3, 0.5f)}));
        assertSame(floats(plain), floats(clipping));
    }

    /** The norm of a rule is that of the touched rows. */
    @Test
    void aRuleMayTakeTheNorm() {
        float[] table = new float[6];
        new RowOptimizer(FloatSpan.of(table), 2, new NormalizedSgd(new Constant(1), 0, 0, NormScope.ALL))
                .step(new int[] {2, 0}, FloatSpan.of(new float[] {3, 0, 0, -4}));
        assertArrayEquals(new float[] {0, 0.8f, 0, 0, -0.6f, 0}, table, 1e-6f);
    }

    @ParameterizedTest
    @FieldSource("RULES")
    void skipsAStepWithAGradientThatIsNotFinite(UpdateRule rule) {
        RowOptimizer optimizer = optimizer(
                rule,
                StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP).withSkipLimit(1));
        List<float[]> before = floats(optimizer);
        // The last sum overflows, though its gradients are finite.
        FloatSpan bad = FloatSpan.of(new float[] {1, Float.NaN, 3e38f, 2, 1, 3e38f});
        int[] rows = {4, 4};
        StepReport report = optimizer.step(rows, bad);
        assertFalse(report.applied());
        assertEquals(1, report.skipped());
        assertEquals(2, report.group("table").nonFinite());
        assertSame(before, floats(optimizer));
        assertEquals(
                "more than 1 steps were skipped one after another: the gradient of table has 2 values that are not"
                        + " finite, at step 0",
                assertThrows(IllegalStateException.class, () -> optimizer.step(rows, bad))
                        .getMessage());
        assertTrue(optimizer.step(rows, gradients(2)).applied());
        assertEquals(0, optimizer.report().skipped());
        assertEquals(0, optimizer.report().group("table").nonFinite());
        assertEquals(1, optimizer.steps());

        RowOptimizer throwing = optimizer(rule, StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.THROW));
        assertThrows(ArithmeticException.class, () -> throwing.step(rows, bad));
        assertSame(before, floats(throwing));
        assertEquals(0, throwing.steps());

        RowOptimizer applying = optimizer(rule);
        assertTrue(applying.step(rows, bad).applied());
        assertTrue(Float.isNaN(applying.table().get(4 * COLUMNS + 1)));
    }

    @Test
    void replacesTheRule() {
        RowOptimizer optimizer = optimizer(new SparseAdam());
        optimizer.step(new int[] {1}, gradients(1));
        optimizer.replace(new SparseAdam(0));
        List<float[]> before = floats(optimizer);
        optimizer.step(new int[] {1}, gradients(1));
        assertArrayEquals(before.getFirst(), optimizer.table().toArray());
        assertFalse(Arrays.equals(before.get(1), optimizer.state("exp_avg").toArray()));
        assertEquals(new SparseAdam(0), optimizer.rule());
        assertEquals(2, optimizer.steps());
    }

    @Test
    void aRuleMayFollowTheStep() {
        float[] table = new float[1];
        RowOptimizer optimizer = new RowOptimizer(
                FloatSpan.of(table), 1, UpdateRule.scheduled(step -> new RowWiseAdagrad(1.0 / (1 << step))));
        optimizer.step(new int[] {0}, FloatSpan.of(new float[] {1}));
        assertEquals(-1, table[0], 1e-6f);
        optimizer.step(new int[] {0}, FloatSpan.of(new float[] {1}));
        assertEquals(-1 - 0.5 / Math.sqrt(2), table[0], 1e-6f);
    }

    /** Lists of several lengths, sorted and not; the longest is the first. */
    @ParameterizedTest
    @FieldSource("RULES")
    void aStepAllocatesNothing(UpdateRule rule) {
        int columns = 32, rows = 1000;
        Random random = new Random(1);
        int[][] lists = {
            random.ints(300, 0, rows).toArray(),
            random.ints(100, 0, rows).sorted().toArray(),
            random.ints(200, 0, rows).toArray()
        };
        FloatSpan[] gradients = Arrays.stream(lists)
                .map(list -> FloatSpan.of(random(list.length * columns, 3)))
                .toArray(FloatSpan[]::new);
        for (StepOptions options : List.of(StepOptions.DEFAULT, StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)))) {
            RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(random(rows * columns, 2)), columns, rule, options);
            optimizer.step(lists[0], gradients[0]);
            Garbage.assertNone(() -> {
                for (int i = 0; i < lists.length; i++) {
                    optimizer.step(lists[i], gradients[i]);
                }
            });
        }
    }

    @Test
    void aStepOfSeveralThreadsAllocatesNothing() {
        int columns = 32, rows = 10_000;
        int[] list = new Random(1).ints(5000, 0, rows).toArray();
        FloatSpan gradients = FloatSpan.of(random(list.length * columns, 3));
        try (Workers workers = Workers.of(2)) {
            RowOptimizer optimizer = new RowOptimizer(
                    FloatSpan.of(Arena.ofAuto().allocate(4L * rows * columns)),
                    columns,
                    new Adagrad(),
                    StepOptions.DEFAULT.withWorkers(workers).withClipping(Clipping.byNorm(1)));
            Garbage.assertNoneInAnyThread(() -> optimizer.step(list, gradients));
        }
    }
}
