package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Memory;
import dev.lanewise.testing.NastyFloats;
import dev.lanewise.testing.Place;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** A step over rows gives the bits of a plain loop that adds up the gradients of each row and applies the scalar definition to it. */
class RowParityTest {
    static final List<UpdateRule> RULES = List.of(
            new Sgd(0.1),
            new Sgd(0.1).withMomentum(0.9).withWeightDecay(0.01),
            new Adagrad(),
            new SparseAdam(),
            new Ftrl(0.1).withL1(0.01),
            new RowWiseAdagrad(),
            new RowWiseAdagrad(0.05).withWeightDecay(0.1),
            new RowWiseAdagrad(0.05).withWeightDecay(0.1).withDecoupled(true).withEpsilon(0));

    /** The plain loop. The state of a {@link RowRule} is where the row begins, as in its definition. */
    private static final class Reference {
        final Definition definition;
        final int columns;

        Reference(UpdateRule rule, float[] table, int columns) {
            this.definition = new Definition(rule, table);
            definition.buffers[1] = new float[table.length];
            this.columns = columns;
        }

        void step(int[] rows, float[] gradients) {
            TreeMap<Integer, List<Integer>> positions = new TreeMap<>();
            for (int i = 0; i < rows.length; i++) {
                positions.computeIfAbsent(rows[i], row -> new ArrayList<>()).add(i);
            }
            definition.prepare(gradients);
            float[][] buffers = definition.buffers;
            positions.forEach((row, entries) -> {
                for (int i = 0; i < columns; i++) {
                    float sum = gradients[entries.getFirst() * columns + i];
                    for (int entry : entries.subList(1, entries.size())) {
                        sum += gradients[entry * columns + i];
                    }
                    buffers[1][row * columns + i] = sum;
                }
                definition.rule.update(buffers, row * columns, (row + 1) * columns, definition.constants);
            });
        }

        void assertSame(RowOptimizer optimizer, String what) {
            assertBits(definition.parameters(), optimizer.table().toArray(), what + ", table");
            for (StateBuffer buffer : definition.rule.state()) {
                float[] expected = definition.state(buffer.name());
                if (definition.rule instanceof RowRule) {
                    float[] ofRows = new float[expected.length / columns];
                    for (int row = 0; row < ofRows.length; row++) {
                        ofRows[row] = expected[row * columns];
                    }
                    expected = ofRows;
                }
                assertBits(expected, optimizer.state(buffer.name()).toArray(), what + ", " + buffer.name());
            }
        }

