package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What {@code quick} and {@code full} measure. */
enum Plan {
    QUICK,
    FULL;

    /** Methods of the benchmarks that run a peer. */
    static final String PEERS = "\\.(libtorch|djl|nd4j|tribuo|mkl|openBlas)\\w*$";

    /**
     * How long one fork measures.
     *
     * @param extra seconds that it takes beside that: to start, to fill the buffers, to compile the loop
     */
    record Effort(int warmups, TimeValue warmup, int iterations, TimeValue time, double extra) {
        double seconds() {
            return (warmups * warmup.convertTo(TimeUnit.MILLISECONDS)
                                    + iterations * time.convertTo(TimeUnit.MILLISECONDS))
                            / 1e3
                    + extra;
        }
    }

    /**
     * Some benchmarks with some of their parameters.
     *
     * @param benchmark a regular expression for class and method
     * @param parameters those that differ from the benchmark's own
     */
    record Part(String benchmark, int forks, Effort effort, String heap, Map<String, List<String>> parameters) {
        Part(String benchmark, int forks, Effort effort, Map<String, List<String>> parameters) {
            this(benchmark, forks, effort, "2g", parameters);
        }

        Part heap(String heap) {
            return new Part(benchmark, forks, effort, heap, parameters);
        }

        /** Just long enough to fail. */
        Part trial() {
            return new Part(benchmark, 1, Plan.effort(1, 20, 1, 20, 0), heap, parameters);
        }

        /** The expression for the benchmarks of this part whose name fits another one too. */
        String include(String only) {
            return "(?=.*(?:" + only + ")).*\\.(?:" + benchmark + ")$";
        }
    }

    /** The loop is compiled when the buffers have been allocated. */
    private static final Effort SHORT = effort(2, 200, 5, 120, 1.1);

    /** The code that is to be polluted is not. */
    private static final Effort POLLUTED = effort(4, 250, 5, 120, 1.1);

    private static final Effort PEER = effort(3, 300, 5, 120, 1.1);

    /** 64 to 1,280 MB to fill and check in each iteration. */
    private static final Effort LARGE = effort(2, 250, 5, 250, 3.2);

    /** Four times as much. */
    private static final Effort FARTHEST = effort(2, 250, 4, 400, 8);

    private static final Effort TINY = effort(3, 200, 3, 100, 0.7);

    /** A network has more code to compile. */
    private static final Effort NETWORK = effort(8, 400, 5, 200, 1.2);

    /** An iteration is an epoch at least. */
    private static final Effort EPOCH = effort(2, 1_000, 3, 1_000, 4.5);

    private static final Effort LONG = effort(4, 1_000, 5, 500, 1.5);
    private static final Effort LONG_LARGE = effort(3, 1_000, 5, 1_000, 6);
    private static final Effort LONG_EPOCH = effort(3, 2_000, 5, 2_000, 6);

    private static final List<String> STORED = List.of("array", "native", "array+native", "native+array");
    private static final List<String> STAGED = List.of("shared", "bytes");
    private static final String L1 = "1024", L2 = "32768", L3 = "1048576", BEYOND = "16777216", FAR = "67108864";
    private static final String MLP = "235146";

    List<Part> parts() {
        return this == QUICK ? quick() : full();
    }

