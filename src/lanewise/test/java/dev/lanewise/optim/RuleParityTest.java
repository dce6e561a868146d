package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Memory;
import dev.lanewise.testing.NastyFloats;
import dev.lanewise.testing.Place;
import dev.lanewise.testing.Splits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * The central property: whatever the rule, its hyperparameters, the values, the memory, the groups, the threads and the options, a
 * step through the optimizer gives the bits of the scalar definition. A failure is reported with its smallest counterexample.
 */
class RuleParityTest {
    private static final int STEPS = 4;
    private static final int STATES = 4;

    /** Shared by all tries: threads take longer to begin than a try. */
    private static final List<Workers> WORKERS = List.of(Workers.caller(), Workers.of(2), Workers.of(3));

    /**
     * The values: elements that repeat as often as the length wants, each with a parameter, states and the gradients of the
     * steps. So a counterexample loses the elements that do not matter.
     */
    record Values(int length, List<float[]> elements, boolean ownState) {
        float[] column(int at) {
            float[] column = new float[length];
            for (int i = 0; i < length; i++) {
                column[i] = elements.get(i % elements.size())[at];
            }
            return column;
        }

        float[] parameters() {
            return column(0);
        }

        float[] state(int buffer) {
            return column(1 + buffer);
        }

        float[] gradient(int step) {
            return column(1 + STATES + step);
        }

        @Override
        public String toString() {
            return length + " floats of the elements "
                    + elements.stream().map(Values::text).collect(Collectors.joining(", "))
                    + (ownState ? "" : ", without the states");
        }

        private static String text(float[] element) {
            List<String> parts = new ArrayList<>();
            for (float x : element) {
                parts.add(
                        Float.isNaN(x)
                                ? "NaN " + Integer.toHexString(Float.floatToRawIntBits(x))
                                : Float.toHexString(x));
            }
            return "{p " + parts.getFirst() + ", states " + parts.subList(1, 1 + STATES) + ", gradients "
                    + parts.subList(1 + STATES, parts.size()) + "}";
        }
    }

    record Options(boolean statistics, int workers, double gradientFactor, StateType state) {}

    @Provide
    Arbitrary<UpdateRule> rules() {
        return RuleArbitraries.rules();
    }

    @Provide
    Arbitrary<Values> values() {
        Arbitrary<Integer> lengths = Arbitraries.frequencyOf(
                Tuple.of(30, Arbitraries.integers().between(0, 150)),
                Tuple.of(5, Arbitraries.integers().between(151, 5000)),
                Tuple.of(1, Arbitraries.integers().between(5001, 80_000)));
        Arbitrary<float[]> elements = Arbitraries.frequencyOf(
                        Tuple.of(2, NastyFloats.finite()), Tuple.of(1, NastyFloats.any()))
                .array(float[].class)
                .ofSize(1 + STATES + STEPS);
        return Combinators.combine(lengths, elements.list().ofMinSize(1).ofMaxSize(37), Arbitraries.of(false, true))
                .as(Values::new);
    }

    @Provide
    Arbitrary<Options> options() {
        return Combinators.combine(
                        Arbitraries.of(false, true),
                        Arbitraries.integers().between(0, WORKERS.size() - 1),
                        Arbitraries.of(1.0, -1.0, 0.37, 1 / 1024.0, -3.0, 0.0),
                        Arbitraries.of(StateType.class))
                .as(Options::new);
    }

    @Provide
    Arbitrary<Place> writable() {
        return Place.writable();
    }

    @Provide
    Arbitrary<Place> places() {
        return Place.any();
    }

    @Provide
    Arbitrary<Splits.Split> splits() {
        return Splits.into(5);
    }

