package dev.lanewise.optim;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.util.List;

/**
 * Takes steps of every rule until one allocates nothing, and fails if none does. A kernel that has become too large for C2 to
 * inline all of it boxes its vectors. For {@link RuleLawsTest}, which runs it in a JVM of its own: how large a kernel is to C2
 * depends on what else has run.
 */
final class RuleGarbage {
    private RuleGarbage() {}

    public static void main(String[] arguments) {
        UpdateRule largest = new AdamW()
                .withAmsgrad(true)
                .withUpdateClipping(true)
                .withCaution(Caution.RESCALED)
                .withCautiousDecay(true);
        for (StateType type : StateType.values()) {
            StepOptions options = StepOptions.DEFAULT.withState(type);
            for (UpdateRule rule :
                    List.of(new AdamW(), new Adam(), new Lion(), new Sgd().withMomentum(0.9), new Adan())) {
                assertNone(rule, 8192, options);
            }
            for (UpdateRule rule : List.of(new AdamW(), new Lion())) {
                assertNoneWithPackedGradients(rule, options);
            }
            assertNoneWithPackedGradients(largest, options.withStatistics(true));
            assertNoneWithPackedGradients(new Lamb(), options);
        }
        for (UpdateRule rule : RuleTable.rules().toList()) {
            assertNone(rule, 1000, StepOptions.DEFAULT);
            assertNone(rule, 1000, StepOptions.DEFAULT.withStatistics(true));
        }
    }

    private static void assertNone(UpdateRule rule, int length, StepOptions options) {
        FloatSpan gradients = FloatSpan.of(Floats.random(length, 12));
        Optimizer optimizer = new Optimizer(FloatSpan.of(Floats.random(length, 13)), rule, options);
        check(() -> optimizer.step(gradients), rule, options);
    }

    private static void assertNoneWithPackedGradients(UpdateRule rule, StepOptions options) {
        Bf16Span gradients = Bf16Span.of(new short[8192]);
        gradients.copyFrom(FloatSpan.of(Floats.random(8192, 3)));
        Optimizer optimizer = new Optimizer(FloatSpan.of(Floats.random(8192, 13)), rule, options);
        check(() -> optimizer.step(gradients), rule, options);
    }

    private static void check(Runnable step, UpdateRule rule, StepOptions options) {
        try {
            Garbage.assertNone(step);
        } catch (AssertionError e) {
            throw new AssertionError(rule + " with " + options, e);
        }
    }
}
