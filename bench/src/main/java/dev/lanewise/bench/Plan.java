package dev.lanewise.bench;

import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The two extents of a run; each {@link Exhibit} lists what they measure of its benchmark. */
enum Plan {
    QUICK,
    FULL;

    /**
     * The iterations and times of one fork.
     *
     * @param extra seconds to start the JVM, to fill the buffers and to compile the loop
     */
    record Effort(int warmups, TimeValue warmup, int iterations, TimeValue time, double extra) {
        double seconds() {
            return (warmups * warmup.convertTo(TimeUnit.MILLISECONDS)
                                    + iterations * time.convertTo(TimeUnit.MILLISECONDS))
                            / 1e3
                    + extra;
        }

        /** {@return the same effort with a warm-up four times as long} */
        Effort warmer() {
            return new Effort(4 * warmups, warmup, iterations, time, extra);
        }
    }

    /**
     * Some methods of a benchmark with some of their parameters.
     *
     * @param benchmark the class
     * @param methods the names of its methods; all of them if empty
     * @param parameters those that differ from the benchmark's own
     */
    record Part(
            Class<?> benchmark,
            List<String> methods,
            int forks,
            Effort effort,
            String heap,
            Map<String, List<String>> parameters) {
        /** Makes a part of one fork of all methods. */
        Part(Class<?> benchmark, Effort effort, Map<String, List<String>> parameters) {
            this(benchmark, List.of(), 1, effort, "2g", parameters);
        }

        /** {@return the same part of some methods} */
        Part of(String... methods) {
            return new Part(benchmark, List.of(methods), forks, effort, heap, parameters);
        }

        Part forks(int forks) {
            return new Part(benchmark, methods, forks, effort, heap, parameters);
        }

        Part heap(String heap) {
            return new Part(benchmark, methods, forks, effort, heap, parameters);
        }

        /** {@return one row of this part} */
        Part alone(Results.Row row) {
            return new Part(benchmark, List.of(row.method()), forks, effort, heap, single(row.parameters()));
        }

        /** {@return the same part with a longer warm-up} */
        Part warmer() {
            return new Part(benchmark, methods, forks, effort.warmer(), heap, parameters);
        }

        /** {@return parameters with one value each} */
        private static Map<String, List<String>> single(Map<String, String> setting) {
            Map<String, List<String>> single = new TreeMap<>();
            setting.forEach((name, value) -> single.put(name, List.of(value)));
            return single;
        }

        /** {@return the same part, just long enough to fail} */
        Part trial() {
            return new Part(benchmark, methods, 1, Plan.effort(1, 20, 1, 20, 0), heap, parameters);
        }

        /**
         * Lists the entries of its benchmarks in JMH's list.
         *
         * @param only finds the names to measure
         * @param libraries the peers to measure
         */
        List<BenchmarkListEntry> entries(Pattern only, Set<Library> libraries) {
            Exhibit exhibit = Exhibits.of(benchmark.getSimpleName());
            return ENTRIES.stream()
                    .filter(entry -> entry.getUserClassQName().equals(benchmark.getName()))
                    .filter(entry -> methods.isEmpty() || methods.contains(method(entry)))
                    .filter(entry -> only.matcher(entry.getUsername()).find())
                    .filter(entry -> exhibit.library(method(entry))
                            .map(libraries::contains)
                            .orElse(true))
                    .toList();
        }

        /**
         * Divides this part by its parameters, so that the rows of one setting, which are compared with each other, are measured
         * one right after the other.
         *
         * @return parts of one setting and one fork each, in the order of their measurement
         */
        List<Part> neighbors(Pattern only, Set<Library> libraries) {
            Map<Map<String, String>, List<String>> methodsOf = new LinkedHashMap<>();
            for (BenchmarkListEntry entry : entries(only, libraries)) {
                for (Map<String, String> setting : combinations(entry)) {
                    methodsOf.computeIfAbsent(setting, key -> new ArrayList<>()).add(method(entry));
                }
            }
            List<Part> parts = new ArrayList<>();
            methodsOf.forEach((setting, names) -> {
                Part one = new Part(benchmark, names, 1, effort, heap, single(setting));
                parts.addAll(Collections.nCopies(forks, one));
            });
            return parts;
        }

        /** {@return all combinations of the parameters of one of its benchmarks} */
        private List<Map<String, String>> combinations(BenchmarkListEntry entry) {
            List<Map<String, String>> combinations = List.of(new TreeMap<>());
            for (Map.Entry<String, String[]> parameter :
                    entry.getParams().orElse(Map.of()).entrySet()) {
                String name = parameter.getKey();
                List<Map<String, String>> longer = new ArrayList<>();
                for (Map<String, String> combination : combinations) {
                    for (String value : parameters.getOrDefault(name, List.of(parameter.getValue()))) {
                        Map<String, String> one = new TreeMap<>(combination);
                        one.put(name, value);
                        longer.add(one);
                    }
                }
                combinations = longer;
            }
            return combinations;
        }
    }

