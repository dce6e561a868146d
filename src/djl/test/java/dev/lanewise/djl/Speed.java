package dev.lanewise.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.lanewise.Lanewise;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Sgd;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Turns;
import java.time.Duration;

/**
 * Measures a step of each optimizer and of DJL's own, in turn in one process:
 * {@code mvn -q -B -Pintegrations,engines -pl src/djl -am test-compile exec:exec@speed}.
 */
final class Speed {
    private static final int ROUNDS = 60;

    private Speed() {}

    /** Prints a line for each rule and size: nanoseconds a parameter, and the ratio. */
    public static void main(String[] args) {
        Tracker rate = Tracker.fixed(1e-3f);
        for (int n : new int[] {10_000, 1_000_000}) {
            compare(
                    "Adam",
                    n,
                    new LanewiseOptimizer(new Adam(1e-3)),
                    Optimizer.adam().optLearningRateTracker(rate).build());
            compare(
                    "AdamW",
                    n,
                    new LanewiseOptimizer(new AdamW(1e-3)),
                    Optimizer.adamW()
                            .optLearningRateTracker(rate)
                            .optWeightDecays(0.01f)
                            .build());
            compare(
                    "SGD, momentum 0.9",
                    n,
                    new LanewiseOptimizer(new Sgd(1e-3).withMomentum(0.9)),
                    Optimizer.sgd()
                            .setLearningRateTracker(rate)
                            .optMomentum(0.9f)
                            .build());
        }
    }

    private static void compare(String name, int n, Optimizer ours, Optimizer theirs) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            NDArray[] weights = {manager.create(Floats.random(n, 1)), manager.create(Floats.random(n, 1))};
            NDArray gradient = manager.create(Floats.random(n, 2));
            for (NDArray weight : weights) {
                weight.setRequiresGradient(true);
            }
            Lanewise.warmUp(Duration.ofSeconds(10), () -> ours.update("p", weights[0], gradient));
            int calls = Math.max(1, 2_000_000 / n);
            Turns.print(
                    name,
                    "DJL",
                    n,
                    ROUNDS,
                    () -> time(ours, weights[0], gradient, calls),
                    () -> time(theirs, weights[1], gradient, calls));
        }
    }

    private static double time(Optimizer optimizer, NDArray weight, NDArray gradient, int calls) {
        long begin = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            optimizer.update("p", weight, gradient);
        }
        return (System.nanoTime() - begin) / (double) calls;
    }
}
