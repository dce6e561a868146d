package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Of the operations that {@link AccuracyTest} compares with, most give PyTorch's very bits, and none is far from them. */
class PyTorchFloatsTest {
    static Stream<Arguments> goldens() {
        return RuleTable.ROWS.stream()
                .flatMap(row -> row.golden().stream())
                .filter(golden -> golden.file().startsWith("golden/")
                        && !golden.file().contains("lecture")
                        && PyTorchFloats.of(golden.defaults()) != null)
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theOrderOfOperationsIsPyTorchs(RuleTable.Golden golden) throws IOException {
        GoldenTrajectory trajectory = new GoldenTrajectory(golden.file());
        UpdateRule rule = trajectory.tensors().getFirst().rule(golden.defaults());
        PyTorchFloats.Rule floats = PyTorchFloats.of(rule);
        float[] parameters = GoldenTrajectory.floats(trajectory.parameters());
        double[][] gradients = trajectory.gradients(), float32 = trajectory.rows("float32");
        int equal = 0, all = 0;
        for (int t = 1; t <= trajectory.steps(); t++) {
            float[] gradient = GoldenTrajectory.floats(gradients[t - 1]);
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] *= (float) trajectory.gradientFactor();
            }
            floats.step(parameters, gradient, rule.learningRate().at(t - 1));
            for (int i = 0; t % trajectory.every() == 0 && i < parameters.length; i++) {
                float expected = (float) float32[t / trajectory.every() - 1][i];
                assertEquals(expected, parameters[i], 3e-7 * Math.max(1, Math.abs(expected)));
                equal += expected == parameters[i] ? 1 : 0;
                all++;
            }
        }
        assertTrue(equal >= 0.9 * all, equal + " of " + all);
    }
}
