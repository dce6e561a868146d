package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.testing.Jvm;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold of a rule whatever its formula, and what the papers say of single ones. */
class RuleLawsTest {
    private static final int N = 67;

    /** The state that may be negative. */
    private static final Set<String> SIGNED = Set.of(
            "exp_avg",
            "momentum_buffer",
            "grad_avg",
            "prev",
            "linear",
            "z",
            "ax",
            "s",
            "p0",
            "exp_avg_fast",
            "exp_avg_slow",
            "exp_avg_diff",
            "neg_pre_grad");

    static Stream<UpdateRule> rules() {
        return RuleTable.rules();
    }

    @Provide
    Arbitrary<UpdateRule> configurations() {
        return Arbitraries.of(rules().toList());
    }

    /** Without those that take a norm, whose sum has an order of its own. */
    @Provide
    Arbitrary<UpdateRule> elementwise() {
        return configurations()
                .filter(rule ->
                        rule.normScope() == NormScope.NONE && rule.reductions().isEmpty());
    }

    /** Parameters to begin with: zeros for {@link Ftrl}, which computes them anew from its gradients. */
    private static float[] initial(UpdateRule rule, int n, int seed) {
        return rule instanceof Ftrl ? new float[n] : random(n, seed);
    }

    /** Parameters after steps with these gradients. */
    private static float[] run(UpdateRule rule, float[] initial, float[]... gradients) {
        float[] parameters = initial.clone();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        for (float[] gradient : gradients) {
            optimizer.step(FloatSpan.of(gradient));
        }
        return parameters;
    }

    private static double weightDecay(UpdateRule rule) throws ReflectiveOperationException {
        double decay = 0;
        for (RecordComponent component : rule.getClass().getRecordComponents()) {
            // ASGD has a second one.
            if (Set.of("weightDecay", "lambda").contains(component.getName())) {
                decay += (double) component.getAccessor().invoke(rule);
            }
        }
        return decay;
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aZeroGradientMovesNothingButByDecay(UpdateRule rule) throws ReflectiveOperationException {
        float[] initial = initial(rule, N, 1);
        for (int i = 0; i < N && !(rule instanceof Ftrl); i++) {
            // Not so small that a step of decay could pass zero.
            initial[i] += Math.copySign(0.5f, initial[i]);
        }
        float[] zeros = new float[N], negativeZeros = new float[N];
        Arrays.fill(negativeZeros, -0f);
        float[] after = run(rule, initial, zeros, negativeZeros, zeros);
        // Prodigy does not begin before the first gradient.
        if (weightDecay(rule) == 0 || rule instanceof Prodigy) {
            assertArrayEquals(initial, after);
        } else {
            for (int i = 0; i < N; i++) {
                assertTrue(Math.abs(after[i]) < Math.abs(initial[i]), "element " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aLearningRateOfZeroLeavesTheParameters(UpdateRule rule) {
        float[] parameters = initial(rule, N, 2), initial = parameters.clone();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule.withLearningRate(new Constant(0)));
        for (int step = 0; step < 5; step++) {
            optimizer.step(FloatSpan.of(random(N, step)));
        }
        assertArrayEquals(initial, parameters);
    }

    @Property(tries = 100)
    void permutingTheElementsPermutesTheResult(
            @ForAll("elementwise") UpdateRule rule,
            @ForAll @Size(N) List<@FloatRange(min = -1e3f, max = 1e3f) Float> values) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, N).boxed().toList());
        Collections.shuffle(order, new Random(values.hashCode()));
        float[] gradient = new float[N], permuted = new float[N], initial = random(N, 3), start = new float[N];
        for (int i = 0; i < N; i++) {
            gradient[i] = values.get(i);
            permuted[i] = values.get(order.get(i));
            start[i] = initial[order.get(i)];
        }
        float[] expected = run(rule, initial, gradient, random(N, 4), gradient);
        float[] second = new float[N], between = random(N, 4);
        for (int i = 0; i < N; i++) {
            second[i] = between[order.get(i)];
        }
        float[] actual = run(rule, start, permuted, second, permuted);
        for (int i = 0; i < N; i++) {
            assertEquals(expected[order.get(i)], actual[i]);
        }
    }

    @Property(tries = 100)
    void turningAllSignsMirrorsTheSteps(
            @ForAll("configurations") UpdateRule rule,
            @ForAll @Size(min = 1, max = N) List<@FloatRange(min = -1e9f, max = 1e9f) Float> values) {
        int n = values.size();
        float[] gradient = new float[n], initial = random(n, 5);
        for (int i = 0; i < n; i++) {
            gradient[i] = values.get(i);
        }
        float[] expected = run(rule, initial, gradient, random(n, 6), gradient);
        float[] mirrored = run(rule, negated(initial), negated(gradient), negated(random(n, 6)), negated(gradient));
        for (int i = 0; i < n; i++) {
            assertEquals(0, expected[i] + mirrored[i]);
        }
    }

    private static float[] negated(float[] values) {
        float[] negated = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            negated[i] = -values[i];
        }
        return negated;
    }

