package dev.lanewise.bench;

import dev.lanewise.optim.NormScope;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Block;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Describes {@link UpdateBenchmark}. */
final class UpdateExhibit {
    /** Parameters of the MLP 784-256-128-10, over which every rule is measured. */
    static final int MLP = 235_146;

    /** The fewest sizes that make a curve. */
    private static final int ENOUGH = 3;

    private static final Column NATIVE = Column.of("lanewiseNative", "Lanewise, native memory");
    private static final Column UNFUSED = Column.of("passes", "unfused");
    private static final Column SCALAR = Column.of("scalar", "scalar");
    private static final Column FUSED = Column.peer("libtorchFused", Library.LIBTORCH_FUSED);

    private static final List<Column> PEERS = List.of(
            Column.LANEWISE,
            FUSED,
            Column.peer("libtorch", Library.LIBTORCH),
            Column.peer("djl", Library.DJL),
            Column.peer("nd4j", Library.ND4J),
            Column.peer("tribuo", Library.TRIBUO));

    private static final List<String> SIZED = List.of("rule", "n", "threads");

    static final Exhibit EXHIBIT = new Exhibit(
            UpdateBenchmark.class,
            "Optimizer step",
            "How long does a step of every rule take in each cache level and beyond, over arrays and native memory, on"
                + " one thread and two, against its memory traffic alone (`memory`: as many buffers read and written,"
                + " almost no arithmetic) and the time of its roots and divisions in the divider, of which the greater"
                + " is its limit, the scalar definition with and without C2's auto-vectorization, an unfused step"
                + " (`passes`: one loop for each operation), and other libraries?",
            quick(),
            full(),
            List.of(
                    new TableSpec(
                                    "One step and other libraries",
                                    Unit.NANOS_PER_ELEMENT,
                                    SIZED,
                                    PEERS,
                                    TableSpec.toPeers(Column.LANEWISE, PEERS))
                            .where(row -> row.n() != MLP)
                            .labeled(UpdateExhibit::label)
                            .drawn(TableSpec.Figure.RATIOS),
                    new TableSpec(
                                    "One step and its limits",
                                    Unit.NANOS_PER_ELEMENT,
                                    SIZED,
                                    List.of(
                                            Column.LANEWISE,
                                            NATIVE,
                                            Column.MEMORY,
                                            StepLimits.DIVIDER,
                                            StepLimits.LIMIT),
                                    List.of(
                                            new TableSpec.Ratio("lanewise", "limit"),
                                            new TableSpec.Ratio("lanewiseNative", "limit")))
                            .where(row -> row.n() != MLP)
                            .labeled(UpdateExhibit::label)
                            .drawn(TableSpec.Figure.RATIOS),
                    new TableSpec(
                                    "One step of every rule over the 235,146 parameters of the MLP 784-256-128-10",
                                    new Unit("µs", (row, time) -> time / 1e3),
                                    List.of("rule"),
                                    List.of(Column.LANEWISE, Column.MEMORY, StepLimits.DIVIDER, StepLimits.LIMIT),
                                    List.of(new TableSpec.Ratio("lanewise", "limit")))
                            .where(row -> row.n() == MLP)
                            .drawn(TableSpec.Figure.RATIOS),
                    new TableSpec(
                                    "Fused and unfused code for one step",
                                    Unit.NANOS_PER_ELEMENT,
                                    List.of("rule", "n"),
                                    List.of(Column.LANEWISE, UNFUSED),
                                    List.of(new TableSpec.Ratio("passes", "lanewise")))
                            .where(UpdateExhibit::onOneThread),
                    new TableSpec(
                                    "Scalar definitions and kernels for one step",
                                    Unit.NANOS_PER_ELEMENT,
                                    List.of("rule", "n"),
                                    List.of(
                                            Column.LANEWISE,
                                            SCALAR,
                                            Column.of("scalarWithoutSuperWord", "scalar, not auto-vectorized")),
                                    List.of(new TableSpec.Ratio("scalar", "lanewise")))
                            .where(UpdateExhibit::onOneThread)
                            .drawn(TableSpec.Figure.RATIOS)),
            UpdateExhibit::curves,
            StepLimits::of);

    private UpdateExhibit() {}

    /** {@return whether a row is one of a step on one thread, over other parameters than those of the MLP} */
    private static boolean onOneThread(Results.Row row) {
        return row.n() != MLP && !row.get("threads").equals("2");
    }

