package dev.lanewise.dl4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Adamax;
import dev.lanewise.optim.Muon;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.testing.Floats;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.schedule.FixedSchedule;

/** Updaters in DL4J's networks, and beside those of ND4J. */
@Tag("engine")
class LanewiseUpdaterTest {
    private static final int N = 5003;
    private static final int STEPS = 10;

    private static float[] train(IUpdater config) {
        INDArray parameters = Nd4j.createFromArray(Floats.random(N, 1)).reshape(1, N);
        long size = config.stateSize(N);
        GradientUpdater<?> updater = config.instantiate(size == 0 ? null : Nd4j.create(DataType.FLOAT, 1, size), true);
        for (int step = 0; step < STEPS; step++) {
            INDArray gradient = Nd4j.createFromArray(Floats.random(N, 2 + step)).reshape(1, N);
            updater.applyUpdater(gradient, step, 0);
            parameters.subi(gradient);
        }
        return parameters.toFloatVector();
    }

    @Test
    void theSubtractedUpdateGivesTheBitsOfAStep() {
        for (UpdateRule rule : List.of(
                new Adam(new WarmupCosine(1e-2, 3, 20)),
                new Sgd(0.1),
                new Sgd(0.1).withMomentum(0.9),
                new Adamax(1e-2))) {
            float[] expected = Floats.random(N, 1);
            Optimizer optimizer = new Optimizer(FloatSpan.of(expected), rule);
            for (int step = 0; step < STEPS; step++) {
                optimizer.step(FloatSpan.of(Floats.random(N, 2 + step)));
            }
            assertArrayEquals(expected, train(new LanewiseUpdater(rule)), rule.toString());
        }
    }

    /** With an ε that is too small to count, the rules are ND4J's. */
    @Test
    void agreesWithTheUpdatersOfNd4j() {
        assertArrayEquals(
                train(new org.nd4j.linalg.learning.config.Adam(1e-2, 0.9, 0.999, 1e-20)),
                train(new LanewiseUpdater(new Adam(1e-2).withEpsilon(1e-20))),
                1e-5f);
        assertArrayEquals(
                train(new org.nd4j.linalg.learning.config.Sgd(1e-2)), train(new LanewiseUpdater(new Sgd(1e-2))), 1e-6f);
        assertArrayEquals(
                train(new AdaMax(1e-2, 0.9, 0.999, 1e-20)),
                train(new LanewiseUpdater(new Adamax(1e-2).withEpsilon(1e-20))),
                1e-5f);
        assertArrayEquals(
                train(new Nesterovs(1e-2, 0.9)),
                train(new LanewiseUpdater(new Sgd(1e-2).withMomentum(0.9).withNesterov(true))),
                1e-5f);
    }

    private static MultiLayerNetwork network(IUpdater updater) {
        MultiLayerConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(updater)
                .weightDecay(0.01)
                .list(
                        new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(16)
                                .activation(Activation.RELU)
                                .build(),
                        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                .nIn(16)
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build();
        MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();
        return network;
    }

    private static DataSet data() {
        INDArray inputs = Nd4j.createFromArray(Floats.random(30 * 8, 7)).reshape(30, 8);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, 30, 3);
        for (int i = 0; i < 30; i++) {
            int label = 0;
            for (int c = 1; c < 3; c++) {
                label = inputs.getFloat(i, c) > inputs.getFloat(i, label) ? c : label;
            }
            labels.putScalar(i, label, 1);
        }
        return new DataSet(inputs, labels);
    }

    @Test
    void fitTrainsLikeWithTheUpdaterOfNd4j() {
        MultiLayerNetwork ours = network(new LanewiseUpdater(new Adam(1e-2).withEpsilon(1e-20)));
        MultiLayerNetwork theirs = network(new org.nd4j.linalg.learning.config.Adam(1e-2, 0.9, 0.999, 1e-20));
        assertArrayEquals(theirs.params().toFloatVector(), ours.params().toFloatVector());
        double before = ours.score(data());
        for (int step = 0; step < 60; step++) {
            ours.fit(data());
            theirs.fit(data());
        }
        assertArrayEquals(theirs.params().toFloatVector(), ours.params().toFloatVector(), 1e-3f);
        assertTrue(ours.score(data()) < before / 2, before + " " + ours.score(data()));
    }

