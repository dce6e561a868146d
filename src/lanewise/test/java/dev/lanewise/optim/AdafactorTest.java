package dev.lanewise.optim;

import static dev.lanewise.optim.MuonTest.optimizer;
import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The laws of {@link Adafactor}, whose state is a float for each row and column. */
class AdafactorTest {
    private static final Adafactor RULE = new Adafactor();

    /** Two steps in double by hand: parameters, R, C, and the factor of u. */
    @Test
    void workedOutByHand() {
        float[] parameters = {.5f, -.25f, .1f, 0, .2f, -.4f};
        float[][] gradients = {{.1f, -.4f, .2f, .3f, 0, -.1f}, {-.2f, .1f, 0, .1f, .3f, .2f}};
        double[][] expected = {
            {.4988859566, -.2464770855, .0968490095, -.0048432067, .2, -.3977168905},
            {.5020282505, -.2476609963, .0968490095, -.0063829302, .1965193033, -.4016250814}
        };
        double[][] rows = {{.07, .0333333333}, {.0393680439, .0409913224}};
        double[][] columns = {{.05, .08, .025}, {.0356412706, .0627695247, .0221282541}};
        double[] rates = {.0029509885 / 1.0177394808, .0029360406};
        Optimizer optimizer = optimizer(parameters, RULE, MatrixShape.outputsByInputs(2, 3));
        for (int t = 0; t < 2; t++) {
            StepReport report = optimizer.step(FloatSpan.of(gradients[t]));
            assertClose(expected[t], FloatSpan.of(parameters));
            assertClose(rows[t], optimizer.state("all", "row_var"));
            assertClose(columns[t], optimizer.state("all", "col_var"));
            assertEquals(rates[t], report.groups().getFirst().effectiveLearningRate(), 1e-9);
        }
    }

