package dev.lanewise.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.optim.NormScope;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Block;
import dev.lanewise.report.Callout;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Mark;
import dev.lanewise.report.Page;
import dev.lanewise.report.Section;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.report.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** The page of a result: charts and tables of all that was measured, wins, ties and losses alike. */
final class Report {
    private static final double CONFIDENCE = 0.95;

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("lanewise", "Lanewise"),
            Map.entry("lanewiseNative", "Lanewise, native memory"),
            Map.entry("memory", "the limit: the same memory traffic"),
            Map.entry("passes", "unfused passes"),
            Map.entry("scalar", "scalar definition"),
            Map.entry("libtorchFused", "libtorch, fused"),
            Map.entry("libtorch", "libtorch"),
            Map.entry("libtorchMkl", "libtorch on MKL"),
            Map.entry("djl", "DJL"),
            Map.entry("nd4j", "ND4J"),
            Map.entry("tribuo", "Tribuo, double"),
            Map.entry("mkl", "MKL"),
            Map.entry("openBlas", "OpenBLAS"),
            Map.entry("softmax", "Lanewise"),
            Map.entry("crossEntropy", "Lanewise"),
            Map.entry("libtorchSoftmax", "libtorch"),
            Map.entry("libtorchCrossEntropy", "libtorch"));

    /**
     * A peer's row beside ours.
     *
     * @param what was measured
     * @param peer its name
     * @param ratio of our time to the peer's
     */
    record Versus(String benchmark, String what, String peer, ForkVariance.Ratio ratio) {}

    private final Results results;
    private final ForkVariance spread;
    private final List<Tables.Grid> grids;
    private final List<Versus> versus;

    private Report(Results results) {
        this.results = results;
        spread = ForkVariance.of(results.rows(), CONFIDENCE);
        grids = Tables.of(results);
        versus = versus(results, spread);
    }

    static Page of(Results results) {
        return new Report(results).page();
    }

    private Page page() {
        JsonNode facts = results.environment();
        List<Section> sections = new ArrayList<>();
        sections.add(new Section("In short", inShort()));
        add(sections, "A step against its limit", limit(), "A step and its limit", "A step of every rule");
        add(
                sections,
                "A step against the peers",
                ratios("UpdateBenchmark", "A step: our time over the peer's"),
                "A step and the peers");
        add(sections, "Ways to write a step", List.of(), "Ways to write");
        add(sections, "Storage, and a polluted JVM", storage(), "Storage and", "The control");
        List<Block> small = new ArrayList<>(ratios("SoftmaxBenchmark", "Softmax: our time over libtorch's"));
        add(sections, "Decay, odd sizes, norms, softmax", small, "State that", "Small and", "The norm", "Softmax");
        List<Block> network = new ArrayList<>(ratios("MlpBenchmark", "A training step: our time over libtorch's"));
        network.addAll(ratios("EpochBenchmark", "An epoch: our time over libtorch's"));
        add(sections, "The network 784-256-128-10 with AdamW", network, "A training", "An epoch");
        add(sections, "Products of matrices", gemm(), "Products");
        sections.add(new Section("Every row", List.of(everyRow())));
        sections.add(new Section("The peers", peers()));
        sections.add(new Section("Machine, flags, how to reproduce", machine()));
        return new Page(
                "Lanewise measured: " + results.name(),
                "%s, %s, %s. Times of one step or one call, less is better, unless it says otherwise."
                        .formatted(
                                facts.path("cpu").asText("an unknown machine"),
                                facts.path("jdk").asText("an unknown JDK"),
                                facts.path("date").asText("no date").replaceFirst("T.*", "")),
                sections);
    }

    /** A section of charts, then of the tables whose titles begin so; none if there is nothing. */
    private void add(List<Section> sections, String heading, List<Block> charts, String... titles) {
        List<Block> blocks = new ArrayList<>(charts);
        for (String title : titles) {
            grids.stream()
                    .filter(grid -> grid.title().startsWith(title))
                    .forEach(grid -> blocks.add(new Table(grid.title(), grid.header(), grid.rows())));
        }
        if (!blocks.isEmpty()) {
            sections.add(new Section(heading, blocks));
        }
    }

    private List<Block> inShort() {
        List<Block> blocks = new ArrayList<>();
        List<Versus> sorted = versus.stream()
                .sorted(Comparator.comparingDouble(v -> -v.ratio.value()))
                .toList();
        long slower = sorted.stream().filter(v -> v.ratio.low() > 1).count();
        long faster = versus.stream().filter(v -> v.ratio.high() < 1).count();
        if (!versus.isEmpty()) {
            blocks.add(new Callout(
                    slower == 0 ? Callout.Kind.GOOD : Callout.Kind.NEUTRAL,
                    versus.size() + " comparisons with peers:",
                    "%d faster than the peer, %d slower, %d level: there the interval of the ratio contains 1."
                            .formatted(faster, slower, versus.size() - faster - slower)));
        }
        JsonNode failed = results.environment().path("failed");
        if (!failed.isEmpty()) {
            List<String> names = new ArrayList<>();
            failed.forEach(row -> names.add("`" + row.asText() + "`"));
            blocks.add(new Callout(Callout.Kind.BAD, "Failed and missing here:", String.join(", ", names)));
        }
        if (!sorted.isEmpty()) {
            blocks.add(new Table(
                    "Our time over the peer's, the slowest first",
                    List.of("measured", "peer", "ratio", "interval", ""),
                    sorted.stream()
                            .map(v -> List.of(
                                    v.what,
                                    v.peer,
                                    String.format(Locale.ROOT, "%.2f", v.ratio.value()),
                                    String.format(Locale.ROOT, "%.2f–%.2f", v.ratio.low(), v.ratio.high()),
                                    v.ratio.low() > 1 ? "slower" : v.ratio.high() < 1 ? "faster" : "level"))
                            .toList()));
        }
        blocks.add(new Text(
                "Tables show the best fork, and the median of the forks in brackets where there were several, because"
                    + " forks of one setting differ by where their buffers lie. Charts and ratios with intervals take"
                    + " the mean of all forks."));
        blocks.add(new Text(
                spread.freedom() == 0
                        ? "Intervals have 95 % confidence, but no row had several forks, so they know only of the"
                                + " iterations of one JVM and are too narrow."
                        : String.format(
                                Locale.ROOT,
                                "Intervals have 95 %% confidence: Welch's of the forks where both sides have three or"
                                    + " more, otherwise with the spread between forks of those rows that have several,"
                                    + " which is %.1f %% here. One in twenty is expected to miss.",
                                100 * Math.sqrt(spread.variance()))));
        return blocks;
    }

    private List<Block> limit() {
        List<Block> blocks = new ArrayList<>();
        List<Results.Row> rows = results.of("UpdateBenchmark").stream()
                .filter(row -> !row.get("threads").equals("2"))
                .toList();
        Set<String> rules = new LinkedHashSet<>();
        // Those that the peers have, too, come first.
        rules.addAll(List.of("AdamW", "Sgd"));
        rows.forEach(row -> rules.add(row.get("rule")));
        List<String> methods = List.of("lanewise", "lanewiseNative", "libtorchFused", "passes", "scalar", "memory");
        for (String rule : rules) {
            List<Results.Row> own =
                    rows.stream().filter(row -> row.get("rule").equals(rule)).toList();
            if (sizes(own, "lanewise") >= 3) {
                double bytes = bytes(BenchRules.of(rule));
                blocks.add(Chart.of(
                        rule + ": time against size",
                        Axis.log("parameters"),
                        Axis.log("ns an element"),
                        bySize(own, methods, (row, time) -> time / row.n())));
                blocks.add(Chart.of(
                        rule + ": bandwidth against size, more is better",
                        Axis.log("parameters"),
                        Axis.log("GB/s"),
                        bySize(
                                own,
                                List.of("lanewise", "lanewiseNative", "libtorchFused", "memory"),
                                (row, time) -> bytes * row.n() / time)));
            }
        }
        List<String> names = new ArrayList<>();
        List<ForkVariance.Ratio> ratios = new ArrayList<>();
        for (Results.Row row : results.of("UpdateBenchmark")) {
            Results.Row limit = partner(row, "memory");
            if (row.method().equals("lanewise") && limit != null) {
                names.add(what(row));
                ratios.add(spread.ratio(row, limit));
            }
        }
        blocks.addAll(ratioCharts("Our time over that of the memory traffic alone", names, ratios));
        return blocks;
    }

    /** Memory traffic of a step, a second reading of the gradient for its norm included. */
    private static double bytes(UpdateRule rule) {
        return rule.bytesPerParameter() + (rule.normScope() == NormScope.NONE ? 0 : 4);
    }

    private static long sizes(List<Results.Row> rows, String method) {
        return rows.stream().filter(row -> row.method().equals(method)).count();
    }

    private interface Unit {
        double of(Results.Row row, double time);
    }

    private List<Series> bySize(List<Results.Row> rows, List<String> methods, Unit unit) {
        List<Series> series = new ArrayList<>();
        for (String method : methods) {
            List<Results.Row> own = rows.stream()
                    .filter(row -> row.method().equals(method))
                    .sorted(Comparator.comparingInt(Results.Row::n))
                    .toList();
            if (!own.isEmpty()) {
                ToDoubleFunction<Results.Row> n = Results.Row::n;
                Series one = new Series(
                        NAMES.get(method),
                        method.equals("memory") ? Series.Style.REFERENCE : Series.Style.LINE_AND_POINTS,
                        own.stream().mapToDouble(n).toArray(),
                        values(own, row -> unit.of(row, row.median())),
                        null,
                        null);
                series.add(
                        method.equals("memory")
                                ? one
                                : one.between(
                                        values(own, row -> unit.of(row, row.median() * spread.around(row)[0])),
                                        values(own, row -> unit.of(row, row.median() * spread.around(row)[1]))));
            }
        }
        return series;
    }

    private static double[] values(List<Results.Row> rows, ToDoubleFunction<Results.Row> value) {
        return rows.stream().mapToDouble(value).toArray();
    }

    private List<Block> ratios(String benchmark, String title) {
        List<Versus> own =
                versus.stream().filter(v -> v.benchmark.equals(benchmark)).toList();
        return ratioCharts(
                title,
                own.stream().map(v -> v.what + " / " + v.peer).toList(),
                own.stream().map(Versus::ratio).toList());
    }

    private List<Block> ratioCharts(String title, List<String> names, List<ForkVariance.Ratio> ratios) {
        int most = 30;
        List<Block> charts = new ArrayList<>();
        int parts = Math.ceilDiv(names.size(), most);
        for (int i = 0; i < parts; i++) {
            int from = names.size() * i / parts, to = names.size() * (i + 1) / parts;
            List<ForkVariance.Ratio> own = ratios.subList(from, to);
            charts.add(Chart.of(
                            parts == 1 ? title : "%s, part %d of %d".formatted(title, i + 1, parts),
                            Axis.log("below 1 we are faster"),
                            Axis.categories("", names.subList(from, to)),
                            List.of(points("ratio", own)))
                    .withMarks(List.of(new Mark(1, ""))));
        }
        return charts;
    }

    private static Series points(String name, List<ForkVariance.Ratio> ratios) {
        double[] places = new double[ratios.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = i;
        }
        return new Series(
                name,
                Series.Style.POINTS,
                ratios.stream().mapToDouble(ForkVariance.Ratio::value).toArray(),
                places,
                ratios.stream().mapToDouble(ForkVariance.Ratio::low).toArray(),
                ratios.stream().mapToDouble(ForkVariance.Ratio::high).toArray());
    }

    private List<Block> storage() {
        List<String> names = new ArrayList<>();
        List<List<ForkVariance.Ratio>> ratios = List.of(new ArrayList<>(), new ArrayList<>());
        List<Results.Row> rows = new ArrayList<>(results.of("StorageBenchmark"));
        rows.addAll(results.of("PlainSegmentBenchmark"));
        for (Results.Row clean : rows) {
            Results.Row before = polluted(rows, clean, "before"), after = polluted(rows, clean, "after");
            if (clean.get("pollution").equals("clean") && before != null && after != null) {
                names.add(
                        clean.benchmark().startsWith("Ordinary")
                                ? "control: ordinary loop, " + size(clean.n())
                                : "%s, %s, %s".formatted(clean.get("rule"), clean.get("storage"), size(clean.n())));
                ratios.get(0).add(spread.ratio(before, clean));
                ratios.get(1).add(spread.ratio(after, clean));
            }
        }
        return names.isEmpty()
                ? List.of()
                : List.of(Chart.of(
                                "Time in a polluted JVM over that in a clean one",
                                Axis.log("ratio of times"),
                                Axis.categories("", names),
                                List.of(
                                        points("polluted before compilation", ratios.get(0)),
                                        points("polluted after", ratios.get(1))))
                        .withMarks(List.of(new Mark(1, ""))));
    }

    private static Results.Row polluted(List<Results.Row> rows, Results.Row clean, String pollution) {
        return find(
                rows,
                row -> row.benchmark().equals(clean.benchmark())
                        && row.get("pollution").equals(pollution)
                        && row.get("rule").equals(clean.get("rule"))
                        && row.get("storage").equals(clean.get("storage"))
                        && row.get("n").equals(clean.get("n")));
    }

    private List<Block> gemm() {
        List<Results.Row> rows = results.of("GemmBenchmark");
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.add(product(row)));
        List<String> places = List.copyOf(names);
        List<Series> series = new ArrayList<>();
        for (String method : List.of("lanewise", "mkl", "openBlas")) {
            List<Results.Row> own =
                    rows.stream().filter(row -> row.method().equals(method)).toList();
            if (!own.isEmpty()) {
                series.add(new Series(
                        NAMES.get(method),
                        Series.Style.POINTS,
                        values(own, row -> Tables.flops(row) / row.median() / 1e3),
                        values(own, row -> places.indexOf(product(row))),
                        values(own, row -> Tables.flops(row) / row.median() / 1e3 / spread.around(row)[1]),
                        values(own, row -> Tables.flops(row) / row.median() / 1e3 / spread.around(row)[0])));
            }
        }
        List<Block> blocks = new ArrayList<>();
        if (!series.isEmpty()) {
            blocks.add(
                    new Text("A product is named by which of its two factors is transposed (T) or not (N), the rows and"
                            + " columns of the result, and the length of each sum."));
            blocks.add(
                    Chart.of("GFLOP/s, more is better", Axis.linear("GFLOP/s"), Axis.categories("", places), series));
        }
        blocks.addAll(ratios("GemmBenchmark", "Products: our time over the peer's"));
        return blocks;
    }

    private static String product(Results.Row row) {
        return row.get("shape") + (row.get("threads").equals("1") ? "" : ", " + row.get("threads") + " threads");
    }

    private Table everyRow() {
        List<List<String>> rows = new ArrayList<>();
        for (Results.Row row : results.rows()) {
            double[] around = spread.around(row);
            rows.add(List.of(
                    Comparison.label(row),
                    Tables.figure(row.best()),
                    Tables.figure(row.median()),
                    Tables.figure(row.median() * around[0]) + "–" + Tables.figure(row.median() * around[1]),
                    Integer.toString(row.forks().size()),
                    Integer.toString(row.forks().getFirst().length),
                    row.unit()));
        }
        return new Table(
                "Each row as measured",
                List.of("row", "best fork", "median", "interval", "forks", "iterations", "unit"),
                rows);
    }

    private List<Block> peers() {
        List<String> jars = new ArrayList<>();
        results.environment().path("peers").forEach(jar -> jars.add("`" + jar.asText() + "`"));
        return List.of(
                new Table(
                        "What ran, and how",
                        List.of("peer", "how it is called", "threads"),
                        List.of(
                                List.of(
                                        "libtorch, fused",
                                        "`_fused_adamw_` and `_fused_sgd_` through TorchScript, whose call is included",
                                        "`set_num_threads`, one or two as the row says"),
                                List.of(
                                        "libtorch",
                                        "the optimizers of its C++ API; for the network modules, autograd and AdamW",
                                        "the same, also set for the OpenBLAS or MKL beneath"),
                                List.of(
                                        "DJL",
                                        "`Optimizer.update` for each parameter, as `Trainer.step` does, on its PyTorch"
                                                + " engine, which is another libtorch and has JVMs of its own",
                                        "one, by `ai.djl.pytorch.num_threads`"),
                                List.of(
                                        "ND4J",
                                        "`AdamUpdater.applyUpdater`, then `subi`, as DL4J does; it has no AdamW",
                                        "one, by `setMaxMasterThreads`"),
                                List.of(
                                        "Tribuo",
                                        "`RMSProp.step`, then `Parameters.update`, as its trainers do, in double"
                                            + " precision, which is all it has; its Adam multiplies by the root where"
                                            + " Adam divides, so it is no peer",
                                        "one, which is all it has"),
                                List.of(
                                        "MKL, OpenBLAS",
                                        "`cblas_sgemm` on native memory",
                                        "one or two, by their own calls"))),
                new Text("All are called in JVMs of the same run with the same flags, each setting in a fork of its"
                        + " own. Before each iteration the buffers are filled anew; after it they must be finite"
                        + " and not subnormal. The first step of each peer is checked against the library's."),
                new Text(jars.isEmpty() ? "The versions were not recorded." : "Jars: " + String.join(", ", jars)));
    }

    private List<Block> machine() {
        List<List<String>> facts = new ArrayList<>();
        results.environment().forEachEntry((key, value) -> {
            if (!key.equals("peers") && !key.equals("failed")) {
                facts.add(List.of(
                        key,
                        value.isValueNode() ? value.asText() : value.toString().replace("\"", "")));
            }
        });
        List<Block> blocks = new ArrayList<>();
        if (!facts.isEmpty()) {
            blocks.add(new Table("Where it was measured", List.of("fact", "value"), facts));
        }
        blocks.add(new Text(
                "To reproduce: check out the commit above and run `bench/run quick` or `bench/run full`, with Maven, a"
                        + " JDK 25 and nothing else running. `bench/compare " + results.name()
                        + " YOURS` compares. This page and"
                        + " `tables.md` are made from JMH's JSON beside them, by `bench/run report " + results.name()
                        + "`."));
        return blocks;
    }

    /** Each peer's row with ours; the peers that cannot use threads have no such parameter. */
    static List<Versus> versus(Results results, ForkVariance spread) {
        List<Versus> versus = new ArrayList<>();
        for (Results.Row peer : results.rows()) {
            String ours = switch (peer.method()) {
                case "libtorchFused", "libtorch", "libtorchMkl", "djl", "nd4j", "tribuo", "mkl", "openBlas" ->
                    "lanewise";
                case "libtorchSoftmax" -> "softmax";
                case "libtorchCrossEntropy" -> "crossEntropy";
                default -> "";
            };
            Results.Row own = find(
                    results.rows(),
                    row -> row.benchmark().equals(peer.benchmark())
                            && row.method().equals(ours)
                            && same(row, peer));
            if (own != null) {
                versus.add(new Versus(peer.benchmark(), what(own), NAMES.get(peer.method()), spread.ratio(own, peer)));
            }
        }
        return versus;
    }

    private Results.Row partner(Results.Row own, String method) {
        return find(
                results.rows(),
                row -> row.benchmark().equals(own.benchmark()) && row.method().equals(method) && same(own, row));
    }

    private static boolean same(Results.Row own, Results.Row other) {
        for (Map.Entry<String, String> parameter : own.parameters().entrySet()) {
            String expected = parameter.getKey().equals("threads") ? "1" : "";
            if (!parameter.getValue().equals(other.parameters().getOrDefault(parameter.getKey(), expected))) {
                return false;
            }
        }
        return true;
    }

    private static Results.Row find(List<Results.Row> rows, Predicate<Results.Row> wanted) {
        return rows.stream().filter(wanted).findFirst().orElse(null);
    }

    /** What a row of ours measures, in a few words. */
    private static String what(Results.Row row) {
        String threads = row.get("threads").equals("2") ? ", 2 threads" : "";
        return switch (row.benchmark()) {
            case "UpdateBenchmark" -> row.get("rule") + ", " + size(row.n()) + threads;
            case "NormBenchmark" -> "norm, " + size(row.n());
            case "SoftmaxBenchmark" ->
                (row.method().equals("softmax") ? "softmax " : "cross-entropy ")
                        + row.get("shape").replace(" ", " × ");
            case "MlpBenchmark" -> "step, " + row.get("images") + ", batch " + row.get("batch") + threads;
            case "EpochBenchmark" -> "epoch, " + row.get("images") + ", batch " + row.get("batch") + threads;
            case "GemmBenchmark" -> product(row);
            default -> Comparison.label(row);
        };
    }

    private static String size(int n) {
        return n >= 1 << 20 && n % (1 << 20) == 0
                ? (n >> 20) + " Mi"
                : n >= 1 << 10 && n % (1 << 10) == 0 ? (n >> 10) + " Ki" : String.format(Locale.ROOT, "%,d", n);
    }
}
