package dev.lanewise.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Clipping;
import dev.lanewise.optim.LossScale;
import dev.lanewise.optim.Muon;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.testing.Floats;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The optimizer on DJL's PyTorch engine. */
@Tag("engine")
class LanewiseOptimizerTest {
    private static final int N = 1003;
    private static final int STEPS = 10;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager(Device.cpu());
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private float[] train(Optimizer optimizer) {
        NDArray weight = manager.create(Floats.random(N, 1));
        for (int step = 0; step < STEPS; step++) {
            optimizer.update("p", weight, manager.create(Floats.random(N, 2 + step)));
        }
        return weight.toFloatArray();
    }

    private static float[] expected(UpdateRule rule) {
        float[] parameters = Floats.random(N, 1);
        dev.lanewise.optim.Optimizer optimizer = new dev.lanewise.optim.Optimizer(FloatSpan.of(parameters), rule);
        for (int step = 0; step < STEPS; step++) {
            optimizer.step(FloatSpan.of(Floats.random(N, 2 + step)));
        }
        return parameters;
    }

    @Test
    void trainsInPlaceWithTheBitsOfTheLibrary() {
        for (UpdateRule rule :
                List.of(new AdamW(1e-2), new Sgd(0.1).withMomentum(0.9), new Adam(1e-2).withWeightDecay(0.1))) {
            assertArrayEquals(expected(rule), train(new LanewiseOptimizer(rule)), rule.toString());
        }
        LanewiseOptimizer optimizer = new LanewiseOptimizer(new AdamW());
        train(optimizer);
        assertEquals(List.of("p@cpu()"), List.copyOf(optimizer.optimizers().keySet()));
        assertTrue(optimizer.optimizers().get("p@cpu()").parameters().segment().isNative());
        assertEquals(STEPS, optimizer.optimizers().get("p@cpu()").steps());
    }

    /** With an ε that is too small to count, the rules are DJL's. */
    @Test
    void agreesWithTheOptimizersOfDjl() {
        Tracker rate = Tracker.fixed(1e-2f);
        assertArrayEquals(
                train(Optimizer.adam()
                        .optLearningRateTracker(rate)
                        .optEpsilon(1e-30f)
                        .optWeightDecays(0.1f)
                        .build()),
                train(new LanewiseOptimizer(new Adam(1e-2).withEpsilon(1e-30).withWeightDecay(0.1))),
                1e-5f);
        assertArrayEquals(
                train(Optimizer.adamW()
                        .optLearningRateTracker(rate)
                        .optEpsilon(1e-30f)
                        .optWeightDecays(0.1f)
                        .build()),
                train(new LanewiseOptimizer(new AdamW(1e-2).withEpsilon(1e-30).withWeightDecay(0.1))),
                1e-5f);
        assertArrayEquals(
                train(Optimizer.sgd()
                        .setLearningRateTracker(rate)
                        .optMomentum(0.9f)
                        .optWeightDecays(0.1f)
                        .build()),
                train(new LanewiseOptimizer(new Sgd(1e-2).withMomentum(0.9).withWeightDecay(0.1))),
                1e-5f);
    }

    /** DJL adds ε to the root of the second moment before it is corrected: in the first step that is 1 / √(1 − β₂) times as much. */
    @Test
    void epsilonCountsForMoreInDjl() {
        NDArray ours = manager.create(new float[] {0}), theirs = manager.create(new float[] {0});
        NDArray gradient = manager.create(new float[] {1});
        double epsilon = 0.01, factor = 1 / Math.sqrt(1 - 0.999);
        Optimizer.adam()
                .optLearningRateTracker(Tracker.fixed(1))
                .optEpsilon((float) epsilon)
                .build()
                .update("p", theirs, gradient);
        new LanewiseOptimizer(new Adam(1).withEpsilon(epsilon * factor)).update("p", ours, gradient);
        assertEquals(theirs.toFloatArray()[0], ours.toFloatArray()[0], 1e-5f);
        assertEquals(-1 / (1 + epsilon * factor), ours.toFloatArray()[0], 1e-5);
    }

    /** A transposed array has no memory of its own in that order. */
    @Test
    void copiesWhatTheEngineDoesNotLend() {
        float[] start = Floats.random(12, 1), gradient = Floats.random(12, 2);
        NDArray weight = manager.create(start, new Shape(3, 4)).transpose();
        new LanewiseOptimizer(new Sgd(0.1)).update("p", weight, manager.create(gradient, new Shape(4, 3)));
        float[] found = weight.toFloatArray();
        for (int i = 0; i < 12; i++) {
            float before = start[i % 3 * 4 + i / 3];
            assertEquals(before - gradient[i] * 0.1f, found[i], 1e-6f);
        }
    }

