package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The two passes of {@link Muon} and {@link NorMuon} beside their products: small matrices in any memory, with statistics and without. */
class MuonPassesTest {
    private static final int[][] SIZES = {{2, 2}, {3, 2}, {2, 9}, {5, 7}};

    static Stream<MatrixRule> rules() {
        return MuonBitsTest.rules();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void haveTheBitsOfTheDefinitionAndTheStatisticsOfTheStep(MatrixRule rule) {
        for (int[] size : SIZES) {
            int n = size[0] * size[1];
            MatrixShape shape = MatrixShape.inputsByOutputs(size[0], size[1]);
            float[] initial = random(n, 1);
            float[][] gradients = {random(n, 2), random(n, 3), random(n, 4)};
            float[] expected = MuonBitsTest.define(rule, shape, initial, gradients);
            for (boolean statistics : new boolean[] {false, true}) {
                for (FloatSpan parameters : List.of(
                        FloatSpan.of(new float[n + 1], 1, n),
                        FloatSpan.of(Arena.ofAuto().allocate(4L * n)))) {
                    parameters.copyFrom(initial, 0, 0, n);
                    Optimizer optimizer = new Optimizer(
                            parameters,
                            List.of(new ParameterGroup("all", 0, n, rule).withShape(shape)),
                            StepOptions.DEFAULT.withStatistics(statistics));
                    for (float[] gradient : gradients) {
                        float[] before = parameters.toArray();
                        StepReport report = optimizer.step(FloatSpan.of(gradient), 0.5);
                        if (statistics) {
                            StatisticsTest.check(before, parameters.toArray(), gradient, 0.5, report.group("all"));
                        }
                    }
                    assertArrayEquals(expected, parameters.toArray(), rule + " " + shape + " " + parameters);
                }
            }
        }
    }
}
