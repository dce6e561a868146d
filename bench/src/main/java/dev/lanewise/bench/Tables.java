package dev.lanewise.bench;

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
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The tables that a run's rows make, for {@code tables.md}, the README and the report. */
final class Tables {
    private static final String NOTE =
            "Each figure is the best fork, and the median of the forks in brackets where there were several; ratios"
                    + " are of the best.";

    /**
     * A table.
     *
     * @param title what it shows
     * @param keys how many columns say what was measured
     * @param header the names of the columns
     * @param rows the cells
     */
    record Grid(String title, int keys, List<String> header, List<List<String>> rows) {}

    private static final int MLP = 235_146;

    private final Results results;
    private final List<Grid> grids = new ArrayList<>();

    private Tables(Results results) {
        this.results = results;
    }

    static List<Grid> of(Results results) {
        Tables tables = new Tables(results);
        tables.storage();
        tables.update();
        tables.rest();
        return tables.grids;
    }

    static String markdown(Results results) {
        StringBuilder text = new StringBuilder();
        for (Grid grid : of(results)) {
            text.append("### ").append(grid.title).append("\n\n").append(NOTE).append("\n\n");
            line(text, grid.header);
            List<String> rule = new ArrayList<>();
            for (int i = 0; i < grid.header.size(); i++) {
                rule.add(i < grid.keys ? "---" : "---:");
            }
            line(text, rule);
            grid.rows.forEach(row -> line(text, row));
            text.append('\n');
        }
        return text.toString().strip() + "\n";
    }

    /**
     * Puts the tables of a result between the marks of a page.
     *
     * @throws UsageException if the page has no marks
     */
    static void quote(Results results, Path page) throws IOException {
        String text = Files.readString(page);
        int from = text.indexOf("<!-- bench/results/");
        int to = text.indexOf("<!-- end of results -->");
        if (from < 0 || to < from) {
            throw new UsageException(page + " has no marks for results");
        }
        Files.writeString(
                page,
                text.substring(0, from) + "<!-- bench/results/" + results.name() + " -->\n" + markdown(results)
                        + text.substring(to));
    }

    private void storage() {
        List<String> pollution = List.of("clean", "before", "after");
        List<String> ratios = List.of("before / clean", "after / clean");
        Function<Results.Row, String> column = row -> row.get("pollution");
        add(
                "Storage and pollution, ns an element",
                results.of("StorageBenchmark"),
                List.of("rule", "storage", "n"),
                column,
                pollution,
                ratios,
                Tables::element);
        add(
                "The control: AdamW over ordinary native segments, ns an element",
                results.of("PlainSegmentBenchmark"),
                List.of("n"),
                column,
                pollution,
                ratios,
                Tables::element);
    }

    private void update() {
        List<Results.Row> rows = results.of("UpdateBenchmark");
        List<Results.Row> mlp = rows.stream().filter(row -> row.n() == MLP).toList();
        List<Results.Row> others = rows.stream().filter(row -> row.n() != MLP).toList();
        List<String> keys = List.of("rule", "n", "threads");
        add(
                "A step and its limit, the same memory traffic without arithmetic, ns an element",
                others,
                keys,
                Results.Row::method,
                List.of("lanewise", "lanewiseNative", "memory"),
                List.of("lanewise / memory", "lanewiseNative / memory"),
                Tables::element);
        add(
                "A step of every rule over the 235,146 parameters of the MLP 784-256-128-10, and its limit, µs",
                mlp,
                List.of("rule"),
                Results.Row::method,
                List.of("lanewise", "memory"),
                List.of("lanewise / memory"),
                row -> 1e-3);
        add(
                "Ways to write a step, ns an element",
                others,
                List.of("rule", "n"),
                row -> row.get("threads").equals("2") ? "" : row.method(),
                List.of("lanewise", "passes", "scalar", "scalarWithoutSuperWord"),
                List.of("passes / lanewise", "scalar / lanewise"),
                Tables::element);
        add(
                "A step and the peers', ns an element",
                others,
                keys,
                Results.Row::method,
                List.of("lanewise", "libtorchFused", "libtorch", "djl", "nd4j", "tribuo"),
                List.of(
                        "lanewise / libtorchFused",
                        "lanewise / libtorch",
                        "lanewise / djl",
                        "lanewise / nd4j",
                        "lanewise / tribuo"),
                Tables::element);
    }

