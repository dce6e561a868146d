package dev.lanewise.bench;

import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.options.TimeValue;

/** What {@code quick} and {@code full} measure. */
final class Plan {
    /** How long one fork measures. */
    record Effort(int warmups, TimeValue warmup, int iterations, TimeValue time) {}

    /**
     * Some benchmarks with some of their parameters.
     *
     * @param benchmark a regular expression for class and method
     * @param parameters those that differ from the benchmark's own
     */
    record Part(String benchmark, int forks, Effort effort, Map<String, List<String>> parameters) {}

    private static final Effort SHORT = new Effort(4, TimeValue.milliseconds(400), 5, TimeValue.milliseconds(200));

    /** A network has more code to compile. */
    private static final Effort WARM = new Effort(10, TimeValue.milliseconds(400), 5, TimeValue.milliseconds(200));

    private static final Effort LONG = new Effort(4, TimeValue.seconds(1), 5, TimeValue.milliseconds(500));

    private static final List<String> STORED = List.of("array", "native", "array+native", "native+array");
    private static final List<String> STAGED = List.of("shared", "bytes");

    static final List<Part> QUICK = List.of(
            storage(2, SHORT, "AdamW", STORED, "4096"),
            storage(2, SHORT, "Sgd", List.of("array", "native"), "4096"),
            storage(1, SHORT, "AdamW", List.of("array", "native"), "1048576"),
            storage(1, SHORT, "AdamW", STAGED, "4096"),
            new Part("OrdinaryBenchmark.step", 1, SHORT, Map.of("n", List.of("4096"))),
            new Part("UpdateBenchmark.*", 1, SHORT, Map.of("threads", List.of("1"))),
            new Part(
                    "UpdateBenchmark.(lanewise|memory|libtorchFused)",
                    1,
                    SHORT,
                    Map.of("threads", List.of("2"), "n", List.of("1048576"))),
            new Part("DecayBenchmark.*", 1, SHORT, Map.of()),
            new Part("MlpBenchmark.*", 1, WARM, Map.of()),
            new Part(
                    "GemmBenchmark.*",
                    1,
                    SHORT,
                    Map.of(
                            "threads",
                            List.of("1"),
                            "shape",
                            List.of("NN 128 256 784", "NN 128 10 128", "TN 784 256 128", "NT 128 256 128"))),
            new Part("GemmBenchmark.*", 1, SHORT, Map.of("shape", List.of("NN 512 512 512"))));

    static final List<Part> FULL = List.of(
            storage(5, LONG, "AdamW", STORED, "4096", "1048576", "16777216"),
            storage(5, LONG, "Sgd", STORED, "4096", "1048576", "16777216"),
            storage(3, LONG, "AdamW", STAGED, "4096", "1048576"),
            new Part("OrdinaryBenchmark.step", 3, LONG, Map.of()),
            new Part(
                    "UpdateBenchmark.*",
                    5,
                    LONG,
                    Map.of("threads", List.of("1"), "n", List.of("4096", "32768", "1048576", "16777216"))),
            new Part(
                    "UpdateBenchmark.(lanewise|memory|libtorchFused)",
                    5,
                    LONG,
                    Map.of("threads", List.of("2"), "n", List.of("1048576", "16777216"))),
            new Part("DecayBenchmark.*", 3, LONG, Map.of()),
            new Part("MlpBenchmark.*", 5, LONG, Map.of("batch", List.of("32", "128"))),
            new Part("GemmBenchmark.*", 3, LONG, Map.of()));

    private Plan() {}

    private static Part storage(int forks, Effort effort, String rule, List<String> storages, String... sizes) {
        return new Part(
                "StorageBenchmark.step",
                forks,
                effort,
                Map.of("rule", List.of(rule), "storage", storages, "n", List.of(sizes)));
    }
}