    /** Whether a NaN reaches all parameters of the group, by a norm. */
    private static boolean spreads(UpdateRule rule) {
        return switch (rule) {
            case Lamb lamb -> lamb.weightDecay() != 0 || lamb.alwaysAdapt();
            case Lars lars -> lars.weightDecay() != 0 || lars.alwaysAdapt();
            case AdamW adamW -> adamW.updateClipping();
            case Adafactor adafactor -> true;
            default -> rule.normScope() != NormScope.NONE;
        };
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aNaNReachesItsParameterAndNoOther(UpdateRule rule) {
        float[] gradient = random(N, 7);
        float[] expected = run(rule, random(N, 8), gradient);
        gradient[20] = Float.NaN;
        float[] after = run(rule, random(N, 8), gradient);
        for (int i = 0; i < N; i++) {
            if (spreads(rule) || i == 20) {
                assertTrue(Float.isNaN(after[i]), "element " + i);
            } else if (!rule.reductions().isEmpty() && !(rule instanceof Lamb)) {
                // Of those that rescale a cautious step, the others step further.
                assertEquals(expected[i], after[i], 0.05f);
            } else {
                assertEquals(expected[i], after[i]);
            }
        }
    }

    @Test
    void adamsFirstStepIsTheLearningRate() {
        for (UpdateRule rule : List.of(
                new Adam(),
                new Adam().withAmsgrad(true),
                new AdamW().withWeightDecay(0),
                new Adam(new Constant(1e-3), 0.5, 0.9, 0, 0, false),
                new Adamax().withLearningRate(1e-3))) {
            for (float g : new float[] {1e-4f, 0.3f, -7, 1e10f, -1e-3f}) {
                float[] after = run(rule, new float[1], new float[] {g});
                assertEquals(-1e-3 * Math.signum(g), after[0], 2e-7, rule + " with " + g);
            }
        }
    }

    @Test
    void rmsPropsFirstStepIsLarger() {
        for (double alpha : new double[] {0.9, 0.99, 0.999}) {
            RmsProp rule = new RmsProp().withAlpha(alpha).withEpsilon(0);
            float[] after = run(rule, new float[2], new float[] {2, -1e-5f});
            double expected = 0.01 / Math.sqrt(1 - alpha);
            assertEquals(-expected, after[0], 1e-6 * expected);
            assertEquals(expected, after[1], 1e-6 * expected);
        }
    }

    /** Without ε a gradient whose square underflows must not divide by next to nothing. */
    @Test
    void withoutEpsilonTheSmallestGradientsMoveByNoMoreThanLargeOnes() {
        for (UpdateRule rule : List.of(
                new Adam().withEpsilon(0),
                new Adam().withEpsilon(0).withAmsgrad(true),
                new AdamW().withEpsilon(0),
                new RmsProp().withEpsilon(0),
                new RmsProp().withEpsilon(0).withMomentum(0.9),
                new RmsProp().withEpsilon(0).withCentered(true),
                new AdamV0().withEpsilon(0),
                new Adagrad().withEpsilon(0),
                new SparseAdam().withEpsilon(0),
                new Ftrl(1).withInitialAccumulator(0),
                new Adamax().withEpsilon(0),
                new NAdam().withEpsilon(0),
                new RAdam().withEpsilon(0),
                new Lamb().withEpsilon(0).withWeightDecay(0),
                new ScheduleFreeAdamW().withEpsilon(0),
                new AdEMAMix().withEpsilon(0),
                new Adan().withEpsilon(0),
                new Adopt().withEpsilon(0))) {
            double most = Math.abs(run(rule, new float[1], new float[] {1}, new float[] {1}, new float[] {1})[0]);
            for (double g = 1e-3; g > 1e-45; g /= 3) {
                float[] gradient = {(float) g};
                double moved = Math.abs(run(rule, new float[1], gradient, gradient, gradient)[0]);
                assertTrue(moved <= 1.01 * most, rule + " moved " + moved + " for " + g);
            }
        }
    }

    @Test
    void lionMovesByTheSignOrNotAtAll() {
        float[] zeros = {0f, -0f, 0f, -0f};
        float[] initial = {1, -1, -0f, 0f};
        float[] after = run(new Lion(), initial, zeros, zeros);
        for (int i = 0; i < 4; i++) {
            assertEquals(Float.floatToRawIntBits(initial[i]), Float.floatToRawIntBits(after[i]));
        }
        after = run(new Lion(new Constant(0.25), 0.9, 0.99, 0), new float[4], new float[] {
            5, -1e-30f, Float.MIN_VALUE, -1e30f
        });
        assertArrayEquals(new float[] {-0.25f, 0.25f, after[2], 0.25f}, after);
    }

    @Test
    void rpropForgetsTheGradientAfterASignChange() {
        float[] parameters = {0};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new Rprop().withInitialStep(0.5));
        float[][] expected = {
            // gradient, parameter, step size, remembered sign
            {1, -0.5f, 0.5f, 1},
            {2, -1.1f, 0.6f, 1},
            {-3, -1.1f, 0.3f, 0},
            {-3, -0.8f, 0.3f, -1},
            {-3, -0.44f, 0.36f, -1},
            {0, -0.44f, 0.36f, 0},
            {-1e-20f, -0.08f, 0.36f, -1},
            {-1e-42f, 0.352f, 0.432f, -1},
            {Float.NEGATIVE_INFINITY, 0.8704f, 0.5184f, -1}
        };
        for (float[] line : expected) {
            optimizer.step(FloatSpan.of(new float[] {line[0]}));
            assertEquals(line[1], parameters[0], 1e-6);
            assertEquals(line[2], optimizer.state("all", "step_size").get(0), 1e-6);
            assertEquals(line[3], optimizer.state("all", "prev").get(0));
        }
    }