        private static void assertBits(float[] expected, float[] actual, String what) {
            assertEquals(expected.length, actual.length, what);
            for (int i = 0; i < expected.length; i++) {
                if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
                    fail(what + ", element " + i + " of " + expected.length + ": the plain loop gives " + expected[i]
                            + " and the optimizer " + actual[i]);
                }
            }
        }
    }

    /** The rows and gradients of three steps over a table. */
    record Steps(int columns, int rows, List<List<Integer>> lists, List<Float> floats) {
        float[] values(int seed, int length) {
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = floats.get((i * 31 + seed) % floats.size());
            }
            return values;
        }

        int[] list(int step) {
            return lists.get(step).stream().mapToInt(row -> row % rows).toArray();
        }
    }

    @Provide
    Arbitrary<UpdateRule> rules() {
        return Arbitraries.oneOf(
                RuleArbitraries.rules()
                        .filter(rule -> rule.normScope() == NormScope.NONE
                                && rule.reductions().isEmpty()
                                && rule.state().stream().noneMatch(StateBuffer::copied)),
                Arbitraries.of(RULES));
    }

    @Provide
    Arbitrary<Steps> steps() {
        Arbitrary<Integer> columns = Arbitraries.frequencyOf(
                Tuple.of(5, Arbitraries.integers().between(1, 40)),
                Tuple.of(4, Arbitraries.of(8, 16, 32, 64)),
                Tuple.of(1, Arbitraries.integers().between(700, 2100)));
        Arbitrary<List<List<Integer>>> lists = Arbitraries.integers()
                .between(0, 69)
                .list()
                .ofMaxSize(90)
                .list()
                .ofSize(3);
        Arbitrary<Float> floats =
                Arbitraries.frequencyOf(Tuple.of(9, NastyFloats.finite()), Tuple.of(1, NastyFloats.any()));
        return Combinators.combine(
                        columns,
                        Arbitraries.integers().between(1, 70),
                        lists,
                        floats.list().ofMinSize(1).ofMaxSize(37))
                .as(Steps::new);
    }

    @Provide
    Arbitrary<Place> writable() {
        return Place.writable();
    }

    @Provide
    Arbitrary<Place> places() {
        return Place.any();
    }

    @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
    void aStepGivesTheBitsOfAPlainLoop(
            @ForAll("rules") UpdateRule rule,
            @ForAll("steps") Steps steps,
            @ForAll("writable") Place table,
            @ForAll("places") Place gradients) {
        try (Memory memory = new Memory()) {
            float[] initial = steps.values(1, steps.rows() * steps.columns());
            Memory.Room p = memory.allocate(table, initial.length).set(initial);
            Reference reference = new Reference(rule, initial, steps.columns());
            RowOptimizer optimizer = new RowOptimizer(p.span(), steps.columns(), rule);
            for (int step = 0; step < 3; step++) {
                int[] list = steps.list(step);
                float[] values = steps.values(2 + step, list.length * steps.columns());
                Memory.Room g = memory.allocate(gradients, values.length).set(values);
                int[] before = list.clone();
                optimizer.step(list, g.span());
                reference.step(list, values);
                reference.assertSame(optimizer, "step " + step);
                Reference.assertBits(values, g.span().toArray(), "the gradients themselves");
                assertEquals(Arrays.toString(before), Arrays.toString(list));
                g.assertUntouchedAround("gradients");
            }
            p.assertUntouchedAround("table");
        }
    }

    /** Rows of fewer floats than a vector, of whole vectors and of neither, with repeats, in arrays and in native memory. */
    @ParameterizedTest
    @FieldSource("RULES")
    void everyPlace(UpdateRule rule) {
        int rows = 40;
        for (int columns : new int[] {1, 3, 16, 37, 2100}) {
            int n = rows * columns;
            float[] initial = Floats.random(n, columns);
            for (int places = 0; places < 4; places++) {
                FloatSpan table = places % 2 == 0 ? FloatSpan.of(new float[n]) : inNativeMemory(n);
                table.copyFrom(initial, 0, 0, n);
                Reference reference = new Reference(rule, initial, columns);
                RowOptimizer optimizer = new RowOptimizer(table, columns, rule);
                for (int step = 0; step < 3; step++) {
                    int[] list = new Random(step).ints(25, 0, rows).toArray();
                    float[] values = Floats.random(list.length * columns, step);
                    FloatSpan gradients = places < 2 ? FloatSpan.of(values) : inNativeMemory(values.length);
                    gradients.copyFrom(values, 0, 0, values.length);
                    double factor = 1 - 0.25 * step;
                    optimizer.step(list, list.length, gradients, factor);
                    reference.definition.gradientFactor = factor;
                    reference.step(list, values);
                }
                reference.assertSame(optimizer, columns + " columns, " + table + ", places " + places);
            }
        }
    }

    private static FloatSpan inNativeMemory(int length) {
        return FloatSpan.of(Arena.ofAuto().allocate(4L * length));
    }

    /** Lists long enough that several threads divide them. */
    @ParameterizedTest
    @FieldSource("RULES")
    void anyNumberOfThreads(UpdateRule rule) {
        int columns = 19, rows = 20_000;
        Random random = new Random(4);
        float[] initial = Floats.random(rows * columns, 1);
        int[][] lists = new int[3][];
        Arrays.setAll(lists, i -> random.ints(9_000, 0, rows).toArray());
        float[][] gradients = new float[3][];
        Arrays.setAll(gradients, i -> Floats.random(9_000 * columns, 2 + i));
        Reference reference = new Reference(rule, initial, columns);
        for (int i = 0; i < 3; i++) {
            reference.step(lists[i], gradients[i]);
        }
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers workers = Workers.of(threads)) {
                RowOptimizer optimizer = new RowOptimizer(
                        FloatSpan.of(initial.clone()), columns, rule, StepOptions.DEFAULT.withWorkers(workers));
                for (int i = 0; i < 3; i++) {
                    optimizer.step(lists[i], FloatSpan.of(gradients[i]));
                }
                reference.assertSame(optimizer, threads + " threads");
            }
        }
    }

    /** Where no row repeats, the order of the rows does not matter. */
    @ParameterizedTest
    @FieldSource("RULES")
    void theOrderOfTheRowsDoesNotMatter(UpdateRule rule) {
        int columns = 5, rows = 300;
        float[] initial = Floats.random(rows * columns, 1), gradients = Floats.random(rows * columns, 2);
        List<Integer> order = new ArrayList<>(IntStream.range(0, rows).boxed().toList());
        float[][] tables = new float[2][];
        double[] norms = new double[2];
        for (int i = 0; i < 2; i++) {
            float[] mine = new float[gradients.length];
            int[] list = order.stream().mapToInt(row -> row).toArray();
            for (int at = 0; at < rows; at++) {
                System.arraycopy(gradients, list[at] * columns, mine, at * columns, columns);
            }
            tables[i] = initial.clone();
            RowOptimizer optimizer = new RowOptimizer(
                    FloatSpan.of(tables[i]), columns, rule, StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
            norms[i] = optimizer.step(list, FloatSpan.of(mine)).gradientNorm();
            Collections.shuffle(order, new Random(7));
        }
        assertEquals(norms[0], norms[1]);
        Reference.assertBits(tables[0], tables[1], "the order");
    }
}
