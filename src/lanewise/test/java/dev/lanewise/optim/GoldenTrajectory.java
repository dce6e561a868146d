package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A golden file and the inputs of its folder, in the form that {@code golden2/README.md} describes. Everything is read from the files:
 * lengths, tensors, steps, rows and hyperparameters.
 */
final class GoldenTrajectory {
    private static final Map<String, Map<String, Object>> INPUTS = new ConcurrentHashMap<>();

    private final Map<String, Object> file, inputs;

    /**
     * Part of the parameters with hyperparameters of its own.
     *
     * @param offset the index of its first parameter
     * @param rank 1 for a vector, 2 for a matrix, also when that has one row
     */
    record Tensor(int offset, int rows, int columns, int rank, Map<String, Object> hyperparameters) {
        int length() {
            return rows * columns;
        }

        /** The shape of a matrix, whose rows belong to outputs; null for a vector. */
        MatrixShape shape() {
            return rank == 1 ? null : MatrixShape.outputsByInputs(rows, columns);
        }

        /** A rule with these hyperparameters, and with the defaults of the others. */
        UpdateRule rule(UpdateRule defaults) {
            UpdateRule rule = GoldenHyperparameters.rule(defaults, hyperparameters);
            return rule instanceof Adafactor adafactor ? adafactor.withFactored(rank == 2) : rule;
        }
    }