    @Test
    void rpropKeepsItsStepsWithinBounds() {
        float[] parameters = {0, 0};
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), new Rprop(0.1, new Constant(1), 0.5, 1.2, 0.01, 0.2));
        for (int step = 0; step < 40; step++) {
            optimizer.step(FloatSpan.of(new float[] {1, step % 4 < 2 ? 1 : -1}));
        }
        assertEquals(0.2f, optimizer.state("all", "step_size").get(0));
        float[] turning = {0};
        optimizer = new Optimizer(FloatSpan.of(turning), new Rprop(0.1, new Constant(1), 0.5, 1.2, 0.01, 0.2));
        for (int step = 0; step < 40; step++) {
            optimizer.step(FloatSpan.of(new float[] {step / 2 % 2 == 0 ? 1 : -1}));
        }
        assertTrue(optimizer.state("all", "step_size").get(0) >= 0.01f);
        optimizer = new Optimizer(FloatSpan.of(turning), new Rprop(1e-3, new Constant(1), 0.5, 1.2, 0.01, 0.2));
        optimizer.step(FloatSpan.of(new float[] {1}));
        assertEquals(0.01f, optimizer.state("all", "step_size").get(0));
    }

    @Test
    void aNormalizedStepHasTheLengthOfTheLearningRate() {
        for (float magnitude : new float[] {1e-42f, 1e-30f, 1, 1e15f}) {
            float[] gradient = random(N, 9);
            for (int i = 0; i < N; i++) {
                gradient[i] *= magnitude;
            }
            float[] after = run(new NormalizedSgd(new Constant(0.5), 0, 0, NormScope.ALL), new float[N], gradient);
            double squares = 0;
            for (float x : after) {
                squares += (double) x * x;
            }
            if (magnitude < 1e-38f) {
                assertTrue(squares <= 0.25 + 1e-6);
            } else {
                assertEquals(0.5, Math.sqrt(squares), 1e-6);
            }
        }
        float[] gradient = {3e-4f, 4e-4f};
        assertArrayEquals(new float[2], run(new NormalizedSgd().withEpsilon(1e-3), new float[2], gradient));
        assertFalse(run(new NormalizedSgd().withEpsilon(1e-4), new float[2], gradient)[0] == 0);
    }

    /** The norm is taken over each group, or over the groups together. */
    @Test
    void theNormHasAScope() {
        float[] gradient = {3, 4, 0, 12};
        for (NormScope scope : List.of(NormScope.GROUP, NormScope.ALL)) {
            UpdateRule rule = new NormalizedSgd(new Constant(1), 0, 0, scope);
            float[] parameters = new float[4];
            new Optimizer(
                            FloatSpan.of(parameters),
                            List.of(new ParameterGroup("a", 0, 2, rule), new ParameterGroup("b", 2, 2, rule)),
                            StepOptions.DEFAULT)
                    .step(FloatSpan.of(gradient));
            assertArrayEquals(
                    scope == NormScope.GROUP
                            ? new float[] {-0.6f, -0.8f, 0, -1}
                            : new float[] {-3 / 13f, -4 / 13f, 0, -12 / 13f},
                    parameters,
                    1e-7f);
        }
    }

    /** Reddi et al. 2018, section 3: 1010x in one step of 101, −10x in the others, on [−1, 1]; the minimum is at −1. */
    @Test
    void adamFailsWhereAmsgradSucceeds() {
        for (boolean amsgrad : new boolean[] {false, true}) {
            float[] x = {0};
            Optimizer optimizer = new Optimizer(
                    FloatSpan.of(x), new Adam(step -> 0.5 / Math.sqrt(step + 1), 0.9, 0.99, 1e-8, 0, amsgrad));
            for (int step = 1; step < 200_000; step++) {
                optimizer.step(FloatSpan.of(new float[] {step % 101 == 1 ? 1010 : -10}));
                x[0] = Math.clamp(x[0], -1, 1);
            }
            assertEquals(amsgrad ? -1 : 1, x[0], 0.1);
        }
    }

    /** The rate falls to zero, as it must for the rules whose steps do not shrink with the gradient. */
    private static float[] minimize(UpdateRule rule, int steps, float[] x, UnaryOperator<float[]> gradient) {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(x),
                rule.withLearningRate(step ->
                        rule.learningRate().at(step) * Math.min(1, 2 * (1 - step / (double) steps))));
        for (int step = 0; step < steps; step++) {
            optimizer.step(FloatSpan.of(gradient.apply(x)));
        }
        return x;
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#FLAT")
    void convergesOnAParabola(RuleTable.Row row) {
        float[] x = minimize(row.converging(), 20_000, new float[] {1.5f, -2}, at ->
                new float[] {2 * at[0], 20 * (at[1] - 1)});
        assertArrayEquals(new float[] {0, 1}, x, 0.01f);
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#FLAT")
    void convergesOnRosenbrock(RuleTable.Row row) {
        float[] x = minimize(row.converging(), 30_000, new float[] {-1.2f, 1}, at -> {
            float a = at[0], b = at[1];
            return new float[] {-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)};
        });
        double a = x[0], b = x[1];
        double loss = (1 - a) * (1 - a) + 100 * (b - a * a) * (b - a * a);
        assertTrue(loss < 0.01, () -> "at " + Arrays.toString(x) + " the loss is " + loss + " (24.2 at first)");
    }

    static List<UpdateRule> rulesWithoutDecay() throws ReflectiveOperationException {
        List<UpdateRule> without = new ArrayList<>();
        for (UpdateRule rule : rules().toList()) {
            if (weightDecay(rule) == 0) {
                without.add(rule);
            }
        }
        return without;
    }

    /** Many steps without a gradient; half of the parameters had two at first, but their state has an end too. */
    @ParameterizedTest
    @MethodSource("rulesWithoutDecay")
    void staysPutWithoutAGradient(UpdateRule rule) {
        int n = 40;
        float[] parameters = initial(rule, n, 10), initial = parameters.clone(), late = null;
        float[] gradient = random(n, 11), zeros = new float[n];
        Arrays.fill(gradient, 0, n / 2, 0);
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        // ADOPT's first step moves nothing.
        optimizer.step(FloatSpan.of(gradient));
        optimizer.step(FloatSpan.of(gradient));
        // AdEMAMix's slow average takes ten times as long as others to end.
        int steps = rule instanceof AdEMAMix ? 500_000 : 100_000;
        for (int step = 0; step < steps; step++) {
            optimizer.step(FloatSpan.of(zeros));
            if (step == steps - 10_000) {
                late = parameters.clone();
            }
        }
        assertArrayEquals(late, parameters);
        assertArrayEquals(Arrays.copyOf(initial, n / 2), Arrays.copyOf(parameters, n / 2));
        assertTrue(parameters[n - 1] != initial[n - 1]);
        for (StateBuffer buffer : rule.state()) {
            for (float x : optimizer.state("all", buffer.name()).toArray()) {
                boolean signed = SIGNED.contains(buffer.name());
                assertTrue(
                        signed ? x == 0 || Math.abs(x) >= 0x1p-124f : x >= UpdateRule.TINY,
                        () -> buffer.name() + " is " + x);
            }
        }
    }

    @Test
    void aStepAllocatesNothing() throws IOException, InterruptedException {
        Jvm jvm = Jvm.run(Jvm.VECTOR_FLAGS, RuleGarbage.class);
        assertEquals(0, jvm.exitCode(), jvm.err());
    }

    /** What the slides' Adam does if it is taken literally, and why ours differs. */
    @Test
    void theSlidesAdamInPlaceFreezes() {
        double m = 0, v = 0, p = 0;
        double[] steps = new double[25];
        for (int t = 1; t < 25; t++) {
            // b1·m + (1 − b1)·g, then "m = m / (1 − b1^t)" in place.
            m = (0.9 * m + 0.1) / (1 - Math.pow(0.9, t));
            v = (float) ((0.999 * v + 0.001) / (1 - Math.pow(0.999, t)));
            double before = p;
            p -= m / Math.sqrt(v);
            steps[t] = before - p;
        }
        assertArrayEquals(new double[] {1, 0.235, 0.044, 0.0073, 0.0011}, Arrays.copyOfRange(steps, 1, 6), 5e-4);
        assertTrue(steps[19] > 0);
        assertEquals(0, steps[20]);
        assertEquals(Double.POSITIVE_INFINITY, v);
        assertFalse(Double.isNaN(p));

        float[] ours = {0};
        Optimizer optimizer = new Optimizer(FloatSpan.of(ours), new Adam().withLearningRate(1));
        for (int t = 1; t < 25; t++) {
            float before = ours[0];
            optimizer.step(FloatSpan.of(new float[] {1}));
            assertEquals(1, before - ours[0], 1e-5);
        }
    }

    @Test
    void theSlidesAdamWithAnEpochsTOverflows() {
        float m = 0, v = 0, p = 0;
        int overflow = 0, nan = 0;
        for (int step = 1; step <= 60; step++) {
            // t stays 1 within the epoch: m / (1 − 0.9), v / (1 − 0.999), in place.
            m = (0.9f * m + 0.1f) / 0.1f;
            v = (0.999f * v + 0.001f) / 0.001f;
            p -= m / (float) Math.sqrt(v);
            overflow = overflow == 0 && Float.isInfinite(v) ? step : overflow;
            nan = nan == 0 && Float.isNaN(p) ? step : nan;
        }
        assertEquals(14, overflow);
        assertEquals(42, nan);
    }
}