    /** The state is in the network's file, and the rule in its JSON. */
    @Test
    void trainingThatIsResumedGivesTheSameBits(@TempDir Path folder) throws Exception {
        MultiLayerNetwork straight = network(new LanewiseUpdater(new Adam(new WarmupCosine(1e-2, 5, 20))));
        MultiLayerNetwork saved = straight.clone();
        for (int step = 0; step < 5; step++) {
            straight.fit(data());
            saved.fit(data());
        }
        Path file = folder.resolve("network.zip");
        saved.save(file.toFile(), true);
        MultiLayerNetwork resumed = MultiLayerNetwork.load(file.toFile(), true);
        for (int step = 0; step < 5; step++) {
            straight.fit(data());
            resumed.fit(data());
        }
        assertArrayEquals(straight.params().toFloatVector(), resumed.params().toFloatVector());
        assertEquals(5, resumed.getIterationCount() - saved.getIterationCount());
    }

    @Test
    void theLearningRateCanBeSet() {
        MultiLayerNetwork network = network(new LanewiseUpdater(new Sgd(0.1)));
        assertEquals(0.1, network.getLearningRate(0));
        network.fit(data());
        network.setLearningRate(0);
        INDArray before = network.params().dup();
        network.fit(data());
        assertEquals(before, network.params());
        LanewiseUpdater updater = new LanewiseUpdater(new Sgd(0.1));
        assertEquals(
                "lrSchedule must be null, since the schedule is that of the rule: FixedSchedule(value=0.1)",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> updater.setLrAndSchedule(0.1, new FixedSchedule(0.1)))
                        .getMessage());
    }

    @Test
    void equalUpdatersHaveEqualRules() {
        assertEquals(new LanewiseUpdater(new Sgd(0.1)), new LanewiseUpdater(new Sgd(0.1)));
        assertEquals(new LanewiseUpdater(new Sgd(0.1)).hashCode(), new LanewiseUpdater(new Sgd(0.1)).hashCode());
        assertNotEquals(new LanewiseUpdater(new Sgd(0.1)), new LanewiseUpdater(new Sgd(0.2)));
        assertEquals(new Sgd(0.1), new LanewiseUpdater(new Sgd(0.1)).clone().rule());
    }

    @Test
    void refusesRulesThatNeedParametersAndSchedulesThatCannotBeSaved() {
        assertEquals(
                "weightDecay of AdamW must be 0, since a transform has no parameters: 0.01",
                assertThrows(IllegalArgumentException.class, () -> new LanewiseUpdater(new AdamW()))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new LanewiseUpdater(new Muon()));
        assertThrows(IllegalArgumentException.class, () -> new LanewiseUpdater(new Sgd(step -> 0.1)));
    }

    /** SameDiff gives the state as a map, and the gradient of a matrix in its own order. */
    @Test
    void aMapOfStateAndAGradientByColumnsWork() {
        float[] values = Floats.random(12, 3);
        LanewiseUpdater config = new LanewiseUpdater(new Sgd(0.1).withMomentum(0.9));
        INDArray buffer = Nd4j.create(DataType.FLOAT, 12);
        LanewiseGradientUpdater updater = config.instantiate(Map.of("momentum_buffer", buffer), true);
        INDArray gradient = Nd4j.createFromArray(values).reshape(3, 4).dup('f');
        updater.applyUpdater(gradient, 0, 0);
        for (int i = 0; i < 12; i++) {
            assertEquals(0.1f * values[i], gradient.getFloat(i / 4, i % 4), 1e-7f);
            assertEquals(values[i], buffer.getFloat(i));
        }
        assertEquals(Set.of("momentum_buffer"), updater.getState().keySet());
        assertEquals(
                "stateMap must have [momentum_buffer]: [m]",
                assertThrows(IllegalArgumentException.class, () -> updater.setState(Map.of("m", buffer), false))
                        .getMessage());
        assertEquals(
                "length of viewArray must be that of 2 buffers: 3",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new LanewiseUpdater(new Adam())
                                        .instantiate(Nd4j.create(DataType.FLOAT, 1, 3), true))
                        .getMessage());
    }

    @Test
    void spansAreViews() {
        INDArray matrix = Nd4j.create(DataType.FLOAT, 4, 5);
        Nd4jSpans.of(matrix.getRow(2)).set(3, 7);
        assertEquals(7, matrix.getFloat(2, 3));
        assertEquals(7, Nd4jSpans.of(matrix).get(13));
        String message = assertThrows(IllegalArgumentException.class, () -> Nd4jSpans.of(matrix.getColumn(3)))
                .getMessage();
        assertTrue(message.startsWith("array must be of floats without gaps: "), message);
        assertThrows(IllegalArgumentException.class, () -> Nd4jSpans.of(matrix.castTo(DataType.DOUBLE)));
    }
}
