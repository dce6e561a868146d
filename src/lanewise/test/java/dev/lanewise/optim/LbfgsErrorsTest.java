package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad options and arguments of L-BFGS, and exceptions of its objective. */
class LbfgsErrorsTest {
    private static final LbfgsOptions SEARCH = LbfgsOptions.DEFAULT.withLineSearch(LineSearch.strongWolfe());
    private static final Lbfgs.Objective ROSENBROCK = ((Functions.Function) Functions::rosenbrock).objective();
    private static final Lbfgs.Objective BOWL =
            Functions.quadratic(new double[][] {{1, 0}, {0, 10}}, new double[2]).objective();

    private static FloatSpan span(float... values) {
        return FloatSpan.of(values);
    }

    /** Whatever evaluation throws, the parameters are where its iteration began, and the next step gives the bits of one without it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anExceptionTakesTheIterationBack(boolean search) {
        LbfgsOptions options = (search ? SEARCH : LbfgsOptions.DEFAULT.withLearningRate(0.1)).withHistorySize(3);
        for (int thrown = 1; thrown <= 12; thrown++) {
            List<float[]> accepted = new ArrayList<>();
            float[] parameters = {-1.2f, 1, -0.5f};
            Lbfgs lbfgs = new Lbfgs(FloatSpan.of(parameters), options);
            int[] calls = {0};
            int last = thrown;
            Lbfgs.Objective failing = (p, g) -> {
                if (++calls[0] == last) {
                    g.zero(0, 3);
                    throw new UnsupportedOperationException("no more");
                }
                double loss = ROSENBROCK.evaluate(p, g);
                accepted.add(p.toArray());
                return loss;
            };
            assertEquals(
                    "no more",
                    assertThrows(UnsupportedOperationException.class, () -> lbfgs.step(failing))
                            .getMessage());
            assertEquals(last - 1, lbfgs.evaluations());
            assertEquals(null, lbfgs.report().reason());
            float[] at = parameters.clone();
            boolean evaluated = last == 1 || accepted.stream().anyMatch(x -> Arrays.equals(x, at));
            assertTrue(evaluated, "the parameters must be an evaluated point");
            if (last > 1) {
                assertEquals(lbfgs.report().loss(), ROSENBROCK.evaluate(FloatSpan.of(at), span(new float[3])));
            }
            LbfgsReport report = lbfgs.step(ROSENBROCK);
            assertTrue(report.loss() < report.initialLoss(), report::toString);
            for (int step = 0; step < 100 && !lbfgs.report().converged(); step++) {
                lbfgs.step(ROSENBROCK);
            }
            assertTrue(lbfgs.report().loss() < (search ? 1e-6 : 1), lbfgs.report()::toString);
        }
    }

    /** The first iteration, taken back, is the first once more. */
    @Test
    void anExceptionInTheFirstIterationChangesNothing() {
        float[] expected = {-1.2f, 1}, parameters = expected.clone();
        Lbfgs undisturbed = new Lbfgs(FloatSpan.of(expected), SEARCH),
                lbfgs = new Lbfgs(FloatSpan.of(parameters), SEARCH);
        int[] calls = {0};
        assertThrows(
                IllegalStateException.class,
                () -> lbfgs.step((p, g) -> {
                    if (++calls[0] == 3) {
                        throw new IllegalStateException();
                    }
                    return ROSENBROCK.evaluate(p, g);
                }));
        assertArrayEquals(new float[] {-1.2f, 1}, parameters);
        undisturbed.step(ROSENBROCK);
        lbfgs.step(ROSENBROCK);
        assertArrayEquals(expected, parameters);
    }

    @Test
    void refusesBadOptions() {
        assertMessage("learningRate must be finite and above 0: 0.0", o -> o.withLearningRate(0));
        assertMessage("learningRate must be finite and above 0: NaN", o -> o.withLearningRate(Double.NaN));
        assertMessage("maxIterations must be at least 1: 0", o -> o.withMaxIterations(0));
        assertMessage("maxEvaluations must be at least 1: 0", o -> o.withMaxEvaluations(0));
        assertMessage(
                "maxEvaluations with a line search must be at least 2: 1",
                o -> o.withMaxEvaluations(1).withLineSearch(LineSearch.strongWolfe()));
        assertMessage("gradientTolerance must be finite and not negative: -1.0", o -> o.withTolerances(-1, 0));
        assertMessage(
                "changeTolerance must be finite and not negative: Infinity",
                o -> o.withTolerances(0, Double.POSITIVE_INFINITY));
        assertMessage("historySize must be at least 1: 0", o -> o.withHistorySize(0));
        assertMessage(
                "sufficientDecrease must be in (0, 1): 0.0", o -> o.withLineSearch(LineSearch.strongWolfe(0, 0.9, 25)));
        assertMessage(
                "curvature must be above sufficientDecrease 0.5 and below 1: 0.5",
                o -> o.withLineSearch(LineSearch.strongWolfe(0.5, 0.5, 25)));
        assertMessage(
                "maxIterations must be at least 1: 0", o -> o.withLineSearch(LineSearch.strongWolfe(1e-4, 0.9, 0)));
        assertEquals(25, LbfgsOptions.DEFAULT.withMaxIterations(20).maxEvaluations());
        assertEquals(2, LbfgsOptions.DEFAULT.withMaxIterations(1).maxEvaluations());
        assertEquals(
                Integer.MAX_VALUE,
                LbfgsOptions.DEFAULT.withMaxIterations(Integer.MAX_VALUE).maxEvaluations());
    }

