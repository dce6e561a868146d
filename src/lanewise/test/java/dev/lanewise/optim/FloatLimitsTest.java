package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Numbers that are finite as doubles and infinite as the floats of a step are refused before anything is written. */
class FloatLimitsTest {
    private static final double[] TOO_LARGE = {Math.nextUp((double) Float.MAX_VALUE), 1e39, 1e308, Double.MAX_VALUE};

    private static final String LIMIT = " must be at most 3.4028235E38";

    static Stream<UpdateRule> rules() {
        return RuleTable.rules();
    }

    /** Options that the rule can run with. */
    private static Stream<StepOptions> options(UpdateRule rule) {
        return options().filter(options -> RuleTable.accepts(rule, options));
    }

    static Stream<StepOptions> options() {
        return Stream.of(
                StepOptions.DEFAULT,
                StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP),
                StepOptions.DEFAULT.withClipping(Clipping.byValue(1)),
                StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
    }

    /** The gradient and a parameter are 0 for one element, where infinity would make NaN. */
    private static void refused(String message, UpdateRule rule, StepOptions options, double factor) {
        float[] parameters = {0, 1, -2, 3};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule, options);
        Exception thrown = assertThrows(
                RuntimeException.class, () -> optimizer.step(FloatSpan.of(new float[] {0, 1, -0.5f, 0}), factor));
        assertTrue(thrown.getMessage().startsWith(message), thrown::getMessage);
        assertArrayEquals(new float[] {0, 1, -2, 3}, parameters);
        for (StateBuffer buffer : rule.state()) {
            for (float x : optimizer.state("all", buffer.name()).toArray()) {
                assertEquals(buffer.initial(), x);
            }
        }
        assertEquals(0, optimizer.steps());
        assertEquals(0, optimizer.steps(0));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void rates(UpdateRule rule) {
        for (double rate : TOO_LARGE) {
            Exception thrown =
                    assertThrows(IllegalArgumentException.class, () -> rule.withLearningRate(new Constant(rate)));
            assertEquals("value" + LIMIT + ": " + rate, thrown.getMessage());
            options(rule)
                    .forEach(options -> refused(
                            rule.weightDecay() == 0 || rate * rule.weightDecay() < 1
                                    ? "the learning rate of group all" + LIMIT + ": " + rate + " at step 0"
                                    : "the learning rate of group all" + LIMIT,
                            rule.withLearningRate(step -> rate),
                            options,
                            1));
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void gradientFactors(UpdateRule rule) {
        for (double factor : TOO_LARGE) {
            for (double signed : new double[] {factor, -factor}) {
                String message = "gradientFactor" + LIMIT + " in magnitude: " + signed;
                options(rule).forEach(options -> refused(message, rule, options, signed));
            }
        }
    }

    /** Each number of each rule, alone and with a rate that is so small that their product is below 1. */
    @ParameterizedTest
    @MethodSource("rules")
    void hyperparameters(UpdateRule rule) throws ReflectiveOperationException {
        RecordComponent[] components = rule.getClass().getRecordComponents();
        Class<?>[] types = Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Constructor<?> constructor = rule.getClass().getDeclaredConstructor(types);
        for (double value : TOO_LARGE) {
            for (int changed = 0; changed < components.length; changed++) {
                for (boolean slow : List.of(false, true)) {
                    Object[] values = new Object[components.length];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = components[i].getAccessor().invoke(rule);
                        if (components[i].getName().equals("learningRate") && slow) {
                            values[i] = new Constant(Double.MIN_VALUE);
                        }
                    }
                    if (types[changed] != double.class) {
                        continue;
                    }
                    values[changed] = value;
                    try {
                        assertFinite((UpdateRule) constructor.newInstance(values));
                    } catch (InvocationTargetException e) {
                        String message = e.getCause().getMessage();
                        assertTrue(
                                message.startsWith(components[changed].getName() + " must be ")
                                        && message.contains(": " + value),
                                message);
                    }
                }
            }
        }
    }

    private static void assertFinite(UpdateRule rule) {
        float[] parameters = {0, 1, -2, 3};
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), rule);
        for (int step = 0; step < 3; step++) {
            optimizer.step(FloatSpan.of(new float[] {0, 1, -0.5f, 0}));
            for (float x : parameters) {
                assertTrue(Float.isFinite(x), rule.toString());
            }
        }
    }

    /** The rate is divided by 1 − β₁. */
    @Test
    void coefficients() {
        for (UpdateRule rule :
                List.of(new AdamW().withWeightDecay(0).withLearningRate(1e38), new Adam(1e38), new Adamax(1e38))) {
            options(rule)
                    .forEach(options -> refused(
                            "coefficients of the rule of group all must be finite as floats: Infinity at step 0,"
                                    + " learning rate 1.0E38, gradient factor ",
                            rule,
                            options,
                            1));
        }
    }

    /** The documented way of a gradient that is not finite, under the policy that applies it. */
    @Test
    void coefficientsOfAGradientThatIsNotFiniteReachTheParameters() {
        float[] parameters = {1, 2};
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters), new NormalizedSgd(), StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
        assertTrue(optimizer.step(FloatSpan.of(new float[] {Float.NaN, 1})).applied());
        assertTrue(Float.isNaN(parameters[0]));
        assertEquals(1, optimizer.steps());
    }

    @Test
    void lossScales() {
        for (double scale : new double[] {Double.MIN_VALUE, 1e-300, Math.nextDown((double) Float.MIN_NORMAL), 1e39}) {
            assertEquals(
                    "scale must be in [1.1754944E-38, 3.4028235E38]: " + scale,
                    assertThrows(IllegalArgumentException.class, () -> new LossScale(scale))
                            .getMessage());
        }
        refused(
                "gradientFactor / lossScale" + LIMIT + " in magnitude: 10.0 / 1.1754943508222875E-38",
                new Sgd(),
                StepOptions.DEFAULT.withLossScale(new LossScale(Float.MIN_NORMAL)),
                10);
    }

    @Test
    void aLossScaleThatIsHalvedStaysWithinItsRange() {
        LossScale scale = new LossScale(1);
        float[] parameters = {1};
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), new Sgd(1), StepOptions.DEFAULT.withLossScale(scale));
        for (int i = 0; i < 2000; i++) {
            assertFalse(optimizer.step(FloatSpan.of(new float[] {Float.NaN})).applied());
        }
        assertEquals(Float.MIN_NORMAL, scale.scale());
        assertTrue(optimizer.step(FloatSpan.of(new float[] {0x1p-126f})).applied());
        assertEquals(0, parameters[0]);
    }

    /** The factor is applied where the limit is infinite as a float. */
    @Test
    void limitsOfClipping() {
        for (double limit : new double[] {1e38, 1e39, 1e308, Double.POSITIVE_INFINITY}) {
            float[] parameters = {8, 8};
            Optimizer optimizer = new Optimizer(
                    FloatSpan.of(parameters), new Sgd(1), StepOptions.DEFAULT.withClipping(Clipping.byValue(limit)));
            optimizer.step(FloatSpan.of(new float[] {4, -4}), 0.5);
            assertArrayEquals(new float[] {6, 10}, parameters, "limit " + limit);
        }
    }
}