    private static String label(Results.Row row) {
        return row.get("rule") + " step, " + TableSpec.size(row.n()) + " parameters" + TableSpec.threads(row);
    }

    private static List<Plan.Part> quick() {
        Plan.Effort brief = Plan.SHORT, peer = Plan.PEER, large = Plan.LARGE;
        String l1 = Plan.L1, l2 = Plan.L2, l3 = Plan.L3, beyond = Plan.BEYOND;
        List<String> others = BenchRules.NAMES.stream()
                .filter(rule -> !List.of("AdamW", "Sgd").contains(rule))
                .toList();
        return List.of(
                part(brief, "AdamW", "1", l1).of("lanewise", "lanewiseNative", "memory"),
                part(brief, "AdamW", "1", l2)
                        .of("lanewise", "lanewiseNative", "memory", "passes", "scalar", "scalarWithoutSuperWord"),
                part(brief, "AdamW", "1", l3).of("lanewise", "lanewiseNative", "memory", "passes"),
                part(brief, "Sgd", "1", l1).of("lanewise", "memory"),
                part(brief, "Sgd", "1", l2).of("lanewise", "memory", "scalar"),
                part(brief, "Sgd", "1", l3).of("lanewise", "memory"),
                part(brief, "Adam", "1", l3).of("lanewise"),
                part(brief, "RmsProp", "1", l3).of("lanewise"),
                parts(brief, others, l2).of("lanewise", "scalar"),
                part(brief, "AdamW", "2", l3).of("lanewise", "memory"),
                part(brief, "Sgd", "2", l3).of("lanewise", "memory"),
                part(large, "AdamW", "1", beyond).of("lanewise", "memory", "libtorchFused"),
                part(large, "Sgd", "1", beyond).of("lanewise", "memory", "libtorchFused"),
                part(large, "AdamW", "2", beyond).of("lanewise", "memory"),
                part(large, "Sgd", "2", beyond).of("lanewise", "memory"),
                part(Plan.LARGEST, "AdamW", "1", Plan.FAR)
                        .of("lanewise", "memory", "libtorchFused")
                        .heap("8g"),
                parts(brief, BenchRules.NAMES, Integer.toString(MLP)).of("lanewise", "memory"),
                part(peer, "AdamW", "1", l1, l2, l3).of("libtorchFused"),
                part(peer, "Sgd", "1", l2, l3).of("libtorchFused"),
                part(peer, "AdamW", "2", l3).of("libtorchFused"),
                part(peer, "Sgd", "2", l3).of("libtorchFused"),
                part(peer, "AdamW", "1", l3).of("libtorch", "djl"),
                part(peer, "Sgd", "1", l3).of("libtorch", "djl"),
                part(peer, "Adam", "1", l3).of("nd4j"),
                part(peer, "RmsProp", "1", l3).of("tribuo"));
    }

    private static List<Plan.Part> full() {
        Plan.Effort time = Plan.LONG, large = Plan.LONG_LARGE;
        String l1 = Plan.L1, l2 = Plan.L2, l3 = Plan.L3, beyond = Plan.BEYOND, far = Plan.FAR;
        List<Plan.Part> parts = new ArrayList<>();
        for (String rule : BenchRules.NAMES) {
            parts.add(part(time, rule, "1", l1, l2, l3)
                    .of("lanewise", "lanewiseNative", "memory", "passes")
                    .forks(3));
            parts.add(part(large, rule, "1", beyond).of("lanewise", "lanewiseNative", "memory"));
            parts.add(part(large, rule, "1", far)
                    .of("lanewise", "lanewiseNative", "memory")
                    .heap("8g"));
            parts.add(part(large, rule, "1", beyond, far).of("passes").heap("8g"));
            parts.add(part(time, rule, "1", l2, l3).of("scalar", "scalarWithoutSuperWord"));
            parts.add(part(time, rule, "1", Integer.toString(MLP))
                    .of("lanewise", "memory")
                    .forks(3));
        }
        for (String rule : List.of("AdamW", "Sgd")) {
            parts.add(part(time, rule, "1", l1, l2, l3)
                    .of("libtorchFused", "libtorch")
                    .forks(5));
            parts.add(part(large, rule, "1", beyond, far)
                    .of("libtorchFused", "libtorch")
                    .forks(3));
            parts.add(part(time, rule, "2", l3)
                    .of("lanewise", "memory", "libtorchFused")
                    .forks(5));
            parts.add(part(large, rule, "2", beyond)
                    .of("lanewise", "memory", "libtorchFused")
                    .forks(3));
            parts.add(part(time, rule, "1", l2, l3).of("djl").forks(3));
            parts.add(part(large, rule, "1", beyond).of("djl"));
        }
        parts.add(part(time, "Adam", "1", l2, l3).of("nd4j").forks(3));
        parts.add(part(large, "Adam", "1", beyond).of("nd4j"));
        parts.add(part(time, "RmsProp", "1", l2, l3).of("tribuo").forks(3));
        parts.add(part(large, "RmsProp", "1", beyond).of("tribuo"));
        return parts;
    }