    private static final List<BenchmarkListEntry> ENTRIES = List.copyOf(BenchmarkList.defaultList()
            .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of()));

    /** The effort for loops that are compiled while the buffers are allocated. */
    static final Effort SHORT = effort(2, 200, 5, 120, 1.1);

    /** The effort for code that is polluted before it is compiled. */
    static final Effort POLLUTED = effort(4, 250, 5, 120, 1.1);

    static final Effort PEER = effort(3, 300, 5, 120, 1.1);

    /** The effort for 64 to 1,280 MB that are filled and checked in each iteration. */
    static final Effort LARGE = effort(2, 250, 5, 250, 3.2);

    /** The effort for four times as much memory. */
    static final Effort LARGEST = effort(2, 250, 4, 400, 8);

    static final Effort TINY = effort(3, 200, 3, 100, 0.7);

    /** The effort for a network, which has more code to compile. */
    static final Effort NETWORK = effort(8, 400, 5, 200, 1.2);

    /** The effort beside another program, with which the scheduler takes turns. */
    static final Effort BUSY = effort(4, 500, 5, 500, 1.5);

    /** The effort for iterations of one epoch or more. */
    static final Effort EPOCH = effort(2, 1_000, 3, 1_000, 4.5);

    static final Effort LONG = effort(4, 1_000, 5, 500, 1.5);
    static final Effort LONG_LARGE = effort(3, 1_000, 5, 1_000, 6);
    static final Effort LONG_EPOCH = effort(3, 2_000, 5, 2_000, 6);

    /** Elements whose buffers fit into the first, second and third cache, and those that fit into none. */
    static final String L1 = "1024", L2 = "32768", L3 = "1048576", BEYOND = "16777216", FAR = "67108864";

    /** {@return the parts of all exhibits} */
    List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        Exhibits.ALL.forEach(exhibit -> parts.addAll(this == QUICK ? exhibit.quick() : exhibit.full()));
        return parts;
    }

    /**
     * {@return all that a run measures, in order} A comparison with a peer that this would leave to single forks has a second one of
     * each row at the end: the speed of a machine may differ from one process to the next, which one fork cannot show.
     *
     * @param rounds how often all parts are measured, one after the other
     * @param only finds the names to measure
     * @param libraries the peers to measure
     */
    List<Part> parts(int rounds, Pattern only, Set<Library> libraries) {
        List<Part> all = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            all.addAll(parts());
        }
        if (rounds == 1) {
            all.addAll(comparedByOneFork(only, libraries));
        }
        return all;
    }

    /** {@return a part for each row of a comparison with a peer that has one fork, both rows of a comparison next to each other} */
    private List<Part> comparedByOneFork(Pattern only, Set<Library> libraries) {
        Map<String, Part> measuring = new HashMap<>();
        List<Results.Row> rows = new ArrayList<>();
        for (Part part : parts()) {
            for (Results.Row row : planned(part, only, libraries)) {
                measuring.put(row.key(), part);
                rows.add(row);
            }
        }
        Results planned = new Results(Path.of(""), rows, MissingNode.getInstance(), List.of());
        Map<String, Part> alone = new LinkedHashMap<>();
        for (PeerComparison pair : PeerComparison.of(planned)) {
            for (Results.Row row : List.of(pair.ours(), pair.theirs())) {
                Part part = measuring.get(row.key());
                if (part.forks() == 1) {
                    alone.putIfAbsent(row.key(), part.alone(row));
                }
            }
        }
        return List.copyOf(alone.values());
    }

    /** {@return the rows that a part makes, as {@link Results.Row#key} names them} */
    static List<String> rows(Part part, Pattern only, Set<Library> libraries) {
        return planned(part, only, libraries).stream().map(Results.Row::key).toList();
    }

    /** {@return the rows that a part makes, with a time of 1, which limits are derived from} */
    private static List<Results.Row> planned(Part part, Pattern only, Set<Library> libraries) {
        List<Results.Row> rows = new ArrayList<>();
        for (BenchmarkListEntry entry : part.entries(only, libraries)) {
            for (Map<String, String> parameters : part.combinations(entry)) {
                rows.add(new Results.Row(
                        part.benchmark().getSimpleName(),
                        method(entry),
                        parameters,
                        "",
                        List.of(new double[] {1}),
                        Set.of()));
            }
        }
        return rows;
    }

    /** {@return the names of all benchmarks that JMH has found, as {@code Class.method}} */
    static List<String> benchmarks() {
        return ENTRIES.stream()
                .map(entry -> entry.getUserClassQName()
                                .substring(Plan.class.getPackageName().length() + 1) + "." + method(entry))
                .toList();
    }

    private static String method(BenchmarkListEntry entry) {
        return entry.getUsername().substring(entry.getUserClassQName().length() + 1);
    }

    private static Effort effort(int warmups, int warmup, int iterations, int time, double extra) {
        return new Effort(warmups, TimeValue.milliseconds(warmup), iterations, TimeValue.milliseconds(time), extra);
    }
}
