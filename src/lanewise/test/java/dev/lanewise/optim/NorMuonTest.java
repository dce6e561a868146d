package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.safetensors.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The laws of {@link NorMuon}; {@link MuonTest} and {@link MuonBitsTest} have those that it shares with {@link Muon}. */
class NorMuonTest {
    private static final double[] THETA = {.5, -.25, .1, 0, .2, -.4};
    private static final double[][] GRADIENTS = {{.1, -.4, .2, .3, 0, -.1}, {-.2, .1, 0, .1, .3, .2}};
    private static final double[][] EXPECTED = {
        {.4957978780, -.2337117230, .0918992124, -.0177594992, .2002843816, -.3942460562},
        {.5065384422, -.2323005192, .0773833555, -.0250588467, .1867797588, -.4066363510}
    };
    private static final double[][] SQUARES = {{.0211758062, .0078732401}, {.0395498503, .0179315785}};

    @TempDir
    Path folder;

    /** Two steps in double, apart from any code of the library; with all data transposed the outputs are columns. */
    @Test
    void workedOutByHand() {
        assertSteps(MatrixShape.outputsByInputs(2, 3), false);
        assertSteps(MatrixShape.inputsByOutputs(3, 2), true);
    }

    private static void assertSteps(MatrixShape shape, boolean transposed) {
        float[] parameters = floats(THETA, transposed);
        Optimizer optimizer = MuonTest.optimizer(parameters, new NorMuon(), shape);
        for (int t = 0; t < 2; t++) {
            optimizer.step(FloatSpan.of(floats(GRADIENTS[t], transposed)));
            assertArrayEquals(floats(EXPECTED[t], transposed), parameters, 3e-7f);
            assertArrayEquals(
                    GoldenTrajectory.floats(SQUARES[t]),
                    optimizer.state("all", "second_momentum_buffer").toArray(),
                    1e-7f);
        }
    }

    private static float[] floats(double[] values, boolean transposed) {
        return GoldenTrajectory.floats(transposed ? MatrixOracles.transposed(values, 2, 3) : values);
    }

    /** Where the first step of Muon has outputs of different length, here all have one, and the whole has the length of Muon's. */
    @Test
    void theFirstStepMovesAllOutputsEquallyFar() {
        float[] gradient = random(12 * 5, 1);
        for (int i = 0; i < 12; i++) {
            gradient[5 * i] *= 100;
        }
        float[] muon = new float[60], norMuon = new float[60];
        MatrixShape shape = MatrixShape.inputsByOutputs(12, 5);
        MuonTest.optimizer(muon, new Muon(1).withWeightDecay(0), shape).step(FloatSpan.of(gradient));
        MuonTest.optimizer(norMuon, new NorMuon(1), shape).step(FloatSpan.of(gradient));
        double[] ours = squares(norMuon), theirs = squares(muon);
        assertEquals(Arrays.stream(theirs).sum(), Arrays.stream(ours).sum(), 1e-5);
        for (double one : ours) {
            assertEquals(ours[0], one, 1e-5);
        }
        assertTrue(Arrays.stream(theirs).max().orElseThrow()
                > 1.2 * Arrays.stream(theirs).min().orElseThrow());
    }

    private static double[] squares(float[] x) {
        double[] squares = new double[5];
        for (int i = 0; i < x.length; i++) {
            squares[i % 5] += (double) x[i] * x[i];
        }
        return squares;
    }

    @Test
    void anOutputWithoutGradientRests() {
        float[] parameters = random(20, 2), initial = parameters.clone(), gradient = random(20, 3);
        for (int i = 0; i < 5; i++) {
            gradient[4 * i + 2] = 0;
        }
        Optimizer optimizer = MuonTest.optimizer(parameters, new NorMuon(), MatrixShape.inputsByOutputs(5, 4));
        for (int step = 0; step < 10; step++) {
            optimizer.step(FloatSpan.of(gradient));
        }
        for (int i = 0; i < 20; i++) {
            assertEquals(i % 4 == 2, initial[i] == parameters[i], "element " + i);
        }
    }

    @Test
    void assignsTheGroupsOfANetwork() {
        List<ParameterGroup> groups = MuonGroupsTest.groups(new Mlp(6, 5, 4, 3));
        NorMuon rule = new NorMuon().withLearningRate(0.02).withWeightDecay(0.01);
        AdamW adamW = new AdamW(0.001).withWeightDecay(0.01);
        assertEquals(
                List.of(rule, adamW, rule, adamW, adamW, adamW),
                rule.groups(groups).stream().map(ParameterGroup::rule).toList());
    }

    @Test
    void resumedIsUninterruptedToTheBit() throws IOException {
        Path file = folder.resolve("checkpoint");
        float[] straight = random(40, 11), first = straight.clone(), second = new float[40];
        Optimizer one = twoMatrices(straight), two = twoMatrices(first), three = twoMatrices(second);
        steps(one, 0, 10);
        steps(two, 0, 4);
        new Checkpoint(two).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            assertEquals(
                    List.of(1L, 5L), saved.tensor("a.second_momentum_buffer").shape());
            assertEquals(
                    List.of(5L, 1L), saved.tensor("b.second_momentum_buffer").shape());
        }
        new Checkpoint(three).load(file);
        OptimizerSnapshot snapshot = three.snapshot();
        steps(three, 4, 10);
        assertArrayEquals(straight, second);
        snapshot.restore();
        steps(three, 4, 10);
        assertArrayEquals(straight, second);
    }

    private static Optimizer twoMatrices(float[] parameters) {
        return new Optimizer(
                FloatSpan.of(parameters),
                List.of(
                        new ParameterGroup("a", 0, 20, new NorMuon()).withShape(MatrixShape.inputsByOutputs(4, 5)),
                        new ParameterGroup("b", 20, 20, new NorMuon()).withShape(MatrixShape.outputsByInputs(5, 4))),
                StepOptions.DEFAULT);
    }

    private static void steps(Optimizer optimizer, int from, int to) {
        for (int step = from; step < to; step++) {
            optimizer.step(FloatSpan.of(random(40, step)));
        }
    }
}
