package dev.lanewise.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Measures a step by the type of its state and of the gradients. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StateBenchmark {
    private static final String[] ALL = {"F32", "BF16", "BF16_GRADIENTS", "INT8"}, SIGNED = {"F32", "BF16"};

    private static final List<String> KEYS = List.of("rule", "n", "threads");

    private static final List<Column> TYPES = List.of(
            Column.of("F32", "f32"),
            Column.of("BF16", "bf16"),
            Column.of("BF16_GRADIENTS", "bf16, gradients too"),
            Column.of("INT8", "int8"),
            Column.peer("libtorchFused", Library.LIBTORCH_FUSED));

    static final Exhibit EXHIBIT = new Exhibit(
            StateBenchmark.class,
            "State in fewer bits",
            "How long does a step take whose moments are stored in bf16 or int8, with gradients in floats or in bf16,"
                    + " in the caches and beyond, against the same step with floats, and libtorch's?",
            List.of(
                    part(Plan.SHORT, "AdamW", ALL, "1", Plan.L2, Plan.L3),
                    part(Plan.SHORT, "AdamW", ALL, "2", Plan.L3),
                    part(Plan.LARGE, "AdamW", ALL, "1", Plan.BEYOND),
                    part(Plan.LARGE, "AdamW", ALL, "2", Plan.BEYOND),
                    part(Plan.SHORT, "Lion", SIGNED, "1", Plan.L2, Plan.L3),
                    part(Plan.LARGE, "Lion", SIGNED, "1", Plan.BEYOND),
                    part(Plan.LARGE, "Lion", SIGNED, "2", Plan.BEYOND),
                    fused(Plan.PEER, "AdamW", "1", Plan.L2, Plan.L3),
                    fused(Plan.PEER, "AdamW", "2", Plan.L3),
                    fused(Plan.LARGE, "AdamW", "1", Plan.BEYOND),
                    fused(Plan.LARGE, "AdamW", "2", Plan.BEYOND)),
            List.of(
                    part(Plan.LONG, "AdamW", ALL, "1", "4096", Plan.L2, Plan.L3).forks(3),
                    part(Plan.LONG, "AdamW", ALL, "2", Plan.L3).forks(3),
                    part(Plan.LONG, "Lion", SIGNED, "1", "4096", Plan.L2, Plan.L3)
                            .forks(3),
                    part(Plan.LONG, "Sgd", SIGNED, "1", "4096", Plan.L2, Plan.L3)
                            .forks(3),
                    far("AdamW", ALL, "1"),
                    far("AdamW", ALL, "2"),
                    far("Lion", SIGNED, "1"),
                    far("Lion", SIGNED, "2"),
                    far("Sgd", SIGNED, "1"),
                    fused(Plan.LONG, "AdamW", "1", "4096", Plan.L2, Plan.L3).forks(3),
                    fused(Plan.LONG, "AdamW", "2", Plan.L3).forks(3),
                    fused(Plan.LONG_LARGE, "AdamW", "1", Plan.BEYOND, Plan.FAR)
                            .forks(3)
                            .heap("8g"),
                    fused(Plan.LONG_LARGE, "AdamW", "2", Plan.BEYOND, Plan.FAR)
                            .forks(3)
                            .heap("8g")),
            table(
                    "One step by the type of its state",
                    Unit.NANOS_PER_ELEMENT,
                    TYPES,
                    List.of(
                            new TableSpec.Ratio("BF16", "F32"),
                            new TableSpec.Ratio("BF16_GRADIENTS", "F32"),
                            new TableSpec.Ratio("INT8", "F32"),
                            new TableSpec.Ratio("F32", "libtorchFused")),
                    TableSpec.Figure.RATIOS),
            table(
                    "The memory that a step moves",
                    new Unit("GB/s", (row, time) -> bytes(row) * row.n() / time),
                    TYPES.stream().filter(type -> type.library() == null).toList(),
                    List.of(),
                    TableSpec.Figure.NONE));

    private static TableSpec table(
            String title, Unit unit, List<Column> columns, List<TableSpec.Ratio> ratios, TableSpec.Figure figure) {
        return new TableSpec(
                title,
                unit,
                KEYS,
                columns,
                ratios,
                row -> row.method().equals("lanewise") ? row.get("types") : row.method(),
                row -> true,
                row -> row.get("rule") + ", " + TableSpec.size(row.n()) + " parameters" + TableSpec.threads(row),
                figure);
    }

    private static double bytes(Results.Row row) {
        return StateStep.Types.valueOf(row.get("types")).bytes(BenchRules.of(row.get("rule")));
    }

    private static Plan.Part part(Plan.Effort effort, String rule, String[] types, String threads, String... sizes) {
        return new Plan.Part(
                        StateBenchmark.class,
                        effort,
                        Map.of(
                                "rule",
                                List.of(rule),
                                "types",
                                Arrays.asList(types),
                                "threads",
                                List.of(threads),
                                "n",
                                List.of(sizes)))
                .of("lanewise");
    }

    private static Plan.Part far(String rule, String[] types, String threads) {
        return part(Plan.LONG_LARGE, rule, types, threads, Plan.BEYOND, Plan.FAR)
                .forks(3)
                .heap("8g");
    }

    private static Plan.Part fused(Plan.Effort effort, String rule, String threads, String... sizes) {
        return new Plan.Part(
                        StateBenchmark.class,
                        effort,
                        Map.of("rule", List.of(rule), "threads", List.of(threads), "n", List.of(sizes)))
                .of("libtorchFused");
    }

    /** Runs a step of the library. */
    @Benchmark
    public void lanewise(StateStep step) {
        step.run();
    }

    /** Runs a fused step of libtorch, with floats. */
    @Benchmark
    public void libtorchFused(TorchStep peer) {
        peer.fused.run();
    }
}