    private static void assertMessage(String message, Function<LbfgsOptions, LbfgsOptions> options) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> options.apply(LbfgsOptions.DEFAULT))
                        .getMessage());
    }

    @Test
    void refusesBadArguments() {
        FloatSpan readOnly = FloatSpan.of(span(1).segment().asReadOnly());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Lbfgs(readOnly))
                .getMessage()
                .startsWith("parameters must not be read-only: "));
        Lbfgs lbfgs = new Lbfgs(span(1, 1));
        assertThrows(NullPointerException.class, () -> lbfgs.step(null));
        assertEquals(
                "historySize must be 100, for which memory is allocated: 5",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> lbfgs.replace(LbfgsOptions.DEFAULT.withHistorySize(5)))
                        .getMessage());
        try (Workers workers = Workers.of(2)) {
            assertThrows(
                    IllegalArgumentException.class, () -> lbfgs.replace(LbfgsOptions.DEFAULT.withWorkers(workers)));
        }
    }

    @Test
    void refusesAStepWithinAStep() {
        Lbfgs lbfgs = new Lbfgs(span(1, 1));
        for (Runnable within :
                List.<Runnable>of(() -> lbfgs.step(BOWL), lbfgs::reset, () -> lbfgs.replace(lbfgs.options()))) {
            assertEquals(
                    "a step of this optimizer is running",
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> lbfgs.step((p, g) -> {
                                        within.run();
                                        return 0;
                                    }))
                            .getMessage());
        }
        lbfgs.step(BOWL);
    }

    @Test
    void refusesMemoryThatIsClosedOrBelongsToAnotherThread() throws InterruptedException {
        int[] calls = {0};
        Lbfgs.Objective counting = (p, g) -> calls[0]++;
        Lbfgs closed;
        try (Arena arena = Arena.ofConfined()) {
            Lbfgs lbfgs = closed = new Lbfgs(FloatSpan.of(arena.allocate(16)));
            Throwable[] thrown = {null};
            Thread other =
                    new Thread(() -> thrown[0] = assertThrows(WrongThreadException.class, () -> lbfgs.step(counting)));
            other.start();
            other.join();
            assertEquals("the memory of the parameters belongs to another thread", thrown[0].getMessage());
        }
        assertEquals(
                "the memory of the parameters has been closed",
                assertThrows(IllegalStateException.class, () -> closed.step(counting))
                        .getMessage());
        assertEquals(0, calls[0]);
    }

    /** Native memory that kernels address is not written once the objective has closed it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void memoryThatTheObjectiveClosesIsNotWritten(int closing) {
        for (LbfgsOptions options : List.of(SEARCH, LbfgsOptions.DEFAULT.withLearningRate(0.01))) {
            Arena arena = Arena.ofConfined();
            Lbfgs lbfgs = new Lbfgs(FloatSpan.of(arena.allocate(8, 64)), options);
            int[] calls = {0};
            assertEquals(
                    "the memory of the parameters has been closed",
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> lbfgs.step((p, g) -> {
                                        double loss = ROSENBROCK.evaluate(p, g);
                                        if (++calls[0] == closing) {
                                            arena.close();
                                        }
                                        return loss;
                                    }))
                            .getMessage());
            assertEquals(closing, calls[0]);
        }
    }

    /** The memory of the parameters is freed by the objective; its own exception is the one that arrives. */
    @Test
    void memoryThatTheObjectiveClosesEndsTheStep() {
        Arena arena = Arena.ofShared();
        Lbfgs lbfgs = new Lbfgs(FloatSpan.of(arena.allocate(8)), SEARCH);
        int[] calls = {0};
        assertEquals(
                "mine",
                assertThrows(
                                IllegalStateException.class,
                                () -> lbfgs.step((p, g) -> {
                                    g.set(0, 1);
                                    g.set(1, 1);
                                    if (calls[0]++ == 1) {
                                        arena.close();
                                        throw new IllegalStateException("mine");
                                    }
                                    return 1;
                                }))
                        .getMessage());
    }
}
