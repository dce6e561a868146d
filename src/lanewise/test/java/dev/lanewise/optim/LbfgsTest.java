package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.LbfgsReport.Reason;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LbfgsTest {
    private static final LbfgsOptions SEARCH = LbfgsOptions.DEFAULT.withLineSearch(LineSearch.strongWolfe());
    private static final Lbfgs.Objective ROSENBROCK = ((Functions.Function) Functions::rosenbrock).objective();

    /** ½·(x² + 10·y²). */
    private static final Lbfgs.Objective BOWL =
            Functions.quadratic(new double[][] {{1, 0}, {0, 10}}, new double[2]).objective();

    private static FloatSpan span(float... values) {
        return FloatSpan.of(values);
    }

    private static float[] curvature(int n) {
        float[] curvature = Floats.random(n, 5);
        for (int i = 0; i < n; i++) {
            curvature[i] = 0.1f + Math.abs(curvature[i]) * (1 + i % 7);
        }
        return curvature;
    }

    private static Reason minimize(Lbfgs lbfgs, Lbfgs.Objective objective, int steps) {
        for (int step = 0; step < steps; step++) {
            if (lbfgs.step(objective).converged()) {
                break;
            }
        }
        return lbfgs.report().reason();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 10, 40})
    void findsTheMinimumOfRosenbrocksFunction(int n) {
        float[] start = new float[n];
        for (int i = 0; i < n; i++) {
            start[i] = i % 2 == 0 ? -1.2f : 1;
        }
        Lbfgs lbfgs =
                new Lbfgs(FloatSpan.of(start), SEARCH.withMaxIterations(50).withHistorySize(10));
        minimize(lbfgs, ROSENBROCK, 20);
        assertTrue(lbfgs.report().loss() < 1e-6, lbfgs.report()::toString);
        assertTrue(lbfgs.evaluations() < 100 + 30 * n, () -> lbfgs.evaluations() + " evaluations");
        for (float x : start) {
            assertEquals(1, x, 2e-3);
        }
    }

    @Test
    void findsTheMinimumOfManyParametersInFewEvaluations() {
        int n = 100_003;
        FloatSpan parameters = FloatSpan.of(new float[n]);
        Lbfgs lbfgs = new Lbfgs(parameters, SEARCH.withHistorySize(8).withTolerances(1e-3, 1e-9));
        assertEquals(Reason.GRADIENT_TOLERANCE, minimize(lbfgs, Functions.separable(curvature(n)), 10));
        assertTrue(lbfgs.evaluations() < 150, () -> lbfgs.evaluations() + " evaluations");
        assertTrue(lbfgs.report().largestGradient() <= 1e-3);
    }

    @Test
    void endsAtOnceWhereTheGradientIsZero() {
        Lbfgs lbfgs = new Lbfgs(span(1, 1), SEARCH);
        LbfgsReport report = lbfgs.step(ROSENBROCK);
        assertEquals(Reason.GRADIENT_TOLERANCE, report.reason());
        assertEquals(1, report.evaluations());
        assertEquals(0, report.iterations());
        assertEquals(0, lbfgs.iterations());
        assertEquals(
                Reason.GRADIENT_TOLERANCE,
                new Lbfgs(span(), SEARCH).step((p, g) -> 3).reason());
    }

    @Test
    void reportsTheLossesOfAStep() {
        Lbfgs lbfgs = new Lbfgs(span(1, 1), SEARCH.withMaxIterations(2).withMaxEvaluations(20));
        LbfgsReport report = lbfgs.step(BOWL).copy();
        assertSame(lbfgs.report(), lbfgs.step(BOWL));
        assertEquals(5.5, report.initialLoss());
        assertEquals(report.loss(), lbfgs.report().initialLoss());
        assertEquals(Reason.MAX_ITERATIONS, report.reason());
        assertEquals(2, report.iterations());
        assertFalse(report.converged());
        assertTrue(report.loss() < report.initialLoss());
        assertEquals(report.evaluations() + lbfgs.report().evaluations(), lbfgs.evaluations());
    }

    /** As in PyTorch, the last iteration without a search is not followed by an evaluation. */
    @Test
    void doesNotEvaluateAfterTheLastIterationWithoutASearch() {
        FloatSpan parameters = span(1, 1);
        Lbfgs lbfgs = new Lbfgs(parameters, LbfgsOptions.DEFAULT.withMaxIterations(1));
        LbfgsReport report = lbfgs.step(BOWL);
        assertEquals(1, report.evaluations());
        assertEquals(5.5, report.loss());
        assertEquals(1 - 1 / 11f, parameters.get(0), 1e-7);
    }

    /** PyTorch lets a search go on beyond the limit. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 7, 11, 16})
    void neverEvaluatesMoreOftenThanTheLimit(int limit) {
        float[] parameters = {-1.2f, 1, -0.5f, 0.8f};
        int[] calls = {0};
        Lbfgs.Objective counting = (p, g) -> {
            calls[0]++;
            return ROSENBROCK.evaluate(p, g);
        };
        Lbfgs lbfgs = new Lbfgs(FloatSpan.of(parameters), SEARCH.withMaxEvaluations(limit));
        double loss = Double.POSITIVE_INFINITY;
        for (int step = 0; step < 30; step++) {
            calls[0] = 0;
            LbfgsReport report = lbfgs.step(counting);
            assertTrue(calls[0] <= limit, () -> calls[0] + " evaluations");
            assertEquals(calls[0], report.evaluations());
            assertTrue(report.loss() <= report.initialLoss() && report.initialLoss() <= loss, report::toString);
            assertEquals(report.loss(), ROSENBROCK.evaluate(FloatSpan.of(parameters), span(new float[4])));
            loss = report.loss();
        }
    }

    /** The first lengths lead to where the function is not defined. */
    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void searchesCloserWhereTheLossIsNotFinite(double undefined) {
        // x − log x, with the minimum 1 at 1.
        Lbfgs.Objective barrier = (p, g) -> {
            double x = p.get(0);
            g.set(0, x > 0 ? (float) (1 - 1 / x) : Float.NaN);
            return x > 0 ? x - Math.log(x) : undefined;
        };
        for (float from : new float[] {0.05f, 20}) {
            FloatSpan parameters = span(from);
            Lbfgs lbfgs = new Lbfgs(parameters, SEARCH.withLearningRate(64));
            minimize(lbfgs, barrier, 5);
            assertEquals(1, parameters.get(0), 1e-3, lbfgs.report()::toString);
        }
    }

    /** A gradient that is infinite where the loss is finite counts as an infinite loss. */
    @Test
    void neverAcceptsAPointWithoutAFiniteGradient() {
        Lbfgs.Objective kink = (p, g) -> {
            float x = p.get(0);
            g.set(0, x < 0.5f ? Float.NEGATIVE_INFINITY : x);
            return 0.5 * x * x;
        };
        FloatSpan parameters = span(4);
        Lbfgs lbfgs = new Lbfgs(parameters, SEARCH);
        minimize(lbfgs, kink, 5);
        assertTrue(parameters.get(0) >= 0.5f && parameters.get(0) < 4, parameters.get(0) + " " + lbfgs.report());
    }

    @Test
    void goesBackWithoutASearchWhereTheLossIsNotFinite() {
        Lbfgs.Objective wall = (p, g) -> {
            g.set(0, 1);
            return p.get(0) < 0 ? Double.NaN : p.get(0);
        };
        FloatSpan parameters = span(2.5f);
        Lbfgs lbfgs = new Lbfgs(parameters, LbfgsOptions.DEFAULT);
        LbfgsReport report = lbfgs.step(wall);
        assertEquals(Reason.NON_FINITE, report.reason());
        assertEquals(0.5f, parameters.get(0));
        assertEquals(0.5, report.loss());
        assertEquals(1, report.largestGradient());
        assertEquals(4, report.evaluations());
        assertEquals(2, report.iterations());
        // A smaller rate goes on from there.
        lbfgs.replace(lbfgs.options().withLearningRate(0.25).withMaxIterations(1));
        lbfgs.step(wall);
        assertEquals(0.25f, parameters.get(0));
    }

    @Test
    void changesNothingWhereTheFirstLossIsNotFinite() {
        for (float[] bad : new float[][] {{Float.NaN, 1}, {Float.POSITIVE_INFINITY, 1}}) {
            FloatSpan parameters = span(3, 4);
            Lbfgs lbfgs = new Lbfgs(parameters, SEARCH);
            LbfgsReport report = lbfgs.step((p, g) -> {
                g.copyFrom(bad, 0, 0, 2);
                return 1;
            });
            assertEquals(Reason.NON_FINITE, report.reason());
            assertArrayEquals(new float[] {3, 4}, parameters.toArray());
            lbfgs.step(BOWL);
            assertTrue(lbfgs.report().loss() < 1e-9);
        }
    }

    /** The gradient of another function: no point of the line is lower. */
    @Test
    void reportsThatTheSearchFoundNoLowerLoss() {
        FloatSpan parameters = span(1, 1);
        Lbfgs lbfgs = new Lbfgs(parameters, SEARCH.withTolerances(1e-7, 0).withMaxEvaluations(100));
        LbfgsReport report = lbfgs.step((p, g) -> {
            double loss = BOWL.evaluate(p, g);
            g.set(0, -g.get(0));
            g.set(1, -g.get(1));
            return loss;
        });
        assertEquals(Reason.NO_PROGRESS, report.reason());
        assertArrayEquals(new float[] {1, 1}, parameters.toArray());
        assertEquals(5.5, report.loss());
    }

    @Test
    void forgetsTheHistoryOnReset() {
        float[] parameters = {-1.2f, 1};
        Lbfgs lbfgs = new Lbfgs(FloatSpan.of(parameters), SEARCH);
        lbfgs.step(ROSENBROCK);
        float[] middle = parameters.clone();
        lbfgs.reset();
        assertEquals(0, lbfgs.iterations() + lbfgs.evaluations());
        lbfgs.step(ROSENBROCK);
        new Lbfgs(FloatSpan.of(middle), SEARCH).step(ROSENBROCK);
        assertArrayEquals(middle, parameters);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allocatesNothing(boolean search) {
        int n = 5_003;
        float[] curvature = curvature(n), start = Floats.random(n, 9);
        LbfgsOptions options = (search ? SEARCH : LbfgsOptions.DEFAULT.withLearningRate(0.2))
                .withHistorySize(3)
                .withMaxIterations(5);
        Lbfgs lbfgs = new Lbfgs(FloatSpan.of(new float[n]), options);
        Lbfgs.Objective objective = Functions.separable(curvature);
        Garbage.assertNone(() -> {
            lbfgs.parameters().copyFrom(start, 0, 0, n);
            lbfgs.step(objective);
        });
    }
}