    private void rest() {
        add(
                "A step with and without its statistics, ns an element",
                results.of("StatisticsBenchmark"),
                List.of("rule", "storage", "n"),
                row -> row.get("statistics"),
                List.of("off", "on"),
                List.of("on / off"),
                Tables::element);
        add(
                "State that has decayed, ns an element",
                results.of("DecayBenchmark"),
                List.of("values"),
                Results.Row::method,
                List.of("lanewise", "withFlush", "withoutFlush"),
                List.of("withoutFlush / withFlush"),
                row -> 1.0 / DecayBenchmark.N);
        add(
                "Small and odd sizes, and slices that begin at an offset in their array, ns a step",
                results.of("TailBenchmark"),
                List.of("rule", "n"),
                row -> "offset " + row.get("offset"),
                List.of("offset 0", "offset 1", "offset 7"),
                List.of(),
                row -> 1);
        add(
                "The norm of a gradient, ns an element",
                results.of("NormBenchmark"),
                List.of("n"),
                Results.Row::method,
                List.of("lanewise", "memory", "vectors", "plain", "libtorch"),
                List.of("lanewise / memory", "lanewise / libtorch"),
                Tables::element);
        add(
                "Softmax and cross-entropy, µs",
                results.of("SoftmaxBenchmark"),
                List.of("shape"),
                Results.Row::method,
                List.of("softmax", "libtorchSoftmax", "plainSoftmax", "crossEntropy", "libtorchCrossEntropy", "loss"),
                List.of("softmax / libtorchSoftmax", "crossEntropy / libtorchCrossEntropy"),
                row -> 1);
        List<String> network = List.of("lanewise", "libtorch", "libtorchMkl");
        List<String> ratios = List.of("lanewise / libtorch", "lanewise / libtorchMkl");
        add(
                "A training step of the MLP, µs",
                results.of("MlpBenchmark"),
                List.of("images", "batch", "threads"),
                Results.Row::method,
                network,
                ratios,
                row -> 1);
        add(
                "An epoch of the MLP over 60,000 images, ms",
                results.of("EpochBenchmark"),
                List.of("images", "batch", "threads"),
                Results.Row::method,
                network,
                ratios,
                row -> 1);
        List<Results.Row> gemm = results.of("GemmBenchmark");
        add(
                "Products of matrices, GFLOP/s",
                gemm,
                List.of("shape", "threads"),
                Results.Row::method,
                List.of("lanewise", "mkl", "openBlas"),
                List.of("lanewise / mkl", "lanewise / openBlas"),
                row -> -flops(row) / 1000);
    }

    /** What a time is multiplied by to be that of an element. */
    private static double element(Results.Row row) {
        return 1.0 / row.n();
    }

    /** Of a shape such as {@code NN 128 256 784}. */
    static double flops(Results.Row row) {
        return Arrays.stream(row.get("shape").split(" "))
                .skip(1)
                .mapToDouble(Double::parseDouble)
                .reduce(2, (x, y) -> x * y);
    }

    /**
     * Adds a table with a line for each combination of {@code keys} that has two of the columns, or one where there is only one.
     *
     * @param columns the values of {@code column} that are shown; those that no row has are left out
     * @param ratios pairs of columns, such as {@code a / b}
     * @param unit what a row's time is multiplied by; if negative, its magnitude is divided by the time
     */
    private void add(
            String title,
            List<Results.Row> rows,
            List<String> keys,
            Function<Results.Row, String> column,
            List<String> columns,
            List<String> ratios,
            ToDoubleFunction<Results.Row> unit) {
        Map<List<String>, Map<String, Results.Row>> lines = new LinkedHashMap<>();
        for (Results.Row row : rows) {
            if (columns.contains(column.apply(row))) {
                lines.computeIfAbsent(keys.stream().map(key -> key(row, key)).toList(), key -> new HashMap<>())
                        .put(column.apply(row), row);
            }
        }
        boolean single = lines.values().stream().allMatch(cells -> cells.size() == 1);
        lines.values().removeIf(cells -> !single && cells.size() == 1);
        List<String> shown = columns.stream()
                .filter(name -> lines.values().stream().anyMatch(cells -> cells.containsKey(name)))
                .toList();
        List<String> over = ratios.stream()
                .filter(ratio -> shown.containsAll(Arrays.asList(ratio.split(" / "))))
                .toList();
        if (lines.isEmpty()) {
            return;
        }
        List<String> header = new ArrayList<>(keys);
        header.addAll(shown);
        header.addAll(over);
        List<List<String>> table = new ArrayList<>();
        lines.forEach((key, cells) -> {
            List<String> line = new ArrayList<>(key);
            shown.forEach(name -> line.add(cells.containsKey(name) ? cell(cells.get(name), unit) : ""));
            over.forEach(ratio -> line.add(ratio(cells, ratio.split(" / "), unit)));
            table.add(line);
        });
        grids.add(new Grid(title, keys.size(), header, table));
    }

    /** The peers have no parameter for what they cannot do. */
    private static String key(Results.Row row, String key) {
        return key.equals("threads") && row.get(key).isEmpty() ? "1" : row.get(key);
    }

    private static String cell(Results.Row row, ToDoubleFunction<Results.Row> unit) {
        String best = figure(value(row.best(), unit.applyAsDouble(row)));
        return row.forks().size() == 1
                ? best
                : best + " (" + figure(value(row.median(), unit.applyAsDouble(row))) + ")";
    }

    private static String ratio(Map<String, Results.Row> cells, String[] names, ToDoubleFunction<Results.Row> unit) {
        Results.Row a = cells.get(names[0]), b = cells.get(names[1]);
        return a == null || b == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        "%.2f",
                        value(a.best(), unit.applyAsDouble(a)) / value(b.best(), unit.applyAsDouble(b)));
    }

    private static double value(double time, double unit) {
        return unit < 0 ? -unit / time : unit * time;
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    /** Three digits. */
    static String figure(double x) {
        return String.format(Locale.ROOT, x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.3f", x);
    }
}
