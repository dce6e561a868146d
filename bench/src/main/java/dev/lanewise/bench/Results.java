package dev.lanewise.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The results of a run in a folder.
 *
 * @param folder where
 * @param rows the measured rows, in the order of the files' names and of the run
 * @param environment the machine and the flags; missing if there is no such file
 * @param firstSteps the first steps of fresh JVMs; empty if they were not measured
 */
record Results(Path folder, List<Row> rows, JsonNode environment, List<FirstStepsCurve> firstSteps) {
    static final String ENVIRONMENT = "environment.json";

    /**
     * A benchmark with its parameters.
     *
     * @param benchmark the simple name of its class
     * @param method the name of its method
     * @param parameters by their names
     * @param unit of a time, such as {@code ns/op}
     * @param forks the times of each fork's iterations
     * @param doubts the reasons not to rely on the times
     */
    record Row(
            String benchmark,
            String method,
            Map<String, String> parameters,
            String unit,
            List<double[]> forks,
            Set<Doubt> doubts) {
        /** {@return whether there is a reason not to rely on the times} */
        boolean doubtful() {
            return !doubts.isEmpty();
        }

        /** {@return whether each fork ran compiled code undisturbed; forks may differ} */
        boolean steady() {
            return doubts.isEmpty() || doubts.equals(Set.of(Doubt.FORKS));
        }

        /** {@return a parameter's value; empty if the benchmark has no such parameter} */
        String get(String parameter) {
            return parameters.getOrDefault(parameter, "");
        }

        int n() {
            return Integer.parseInt(get("n"));
        }

        /** {@return a name of the row that no other row of the run has} */
        String key() {
            return benchmark + "." + method + " " + parameters;
        }

        /** {@return the median of the best fork} */
        double best() {
            return medians().min().orElseThrow();
        }

        /** {@return the median of the worst fork} */
        double worst() {
            return medians().max().orElseThrow();
        }

        /** {@return the median of the forks' medians} */
        double median() {
            return Results.median(medians().toArray());
        }

        private java.util.stream.DoubleStream medians() {
            return forks.stream().mapToDouble(Results::median);
        }
    }

    /** {@return the files of JMH's results in a folder, in the order of their names} */
    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith("Benchmark.json"))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Reads a folder.
     *
     * @throws UsageException if there are no results in it, or a file is not JMH's
     */
    static Results read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new UsageException("there is no folder " + folder + " with results");
        }
        List<Path> files = files(folder);
        Path steps = folder.resolve(FirstStepsRun.FILE);
        if (files.isEmpty() && !Files.exists(steps)) {
            throw new UsageException(folder + " has no results of JMH: no file is named like UpdateBenchmark.json");
        }
        ObjectMapper mapper = new ObjectMapper();
        List<Row> rows = new ArrayList<>();
        for (Path file : files) {
            try {
                for (JsonNode result : mapper.readTree(file.toFile())) {
                    rows.add(row(result));
                }
            } catch (com.fasterxml.jackson.core.JsonProcessingException | IllegalArgumentException e) {
                throw new UsageException(file + " is not JMH's JSON: "
                        + e.getMessage().lines().findFirst().orElse(""));
            }
        }
        Path environment = folder.resolve(ENVIRONMENT);
        return new Results(
                folder,
                rows,
                Files.exists(environment)
                        ? mapper.readTree(environment.toFile())
                        : mapper.getNodeFactory().missingNode(),
                Files.exists(steps) ? List.of(mapper.readValue(steps.toFile(), FirstStepsCurve[].class)) : List.of());
    }

    /** {@return the name of the folder} */
    String name() {
        return folder.getFileName().toString();
    }

    /** {@return a fact of the machine or the run; {@code not recorded} if it is missing} */
    String fact(String name) {
        return environment.path(name).asText("not recorded");
    }

    String shortCommit() {
        return fact("commit").replaceFirst("^(\\p{XDigit}{8})\\p{XDigit}+$", "$1");
    }

    /** {@return the width of the vectors in use, and the flags that chose it} */
    String vectors() {
        List<String> flags = new ArrayList<>();
        environment.path("jvmArgs").forEach(flag -> flags.add(flag.asText()));
        String width = environment.has("vectorBits") ? fact("vectorBits") + " bits" : fact("vectorBits");
        return flags.isEmpty() ? width : width + ", " + String.join(" ", flags);
    }

    /** {@return the processor, with the vectors in use where they are recorded} */
    String processor() {
        return environment.has("vectorBits") ? fact("cpu") + ", " + vectors() : fact("cpu");
    }

    /** {@return the rows in doubt} */
    List<Row> doubtful() {
        return rows.stream().filter(Row::doubtful).toList();
    }

    List<Row> of(String benchmark) {
        return rows.stream().filter(row -> row.benchmark().equals(benchmark)).toList();
    }

    private static Row row(JsonNode result) {
        Map<String, String> parameters = new TreeMap<>();
        result.path("params").forEachEntry((key, value) -> parameters.put(key, value.asText()));
        List<double[]> forks = iterations(result.path("primaryMetric"));
        String[] names = result.path("benchmark").asText().split("\\.");
        if (names.length < 2 || forks.isEmpty() || forks.stream().anyMatch(fork -> fork.length == 0)) {
            throw new IllegalArgumentException("a result lacks its benchmark's name or its raw data");
        }
        return new Row(
                names[names.length - 2],
                names[names.length - 1],
                parameters,
                result.path("primaryMetric").path("scoreUnit").asText(),
                forks,
                Doubt.of(forks, iterations(result.path("secondaryMetrics").path(CompilerQueue.NAME))));
    }

    /** {@return the values of a metric, for each fork and iteration} */
    private static List<double[]> iterations(JsonNode metric) {
        List<double[]> forks = new ArrayList<>();
        for (JsonNode fork : metric.path("rawData")) {
            List<Double> iterations = new ArrayList<>();
            fork.forEach(iteration -> iterations.add(iteration.asDouble()));
            forks.add(iterations.stream().mapToDouble(Double::doubleValue).toArray());
        }
        return forks;
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