    private static List<Part> quick() {
        List<Part> parts = new ArrayList<>();
        parts.add(storage(2, "AdamW", List.of("array", "native"), "4096"));
        parts.add(storage(1, "AdamW", List.of("array+native", "native+array", "shared", "bytes"), "4096"));
        parts.add(new Part("PlainSegmentBenchmark.step", 1, POLLUTED, Map.of("n", List.of("4096"))));

        parts.add(update("lanewise|lanewiseNative|memory", SHORT, "AdamW", "1", L1, L2, L3));
        parts.add(update("lanewise|memory", SHORT, "Sgd", "1", L1, L2, L3));
        parts.add(update("lanewise", SHORT, "Adam", "1", L3));
        parts.add(update("lanewise", SHORT, "RmsProp", "1", L3));
        parts.add(update("passes|scalar|scalarWithoutSuperWord", SHORT, "AdamW", "1", L2));
        parts.add(update("passes", SHORT, "AdamW", "1", L3));
        parts.add(update("lanewise|memory", SHORT, "AdamW", "2", L3));
        parts.add(update("lanewise|memory", SHORT, "Sgd", "2", L3));
        parts.add(update("lanewise|memory|libtorchFused", LARGE, "AdamW", "1", BEYOND));
        parts.add(update("lanewise|memory|libtorchFused", LARGE, "Sgd", "1", BEYOND));
        parts.add(update("lanewise|memory", LARGE, "AdamW", "2", BEYOND));
        parts.add(update("lanewise|memory", LARGE, "Sgd", "2", BEYOND));
        parts.add(update("lanewise|memory|libtorchFused", FARTHEST, "AdamW", "1", FAR)
                .heap("8g"));
        parts.add(new Part(
                "UpdateBenchmark.(lanewise|memory)",
                1,
                SHORT,
                Map.of("rule", BenchRules.NAMES, "n", List.of(MLP), "threads", List.of("1"))));

        parts.add(update("libtorchFused", PEER, "AdamW", "1", L1, L2, L3));
        parts.add(update("libtorchFused", PEER, "Sgd", "1", L2, L3));
        parts.add(update("libtorchFused", PEER, "AdamW", "2", L3));
        parts.add(update("libtorchFused", PEER, "Sgd", "2", L3));
        parts.add(update("libtorch|djl", PEER, "AdamW", "1", L3));
        parts.add(update("libtorch|djl", PEER, "Sgd", "1", L3));
        parts.add(update("nd4j", PEER, "Adam", "1", L3));
        parts.add(update("tribuo", PEER, "RmsProp", "1", L3));

        parts.add(
                new Part("StatisticsBenchmark.step", 1, SHORT, Map.of("storage", List.of("array"), "n", List.of(L3))));
        parts.add(new Part("DecayBenchmark.*", 1, SHORT, Map.of()));
        parts.add(tails("AdamW", List.of("1", "7", "17", "1000", "1023", "1025"), "0"));
        parts.add(tails("AdamW", List.of("17", "1000", "1023"), "7"));
        parts.add(new Part("NormBenchmark.*", 1, PEER, Map.of("n", List.of(L3))));
        parts.add(new Part("SoftmaxBenchmark.*", 1, PEER, Map.of("shape", List.of("128 10"))));
        parts.add(
                new Part("SoftmaxBenchmark.(softmax|libtorchSoftmax)", 1, SHORT, Map.of("shape", List.of("128 1000"))));
        parts.add(new Part("MlpBenchmark.(lanewise|libtorchMkl)", 1, NETWORK, Map.of("batch", List.of("128"))));
        parts.add(new Part(
                "MlpBenchmark.libtorch",
                1,
                NETWORK,
                Map.of("images", List.of("noise"), "batch", List.of("128"), "threads", List.of("1"))));
        parts.add(new Part(
                "MlpBenchmark.(lanewise|libtorchMkl)",
                1,
                NETWORK,
                Map.of("batch", List.of("32"), "threads", List.of("1"))));
        parts.add(new Part(
                "EpochBenchmark.(lanewise|libtorchMkl)",
                1,
                EPOCH,
                Map.of("images", List.of("strokes"), "batch", List.of("128"))));
        parts.add(new Part(
                "GemmBenchmark.*",
                1,
                SHORT,
                Map.of(
                        "threads",
                        List.of("1"),
                        "shape",
                        List.of(
                                "NN 128 256 784",
                                "TN 784 256 128",
                                "NT 128 256 128",
                                "NN 128 10 128",
                                "TN 128 10 128",
                                "NN 127 131 137",
                                "NN 1 256 784"))));
        parts.add(new Part(
                "GemmBenchmark.(lanewise|mkl)",
                1,
                SHORT,
                Map.of(
                        "threads",
                        List.of("1"),
                        "shape",
                        List.of(
                                "NN 32 256 784",
                                "TN 784 256 32",
                                "NN 512 256 784",
                                "TN 784 256 512",
                                "NN 1024 1024 1024"))));
        parts.add(new Part("GemmBenchmark.(lanewise|mkl)", 1, SHORT, Map.of("shape", List.of("NN 512 512 512"))));
        return parts;
    }

