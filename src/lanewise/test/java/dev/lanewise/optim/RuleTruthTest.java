package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules against PyTorch's trajectories, against numbers worked out by hand, and against the oracles in double. */
class RuleTruthTest {
    /**
     * A golden file and its inputs, which are in the same folder: lengths, steps and rows are what the files have.
     *
     * @param every how many steps lie between two rows
     */
    private record Trajectory(
            double[] initial, double[][] gradients, double[][] float32, double[][] float64, int every) {
        static Trajectory of(String name) throws IOException {
            Map<String, Object> file = read(name),
                    inputs = read(name.substring(0, name.lastIndexOf('/') + 1) + "inputs");
            // A set may have several gradients, of which the file names its own.
            String gradients = (String) file.getOrDefault("inputs", "gradients");
            Trajectory trajectory = new Trajectory(
                    numbers(inputs.get("parameters")),
                    rows(inputs.get(gradients)),
                    rows(file.get("float32")),
                    rows(file.get("float64")),
                    (int) (double) file.get("every"));
            assertEquals((double) file.get("steps"), trajectory.steps(), "steps");
            for (double[][] rows : List.of(trajectory.float32, trajectory.float64)) {
                assertEquals(trajectory.steps() / trajectory.every, rows.length, "rows");
                Stream.of(rows).forEach(row -> assertEquals(trajectory.initial.length, row.length));
            }
            assertTrue(trajectory.steps() >= trajectory.every, "no row");
            return trajectory;
        }

        int steps() {
            return gradients.length;
        }
    }

    static Stream<Arguments> goldens() {
        return RuleTable.ROWS.stream().flatMap(row -> row.golden().stream().map(golden -> Arguments.of(row, golden)));
    }

