package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of {@link Prodigy}: one d for all groups, and when it changes. */
class ProdigyTest {
    private static final int N = 40;
    private static final Prodigy RULE = new Prodigy().withD0(1e-3);

    private static Optimizer optimizer(float[] parameters, Prodigy rule, boolean frozen) {
        return new Optimizer(
                FloatSpan.of(parameters),
                List.of(new ParameterGroup("a", 0, N, rule), new ParameterGroup("b", N, N, rule, frozen)),
                StepOptions.DEFAULT);
    }

    private static double d(Optimizer optimizer, int group) {
        return optimizer.scalars(group)[0];
    }

    /** The gradient of half the square of the distance to 1. */
    private static FloatSpan gradient(float[] parameters) {
        float[] gradient = new float[parameters.length];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = parameters[i] - 1;
        }
        return FloatSpan.of(gradient);
    }

    /** The sums are over all groups, so that the groups are as one. */
    @Test
    void allGroupsHaveOneD() {
        float[] two = random(2 * N, 1), one = two.clone();
        Optimizer groups = optimizer(two, RULE, false), whole = new Optimizer(FloatSpan.of(one), RULE);
        for (int step = 0; step < 50; step++) {
            groups.step(gradient(two));
            whole.step(gradient(one));
            assertEquals(d(groups, 0), d(groups, 1));
            assertEquals(d(whole, 0), d(groups, 0), 1e-9 * d(whole, 0));
        }
        assertArrayEquals(one, two, 1e-6f);
        assertTrue(d(groups, 0) > 0.05, () -> "d grew to " + d(groups, 0));
    }

    @Test
    void reportsTheRate() {
        float[] parameters = random(2 * N, 1);
        Optimizer optimizer = optimizer(parameters, RULE.withLearningRate(0.5), false);
        for (int step = 0; step < 30; step++) {
            double before = d(optimizer, 0);
            StepReport report = optimizer.step(gradient(parameters));
            for (StepReport.Group group : report.groups()) {
                assertEquals(0.5 * before, group.effectiveLearningRate());
            }
        }
        assertNotEquals(1e-3, d(optimizer, 0));
    }

    @Test
    void nothingMovesBeforeTheFirstGradient() {
        float[] parameters = random(2 * N, 1), initial = parameters.clone();
        Prodigy rule = RULE.withBiasCorrection(true).withWeightDecay(0.1);
        Optimizer late = optimizer(parameters, rule, false);
        for (int step = 0; step < 3; step++) {
            late.step(FloatSpan.of(new float[2 * N]));
            assertArrayEquals(initial, parameters);
            assertArrayEquals(new double[] {1e-3, 1e-3, 0, 0}, late.scalars(0));
        }
        assertEquals(3, late.steps());
        float[] prompt = initial.clone();
        Optimizer first = optimizer(prompt, rule, false);
        for (int step = 0; step < 10; step++) {
            late.step(gradient(parameters));
            first.step(gradient(prompt));
            assertArrayEquals(first.scalars(0), late.scalars(0));
        }
        assertArrayEquals(prompt, parameters, 1e-7f);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRateOfZeroIsARest(boolean safeguard) {
        float[] parameters = random(2 * N, 1);
        Prodigy rule = RULE.withSafeguard(safeguard).withLearningRate(new Constant(1).then(5, new Constant(0)));
        Optimizer optimizer = optimizer(parameters, rule, false);
        for (int step = 0; step < 5; step++) {
            optimizer.step(gradient(parameters));
        }
        float[] before = parameters.clone();
        List<float[]> states = states(optimizer);
        double[] scalars = optimizer.scalars(0);
        optimizer.step(gradient(parameters));
        assertArrayEquals(before, parameters);
        for (int i = 0; i < states.size(); i++) {
            assertArrayEquals(
                    states.get(i),
                    states(optimizer).get(i),
                    1e-12f,
                    RULE.state().get(i).name());
        }
        assertArrayEquals(scalars, optimizer.scalars(0));
    }

    private static List<float[]> states(Optimizer optimizer) {
        return RULE.state().stream()
                .map(buffer -> optimizer.state("a", buffer.name()).toArray())
                .toList();
    }

    @Test
    void aFrozenGroupContributesNothing() {
        float[] two = random(2 * N, 1), one = Arrays.copyOf(two, N);
        Optimizer groups = optimizer(two, RULE, true), alone = new Optimizer(FloatSpan.of(one), RULE);
        for (int step = 0; step < 30; step++) {
            groups.step(gradient(two));
            alone.step(gradient(one));
        }
        assertEquals(d(alone, 0), d(groups, 0));
        assertArrayEquals(one, Arrays.copyOf(two, N));
    }

    /** It would begin with a d of its own, a thousandth of the others'. */
    @Test
    void aGroupThatIsUnfrozenGoesOnWithTheNumbersOfTheOthers() {
        float[] parameters = random(2 * N, 1);
        Optimizer optimizer = optimizer(parameters, RULE, true);
        for (int step = 0; step < 30; step++) {
            optimizer.step(gradient(parameters));
        }
        assertTrue(d(optimizer, 0) > 0.01, () -> "d is " + d(optimizer, 0));
        optimizer.replace(
                optimizer.group("b").withFrozen(false), optimizer.group("a").withFrozen(true));
        assertArrayEquals(optimizer.scalars(0), optimizer.scalars(1));
        for (int step = 0; step < 5; step++) {
            optimizer.step(gradient(parameters));
        }
        // Those of the first are now the older ones, although it has had more steps.
        assertNotEquals(optimizer.scalars(0)[3], optimizer.scalars(1)[3]);
        double[] current = optimizer.scalars(1);
        optimizer.replace(optimizer.group("a").withFrozen(false));
        assertArrayEquals(current, optimizer.scalars(0));
        assertArrayEquals(current, optimizer.scalars(1));
    }

    /** d does not depend on the decay, so that one group may have it and another none. */
    @Test
    void eachGroupHasItsOwnWeightDecay() {
        float[] parameters = random(2 * N, 1), plain = parameters.clone();
        Optimizer mixed = optimizer(parameters, RULE, false), without = optimizer(plain, RULE, false);
        mixed.replace(mixed.group("b").withRule(RULE.withWeightDecay(0.5)));
        for (int step = 0; step < 20; step++) {
            FloatSpan gradient = gradient(plain);
            mixed.step(gradient);
            without.step(gradient);
        }
        // Σ g · (p₀ − p) depends on the parameters, and so on the decay before the step.
        assertEquals(d(mixed, 0), d(mixed, 1));
        assertArrayEquals(mixed.scalars(0), mixed.scalars(1));
        assertNotEquals(d(without, 0), d(mixed, 0));
        float[] first = random(2 * N, 1), decayed = first.clone();
        Optimizer one = optimizer(first, RULE, false), other = optimizer(decayed, RULE, false);
        other.replace(other.group("b").withRule(RULE.withWeightDecay(0.5)));
        FloatSpan gradient = gradient(first.clone());
        one.step(gradient);
        other.step(gradient);
        assertArrayEquals(Arrays.copyOf(first, N), Arrays.copyOf(decayed, N));
        assertEquals(d(one, 1), d(other, 1));
        for (int i = N; i < 2 * N; i++) {
            assertNotEquals(first[i], decayed[i]);
        }
    }

    @Test
    void groupsWithOtherHyperparametersAreRefused() {
        Prodigy other = RULE.withEpsilon(0.1);
        String message =
                "the rule of group b must be that of group a, with which it shares sums, " + RULE + ": " + other;
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Optimizer(
                                        FloatSpan.of(new float[2 * N]),
                                        List.of(
                                                new ParameterGroup("a", 0, N, RULE),
                                                new ParameterGroup("c", N, 1, new AdamW()),
                                                new ParameterGroup("b", N + 1, N - 1, other)),
                                        StepOptions.DEFAULT))
                        .getMessage());
        Optimizer optimizer = optimizer(new float[2 * N], RULE, false);
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> optimizer.replace(optimizer.group("b").withRule(other)))
                        .getMessage());
        assertEquals(RULE, optimizer.group("b").rule());
        optimizer.replace(
                optimizer.group("b").withRule(other), optimizer.group("a").withRule(other));
        assertEquals(other, optimizer.group("a").rule());
    }

    /** What comes from outside stays in s, but d is not lost. */
    @Test
    void aNaNEndsTheAdaptation() {
        float[] parameters = random(2 * N, 1);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters), RULE, StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.APPLY));
        for (int step = 0; step < 5; step++) {
            optimizer.step(gradient(parameters));
        }
        double before = d(optimizer, 0);
        float[] bad = gradient(parameters).toArray();
        bad[7] = Float.NaN;
        optimizer.step(FloatSpan.of(bad));
        optimizer.step(gradient(parameters));
        assertEquals(before, d(optimizer, 0));
        for (int i = 0; i < 2 * N; i++) {
            assertEquals(i == 7, Float.isNaN(parameters[i]));
        }
    }

    @Test
    void goesOnFromACheckpointWithTheSameBits(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("checkpoint");
        float[] one = random(2 * N, 1), other = one.clone(), loaded = new float[2 * N];
        Optimizer whole = optimizer(one, RULE, false), first = optimizer(other, RULE, false);
        for (int step = 0; step < 10; step++) {
            whole.step(gradient(one));
            first.step(gradient(other));
        }
        new Checkpoint(first).save(file);
        Optimizer second = optimizer(loaded, RULE, false);
        new Checkpoint(second).load(file);
        for (int step = 0; step < 10; step++) {
            whole.step(gradient(one));
            second.step(gradient(loaded));
        }
        assertArrayEquals(one, loaded);
        assertArrayEquals(whole.scalars(1), second.scalars(1));
    }
}
