package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.MatrixShape.FanOut;
import dev.lanewise.optim.Muon.Scale;
import dev.lanewise.safetensors.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Muon} in groups: of a network, frozen, with a NaN, and in checkpoints. */
class MuonGroupsTest {
    @TempDir
    Path folder;

    @Test
    void aNaNStaysInItsGroup() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] parameters = random(40, 6), same = parameters.clone(), gradient = random(40, 7);
            Optimizer clean = twoMatrices(same), broken = twoMatrices(parameters);
            clean.step(FloatSpan.of(gradient));
            gradient[3] = bad;
            broken.step(FloatSpan.of(gradient));
            for (int i = 0; i < 20; i++) {
                assertTrue(Float.isNaN(parameters[i]), "element " + i);
                assertEquals(same[20 + i], parameters[20 + i]);
            }
        }
    }

    private static Optimizer twoMatrices(float[] parameters) {
        Muon rule = new Muon();
        return new Optimizer(
                FloatSpan.of(parameters),
                List.of(
                        new ParameterGroup("a", 0, 20, rule).withShape(MatrixShape.inputsByOutputs(4, 5)),
                        new ParameterGroup("b", 20, 20, rule).withShape(MatrixShape.outputsByInputs(4, 5))),
                StepOptions.DEFAULT);
    }

    @Test
    void aFrozenMatrixRests() {
        float[] parameters = random(40, 8), initial = parameters.clone();
        Optimizer optimizer = twoMatrices(parameters);
        optimizer.replace(optimizer.group("a").withFrozen(true));
        optimizer.step(FloatSpan.of(random(40, 9)));
        assertArrayEquals(Arrays.copyOf(initial, 20), Arrays.copyOf(parameters, 20));
        assertNotEquals(initial[20], parameters[20]);
        assertArrayEquals(new float[20], optimizer.state("a", "momentum_buffer").toArray());
    }

    @Test
    void refusesWhatIsNoMatrixAndNamesIt() {
        assertEquals(
                "groups of Muon must have a shape with at least 2 rows and 2 columns; a rule for vectors, such as"
                        + " AdamW, is due for: all (no shape)",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Optimizer(FloatSpan.of(new float[6]), new Muon()))
                        .getMessage());
    }

    /** Muon inside, AdamW for biases and the last layer. */
    @Test
    void assignsTheGroupsOfANetwork() {
        Mlp mlp = new Mlp(6, 5, 4, 3);
        Muon rule = new Muon().withLearningRate(0.02).withWeightDecay(0.01);
        List<ParameterGroup> groups = rule.groups(groups(mlp));
        List<UpdateRule> rules = groups.stream().map(ParameterGroup::rule).toList();
        AdamW adamW = new AdamW(0.001).withWeightDecay(0.01);
        assertEquals(List.of(rule, adamW, rule, adamW, adamW, adamW), rules);
        // The last matrix is the one that lies last.
        assertEquals(groups.reversed(), rule.groups(groups(mlp).reversed()));
        assertEquals(MatrixShape.inputsByOutputs(6, 5), groups.getFirst().shape());
        Muon matched = rule.withScale(Scale.MATCH_RMS).withLearningRate(step -> 0.1 / (1 + step));
        assertEquals(0.05, matched.adamW().learningRate().at(1));
        assertEquals(0.25, matched.withWeightDecay(0.25).adamW().weightDecay());
        assertEquals(
                0.0025, matched.withScale(Scale.ORIGINAL).adamW().learningRate().at(1), 1e-12);

        mlp.initialize(1);
        Optimizer optimizer = new Optimizer(mlp.parameters(), groups, StepOptions.DEFAULT);
        float[] images = random(8 * 6, 1);
        int[] labels = {0, 1, 2, 0, 1, 2, 0, 1};
        double first = mlp.forwardBackward(images, 0, labels, 0, 8), loss = first;
        for (int step = 0; step < 500; step++) {
            optimizer.step(mlp.gradients());
            loss = mlp.forwardBackward(images, 0, labels, 0, 8);
        }
        assertTrue(loss < 0.2 * first, first + " became " + loss);
    }

    static List<ParameterGroup> groups(Mlp mlp) {
        List<ParameterGroup> groups = new ArrayList<>();
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            groups.add(new ParameterGroup(range.name(), range.from(), range.length(), new AdamW())
                    .withShape(MatrixShape.inputsByOutputs(range.rows(), range.columns())));
        }
        return groups;
    }

    /** The buffer of the matrix is neither state nor in a file. */
    @Test
    void resumedIsUninterruptedToTheBit() throws IOException {
        Path file = folder.resolve("checkpoint");
        float[] straight = random(40, 11), first = straight.clone(), second = new float[40];
        Optimizer one = twoMatrices(straight), two = twoMatrices(first), three = twoMatrices(second);
        for (int step = 0; step < 10; step++) {
            one.step(FloatSpan.of(random(40, step)));
        }
        for (int step = 0; step < 4; step++) {
            two.step(FloatSpan.of(random(40, step)));
        }
        new Checkpoint(two).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Set<String> names = Set.copyOf(Safetensors.map(file, arena).names());
            assertEquals(
                    Set.of(
                            "optimizer.step",
                            "optimizer.skipped",
                            "a",
                            "a.step",
                            "a.momentum_buffer",
                            "b",
                            "b.step",
                            "b.momentum_buffer"),
                    names);
        }
        new Checkpoint(three).load(file);
        OptimizerSnapshot snapshot = three.snapshot();
        for (int step = 4; step < 10; step++) {
            three.step(FloatSpan.of(random(40, step)));
        }
        assertArrayEquals(straight, second);
        snapshot.restore();
        for (int step = 4; step < 10; step++) {
            three.step(FloatSpan.of(random(40, step)));
        }
        assertArrayEquals(straight, second);
        assertThrows(
                IllegalArgumentException.class,
                () -> three.replace(three.group("a").withShape(new MatrixShape(5, 4, FanOut.ROWS))));
    }
}