    private static List<Part> full() {
        List<Part> parts = new ArrayList<>();
        parts.add(stored(5, LONG, "AdamW", STORED, "4096", L3));
        parts.add(stored(3, LONG, "Sgd", STORED, "4096", L3));
        parts.add(stored(3, LONG, "AdamW", STAGED, "4096", L3));
        parts.add(new Part("PlainSegmentBenchmark.step", 3, LONG, Map.of()));

        for (String rule : BenchRules.NAMES) {
            parts.add(update(3, "lanewise|lanewiseNative|memory|passes", LONG, rule, "1", L1, L2, L3));
            parts.add(update(1, "lanewise|lanewiseNative|memory", LONG_LARGE, rule, "1", BEYOND));
            parts.add(update(1, "lanewise|lanewiseNative|memory", LONG_LARGE, rule, "1", FAR)
                    .heap("8g"));
            parts.add(update(1, "passes", LONG_LARGE, rule, "1", BEYOND, FAR).heap("8g"));
            parts.add(update(1, "scalar|scalarWithoutSuperWord", LONG, rule, "1", L2, L3));
            parts.add(update(3, "lanewise|memory", LONG, rule, "1", MLP));
        }
        for (String rule : List.of("AdamW", "Sgd")) {
            parts.add(update(5, "libtorchFused|libtorch", LONG, rule, "1", L1, L2, L3));
            parts.add(update(3, "libtorchFused|libtorch", LONG_LARGE, rule, "1", BEYOND, FAR));
            parts.add(update(5, "lanewise|memory|libtorchFused", LONG, rule, "2", L3));
            parts.add(update(3, "lanewise|memory|libtorchFused", LONG_LARGE, rule, "2", BEYOND));
            parts.add(update(3, "djl", LONG, rule, "1", L2, L3));
            parts.add(update(1, "djl", LONG_LARGE, rule, "1", BEYOND));
        }
        parts.add(update(3, "nd4j", LONG, "Adam", "1", L2, L3));
        parts.add(update(1, "nd4j", LONG_LARGE, "Adam", "1", BEYOND));
        parts.add(update(3, "tribuo", LONG, "RmsProp", "1", L2, L3));
        parts.add(update(1, "tribuo", LONG_LARGE, "RmsProp", "1", BEYOND));

        parts.add(new Part("StatisticsBenchmark.step", 3, LONG, Map.of()));
        parts.add(new Part("DecayBenchmark.*", 3, LONG, Map.of()));
        parts.add(new Part("TailBenchmark.step", 1, TINY, Map.of()));
        parts.add(new Part("NormBenchmark.*", 3, LONG, Map.of("n", List.of("4096", L3, BEYOND))));
        parts.add(new Part("SoftmaxBenchmark.*", 3, LONG, Map.of()));
        parts.add(new Part("MlpBenchmark.*", 5, LONG, Map.of("batch", List.of("32", "128"))));
        parts.add(new Part(
                "EpochBenchmark.(lanewise|libtorchMkl)", 3, LONG_EPOCH, Map.of("batch", List.of("32", "128"))));
        parts.add(new Part("GemmBenchmark.*", 3, LONG, Map.of()));
        return parts;
    }

    private static Effort effort(int warmups, int warmup, int iterations, int time, double extra) {
        return new Effort(warmups, TimeValue.milliseconds(warmup), iterations, TimeValue.milliseconds(time), extra);
    }

    private static Part storage(int forks, String rule, List<String> storages, String... sizes) {
        return stored(forks, POLLUTED, rule, storages, sizes);
    }

    private static Part stored(int forks, Effort effort, String rule, List<String> storages, String... sizes) {
        return new Part(
                "StorageBenchmark.step",
                forks,
                effort,
                Map.of("rule", List.of(rule), "storage", storages, "n", List.of(sizes)));
    }

    private static Part update(String methods, Effort effort, String rule, String threads, String... sizes) {
        return update(1, methods, effort, rule, threads, sizes);
    }

    private static Part update(int forks, String methods, Effort effort, String rule, String threads, String... sizes) {
        return new Part(
                "UpdateBenchmark.(" + methods + ")",
                forks,
                effort,
                Map.of("rule", List.of(rule), "threads", List.of(threads), "n", List.of(sizes)));
    }

    private static Part tails(String rule, List<String> sizes, String offset) {
        return new Part(
                "TailBenchmark.step", 1, TINY, Map.of("rule", List.of(rule), "n", sizes, "offset", List.of(offset)));
    }

    /** The rows that a part makes, as {@link Results.Row#key} names them. */
    static List<String> rows(Part part, String only, boolean peers) {
        OutputFormat silent = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
        SortedSet<BenchmarkListEntry> entries = BenchmarkList.defaultList()
                .find(silent, List.of(part.include(only)), peers ? List.of() : List.of(PEERS));
        List<String> rows = new ArrayList<>();
        for (BenchmarkListEntry entry : entries) {
            List<Map<String, String>> combinations = List.of(new TreeMap<>());
            for (Map.Entry<String, String[]> parameter :
                    entry.getParams().orElse(Map.of()).entrySet()) {
                String name = parameter.getKey();
                List<Map<String, String>> longer = new ArrayList<>();
                for (Map<String, String> combination : combinations) {
                    for (String value : part.parameters().getOrDefault(name, List.of(parameter.getValue()))) {
                        Map<String, String> one = new TreeMap<>(combination);
                        one.put(name, value);
                        longer.add(one);
                    }
                }
                combinations = longer;
            }
            String[] names = entry.getUsername().split("\\.");
            combinations.forEach(
                    parameters -> rows.add(names[names.length - 2] + "." + names[names.length - 1] + " " + parameters));
        }
        return rows;
    }
}
