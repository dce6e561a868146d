package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Results as JMH writes them, made up. */
final class ResultsBuilder {
    private final Map<String, List<String>> byClass = new LinkedHashMap<>();

    /** Adds a row; parameters are like {@code n=4096, rule=Sgd}. */
    ResultsBuilder row(String benchmark, String parameters, double[]... forks) {
        return row(benchmark, parameters, "", forks);
    }

    /** Adds a row of forks of several iterations, at whose ends C2 had so many methods to compile. */
    ResultsBuilder compiling(String benchmark, String parameters, double[][] methods, double[]... forks) {
        return row(
                benchmark,
                parameters,
                ", \"secondaryMetrics\" : { \"%s\" : { \"rawData\" : %s } }"
                        .formatted(CompilerQueue.NAME, Arrays.deepToString(methods)),
                forks);
    }

    private ResultsBuilder row(String benchmark, String parameters, String more, double[]... forks) {
        String params = Arrays.stream(parameters.split(", "))
                .map(one -> one.split("="))
                .map(one -> "\"%s\" : \"%s\"".formatted(one[0], one[1]))
                .collect(Collectors.joining(", "));
        String simple = benchmark.substring(0, benchmark.indexOf('.'));
        byClass.computeIfAbsent(simple, key -> new ArrayList<>())
                .add("""
                    { "benchmark" : "dev.lanewise.bench.%s", "params" : { %s },
                      "primaryMetric" : { "scoreUnit" : "ns/op", "rawData" : %s }%s }\
                    """.formatted(benchmark, params, Arrays.deepToString(forks), more));
        return this;
    }

    Results in(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, List<String>> entry : byClass.entrySet()) {
            Files.writeString(
                    folder.resolve(entry.getKey() + ".json"), entry.getValue().toString());
        }
        return Results.read(folder);
    }
}