    private static Plan.Part part(Plan.Effort effort, String rule, String threads, String... sizes) {
        return new Plan.Part(
                UpdateBenchmark.class,
                effort,
                Map.of("rule", List.of(rule), "threads", List.of(threads), "n", List.of(sizes)));
    }

    /** {@return a part of several rules on one thread} */
    private static Plan.Part parts(Plan.Effort effort, List<String> rules, String size) {
        return new Plan.Part(
                UpdateBenchmark.class, effort, Map.of("rule", rules, "threads", List.of("1"), "n", List.of(size)));
    }

    /** Draws time and bandwidth against size, for each rule with enough sizes. */
    private static List<Block> curves(List<Results.Row> all, ForkVariance variance) {
        List<Results.Row> rows = all.stream()
                .filter(row -> !row.get("threads").equals("2"))
                .sorted(Comparator.comparingInt(Results.Row::n))
                .toList();
        Set<String> rules = new LinkedHashSet<>(List.of("AdamW", "Sgd")); // the peers have these too
        rows.forEach(row -> rules.add(row.get("rule")));
        List<Block> blocks = new ArrayList<>();
        for (String rule : rules) {
            List<Results.Row> own =
                    rows.stream().filter(row -> row.get("rule").equals(rule)).toList();
            if (own.stream().filter(row -> row.method().equals("lanewise")).count() >= ENOUGH) {
                UpdateRule update = BenchRules.of(rule);
                double bytes = update.bytesPerParameter() + (update.normScope() == NormScope.NONE ? 0 : Float.BYTES);
                blocks.add(Chart.of(
                        rule + ": time against size",
                        Axis.log("parameters"),
                        Axis.log(Unit.NANOS_PER_ELEMENT.name()),
                        curves(
                                own,
                                List.of(
                                        Column.LANEWISE,
                                        NATIVE,
                                        FUSED,
                                        UNFUSED,
                                        SCALAR,
                                        Column.MEMORY,
                                        StepLimits.DIVIDER),
                                Unit.NANOS_PER_ELEMENT,
                                variance)));
                blocks.add(Chart.of(
                        rule + ": bandwidth against size, higher is better",
                        Axis.log("parameters"),
                        Axis.log("GB/s"),
                        curves(
                                own,
                                List.of(Column.LANEWISE, NATIVE, FUSED, Column.MEMORY),
                                new Unit("GB/s", (row, time) -> bytes * row.n() / time),
                                variance)));
            }
        }
        return blocks;
    }

    private static List<Series> curves(List<Results.Row> rows, List<Column> columns, Unit unit, ForkVariance variance) {
        List<Series> series = new ArrayList<>();
        for (Column column : columns) {
            List<Results.Row> own = rows.stream()
                    .filter(row -> row.method().equals(column.value()))
                    .toList();
            if (!own.isEmpty()) {
                boolean limit = column.equals(Column.MEMORY) || column.equals(StepLimits.DIVIDER);
                Series one = new Series(
                        column.heading(),
                        limit ? Series.Style.REFERENCE : Series.Style.LINE_AND_POINTS,
                        values(own, Results.Row::n),
                        values(own, row -> unit.of(row, row.median())),
                        null,
                        null);
                series.add(
                        limit
                                ? one
                                : one.between(
                                        values(own, row -> unit.of(row, row.median() * variance.around(row)[0])),
                                        values(own, row -> unit.of(row, row.median() * variance.around(row)[1]))));
            }
        }
        return series;
    }

    private static double[] values(List<Results.Row> rows, ToDoubleFunction<Results.Row> value) {
        return rows.stream().mapToDouble(value).toArray();
    }
}
