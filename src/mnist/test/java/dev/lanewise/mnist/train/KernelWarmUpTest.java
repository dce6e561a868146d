package dev.lanewise.mnist.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.Lanewise;
import dev.lanewise.WarmUpReport;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateType;
import dev.lanewise.testing.Jvm;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelWarmUpTest {
    /** Warms up, and prints the kernels of a step of the default training that were not compiled then. */
    static final class Step {
        public static void main(String[] arguments) {
            new KernelWarmUp(new AdamW(), StateType.F32, false).run();
            Mlp mlp = new Mlp(784, 256, 128, 10);
            mlp.initialize(1);
            Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW());
            int[] labels = new int[128];
            float[] strokes = new float[128 * 784], noise = new float[strokes.length];
            for (int i = 0; i < noise.length; i++) {
                strokes[i] = i % 28 < 6 ? 1 : 0;
                noise[i] = 1 + i % 7;
            }
            WarmUpReport report = Lanewise.compileKernels(Duration.ZERO, () -> {
                for (int batch : new int[] {128, 96}) {
                    mlp.forwardBackward(strokes, 0, labels, 0, batch);
                    mlp.forwardBackward(noise, 0, labels, 0, batch);
                }
                optimizer.step(mlp.gradients());
            });
            System.out.println(report.compiled() + " " + report.pending());
        }
    }

    @Test
    void compilesAllKernelsOfATrainingStep() throws Exception {
        Jvm jvm = Jvm.run(List.of("--add-modules", "jdk.incubator.vector"), Step.class);
        assertEquals("[] []\n", jvm.out(), jvm.err());
    }
}