    @Property(tries = 1500, edgeCases = EdgeCasesMode.NONE)
    void theKernelGivesTheBitsOfTheDefinition(
            @ForAll("rules") UpdateRule rule,
            @ForAll("values") Values values,
            @ForAll("writable") Place parameters,
            @ForAll("places") Place gradients,
            @ForAll("splits") Splits.Split split,
            @ForAll("options") Options options) {
        try (Memory memory = new Memory()) {
            Memory.Room p = memory.allocate(parameters, values.length()).set(values.parameters());
            Memory.Room g = memory.allocate(gradients, values.length());
            // The norm over all groups is none of the definition's, which has one group alone.
            int[] bounds = rule.normScope() == NormScope.ALL || Groups.sharesSums(rule.reductions())
                    ? new int[] {0, values.length()}
                    : split.bounds(values.length());
            List<ParameterGroup> groups = new ArrayList<>();
            List<Definition> definitions = new ArrayList<>();
            for (int i = 0; i + 1 < bounds.length; i++) {
                groups.add(new ParameterGroup("part " + i, bounds[i], bounds[i + 1] - bounds[i], rule));
                definitions.add(new Definition(
                        rule,
                        Arrays.copyOfRange(values.parameters(), bounds[i], bounds[i + 1]),
                        options.state(),
                        bounds[i]));
            }
            Optimizer optimizer = new Optimizer(
                    p.span(),
                    groups,
                    StepOptions.DEFAULT
                            .withStatistics(options.statistics())
                            .withWorkers(WORKERS.get(options.workers()))
                            .withState(options.state()));
            if (values.ownState()) {
                setStates(values, optimizer, definitions, bounds);
            }
            for (int step = 0; step < STEPS; step++) {
                float[] gradient = values.gradient(step);
                g.set(gradient);
                optimizer.step(g.span(), options.gradientFactor());
                for (int i = 0; i < definitions.size(); i++) {
                    Definition definition = definitions.get(i);
                    definition.gradientFactor = options.gradientFactor();
                    definition.step(Arrays.copyOfRange(gradient, bounds[i], bounds[i + 1]));
                    String what = "step " + step + ", part " + i;
                    assertBits(
                            definition.parameters(),
                            optimizer.parameters().slice(bounds[i], bounds[i + 1] - bounds[i]),
                            what + ", parameters");
                    for (StateBuffer buffer : rule.state()) {
                        assertBits(
                                definition.state(buffer.name()),
                                optimizer.state("part " + i, buffer.name()),
                                what + ", " + buffer.name());
                    }
                }
                assertBits(gradient, g.span(), "the gradient itself");
            }
            p.assertUntouchedAround("parameters");
            g.assertUntouchedAround("gradients");
        }
    }

    /** The parts of a span, each stepped by an optimizer of its own, are the whole. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void partsWithOptimizersOfTheirOwnAreTheWhole(
            @ForAll("rules") UpdateRule rule,
            @ForAll("values") Values values,
            @ForAll("writable") Place parameters,
            @ForAll("splits") Splits.Split split) {
        Assume.that(rule.normScope() == NormScope.NONE && rule.reductions().isEmpty());
        try (Memory memory = new Memory()) {
            Memory.Room p = memory.allocate(parameters, values.length()).set(values.parameters());
            int[] bounds = split.bounds(values.length());
            Definition definition = new Definition(rule, values.parameters());
            List<Optimizer> parts = new ArrayList<>();
            for (int i = 0; i + 1 < bounds.length; i++) {
                parts.add(new Optimizer(p.span().slice(bounds[i], bounds[i + 1] - bounds[i]), rule));
            }
            for (int step = 0; step < STEPS; step++) {
                float[] gradient = values.gradient(step);
                definition.step(gradient);
                for (int i = 0; i < parts.size(); i++) {
                    parts.get(i).step(FloatSpan.of(gradient, bounds[i], bounds[i + 1] - bounds[i]));
                }
                assertBits(definition.parameters(), p.span(), "step " + step);
            }
            p.assertUntouchedAround("parameters");
        }
    }

    private static void setStates(Values values, Optimizer optimizer, List<Definition> definitions, int[] bounds) {
        for (int i = 0; i < definitions.size(); i++) {
            List<StateBuffer> buffers = definitions.get(i).rule.state();
            for (int b = 0; b < buffers.size(); b++) {
                if (buffers.get(b).copied()) {
                    continue;
                }
                float[] state = Arrays.copyOfRange(values.state(b), bounds[i], bounds[i + 1]);
                definitions.get(i).buffers[2 + b] = state.clone();
                definitions.get(i).roundToNearest(b);
                GroupState group = optimizer.group(i);
                group.buffers.set(b, group.from + group.shift, state, state.length);
            }
        }
    }

    private static void assertBits(float[] expected, FloatSpan span, String what) {
        float[] actual = span.toArray();
        int i = mismatch(expected, actual);
        if (i >= 0) {
            fail(what + ", element " + i + " of " + expected.length + ": the definition gives "
                    + Float.toHexString(expected[i]) + " and the kernel " + Float.toHexString(actual[i]));
        }
    }

    /** By bits, and any NaN like any other: which of two NaN an operation gives is no business of a rule. */
    private static int mismatch(float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Else a rule, an option or a hyperparameter might never be drawn, and nobody would notice. */
    @Property(tries = 1, edgeCases = EdgeCasesMode.NONE)
    void theRulesAreAllDrawnAndTheirHyperparametersVary() {
        List<UpdateRule> sample = RuleArbitraries.rules().list().ofSize(6000).sample();
        for (RuleTable.Row row : RuleTable.FLAT) {
            Set<String> different = new TreeSet<>();
            Set<String> options = new TreeSet<>(), expected = new TreeSet<>();
            row.valid().forEach(valid -> expected.add(new TreeSet<>(valid.rule().options()).toString()));
            for (UpdateRule rule : sample) {
                if (rule.getClass() == row.type()) {
                    different.add(rule.toString());
                    options.add(new TreeSet<>(rule.options()).toString());
                }
            }
            assertTrue(different.size() > 50, row + ": only " + different.size());
            assertTrue(options.containsAll(expected), row + ": only the options " + options);
        }
    }
}
