package dev.lanewise.bench;

import dev.lanewise.report.Block;
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
 */
record Exhibit(
        Class<?> benchmark,
        String title,
        String question,
        List<Plan.Part> quick,
        List<Plan.Part> full,
        List<TableSpec> tables,
        Charts charts) {
    /** Draws charts of the benchmark's rows. */
    interface Charts {
        List<Block> of(List<Results.Row> rows, ForkVariance variance);
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

    List<Results.Row> rows(Results results) {
        return results.of(name());
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
