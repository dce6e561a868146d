package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of {@link ScheduleFreeSgd} and {@link ScheduleFreeAdamW}, and of the parameters to evaluate. */
class ScheduleFreeTest {
    private static final int N = 37;

    static List<UpdateRule> rules() {
        return List.of(
                new ScheduleFreeSgd(0.1).withWarmup(7),
                new ScheduleFreeSgd(new LinearWarmup(0.1, 5, 0.01)).withStepPower(0.5),
                new ScheduleFreeAdamW(0.01).withWarmup(7),
                new ScheduleFreeAdamW(0.01).withStepPower(2).withRatePower(1).withWeightDecay(0.1),
                new ScheduleFreeAdamW(0.01).withInnerMomentum(0.9),
                new ScheduleFreeAdamW(0.01).withRectify(true));
    }

    private static float[] evaluation(Optimizer optimizer) {
        float[] x = new float[(int) optimizer.parameters().length()];
        optimizer.copyEvaluationParameters(FloatSpan.of(x));
        return x;
    }

    private static double number(Optimizer optimizer, int scalar) {
        return optimizer.scalars(0)[scalar];
    }

    /** The decay is added to the step behind the inner momentum, so that without a gradient there is no difference. */
    @Test
    void theDecayIsTheSameWithInnerMomentum() {
        ScheduleFreeAdamW plain = new ScheduleFreeAdamW(0.01).withWeightDecay(0.5);
        float[] one = random(N, 1), other = one.clone();
        Optimizer without = new Optimizer(FloatSpan.of(one), plain),
                with = new Optimizer(FloatSpan.of(other), plain.withInnerMomentum(0.9));
        for (int t = 0; t < 5; t++) {
            without.step(FloatSpan.of(new float[N]));
            with.step(FloatSpan.of(new float[N]));
        }
        assertArrayEquals(one, other);
        assertNotEquals(random(N, 1)[0], one[0]);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theEvaluatedParametersAreTheAverageOfAllIterates(UpdateRule rule) {
        Optimizer optimizer = new Optimizer(FloatSpan.of(random(N, 1)), rule);
        double[] sum = new double[N];
        double weights = 0;
        for (int t = 1; t <= 100; t++) {
            optimizer.step(FloatSpan.of(random(N, t)));
            double weight = number(optimizer, 0) - weights;
            weights += weight;
            float[] z = optimizer.state("all", "z").toArray(), x = evaluation(optimizer);
            for (int i = 0; i < N; i++) {
                sum[i] += weight * z[i];
                if (weights > 0) {
                    double average = sum[i] / weights;
                    assertEquals(average, x[i], 1e-6 * Math.max(1, Math.abs(average)), "step " + t);
                }
            }
        }
    }

    /** The program cannot forget to switch to y and back. */
    @ParameterizedTest
    @MethodSource("rules")
    void readingTheAverageChangesNothing(UpdateRule rule) {
        Optimizer read = new Optimizer(FloatSpan.of(random(N, 1)), rule);
        Optimizer unread = new Optimizer(FloatSpan.of(random(N, 1)), rule);
        for (int t = 1; t <= 30; t++) {
            read.step(FloatSpan.of(random(N, t)));
            unread.step(FloatSpan.of(random(N, t)));
            float[] y = read.parameters().toArray();
            assertArrayEquals(evaluation(read), evaluation(read));
            assertArrayEquals(y, read.parameters().toArray());
        }
        assertArrayEquals(unread.parameters().toArray(), read.parameters().toArray());
        assertArrayEquals(evaluation(unread), evaluation(read));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void goesOnFromACheckpointWithTheSameBits(UpdateRule rule, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer whole = new Optimizer(FloatSpan.of(random(N, 1)), rule);
        Optimizer first = new Optimizer(FloatSpan.of(random(N, 1)), rule);
        for (int t = 1; t <= 4; t++) {
            whole.step(FloatSpan.of(random(N, t)));
            first.step(FloatSpan.of(random(N, t)));
        }
        new Checkpoint(first).save(file);
        Optimizer second = new Optimizer(FloatSpan.of(new float[N]), rule);
        new Checkpoint(second).load(file);
        assertArrayEquals(evaluation(whole), evaluation(second));
        for (int t = 5; t <= 20; t++) {
            whole.step(FloatSpan.of(random(N, t)));
            second.step(FloatSpan.of(random(N, t)));
        }
        assertArrayEquals(whole.parameters().toArray(), second.parameters().toArray());
        assertArrayEquals(evaluation(whole), evaluation(second));
    }

    /** Calculated in double by the authors' package. At a constant rate the weights of the third step would be those of 1 / t. */
    @Test
    void theThirdStepOfAWarmUp() {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[] {0.5f, -0.25f}),
                new ScheduleFreeAdamW().withWeightDecay(0.1).withWarmup(2));
        for (float[] gradient : new float[][] {{0.1f, -0.4f}, {0.3f, 0.2f}, {-0.2f, 0}}) {
            optimizer.step(FloatSpan.of(gradient));
        }
        assertArrayEquals(new float[] {.4965693392f, -.2500413730f}, evaluation(optimizer), 2e-7f);
        assertArrayEquals(
                new float[] {.4973997408f, -.2501754553f},
                optimizer.state("all", "z").toArray(),
                2e-7f);
        optimizer = new Optimizer(FloatSpan.of(new float[] {0.5f, -0.25f}), new ScheduleFreeSgd());
        for (float[] gradient : new float[][] {{0.1f, -0.4f}, {0.3f, 0.2f}, {-0.2f, 0}}) {
            optimizer.step(FloatSpan.of(gradient));
        }
        assertArrayEquals(new float[] {.2666666667f, .0166666667f}, evaluation(optimizer), 2e-7f);
    }

