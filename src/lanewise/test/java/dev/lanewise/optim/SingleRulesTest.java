package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.StepDecay;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What holds of single rules: {@link Asgd}, {@link Signum}, {@link Muon}, {@link NovoGrad}, and the decay of {@link NAdam} and
 * {@link RAdam}.
 */
class SingleRulesTest {
    private static final int N = 37;

    private static float[] evaluation(Optimizer optimizer) {
        float[] x = new float[(int) optimizer.parameters().length()];
        optimizer.copyEvaluationParameters(FloatSpan.of(x));
        return x;
    }

    private static float[] run(UpdateRule rule, float[] initial, float[]... gradients) {
        float[] parameters = initial.clone();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        for (float[] gradient : gradients) {
            optimizer.step(FloatSpan.of(gradient));
        }
        return parameters;
    }

    /** Until step t₀ + 2 the average is the parameters, and then the mean of those from that step on. */
    @Test
    void theAverageOfAsgdBeginsAfterT0() {
        int t0 = 5;
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(random(N, 1)), new Asgd(0.1).withLambda(0.01).withT0(t0));
        double[] sum = new double[N];
        for (int t = 1; t <= 40; t++) {
            optimizer.step(FloatSpan.of(random(N, t)));
            float[] parameters = optimizer.parameters().toArray(), average = evaluation(optimizer);
            if (t <= t0 + 1) {
                assertArrayEquals(parameters, average);
                continue;
            }
            for (int i = 0; i < N; i++) {
                sum[i] += parameters[i];
                assertEquals(sum[i] / (t - t0 - 1), average[i], 1e-5, "step " + t);
            }
        }
    }

    /** The rate is computed for the next step, so that a schedule acts one step late; the report has the one that is used. */
    @Test
    void theRateOfAsgdIsThatOfTheStepBefore() {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[N]),
                new Asgd(new StepDecay(0.8, 0.5, 1)).withLambda(0.5).withPower(2));
        double[] expected = {0.8, 0.8 / Math.pow(1 + 0.5 * 0.8, 2), 0.4 / Math.pow(1 + 0.5 * 0.4 * 2, 2)};
        for (int t = 0; t < 3; t++) {
            StepReport.Group group =
                    optimizer.step(FloatSpan.of(random(N, t))).groups().get(0);
            assertEquals(expected[t], group.effectiveLearningRate(), 1e-15);
            assertEquals(0.8 * Math.pow(0.5, t), group.learningRate());
        }
    }

    /** Only the places of the two momenta differ, and with one decay that does not matter. */
    @Test
    void signumIsLionWithOneDecay() {
        float[][] gradients = {random(N, 1), random(N, 2), random(N, 3), random(N, 4)};
        for (double beta : new double[] {0, 0.5, 0.9}) {
            assertArrayEquals(
                    run(new Lion(new Constant(0.01), beta, beta, 0.1), random(N, 0), gradients),
                    run(new Signum(new Constant(0.01), beta, 0.1), random(N, 0), gradients));
        }
    }

    @Test
    void signumMovesEachParameterByTheRate() {
        float[] gradient = random(N, 1), parameters = run(new Signum(0.25), new float[N], gradient);
        for (int i = 0; i < N; i++) {
            assertEquals(-0.25f * Math.signum(gradient[i]), parameters[i]);
        }
    }

    /** A sum, or one without the factor, would have the same signs and the same orthogonal matrix, but other numbers in a checkpoint. */
    @Test
    void theMomentumOfSignsAndMatricesIsAnAverage() {
        for (UpdateRule rule : List.of(
                new Signum().withMomentum(0.75), new Muon().withMomentum(0.75), new Lion().withBetas(0.9, 0.75))) {
            ParameterGroup all = new ParameterGroup("all", 0, 4, rule).withShape(MatrixShape.inputsByOutputs(2, 2));
            Optimizer optimizer = new Optimizer(FloatSpan.of(random(4, 1)), List.of(all), StepOptions.DEFAULT);
            float[] gradient = {1, 2, 3, 4};
            optimizer.step(FloatSpan.of(gradient), 0.5);
            optimizer.step(FloatSpan.of(gradient), 0.5);
            String state = rule.state().getFirst().name();
            for (int i = 0; i < 4; i++) {
                assertEquals(
                        (1 - 0.75 * 0.75) * 0.5 * gradient[i],
                        optimizer.state("all", state).get(i),
                        1e-6);
            }
        }
    }

    /** A power of 0 is 1, also that of a sum which begins at 0. */
    @Test
    void ftrlTakesThePowerZero() {
        Ftrl rule = new Ftrl(0.5).withLearningRatePower(0).withInitialAccumulator(0);
        assertEquals(-0.5f, run(rule, new float[1], new float[] {1})[0]);
    }

    /** The norm of this gradient is 5, and ε makes it 6. */
    @Test
    void theEpsilonOfNovoGradIsAddedToTheNorm() {
        NovoGrad rule = new NovoGrad(new Constant(0.5), 0.95, 0.98, 1, 0, false, false);
        assertArrayEquals(new float[] {-0.25f, -1 / 3f}, run(rule, new float[2], new float[] {3, 4}), 1e-7f);
        assertArrayEquals(new float[2], run(rule.withEpsilon(0), new float[2], new float[2]), "0 / 0 is no step");
    }

    /** The first step is along the gradient, as long as the learning rate, whatever the gradient's norm. */
    @Test
    void theFirstStepOfNovoGradIsAsLongAsTheRate() {
        for (double scale : new double[] {1e-6, 1, 1e6}) {
            float[] gradient = random(N, 1);
            for (int i = 0; i < N; i++) {
                gradient[i] *= (float) scale;
            }
            double squares = 0;
            for (float x :
                    run(new NovoGrad(new Constant(0.5), 0.95, 0.98, 0, 0, false, false), new float[N], gradient)) {
                squares += (double) x * x;
            }
            assertEquals(0.5, Math.sqrt(squares), 1e-6);
        }
    }

    /** A v that is infinite would be so for ever, and no parameter of the layer would move again. */
    @Test
    void anInfiniteGradientDoesNotStayInNovoGrad() {
        float[] parameters = new float[2];
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new NovoGrad());
        optimizer.step(FloatSpan.of(new float[] {1, Float.POSITIVE_INFINITY}));
        float before = parameters[0];
        optimizer.step(FloatSpan.of(new float[] {1, 1}));
        assertTrue(parameters[0] < before, parameters[0] + " after " + before);
    }

    /** Elsewhere v would be 0.02 of the square after a first gradient of 0, and the step 7 times as long. */
    @Test
    void novoGradBeginsWithTheFirstGradientThatIsNotZero() {
        float[] gradient = random(N, 1);
        assertArrayEquals(
                run(new NovoGrad(), random(N, 0), gradient), run(new NovoGrad(), random(N, 0), new float[N], gradient));
    }

    /** Each layer has a v of its own. */
    @Test
    void theGroupsOfNovoGradAreIndependent() {
        float[] parameters = new float[2 * N], gradient = random(2 * N, 1);
        for (int i = 0; i < N; i++) {
            gradient[i] *= 1000;
        }
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(new ParameterGroup("a", 0, N, new NovoGrad(1)), new ParameterGroup("b", N, N, new NovoGrad(1))),
                StepOptions.DEFAULT);
        optimizer.step(FloatSpan.of(gradient));
        double squares = 0;
        for (int i = 0; i < N; i++) {
            squares += (double) parameters[i] * parameters[i];
        }
        assertEquals(1, Math.sqrt(squares), 1e-6);
        assertTrue(optimizer.scalars(0)[0] > 1e5 * optimizer.scalars(1)[0]);
    }

    /** A decoupled decay does not reach the moments: it is a factor of the parameters alone. */
    @Test
    void aDecoupledDecayLeavesTheMoments() {
        for (UpdateRule rule : List.of(new NAdam(0.01), new RAdam(0.01))) {
            UpdateRule decayed = rule instanceof NAdam nadam
                    ? nadam.withWeightDecay(0.5).withDecoupledWeightDecay(true)
                    : ((RAdam) rule).withWeightDecay(0.5).withDecoupledWeightDecay(true);
            float[] without = random(N, 1), with = without.clone(), gradient = random(N, 2);
            Optimizer one = new Optimizer(FloatSpan.of(without), rule),
                    other = new Optimizer(FloatSpan.of(with), decayed);
            one.step(FloatSpan.of(gradient));
            other.step(FloatSpan.of(gradient));
            for (String state : List.of("exp_avg", "exp_avg_sq")) {
                assertArrayEquals(
                        one.state("all", state).toArray(),
                        other.state("all", state).toArray());
            }
            float[] initial = random(N, 1);
            for (int i = 0; i < N; i++) {
                assertEquals(without[i] - 0.005 * initial[i], with[i], 1e-6);
            }
        }
    }

    /** Texts from before the option. */
    @Test
    void olderTextsHaveNoDecoupledDecay() {
        assertEquals(
                new NAdam(new Constant(0.5), 0.8, 0.9, 1e-7, 0.1, 0.2, false),
                RuleCodec.read(
                        "NAdam[learningRate=0.5, beta1=0.8, beta2=0.9, epsilon=1.0E-7, weightDecay=0.1,"
                                + " momentumDecay=0.2]",
                        UpdateRule.class));
        assertEquals(
                new RAdam(new Constant(0.5), 0.8, 0.9, 1e-7, 0.1, false),
                RuleCodec.read(
                        "RAdam[learningRate=0.5, beta1=0.8, beta2=0.9, epsilon=1.0E-7, weightDecay=0.1]",
                        UpdateRule.class));
    }
}
