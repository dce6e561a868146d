package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a step makes of state that is near to the subnormal numbers; see {@link UpdateRule#TINY}. */
class TinyStateTest {
    /** State with a sign whose value after a step is the gradient. */
    static Stream<Arguments> signedStates() {
        return Stream.of(
                Arguments.of(new Sgd().withMomentum(0.5), "momentum_buffer"),
                Arguments.of(new AdamV0(), "momentum_buffer"),
                Arguments.of(new RmsProp().withAlpha(0).withCentered(true), "grad_avg"),
                Arguments.of(new Adam().withBetas(0, 0), "exp_avg"),
                Arguments.of(new AdamW().withBetas(0, 0), "exp_avg"),
                Arguments.of(new Lion().withBetas(0, 0), "exp_avg"),
                Arguments.of(new Adamax().withBetas(0, 0), "exp_avg"),
                Arguments.of(new NAdam().withBetas(0, 0), "exp_avg"),
                Arguments.of(new RAdam().withBetas(0, 0), "exp_avg"),
                Arguments.of(new SparseAdam().withBetas(0, 0), "exp_avg"),
                Arguments.of(new Ftrl(1), "linear"),
                Arguments.of(new Lamb().withBetas(0, 0), "exp_avg"),
                Arguments.of(new Lars().withMomentum(0.5), "momentum_buffer"),
                Arguments.of(new ScheduleFreeAdamW().withInnerMomentum(Double.MIN_VALUE), "exp_avg"),
                Arguments.of(new AdaBelief().withBetas(0, 0), "exp_avg"),
                Arguments.of(new AdEMAMix().withBetas(0, 0, 0), "exp_avg_fast"),
                Arguments.of(new AdEMAMix().withBetas(0, 0, 0), "exp_avg_slow"),
                Arguments.of(new Adan().withBetas(0, 0, 0), "exp_avg"),
                Arguments.of(new Signum().withMomentum(Double.MIN_VALUE), "exp_avg"));
    }

    /**
     * The floats around the number that is added, to whose spacing state is rounded, are twice as dense below it; in vectors and
     * in the rest behind them.
     */
    @ParameterizedTest
    @MethodSource("signedStates")
    void roundsSignedStateToMultiplesOfNormalNumbers(UpdateRule rule, String state) {
        float[][] cases = {
            {0x1p-123f, 0x1p-123f},
            {0x1.8p-123f, 0x1p-122f},
            {0x1p-124f, 0},
            {Float.MIN_VALUE, 0},
            {-0x1p-124f, -0x1p-124f},
            {-0x1p-125f, 0},
            {-0f, 0},
            {0x1.234568p-70f, 0x1.234568p-70f}
        };
        // The cases are those of Lion.
        float scale = rule instanceof Lion || rule instanceof Signum ? 1 : UpdateRule.SIGNED_TINY / UpdateRule.TINY;
        float[] gradients = new float[67], expected = new float[67];
        for (int i = 0; i < 67; i++) {
            gradients[i] = scale * cases[i % cases.length][0];
            expected[i] = scale * cases[i % cases.length][1];
        }
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[67]), rule);
        optimizer.step(FloatSpan.of(gradients));
        assertArrayEquals(expected, optimizer.state("all", state).toArray());
    }

    /** State without a sign whose value after a step is the square of the gradient, but for Adamax. */
    static Stream<Arguments> squareStates() {
        float tiny = UpdateRule.TINY, root = 0x1p-50f;
        return Stream.of(
                Arguments.of(new RmsProp().withAlpha(0), "square_avg", root, tiny),
                Arguments.of(new RmsProp().withAlpha(0).withCentered(true), "square_avg", root, tiny),
                Arguments.of(new AdamV0().withBeta2(0), "exp_avg_sq", root, tiny),
                Arguments.of(new Adam().withBetas(0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new Adam().withBetas(0, 0).withAmsgrad(true), "max_exp_avg_sq", root, tiny),
                Arguments.of(new AdamW().withBetas(0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new AdamW().withBetas(0, 0).withAmsgrad(true), "max_exp_avg_sq", root, tiny),
                Arguments.of(new Adagrad(), "sum", root, tiny),
                Arguments.of(new Adadelta().withRho(0), "square_avg", root, tiny),
                Arguments.of(new Adamax().withBetas(0, 0).withEpsilon(0), "exp_inf", root, root),
                Arguments.of(new NAdam().withBetas(0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new RAdam().withBetas(0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new SparseAdam().withBetas(0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new Ftrl().withInitialAccumulator(0), "accumulator", root, tiny),
                Arguments.of(new Lamb().withBetas(0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new ScheduleFreeAdamW().withBetas(0.9, 0), "exp_avg_sq", root, tiny),
                // Half of a first gradient is its distance from the average.
                Arguments.of(new AdaBelief().withBetas(0.5, 0).withEpsilon(0), "exp_avg_var", 2 * root, tiny),
                Arguments.of(
                        new AdaBelief().withBetas(0.5, 0).withEpsilon(0).withAmsgrad(true),
                        "max_exp_avg_var",
                        2 * root,
                        tiny),
                Arguments.of(new AdEMAMix().withBetas(0, 0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new Adan().withBetas(0, 0, 0), "exp_avg_sq", root, tiny),
                Arguments.of(new Adopt(), "exp_avg_sq", root, tiny));
    }

    @ParameterizedTest
    @MethodSource("squareStates")
    void addsTinyToStateWithoutASign(UpdateRule rule, String state, float gradient, float least) {
        float[] gradients = new float[67], expected = new float[67];
        for (int i = 0; i < 67; i++) {
            gradients[i] = i % 2 == 0 ? gradient : i % 4 == 1 ? 0 : 0x1p-120f;
            expected[i] = i % 2 == 0 ? 2 * least : least;
        }
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[67]), rule);
        optimizer.step(FloatSpan.of(gradients));
        assertArrayEquals(expected, optimizer.state("all", state).toArray());
    }

    /** A learning rate multiplies state that is stuck; were the product subnormal, each further step would take several times as long. */
    @ParameterizedTest
    @MethodSource("signedStates")
    void stateThatIsStuckIsFarFromSubnormal(UpdateRule rule, String state) {
        float least = rule instanceof Lion || rule instanceof Signum ? Float.MIN_NORMAL : 0x1p-86f;
        float[] gradient = new float[67];
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[67]), rule);
        FloatSpan buffer = optimizer.state("all", state);
        for (int i = 0; i < 67; i++) {
            buffer.set(i, (i % 2 == 0 ? 1e-20f : -1e-20f) * (1 + i));
        }
        for (int step = 0; step < 2_000; step++) {
            optimizer.step(FloatSpan.of(gradient));
            for (float value : buffer.toArray()) {
                assertTrue(value == 0 || Math.abs(value) >= least, step + ": " + value);
            }
        }
    }

    /** An m that is stuck would move the parameter forever; the bound is the same for both signs. */
    @Test
    void noSignIsTakenUpToABound() {
        float bound = 0x1p-104f;
        float[] gradients = {bound, -bound, Math.nextUp(bound), -Math.nextUp(bound), Float.MIN_VALUE, 1};
        float[] moved = {0, 0, -1, 1, 0, -1};
        float[] parameters = new float[66], gradient = new float[66], expected = new float[66];
        for (int i = 0; i < 66; i++) {
            gradient[i] = gradients[i % 6];
            expected[i] = moved[i % 6];
        }
        for (UpdateRule rule : List.of(new Lion(new Constant(1), 0, 0.99, 0), new Signum(new Constant(1), 0, 0))) {
            Arrays.fill(parameters, 0);
            new Optimizer(FloatSpan.of(parameters), rule).step(FloatSpan.of(gradient));
            assertArrayEquals(expected, parameters, rule.toString());
        }
    }

    /** No step leaves a state of −0, but a checkpoint may have one. */
    @Test
    void lionTakesNoSignFromANegativeZero() {
        float[] parameters = new float[67], gradient = new float[67];
        Arrays.fill(parameters, -0f);
        Arrays.fill(gradient, -0f);
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new Lion());
        optimizer.state("all", "exp_avg").copyFrom(gradient, 0, 0, 67);
        optimizer.step(FloatSpan.of(gradient));
        for (float parameter : parameters) {
            assertEquals(Float.floatToRawIntBits(-0f), Float.floatToRawIntBits(parameter));
        }
    }
}
