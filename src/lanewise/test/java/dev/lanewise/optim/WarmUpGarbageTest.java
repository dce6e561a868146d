package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.Lanewise;
import dev.lanewise.WarmUpReport;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import dev.lanewise.testing.Jvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
            Garbage.assertNone(work);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void kernelsThatTrialsMadeHotAllocateNothing(int bits) throws Exception {
        List<String> flags = new ArrayList<>(Jvm.TRIAL_FLAGS);
        if (bits <= 32 * Kernels.lanes()) {
            flags.add("-Dlanewise.vectorBits=" + bits);
        }
        Jvm jvm = Jvm.run(flags, Steps.class);
        assertEquals(0, jvm.exitCode(), jvm.err());
        assertFalse(jvm.err().contains("scalar code is in use"), jvm.err());
    }
}