    /** Our error may be half as large again as that of PyTorch's own float32. */
    @ParameterizedTest
    @MethodSource("goldens")
    void asExactAsPyTorch(RuleTable.Row row, RuleTable.Golden golden) throws IOException {
        Trajectory trajectory = Trajectory.of(golden.file());
        float[] parameters = floats(trajectory.initial);
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), golden.rule());
        double ours = 0, limit = 0;
        for (int t = 1; t <= trajectory.steps(); t++) {
            optimizer.step(FloatSpan.of(floats(trajectory.gradients[t - 1])), golden.gradientFactor());
            if (t % trajectory.every == 0) {
                double[] expected = trajectory.float64[t / trajectory.every - 1];
                ours = Math.max(ours, error(parameters, expected));
                limit = Math.max(limit, error(floats(trajectory.float32[t / trajectory.every - 1]), expected));
            }
        }
        double error = ours, bound = 1.5 * limit + 1e-7;
        assertTrue(error <= bound, () -> "our error " + error + ", the bound " + bound);
    }

    /** The oracles are right. (Nine digits and no more, because PyTorch keeps NAdam's product of μ in float32.) */
    @ParameterizedTest
    @MethodSource("goldens")
    void theOracleIsPyTorchInDouble(RuleTable.Row row, RuleTable.Golden golden) throws IOException {
        Trajectory trajectory = Trajectory.of(golden.file());
        double[] parameters = trajectory.initial.clone();
        Oracles.Oracle oracle = row.oracle().apply(golden.rule());
        for (int t = 1; t <= trajectory.steps(); t++) {
            double[] gradient = trajectory.gradients[t - 1].clone();
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] *= golden.gradientFactor();
            }
            oracle.step(parameters, gradient, golden.rule().learningRate().at(0));
            if (t % trajectory.every == 0) {
                for (int i = 0; i < parameters.length; i++) {
                    double expected = trajectory.float64[t / trajectory.every - 1][i];
                    assertEquals(expected, parameters[i], 1e-9 * Math.max(1, Math.abs(expected)));
                }
            }
        }
    }

    @Test
    void everyFileIsUsed() throws IOException {
        Path golden = Path.of("test/resources/golden");
        try (Stream<Path> files = Files.walk(golden)) {
            Set<String> names = files.map(
                            file -> golden.relativize(file).toString().replace('\\', '/'))
                    .filter(name ->
                            name.endsWith(".json") && !name.endsWith("inputs.json") && !name.startsWith("state/"))
                    .map(name -> name.replace(".json", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(
                    names,
                    RuleTable.ROWS.stream()
                            .flatMap(row -> row.golden().stream())
                            .map(RuleTable.Golden::file)
                            .collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void workedOutByHand(RuleTable.Row row) {
        float[][] gradients = {{0.1f, -0.4f}, {0.3f, 0.2f}, {-0.2f, 0}};
        for (RuleTable.Hand hand : row.hand()) {
            float[] parameters = {0.5f, -0.25f};
            double[] exact = {0.5, -0.25};
            Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), hand.rule());
            Oracles.Oracle oracle = row.oracle().apply(hand.rule());
            for (int t = 0; t < 3; t++) {
                optimizer.step(FloatSpan.of(gradients[t]));
                double[] gradient = {t == 0 ? 0.1 : t == 1 ? 0.3 : -0.2, t == 0 ? -0.4 : t == 1 ? 0.2 : 0};
                oracle.step(exact, gradient, hand.rule().learningRate().at(0));
                for (int i = 0; i < 2; i++) {
                    double expected = hand.parameters()[2 * t + i];
                    assertEquals(expected, parameters[i], 2e-7, hand.rule().toString());
                    assertEquals(expected, exact[i], 1e-10, hand.rule().toString());
                }
            }
        }
    }

    /** Every configuration, with gradients of all magnitudes, a schedule, and some that stop. */
    @ParameterizedTest
    @MethodSource("dev.lanewise.optim.RuleTable#rules")
    void closeToTheOracle(UpdateRule rule) {
        int n = 203;
        Random random = new Random(11);
        float[] parameters = new float[n];
        double[] exact = new double[n], gradient = new double[n];
        float[] rounded = new float[n];
        for (int i = 0; i < n; i++) {
            exact[i] = parameters[i] = (float) random.nextGaussian();
        }
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                rule.withLearningRate(step -> rule.learningRate().at(0) / (1 + step % 3)));
        Oracles.Oracle oracle = RuleTable.of(rule).oracle().apply(rule);
        for (int t = 0; t < 60; t++) {
            for (int i = 0; i < n; i++) {
                double magnitude = Math.pow(10, i % 12 - 9);
                rounded[i] = (float) (i % 5 == 0 && t > 20 ? 0 : magnitude * random.nextGaussian());
                gradient[i] = rounded[i];
            }
            optimizer.step(FloatSpan.of(rounded));
            oracle.step(exact, gradient, rule.learningRate().at(0) / (1 + t % 3));
        }
        for (int i = 0; i < n; i++) {
            int element = i;
            assertEquals(exact[i], parameters[i], 1e-5 * Math.max(1, Math.abs(exact[i])), () -> "element " + element);
        }
    }

    private static double error(float[] actual, double[] expected) {
        double worst = 0;
        for (int i = 0; i < actual.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i])));
        }
        return worst;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static double[] numbers(Object list) {
        return ((List<?>) list).stream().mapToDouble(x -> (double) x).toArray();
    }

    private static double[][] rows(Object lists) {
        return ((List<?>) lists).stream().map(RuleTruthTest::numbers).toArray(double[][]::new);
    }

    static Map<String, Object> read(String name) throws IOException {
        JsonFactory json = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
        try (InputStream file = RuleTruthTest.class.getResourceAsStream("/golden/" + name + ".json");
                JsonParser parser = json.createParser(file)) {
            parser.nextToken();
            return object(parser);
        }
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> content = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            content.put(field, value(parser));
        }
        return content;
    }

    private static Object value(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            List<Object> list = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(parser));
            }
            return list;
        }
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            return object(parser);
        }
        return parser.currentToken().isNumeric() ? (Object) parser.getDoubleValue() : parser.getText();
    }
}
