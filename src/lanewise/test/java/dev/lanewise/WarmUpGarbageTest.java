package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.linalg.Reductions;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Predictor;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Caution;
import dev.lanewise.optim.Lamb;
import dev.lanewise.optim.Lars;
import dev.lanewise.optim.NormalizedSgd;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Prodigy;
import dev.lanewise.optim.StateType;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import dev.lanewise.testing.Jvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * C2 decides what to inline into a kernel by the calls that it has seen: those of the kernel's trials and, in the JDK's own methods,
 * those of all code, with the classes of their vectors. If it does not inline a method, or inlines it for two classes, vectors may be
 * objects. Other tests run kernels from the first call on, without trials.
 */
class WarmUpGarbageTest {
    /** Warms up work whose kernels call methods of different kinds, and fails if it allocates then. */
    static final class Work {
        public static void main(String[] arguments) {
            List<Integer> lengths = new ArrayList<>();
            for (String bits : arguments) {
                lengths.add(Integer.valueOf(bits));
            }
            if (!lengths.isEmpty() && Double.isNaN(OtherVectors.use(20_000, lengths))) {
                throw new AssertionError("the sum is NaN");
            }
            StepOptions options = StepOptions.DEFAULT;
            assertNone("AdamW", step(new AdamW(), options));
            assertNone("statistics", step(new AdamW().withAmsgrad(true), options.withStatistics(true)));
            assertNone("a norm", step(new Lars(), options));
            assertNone("a norm of all", step(new NormalizedSgd(), options));
            assertNone("terms", step(new AdamW().withCaution(Caution.RESCALED), options));
            assertNone("two sums", step(new Lamb(), options));
            assertNone("two reductions", step(new Prodigy(), options));
            assertNone("bf16", step(new AdamW(), options.withState(StateType.BF16)));
            assertNone("int8", step(new AdamW(), options.withState(StateType.INT8)));
            for (int classes : new int[] {10, 100}) {
                float[] logits = Floats.random(64 * classes, 14);
                Matrix sums = Matrix.of(new float[classes], 0, 1, classes), x = Matrix.of(logits, 0, 64, classes);
                assertNone("softmax of " + classes, () -> Softmax.probabilities(logits, 0, 64, classes));
                assertNone("sums of " + classes, () -> Reductions.columnSums(x, sums));
            }
            Mlp mlp = new Mlp(784, 256, 10);
            mlp.initialize(42);
            Predictor predictor = mlp.predictor();
            float[] images = Floats.random(32 * 784, 15), logits = new float[32 * 10];
            for (int rows : new int[] {1, 4, 32}) {
                assertNone("predictions of " + rows, () -> predictor.predict(images, 0, rows, logits, 0));
            }
        }

        private static Runnable step(UpdateRule rule, StepOptions options) {
            FloatSpan gradients = FloatSpan.of(Floats.random(8192, 12));
            Optimizer optimizer = new Optimizer(FloatSpan.of(Floats.random(8192, 13)), rule, options);
            return () -> optimizer.step(gradients);
        }

        private static void assertNone(String name, Runnable work) {
            WarmUpReport report = Lanewise.warmUp(Duration.ofMinutes(1), work);
            if (!report.pending().isEmpty()) {
                throw new AssertionError(name + ": " + report);
            }
            try {
                Garbage.assertNone(work);
            } catch (AssertionError e) {
                throw new AssertionError(name, e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void kernelsThatTrialsMadeHotAllocateNothing(int bits) throws Exception {
        assertNone(List.of("-Dlanewise.vectorBits=" + atMostThisMachines(bits)));
    }

    /** Without C1, which is a flag of some servers, C2 nearly always has vectors of both lengths where it does not know a class. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void norBesideVectorsOfHalfTheLength(int bits) throws Exception {
        int most = atMostThisMachines(bits);
        assertNone(List.of("-Dlanewise.vectorBits=" + most, "-XX:-TieredCompilation"), most, most / 2);
    }

    private static int atMostThisMachines(int bits) {
        return Math.min(bits, Float.SIZE * Kernels.lanes());
    }

    private static void assertNone(List<String> more, Integer... lengths) throws Exception {
        List<String> flags = new ArrayList<>(Jvm.TRIAL_FLAGS);
        flags.addAll(more);
        String[] others = Stream.of(lengths).map(String::valueOf).toArray(String[]::new);
        Jvm jvm = Jvm.run(flags, Work.class, others);
        assertEquals(0, jvm.exitCode(), jvm.err());
        assertFalse(jvm.err().contains("scalar code is in use"), jvm.err());
    }
}