    /**
     * Reads a trajectory.
     *
     * @param name the file in the test resources without {@code .json}, such as {@code golden2/adabelief}
     */
    GoldenTrajectory(String name) throws IOException {
        file = read(name);
        String folder = name.substring(0, name.lastIndexOf('/') + 1);
        inputs = INPUTS.computeIfAbsent(folder, key -> {
            try {
                return read(key + "inputs");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertTrue(steps() >= every(), "no row");
        assertEquals(steps(), gradients().length, "steps");
        Stream.of(gradients()).forEach(row -> assertEquals(parameters().length, row.length));
        assertEquals(
                parameters().length, tensors().stream().mapToInt(Tensor::length).sum());
    }

    private String gradientsName() {
        return (String) file.getOrDefault("inputs", "gradients");
    }

    /** The parameters before the first step. */
    double[] parameters() {
        String name = gradientsName().equals("gradients_two") ? "parameters_two" : "parameters";
        return numbers(file.getOrDefault("parameters", inputs.get(name)));
    }

    /** A gradient for each step. */
    double[][] gradients() {
        double scale = (double) file.getOrDefault("gradient_scale", 1.0);
        double[][] gradients = numberRows(file.getOrDefault("gradients", inputs.get(gradientsName())));
        for (double[] row : gradients) {
            for (int i = 0; i < row.length; i++) {
                row[i] *= scale;
            }
        }
        return gradients;
    }

    int steps() {
        return (int) (double) file.get("steps");
    }

    /** How many steps lie between two rows. */
    int every() {
        return (int) (double) file.get("every");
    }

    /** What a step multiplies the gradients by: −1 where the source maximizes. */
    double gradientFactor() {
        return hyperparameters().get("maximize") == Boolean.TRUE ? -1 : 1;
    }

    /** The options of a step: clipping by the norm of all tensors, or of each unit, where the source does so. */
    StepOptions options() {
        Map<String, Object> h = hyperparameters();
        if (h.get("max_grad_norm") instanceof Double limit) {
            return StepOptions.DEFAULT.withClipping(Clipping.byNorm(limit));
        }
        return h.get("clip_factor") instanceof Double limit
                ? StepOptions.DEFAULT.withClipping(Clipping.byUnit(limit, (double) h.get("agc_eps")))
                : StepOptions.DEFAULT;
    }

    /** Clips the gradient of a tensor by the norms of its rows, or by its own if it is a vector, where the source does so. */
    void clipUnits(Tensor tensor, double[] parameters, double[] gradient) {
        if (hyperparameters().get("clip_factor") instanceof Double limit) {
            int width = tensor.rank() == 1 ? tensor.length() : tensor.columns();
            for (int row = 0; row < tensor.length(); row += width) {
                double[] p = Arrays.copyOfRange(parameters, row, row + width);
                double[] g = Arrays.copyOfRange(gradient, row, row + width);
                double most = limit * Math.max((double) hyperparameters().get("agc_eps"), NormOracles.norm(p));
                double norm = NormOracles.norm(g);
                for (int i = row; i < row + width && norm > most; i++) {
                    gradient[i] *= most / norm;
                }
            }
        }
    }

    /** The gradients, clipped by the norm of all tensors where the source does so. */
    double[][] clippedGradients() {
        double[][] gradients = gradients();
        if (hyperparameters().get("max_grad_norm") instanceof Double limit) {
            for (double[] gradient : gradients) {
                double norm = NormOracles.norm(gradient);
                for (int i = 0; i < gradient.length; i++) {
                    gradient[i] *= Math.min(1, limit / norm);
                }
            }
        }
        return gradients;
    }

    private Map<String, Object> hyperparameters() {
        return object(file.get("hyperparameters"));
    }

    /** The tensors, in the order of their offsets; all parameters are one vector where the file has none. */
    List<Tensor> tensors() {
        List<?> tensors = (List<?>) file.get("tensors"), groups = (List<?>) file.get("groups");
        if (tensors == null) {
            return List.of(new Tensor(0, 1, parameters().length, 1, hyperparameters()));
        }
        double[] ranks = numbers(file.get("ranks"));
        List<Tensor> all = new ArrayList<>();
        for (int i = 0; i < ranks.length; i++) {
            Map<String, Object> own = new HashMap<>(hyperparameters());
            own.putAll(groups == null ? Map.of() : object(groups.get(i)));
            double[] shape = numbers(tensors.get(i));
            all.add(new Tensor((int) shape[0], (int) shape[1], (int) shape[2], (int) ranks[i], own));
        }
        return all;
    }

    /** A group for each tensor, with the file's hyperparameters. */
    List<ParameterGroup> groups(UpdateRule defaults) {
        return tensors().stream()
                .map(tensor -> new ParameterGroup(
                                "tensor " + tensor.offset(), tensor.offset(), tensor.length(), tensor.rule(defaults))
                        .withShape(tensor.shape()))
                .toList();
    }

    /**
     * What the file has after each {@link #every} steps.
     *
     * @param name {@code float32} or {@code float64} for the parameters, {@code evaluation_float32} or {@code evaluation} for the
     *     weights to evaluate
     */
    double[][] rows(String name) {
        double[][] rows = numberRows(file.get(name));
        assertEquals(steps() / every(), rows.length, name);
        Stream.of(rows).forEach(row -> assertEquals(parameters().length, row.length, name));
        return rows;
    }

    /** Whether the file has something of this name. */
    boolean has(String name) {
        return file.containsKey(name);
    }

    /** Numbers of the file that are neither parameters nor gradients, such as Prodigy's {@code d} of every step. */
    double[] numbers(String name) {
        return numbers(file.get(name));
    }

    static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    static double[] numbers(Object list) {
        return ((List<?>) list).stream().mapToDouble(x -> (double) x).toArray();
    }

    static double[][] numberRows(Object lists) {
        return ((List<?>) lists).stream().map(GoldenTrajectory::numbers).toArray(double[][]::new);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    /** Reads a file of the test resources: objects as maps, arrays as lists, numbers as {@link Double}. */
    static Map<String, Object> read(String name) throws IOException {
        JsonFactory json = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
        try (InputStream file = GoldenTrajectory.class.getResourceAsStream("/" + name + ".json");
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
        return switch (parser.currentToken()) {
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case START_OBJECT -> object(parser);
            case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
            case VALUE_NULL -> null;
            default -> parser.currentToken().isNumeric() ? (Object) parser.getDoubleValue() : parser.getText();
        };
    }
}