    @Test
    void refusesOtherTypesMovedMemoryAndOptionsWithoutMeaning() {
        LanewiseOptimizer optimizer = new LanewiseOptimizer(new Sgd(0.1));
        NDArray weight = manager.create(new float[] {1, 2, 3}), gradient = manager.create(new float[] {1, 1, 1});
        assertRefused(
                "weight must be of float32: float64",
                () -> optimizer.update("q", weight.toType(DataType.FLOAT64, true), gradient));
        assertRefused(
                "grad must be of float32: float16",
                () -> optimizer.update("q", weight, gradient.toType(DataType.FLOAT16, true)));
        optimizer.update("p", weight, gradient);
        NDArray moved = weight.duplicate();
        String message = assertThrows(IllegalStateException.class, () -> optimizer.update("p", moved, gradient))
                .getMessage();
        assertTrue(
                message.startsWith(
                        "the memory of parameter p@cpu() must stay where it was when its first step was taken: "),
                message);
        assertArrayEquals(weight.toFloatArray(), moved.toFloatArray());
        assertRefused(
                "zeroGradients must be false, since each step does so anyway: true",
                () -> new LanewiseOptimizer(new Sgd(), StepOptions.DEFAULT.withZeroGradients(true)));
        LossScale scale = new LossScale();
        assertRefused(
                "lossScale must be null, since each parameter has an optimizer of its own: " + scale,
                () -> new LanewiseOptimizer(new Sgd(), StepOptions.DEFAULT.withLossScale(scale)));
    }

    private static void assertRefused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    /** Trains a network by a trainer, and returns its parameters and the losses. */
    private List<float[]> trainNetwork(Optimizer optimizer, int steps) {
        List<float[]> result = new ArrayList<>();
        float[] losses = new float[steps];
        try (Model model = Model.newInstance("network", Device.cpu())) {
            model.setBlock(new SequentialBlock()
                    .add(Linear.builder().setUnits(16).build())
                    .add(Activation::relu)
                    .add(Linear.builder().setUnits(3).build()));
            DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optDevices(new Device[] {Device.cpu()})
                    .optOptimizer(optimizer);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(30, 8));
                int seed = 1;
                for (var each : model.getBlock().getParameters()) {
                    Parameter parameter = each.getValue();
                    int length = (int) parameter.getArray().size();
                    parameter.getArray().set(FloatBuffer.wrap(Floats.random(length, seed++)));
                }
                NDManager own = trainer.getManager();
                NDArray data = own.create(Floats.random(30 * 8, 7), new Shape(30, 8));
                NDArray labels = data.get(":, :3").argMax(1);
                for (int step = 0; step < steps; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray loss =
                                trainer.getLoss().evaluate(new NDList(labels), trainer.forward(new NDList(data)));
                        collector.backward(loss);
                        losses[step] = loss.getFloat();
                    }
                    trainer.step();
                }
                for (var each : model.getBlock().getParameters()) {
                    result.add(each.getValue().getArray().toFloatArray());
                }
            }
        }
        result.add(losses);
        return result;
    }

    @Test
    void aTrainerTrainsLikeWithTheOptimizerOfDjl() {
        List<float[]> theirs = trainNetwork(
                Optimizer.adam()
                        .optLearningRateTracker(Tracker.fixed(1e-2f))
                        .optEpsilon(1e-30f)
                        .build(),
                60);
        List<float[]> ours = trainNetwork(new LanewiseOptimizer(new Adam(1e-2).withEpsilon(1e-30)), 60);
        assertEquals(5, ours.size());
        for (int i = 0; i < 5; i++) {
            assertArrayEquals(theirs.get(i), ours.get(i), 1e-3f);
        }
        float[] losses = ours.getLast();
        assertTrue(losses[59] < losses[0] / 2, losses[0] + " " + losses[59]);
    }

    @Test
    void rulesMayDifferByParameterAndNeedMatrices() {
        List<float[]> one = trainNetwork(
                new LanewiseOptimizer(
                        weight -> weight.getShape().dimension() == 2
                                ? new Muon(0.02)
                                : new AdamW(1e-2).withWeightDecay(0),
                        StepOptions.DEFAULT.withClipping(Clipping.byNorm(1))),
                60);
        float[] losses = one.getLast();
        assertTrue(losses[59] < losses[0] / 2, losses[0] + " " + losses[59]);
        List<String> names = new ArrayList<>();
        trainNetwork(
                new LanewiseOptimizer(
                        weight -> {
                            names.add(weight.getName());
                            return new Sgd(0.01);
                        },
                        StepOptions.DEFAULT),
                1);
        names.sort(null);
        assertEquals(List.of("bias", "bias", "weight", "weight"), names);
    }
}
