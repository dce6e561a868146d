package dev.lanewise.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;

/** Tables in Markdown of the results in a folder, as {@code README.md} has them. */
final class Tables {
    private static final String BEST =
            "the best fork, and the median of the forks in brackets where there were several";

    /**
     * One row of JMH's results.
     *
     * @param forks the median of each fork's iterations
     */
    private record Row(String method, Map<String, String> parameters, List<Double> forks) {
        String get(String parameter) {
            return parameters.getOrDefault(parameter, "");
        }

        double best() {
            return forks.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        }

        /** In the unit of the table. */
        String show(Function<Row, DoubleUnaryOperator> unit) {
            String best = figure(unit.apply(this).applyAsDouble(best()));
            String median = figure(unit.apply(this).applyAsDouble(median(forks)));
            return forks.size() == 1 ? best : best + " (" + median + ")";
        }
    }

    private final StringBuilder text = new StringBuilder();

    private Tables() {}

    static void write(Path folder) throws IOException {
        Tables tables = new Tables();
        Function<Row, DoubleUnaryOperator> element = row -> time -> time / Integer.parseInt(row.get("n"));
        List<String> pollution = List.of("clean", "before", "after");
        List<String> pollutionRatios = List.of("before / clean", "after / clean");
        tables.add(
                "Storage and pollution, ns an element",
                read(folder, "StorageBenchmark"),
                List.of("rule", "storage", "n"),
                row -> row.get("pollution"),
                pollution,
                pollutionRatios,
                element);
        tables.add(
                "The control: AdamW over ordinary native segments, ns an element",
                read(folder, "OrdinaryBenchmark"),
                List.of("n"),
                row -> row.get("pollution"),
                pollution,
                pollutionRatios,
                element);
        tables.add(
                "A step, its limit and its peers, ns an element",
                read(folder, "UpdateBenchmark"),
                List.of("rule", "n", "threads"),
                Row::method,
                List.of("lanewise", "memory", "libtorchFused", "libtorch", "scalar", "scalarWithoutSuperWord"),
                List.of("lanewise / memory", "lanewise / libtorchFused"),
                element);
        tables.add(
                "A step of every rule over the 235,146 parameters of the MLP 784-256-128-10, µs",
                read(folder, "RuleBenchmark"),
                List.of("rule"),
                Row::method,
                List.of("step"),
                List.of(),
                row -> time -> time);
        tables.add(
                "State that has decayed, ns an element",
                read(folder, "DecayBenchmark"),
                List.of("values"),
                Row::method,
                List.of("lanewise", "withFlush", "withoutFlush"),
                List.of("withoutFlush / withFlush"),
                row -> time -> time / DecayBenchmark.N);
        tables.add(
                "A training step of the MLP, µs",
                read(folder, "MlpBenchmark"),
                List.of("batch", "threads"),
                Row::method,
                List.of("lanewise", "libtorch", "libtorchMkl"),
                List.of("lanewise / libtorch", "lanewise / libtorchMkl"),
                row -> time -> time);
        tables.add(
                "Products of matrices, GFLOP/s",
                read(folder, "GemmBenchmark"),
                List.of("shape", "threads"),
                Row::method,
                List.of("lanewise", "mkl", "openBlas"),
                List.of("lanewise / mkl", "lanewise / openBlas"),
                row -> time -> flops(row.get("shape")) / (1000 * time));
        Files.writeString(folder.resolve("tables.md"), tables.text.toString().strip() + "\n");
    }

    /** Puts the tables of a result between the marks of a page. */
    static void quote(String name, Path page) throws IOException {
        String text = Files.readString(page);
        int from = text.indexOf("<!-- bench/results/");
        int to = text.indexOf("<!-- end of results -->");
        if (from < 0 || to < from) {
            throw new IllegalStateException(page + " has no marks for results");
        }
        Files.writeString(
                page,
                text.substring(0, from) + "<!-- bench/results/" + name + " -->\n"
                        + Files.readString(Path.of("results", name, "tables.md")) + text.substring(to));
    }

    /** Of a shape such as {@code NN 128 256 784}. */
    private static double flops(String shape) {
        return Arrays.stream(shape.split(" "))
                .skip(1)
                .mapToDouble(Double::parseDouble)
                .reduce(2, (x, y) -> x * y);
    }

    private static List<Row> read(Path folder, String benchmark) throws IOException {
        Path file = folder.resolve(benchmark + ".json");
        List<Row> rows = new ArrayList<>();
        if (!Files.exists(file)) {
            return rows;
        }
        for (JsonNode result : new ObjectMapper().readTree(file.toFile())) {
            Map<String, String> parameters = new HashMap<>();
            result.path("params").forEachEntry((key, value) -> parameters.put(key, value.asText()));
            List<Double> forks = new ArrayList<>();
            for (JsonNode fork : result.path("primaryMetric").path("rawData")) {
                List<Double> iterations = new ArrayList<>();
                fork.forEach(iteration -> iterations.add(iteration.asDouble()));
                forks.add(median(iterations));
            }
            String name = result.path("benchmark").asText();
            rows.add(new Row(name.substring(name.lastIndexOf('.') + 1), parameters, forks));
        }
        return rows;
    }

    /**
     * Adds a table with a line for each combination of {@code keys}.
     *
     * @param columns the values of {@code column} that are shown
     * @param ratios pairs of columns, such as {@code a / b}
     * @param unit makes the shown figure of a row's time
     */
    private void add(
            String title,
            List<Row> rows,
            List<String> keys,
            Function<Row, String> column,
            List<String> columns,
            List<String> ratios,
            Function<Row, DoubleUnaryOperator> unit) {
        if (rows.isEmpty()) {
            return;
        }
        Map<List<String>, Map<String, Row>> lines = new LinkedHashMap<>();
        for (Row row : rows) {
            lines.computeIfAbsent(keys.stream().map(row::get).toList(), key -> new HashMap<>())
                    .put(column.apply(row), row);
        }
        text.append("### ")
                .append(title)
                .append("\n\nEach figure is ")
                .append(BEST)
                .append("; ratios are of the best.\n\n");
        List<String> head = new ArrayList<>(keys);
        head.addAll(columns);
        head.addAll(ratios);
        line(head);
        line(head.stream().map(word -> keys.contains(word) ? "---" : "---:").toList());
        lines.forEach((key, cells) -> {
            List<String> line = new ArrayList<>(key);
            for (String name : columns) {
                line.add(cells.containsKey(name) ? cells.get(name).show(unit) : "");
            }
            for (String ratio : ratios) {
                Row over = cells.get(ratio.split(" / ")[0]), under = cells.get(ratio.split(" / ")[1]);
                line.add(
                        over == null || under == null
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        "%.2f",
                                        unit.apply(over).applyAsDouble(over.best())
                                                / unit.apply(under).applyAsDouble(under.best())));
            }
            line(line);
        });
        text.append('\n');
    }

    private void line(List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** Three digits. */
    private static String figure(double x) {
        return String.format(Locale.ROOT, x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.3f", x);
    }
}
