package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.Lanewise;
import dev.lanewise.WarmUpReport;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import dev.lanewise.testing.Jvm;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * C2 decides what to inline into a kernel by the calls that it has seen, which are those of its trials. If they are too few for a
 * method, its vectors are objects. Other tests run kernels from the first call on, without trials.
 */
class WarmUpGarbageTest {
    /** Warms up the steps of rules whose kernels call methods of different kinds, and fails if one allocates then. */
    static final class Steps {
        public static void main(String[] arguments) {
            StepOptions options = StepOptions.DEFAULT;
            assertNone("AdamW", step(new AdamW(), options));
            assertNone("statistics", step(new AdamW().withAmsgrad(true), options.withStatistics(true)));
            assertNone("a norm", step(new Lars(), options));
            assertNone("terms", step(new AdamW().withCaution(Caution.RESCALED), options));
            assertNone("two sums", step(new Lamb(), options));
            assertNone("bf16", step(new AdamW(), options.withState(StateType.BF16)));
            assertNone("int8", step(new AdamW(), options.withState(StateType.INT8)));
            for (int rows : new int[] {1, 8, 128}) {
                assertNone("training, batch " + rows, training(rows));
            }
        }

        private static Runnable step(UpdateRule rule, StepOptions options) {
            FloatSpan gradients = FloatSpan.of(Floats.random(8192, 12));
            Optimizer optimizer = new Optimizer(FloatSpan.of(Floats.random(8192, 13)), rule, options);
            return () -> optimizer.step(gradients);
        }

        private static Runnable training(int rows) {
            Mlp mlp = new Mlp(784, 256, 128, 10);
            mlp.initialize(42);
            float[] images = Floats.random(rows * 784, 14);
            int[] labels = new int[rows];
            return () -> mlp.forwardBackward(images, 0, labels, 0, rows);
        }

        private static void assertNone(String name, Runnable work) {
            WarmUpReport report = Lanewise.warmUp(Duration.ofMinutes(1), work);
            if (!report.pending().isEmpty()) {
                throw new AssertionError(name + ": " + report);
            }
            Garbage.assertNone(work);
        }
    }

    @Test
    void kernelsThatTrialsMadeHotAllocateNothing() throws Exception {
        Jvm jvm = Jvm.run(Jvm.TRIAL_FLAGS, Steps.class);
        assertEquals(0, jvm.exitCode(), jvm.err());
    }
}
