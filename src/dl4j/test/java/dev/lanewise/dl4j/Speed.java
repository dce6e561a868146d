package dev.lanewise.dl4j;

import dev.lanewise.Lanewise;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.Adamax;
import dev.lanewise.optim.Sgd;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Turns;
import java.time.Duration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;

/**
 * Measures a call of each updater and of ND4J's own, in turn in one process, on the threads given by the argument, or on ND4J's default:
 * {@code mvn -q -B -Pintegrations,engines -pl src/dl4j -am test-compile exec:exec@speed -Dthreads=1}.
 */
final class Speed {
    private static final int ROUNDS = 60;

    private Speed() {}

    /** Prints a line for each rule and size: nanoseconds a parameter, and the ratio. */
    public static void main(String[] args) {
        if (args.length > 0) {
            Nd4j.getEnvironment().setMaxMasterThreads(Integer.parseInt(args[0]));
        }
        for (int n : new int[] {10_000, 1_000_000}) {
            compare("Adam", n, new LanewiseUpdater(new Adam(1e-3)), new org.nd4j.linalg.learning.config.Adam(1e-3));
            compare("AdaMax", n, new LanewiseUpdater(new Adamax(1e-3)), new AdaMax(1e-3));
            compare(
                    "Nesterov",
                    n,
                    new LanewiseUpdater(new Sgd(1e-3).withMomentum(0.9).withNesterov(true)),
                    new Nesterovs(1e-3, 0.9));
            compare("SGD", n, new LanewiseUpdater(new Sgd(1e-3)), new org.nd4j.linalg.learning.config.Sgd(1e-3));
        }
    }

    private static void compare(String name, int n, IUpdater our, IUpdater their) {
        INDArray values = Nd4j.createFromArray(Floats.random(n, 1)).reshape(1, n);
        INDArray[] gradients = {values.dup(), values.dup()};
        GradientUpdater<?> ours = our.instantiate(state(our, n), true),
                theirs = their.instantiate(state(their, n), true);
        Lanewise.warmUp(Duration.ofSeconds(10), () -> ours.applyUpdater(gradients[0], 0, 0));
        int calls = Math.max(1, 1_000_000 / n);
        int[] ourIteration = {0}, theirIteration = {0};
        Turns.print(
                name,
                "ND4J",
                n,
                ROUNDS,
                () -> time(ours, gradients[0], values, ourIteration, calls),
                () -> time(theirs, gradients[1], values, theirIteration, calls));
    }

    private static INDArray state(IUpdater updater, int n) {
        long size = updater.stateSize(n);
        return size == 0 ? null : Nd4j.create(DataType.FLOAT, 1, size);
    }

    private static double time(
            GradientUpdater<?> updater, INDArray gradient, INDArray values, int[] iteration, int calls) {
        // The update of a call is the gradient of the next, and would soon be subnormal.
        gradient.assign(values);
        long begin = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            updater.applyUpdater(gradient, iteration[0]++, 0);
        }
        return (System.nanoTime() - begin) / (double) calls;
    }
}
