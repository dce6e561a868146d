package dev.lanewise.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Tables in Markdown of the results in a folder, as {@code README.md} has them. */
final class Tables {
    /** One row of JMH's results. */
    private record Row(String method, Map<String, String> parameters, List<Double> forks) {
        String get(String parameter) {
            return parameters.getOrDefault(parameter, "");
        }

        /** The median of the forks: each lies differently in memory, and a few lie badly. */
        double median() {
            return Tables.median(forks);
        }

        double best() {
            return forks.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        }
    }

    private Tables() {}

    static void write(Path folder) throws IOException {
        StringBuilder text = new StringBuilder();
        storage(text, read(folder, "StorageBenchmark"), read(folder, "OrdinaryBenchmark"));
        Files.writeString(folder.resolve("tables.md"), text);
    }

    private static List<Row> read(Path folder, String benchmark) throws IOException {
        Path file = folder.resolve(benchmark + ".json");
        List<Row> rows = new ArrayList<>();
        if (!Files.exists(file)) {
            return rows;
        }
        for (JsonNode result : new ObjectMapper().readTree(file.toFile())) {
            Map<String, String> parameters = new TreeMap<>();
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

    private static void storage(StringBuilder text, List<Row> rows, List<Row> control) {
        if (rows.isEmpty() && control.isEmpty()) {
            return;
        }
        Map<String, Map<String, Row>> lines = new LinkedHashMap<>();
        for (Row row : rows) {
            String key = "%s | %s | %s".formatted(row.get("rule"), row.get("storage"), size(row));
            lines.computeIfAbsent(key, k -> new TreeMap<>()).put(row.get("pollution"), row);
        }
        for (Row row : control) {
            String key = "AdamW, ordinary segment loop | native | " + size(row);
            lines.computeIfAbsent(key, k -> new TreeMap<>()).put(row.get("pollution"), row);
        }
        text.append("### Storage and pollution\n\n");
        text.append("ns an element: the best fork, and the median of the forks in brackets; ratios are of the best"
                + " forks.\n\n");
        head(
                text,
                "rule",
                "storage",
                "n",
                "clean",
                "polluted before",
                "polluted after",
                "before / clean",
                "after / clean");
        lines.forEach((key, line) -> {
            Row clean = line.get("clean"), before = line.get("before"), after = line.get("after");
            text.append("| %s | %s | %s | %s | %s | %s |\n"
                    .formatted(
                            key,
                            element(clean),
                            element(before),
                            element(after),
                            ratio(before, clean),
                            ratio(after, clean)));
        });
        text.append('\n');
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private static void head(StringBuilder text, String... columns) {
        text.append("| ").append(String.join(" | ", columns)).append(" |\n");
        text.append("|").append("---|".repeat(columns.length)).append('\n');
    }

    private static String element(Row row) {
        if (row == null) {
            return "";
        }
        double n = Double.parseDouble(row.get("n"));
        return figure(row.best() / n) + (row.forks().size() == 1 ? "" : " (" + figure(row.median() / n) + ")");
    }

    private static String ratio(Row row, Row to) {
        return row == null || to == null ? "" : String.format(Locale.ROOT, "%.2f", row.best() / to.best());
    }

    /** Three digits. */
    private static String figure(double x) {
        return x >= 100
                ? "%.0f".formatted(x)
                : x >= 10 ? "%.1f".formatted(x) : x >= 1 ? "%.2f".formatted(x) : "%.3f".formatted(x);
    }

    private static String size(Row row) {
        int n = Integer.parseInt(row.get("n"));
        return n % (1 << 20) == 0 ? (n >> 20) + " Mi" : n % 1024 == 0 ? (n >> 10) + " Ki" : Integer.toString(n);
    }
}