    private static void assertClose(double[] expected, FloatSpan actual) {
        assertEquals(expected.length, actual.length());
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual.get(i), 1e-7);
        }
    }

    @Test
    void theTransposedMatrixHasTheTransposedSteps() {
        int rows = 37, columns = 90, n = rows * columns;
        float[] parameters = random(n, 1), flipped = transposed(parameters, rows, columns);
        Optimizer straight = optimizer(parameters, RULE, MatrixShape.inputsByOutputs(rows, columns));
        Optimizer other = optimizer(flipped, RULE, MatrixShape.inputsByOutputs(columns, rows));
        for (int step = 0; step < 10; step++) {
            float[] gradient = random(n, step);
            straight.step(FloatSpan.of(gradient));
            other.step(FloatSpan.of(transposed(gradient, rows, columns)));
        }
        assertArrayEquals(transposed(parameters, rows, columns), flipped, 1e-6f);
        assertArrayEquals(
                straight.state("all", "row_var").toArray(),
                other.state("all", "col_var").toArray(),
                1e-6f);
    }

    static float[] transposed(float[] x, int rows, int columns) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i % columns * rows + i / columns] = x[i];
        }
        return y;
    }

    /** The rate is a cap: above 1 / √t it has no effect, and the report has the factor that was applied. */
    @Test
    void aRateAboveTheInverseRootOfTheStepHasNoEffect() {
        MatrixShape shape = MatrixShape.inputsByOutputs(6, 5);
        float[] one = random(30, 2), ten = one.clone(), small = one.clone();
        Optimizer first = optimizer(one, RULE.withLearningRate(1), shape);
        Optimizer second = optimizer(ten, RULE.withLearningRate(step -> 10 + step), shape);
        Optimizer third = optimizer(small, RULE.withLearningRate(0.2), shape);
        for (int t = 1; t <= 30; t++) {
            double rms = rms(one);
            FloatSpan gradient = FloatSpan.of(random(30, t));
            double applied = first.step(gradient).groups().getFirst().effectiveLearningRate();
            second.step(gradient);
            third.step(gradient);
            assertTrue(applied <= rms / Math.sqrt(t) * 1.0001, "step " + t);
        }
        assertArrayEquals(one, ten);
        assertFalse(one[0] == small[0]);
    }

    private static double rms(float[] x) {
        return Math.sqrt(Definition.sum(x, true) / x.length);
    }

    /** Any memory, number of threads, options and position have the same bits. */
    @Test
    void hasTheSameBitsEverywhere() {
        for (int[] size : new int[][] {{2, 2}, {3, 5000}, {700, 3}, {300, 431}, {1, 1}}) {
            boolean matrix = size[0] > 1;
            int n = matrix ? size[0] * size[1] : 90_000;
            MatrixShape shape = matrix ? MatrixShape.inputsByOutputs(size[0], size[1]) : null;
            Adafactor rule = RULE.withFactored(matrix).withWeightDecay(0.1);
            for (Clipping clipping : List.of(Clipping.none(), Clipping.byValue(0.5))) {
                float[] expected = null;
                for (int threads = 1; threads <= 3; threads++) {
                    try (Workers workers = Workers.of(threads);
                            Arena shared = Arena.ofShared()) {
                        int before = 7 * threads;
                        StepOptions options = StepOptions.DEFAULT
                                .withWorkers(workers)
                                .withClipping(clipping)
                                .withStatistics(threads == 2)
                                .withAverageDecay(threads == 3 ? 0.9 : 1);
                        for (FloatSpan parameters : List.of(
                                FloatSpan.of(new float[before + n]),
                                FloatSpan.of(Arena.ofAuto().allocate(4L * (before + n))),
                                FloatSpan.of(shared.allocate(4L * (before + n))))) {
                            float[] actual = run(rule, shape, parameters, before, options);
                            expected = expected == null ? actual : expected;
                            assertArrayEquals(expected, actual, shape + " on " + threads + " threads");
                        }
                    }
                }
            }
        }
    }

    private static float[] run(
            Adafactor rule, MatrixShape shape, FloatSpan parameters, int before, StepOptions options) {
        int n = (int) parameters.length() - before;
        parameters.copyFrom(random(n, 3), 0, before, n);
        Optimizer optimizer = new Optimizer(
                parameters,
                List.of(
                        new ParameterGroup("vector", 0, before, new AdamW()),
                        new ParameterGroup("matrix", before, n, rule).withShape(shape)),
                options);
        for (int step = 0; step < 4; step++) {
            float[] gradient = new float[before + n];
            System.arraycopy(random(n, step), 0, gradient, before, n);
            optimizer.step(FloatSpan.of(gradient), 0.7);
        }
        return parameters.slice(before, n).toArray();
    }

    @Test
    void aNaNStaysInItsGroup() {
        float[] parameters = random(40, 6), same = parameters.clone(), gradient = random(40, 7);
        Optimizer clean = twoMatrices(same), broken = twoMatrices(parameters);
        clean.step(FloatSpan.of(gradient));
        gradient[3] = Float.NaN;
        broken.step(FloatSpan.of(gradient));
        for (int i = 0; i < 20; i++) {
            assertTrue(Float.isNaN(parameters[i]), "element " + i);
            assertEquals(same[20 + i], parameters[20 + i]);
        }
    }

    static Optimizer twoMatrices(float[] parameters) {
        return new Optimizer(
                FloatSpan.of(parameters),
                List.of(
                        new ParameterGroup("a", 0, 20, RULE).withShape(MatrixShape.inputsByOutputs(4, 5)),
                        new ParameterGroup("b", 20, 20, RULE).withShape(MatrixShape.inputsByOutputs(10, 2))),
                StepOptions.DEFAULT);
    }

    /** Zeros, of the gradient and of the parameters, and gradients below ε₁. */
    @Test
    void zerosAndTinyGradientsAreHarmless() {
        for (Adafactor rule : List.of(RULE, RULE.withEpsilon1(0))) {
            float[] parameters = random(20, 8), initial = parameters.clone();
            Optimizer optimizer = optimizer(parameters, rule, MatrixShape.inputsByOutputs(4, 5));
            optimizer.step(FloatSpan.of(new float[20]));
            assertArrayEquals(initial, parameters);
            float[] zeros = new float[20], gradient = random(20, 9);
            optimizer(zeros, rule, MatrixShape.inputsByOutputs(4, 5)).step(FloatSpan.of(gradient), 1e-18);
            for (int i = 0; i < 20; i++) {
                assertTrue(Math.abs(zeros[i]) <= 1e-4, "moved by " + zeros[i]);
                assertEquals(-Math.signum(gradient[i]), Math.signum(zeros[i]));
            }
        }
    }

    @Test
    void assignsTheGroupsOfANetwork() {
        Mlp mlp = new Mlp(6, 5, 3);
        List<ParameterGroup> groups = RULE.withLearningRate(0.05).groups(MuonGroupsTest.groups(mlp));
        assertEquals(
                List.of(true, false, true, false),
                groups.stream()
                        .map(group -> ((Adafactor) group.rule()).factored())
                        .toList());
        mlp.initialize(1);
        Optimizer optimizer = new Optimizer(mlp.parameters(), groups, StepOptions.DEFAULT);
        float[] images = random(8 * 6, 1);
        int[] labels = {0, 1, 2, 0, 1, 2, 0, 1};
        double first = mlp.forwardBackward(images, 0, labels, 0, 8), loss = first;
        for (int step = 0; step < 300; step++) {
            optimizer.step(mlp.gradients());
            loss = mlp.forwardBackward(images, 0, labels, 0, 8);
        }
        assertTrue(loss < 0.2 * first, first + " became " + loss);
    }

    @Test
    void aStepAllocatesNothing() {
        FloatSpan gradient = FloatSpan.of(random(70 * 90, 12));
        for (boolean statistics : new boolean[] {false, true}) {
            Optimizer optimizer = optimizer(
                    FloatSpan.of(random(70 * 90, 13)),
                    RULE,
                    MatrixShape.inputsByOutputs(70, 90),
                    StepOptions.DEFAULT.withStatistics(statistics));
            Garbage.assertNone(() -> optimizer.step(gradient));
        }
    }
}
