package dev.lanewise.optim;

import static dev.lanewise.optim.GoldenTrajectory.floats;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.GoldenTrajectory.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules against trajectories that their sources calculated; each folder of the test resources that begins with golden is a set. */
class GoldenTrajectoriesTest {
    private static final Path RESOURCES = Path.of("test/resources");

    /** Files that no row has → the reason. */
    private static final Map<String, String> WITHOUT_A_ROW = Map.of(
            "golden2/c_adamw",
            CautionTest.SCHEDULED,
            "golden2/c_adamw_two",
            CautionTest.SCHEDULED,
            "golden2/c_adamw_wd",
            CautionTest.SCHEDULED,
            "golden2/c_lion",
            CautionTest.ANOTHER_FRACTION,
            "golden2/c_lion_wd_two",
            CautionTest.ANOTHER_FRACTION);

    static Stream<Arguments> goldens() {
        return RuleTable.ROWS.stream().flatMap(row -> row.golden().stream().map(golden -> Arguments.of(row, golden)));
    }

    /** Our error may be half as large again as that of the source's own float32. */
    @ParameterizedTest
    @MethodSource("goldens")
    void asExactAsTheSource(RuleTable.Row row, RuleTable.Golden golden) throws IOException {
        GoldenTrajectory trajectory = new GoldenTrajectory(golden.file());
        float[] parameters = floats(trajectory.parameters());
        double[][] gradients = trajectory.gradients();
        double[][] float32 = trajectory.rows("float32"), float64 = trajectory.rows("float64");
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(parameters), trajectory.groups(golden.defaults()), trajectory.options());
        boolean evaluated = trajectory.has("evaluation");
        double[][] evaluation32 = evaluated ? trajectory.rows("evaluation_float32") : null;
        double[][] evaluation64 = evaluated ? trajectory.rows("evaluation") : null;
        float[] evaluation = new float[parameters.length];
        double ours = 0, limit = 0, oursEvaluated = 0, limitEvaluated = 0;
        for (int t = 1; t <= trajectory.steps(); t++) {
            optimizer.step(FloatSpan.of(floats(gradients[t - 1])), trajectory.gradientFactor());
            if (trajectory.has("d")) {
                double d = trajectory.numbers("d")[t - 1], d32 = trajectory.numbers("d_float32")[t - 1];
                ours = Math.max(ours, Math.abs(optimizer.scalars(0)[0] / d - 1));
                limit = Math.max(limit, Math.abs(d32 / d - 1));
            }
            if (t % trajectory.every() == 0) {
                int at = t / trajectory.every() - 1;
                ours = Math.max(ours, error(parameters, float64[at]));
                limit = Math.max(limit, error(floats(float32[at]), float64[at]));
                if (evaluated) {
                    optimizer.copyEvaluationParameters(FloatSpan.of(evaluation));
                    oursEvaluated = Math.max(oursEvaluated, error(evaluation, evaluation64[at]));
                    limitEvaluated = Math.max(limitEvaluated, error(floats(evaluation32[at]), evaluation64[at]));
                }
            }
        }
        assertWithin(1.5 * limit + 1e-7, ours, "parameters");
        assertWithin(1.5 * limitEvaluated + 1e-7, oursEvaluated, "parameters to evaluate");
        assertEquals(evaluated, golden.defaults().evaluation() != null, "the file has parameters to evaluate");
    }

    private static void assertWithin(double bound, double error, String what) {
        assertTrue(error <= bound, () -> "our error of the " + what + " is " + error + ", the bound " + bound);
    }

    /** The oracles are right. (Nine digits and no more, because PyTorch keeps NAdam's product of μ in float32.) */
    @ParameterizedTest
    @MethodSource("goldens")
    void theOracleIsTheSourceInDouble(RuleTable.Row row, RuleTable.Golden golden) throws IOException {
        GoldenTrajectory trajectory = new GoldenTrajectory(golden.file());
        double[][] gradients = trajectory.clippedGradients(), float64 = trajectory.rows("float64");
        List<Tensor> tensors = trajectory.tensors();
        if (Groups.sharesSums(golden.defaults().reductions())) {
            tensors = List.of(new Tensor(
                    0, 1, trajectory.parameters().length, 1, tensors.getFirst().hyperparameters()));
        }
        for (Tensor tensor : tensors) {
            UpdateRule rule = tensor.rule(golden.defaults());
            Oracles.Oracle oracle = row.oracle().apply(rule).of(tensor.shape());
            double[] parameters = part(tensor, trajectory.parameters());
            for (int t = 1; t <= trajectory.steps(); t++) {
                double[] gradient = part(tensor, gradients[t - 1]);
                for (int i = 0; i < gradient.length; i++) {
                    gradient[i] *= trajectory.gradientFactor();
                }
                trajectory.clipUnits(tensor, parameters, gradient);
                oracle.step(parameters, gradient, rule.learningRate().at(0));
                if (t % trajectory.every() == 0) {
                    double[] expected = part(tensor, float64[t / trajectory.every() - 1]);
                    for (int i = 0; i < parameters.length; i++) {
                        assertEquals(expected[i], parameters[i], 1e-9 * Math.max(1, Math.abs(expected[i])));
                    }
                }
            }
        }
    }

    @Test
    void everyFileIsUsed() throws IOException {
        Set<String> files = new TreeSet<>(), used = new TreeSet<>(WITHOUT_A_ROW.keySet());
        List<Path> sets;
        try (Stream<Path> folders = Files.list(RESOURCES)) {
            sets = folders.filter(folder -> folder.getFileName().toString().startsWith("golden"))
                    .toList();
        }
        for (Path set : sets) {
            try (Stream<Path> all = Files.list(set)) {
                all.map(file -> RESOURCES.relativize(file).toString().replace('\\', '/'))
                        .filter(name -> name.endsWith(".json") && !name.endsWith("/inputs.json"))
                        // LbfgsGoldenTest reads those of the optimizer that is no rule.
                        .filter(name -> !name.contains("/lbfgs_"))
                        .forEach(name -> files.add(name.replace(".json", "")));
            }
        }
        used.addAll(RowGoldensTest.FILES);
        for (String file : RuleTable.ROWS.stream()
                .flatMap(row -> row.golden().stream())
                .map(RuleTable.Golden::file)
                .toList()) {
            assertTrue(used.add(file), file);
        }
        assertEquals(files, used);
    }

    private static double[] part(Tensor tensor, double[] all) {
        return Arrays.copyOfRange(all, tensor.offset(), tensor.offset() + tensor.length());
    }

    static double error(float[] actual, double[] expected) {
        double worst = 0;
        for (int i = 0; i < actual.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i])));
        }
        return worst;
    }
}