    /** 0 / 0 is 0: nothing moves, and the first step with a rate is as if it were the first. */
    @Test
    void aRateOfZeroAtFirstMovesNothing() {
        float[] initial = random(N, 1);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(initial.clone()), new ScheduleFreeSgd(new Constant(0).then(3, new Constant(0.1))));
        for (int t = 1; t <= 3; t++) {
            optimizer.step(FloatSpan.of(random(N, t)));
            assertArrayEquals(initial, optimizer.parameters().toArray());
            assertArrayEquals(initial, evaluation(optimizer));
            assertEquals(0, number(optimizer, 0));
        }
        optimizer.step(FloatSpan.of(random(N, 4)));
        Optimizer first = new Optimizer(FloatSpan.of(initial.clone()), new ScheduleFreeSgd(0.1));
        first.step(FloatSpan.of(random(N, 4)));
        assertArrayEquals(first.parameters().toArray(), optimizer.parameters().toArray());
    }

    /** The weights are those of the largest rate: a rate that falls again counts as before. */
    @Test
    void theWeightIsThatOfTheLargestRate() {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[N]),
                new ScheduleFreeSgd(
                        new Constant(0.5).then(1, new Constant(0.25)).then(2, new Constant(0.0))));
        double[] sums = {0.25, 0.5, 0.75};
        for (int t = 0; t < 3; t++) {
            StepReport report = optimizer.step(FloatSpan.of(random(N, t)));
            assertEquals(sums[t], number(optimizer, 0));
            assertEquals(0.5, number(optimizer, 1));
            assertEquals(
                    t == 0 ? 0.5 : t == 1 ? 0.25 : 0, report.groups().get(0).effectiveLearningRate());
        }
    }

    @Test
    void theWarmUpIsReported() {
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[N]), new ScheduleFreeAdamW(0.4).withWarmup(4));
        for (int t = 1; t <= 6; t++) {
            StepReport.Group group =
                    optimizer.step(FloatSpan.of(random(N, t))).groups().get(0);
            assertEquals(0.4 * Math.min(1, t / 4.0), group.effectiveLearningRate(), 1e-15);
            assertEquals(0.4, group.learningRate());
        }
    }

    /** A group that was frozen has an iterate and weights of its own. */
    @Test
    void aFrozenGroupRests() {
        UpdateRule rule = new ScheduleFreeSgd(0.1);
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(random(2 * N, 1)),
                List.of(new ParameterGroup("a", 0, N, rule), new ParameterGroup("b", N, N, rule, true)),
                StepOptions.DEFAULT);
        for (int t = 1; t <= 3; t++) {
            optimizer.step(FloatSpan.of(random(2 * N, t)));
        }
        float[] parameters = optimizer.parameters().toArray(), x = evaluation(optimizer);
        for (int i = 0; i < N; i++) {
            assertEquals(parameters[N + i], x[N + i]);
        }
        optimizer.replace(
                optimizer.group("b").withFrozen(false), optimizer.group("a").withFrozen(true));
        optimizer.step(FloatSpan.of(random(2 * N, 4)));
        float[] after = evaluation(optimizer);
        for (int i = 0; i < N; i++) {
            assertEquals(x[i], after[i]);
            assertEquals(optimizer.state("b", "z").get(i), after[N + i], 1e-7, "the first iterate is the average");
            assertNotEquals(x[N + i], after[N + i]);
        }
    }

    @Test
    void aSecondAverageIsRefused() {
        for (UpdateRule rule : rules()) {
            assertEquals(
                    "averageDecay must be 1 with " + rule.getClass().getSimpleName()
                            + ", which has an average of its own: 0.9",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> new Optimizer(
                                            FloatSpan.of(new float[N]),
                                            rule,
                                            StepOptions.DEFAULT.withAverageDecay(0.9)))
                            .getMessage());
        }
    }

    /** A rule of the application's own, whose parameters are to be evaluated at any place on the line to its state. */
    private record Line(double factor) implements UpdateRule {
        @Override
        public Schedule learningRate() {
            return new Constant(0);
        }

        @Override
        public UpdateRule withLearningRate(Schedule learningRate) {
            return this;
        }

        @Override
        public List<StateBuffer> state() {
            return List.of(new StateBuffer("s"));
        }

        @Override
        public EvaluationWeights evaluation() {
            return new EvaluationWeights("s", factor);
        }

        @Override
        public void coefficients(Step step, float[] c) {}

        @Override
        public void update(float[][] buffers, int from, int to, float[] c) {
            System.arraycopy(buffers[1], from, buffers[2], from, to - from);
        }
    }

    /** The ends are exact, although s − p is rounded, and before the first step there is no state to read. */
    @Test
    void theEvaluatedParametersMayBeAnywhereOnTheLine() {
        float[] p = {1, 1e-9f, 3e8f}, s = {-2, 0.7f, 1}, target = new float[3];
        for (double factor : new double[] {-1.5, -0.25, 0, 0.25, 0.4999, 0.5, 0.75, 1, 1.25}) {
            Optimizer optimizer = new Optimizer(FloatSpan.of(p.clone()), new Line(factor));
            optimizer.copyEvaluationParameters(FloatSpan.of(target));
            assertArrayEquals(p, target);
            optimizer.step(FloatSpan.of(s));
            optimizer.copyEvaluationParameters(FloatSpan.of(target));
            for (int i = 0; i < p.length; i++) {
                double exact = p[i] + factor * ((double) s[i] - p[i]);
                double rounding = Math.abs(exact) + Math.abs(s[i]) + Math.abs(p[i]);
                double bound = factor == 0 || factor == 1 ? 0 : 4 * 0x1p-24 * rounding;
                assertEquals(exact, target[i], bound, factor + ", " + i);
            }
        }
    }

    @Test
    void theTargetHasToFit() {
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[N]), new ScheduleFreeSgd());
        assertThrows(
                IllegalArgumentException.class,
                () -> optimizer.copyEvaluationParameters(FloatSpan.of(new float[N - 1])));
        assertThrows(IllegalArgumentException.class, () -> optimizer.copyEvaluationParameters(optimizer.parameters()));
    }
}
