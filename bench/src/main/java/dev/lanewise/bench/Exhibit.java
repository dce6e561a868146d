package dev.lanewise.bench;

import dev.lanewise.report.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one benchmark measures and how its results are shown: the plans, the tables, the report and the lists in the pages are
 * made from it. A new benchmark is a class with its exhibit, and a line in {@link Exhibits}.
 *
 * @param benchmark the class with the methods
 * @param title the heading of its section in the report
 * @param question what it answers
 * @param quick what {@code bench/run quick} measures of it
 * @param full what {@code bench/run full} measures of it
 * @param tables its tables, with what they are compared with
 * @param charts draws further charts
 * @param derived computes further rows for the tables and charts
 */
record Exhibit(
        Class<?> benchmark,
        String title,
        String question,
        List<Plan.Part> quick,
        List<Plan.Part> full,
        List<TableSpec> tables,
        Charts charts,
        Derivation derived) {
    /** Draws charts of the benchmark's rows. */
    interface Charts {
        List<Block> of(List<Results.Row> rows, ForkVariance variance);
    }

    /** Computes rows from those that were measured. */
    interface Derivation {
        List<Results.Row> of(Results results);
    }

    Exhibit(
            Class<?> benchmark,
            String title,
            String question,
            List<Plan.Part> quick,
            List<Plan.Part> full,
            List<TableSpec> tables,
            Charts charts) {
        this(benchmark, title, question, quick, full, tables, charts, results -> List.of());
    }

    Exhibit(
            Class<?> benchmark,
            String title,
            String question,
            List<Plan.Part> quick,
            List<Plan.Part> full,
            TableSpec... tables) {
        this(benchmark, title, question, quick, full, List.of(tables), (rows, variance) -> List.of());
    }

    String name() {
        return benchmark.getSimpleName();
    }

    /** {@return the measured rows, and those that are derived from them} */
    List<Results.Row> rows(Results results) {
        List<Results.Row> rows = new ArrayList<>(results.of(name()));
        rows.addAll(derived.of(results));
        return rows;
    }

    /** {@return the library that a method runs, if it runs a peer} */
    Optional<Library> library(String method) {
        return tables.stream()
                .flatMap(table -> table.columns().stream())
                .filter(column -> column.library() != null && column.value().equals(method))
                .map(Column::library)
                .findFirst();
    }
}
