package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tables of one run, or of several runs line by line. */
final class Tables {
    private static final String NOTE =
            "Each figure is the best fork, with the median of the forks in brackets where there were several. Ratios"
                    + " are of the best forks' times.";

    /**
     * A table.
     *
     * @param title what it shows, with the unit
     * @param keys how many columns name the line
     * @param header the headings of the columns
     * @param rows the cells
     */
    record Grid(String title, int keys, List<String> header, List<List<String>> rows) {}

    private Tables() {}

    /** {@return the tables of a benchmark that have rows; with more than one run, the last key is the run's name} */
    static List<Grid> of(Exhibit exhibit, List<Results> runs, boolean named) {
        List<Grid> grids = new ArrayList<>();
        for (TableSpec table : exhibit.tables()) {
            Map<List<String>, Map<String, TableSpec.Line>> lines = new LinkedHashMap<>();
            for (Results run : runs) {
                for (TableSpec.Line line : table.lines(exhibit.rows(run))) {
                    lines.computeIfAbsent(line.key(), key -> new LinkedHashMap<>())
                            .put(run.name(), line);
                }
            }
            if (!lines.isEmpty()) {
                grids.add(grid(table, lines, named));
            }
        }
        return grids;
    }

    /** {@return the tables of one run in Markdown} */
    static String markdown(Results results) {
        return markdown(List.of(results), false);
    }

    /** {@return the tables of some runs in Markdown, whose lines for the same measurement follow each other} */
    static String markdown(List<Results> runs, boolean named) {
        StringBuilder text = new StringBuilder(NOTE).append("\n\n");
        if (runs.stream().anyMatch(run -> !run.doubtful().isEmpty())) {
            text.append(Doubt.LEGEND).append("\n\n");
        }
        for (Exhibit exhibit : Exhibits.ALL) {
            List<Grid> grids = of(exhibit, runs, named);
            if (!grids.isEmpty()) {
                text.append("## ")
                        .append(exhibit.title())
                        .append("\n\n")
                        .append(exhibit.question())
                        .append("\n\n");
            }
            for (Grid grid : grids) {
                text.append("### ").append(grid.title).append("\n\n");
                markdown(text, grid.keys, grid.header, grid.rows);
                text.append('\n');
            }
        }
        text.append(FirstStepsReport.markdown(runs, named));
        return text.toString().strip() + "\n";
    }

    /** Appends a table in Markdown, whose columns behind the keys are aligned to the right. */
    static void markdown(StringBuilder text, int keys, List<String> header, List<List<String>> rows) {
        line(text, header);
        List<String> rule = new ArrayList<>();
        for (int i = 0; i < header.size(); i++) {
            rule.add(i < keys ? "---" : "---:");
        }
        line(text, rule);
        rows.forEach(row -> line(text, row));
    }

    private static Grid grid(TableSpec table, Map<List<String>, Map<String, TableSpec.Line>> lines, boolean named) {
        List<TableSpec.Line> all = lines.values().stream()
                .flatMap(byRun -> byRun.values().stream())
                .toList();
        List<Column> columns = table.columns().stream()
                .filter(column -> all.stream().anyMatch(line -> line.cells().containsKey(column.value())))
                .toList();
        List<TableSpec.Ratio> ratios = table.ratios().stream()
                .filter(ratio -> all.stream().anyMatch(line -> line.has(ratio)))
                .toList();
        List<String> header = new ArrayList<>(table.keys());
        if (named) {
            header.add("run");
        }
        columns.forEach(column -> header.add(column.heading()));
        ratios.forEach(ratio -> header.add(table.heading(ratio)));
        List<List<String>> rows = new ArrayList<>();
        lines.forEach((key, byRun) -> byRun.forEach((run, line) -> {
            List<String> cells = new ArrayList<>(key);
            if (named) {
                cells.add(run);
            }
            columns.forEach(column -> cells.add(cell(table.unit(), line.cells().get(column.value()))));
            ratios.forEach(ratio -> cells.add(line.has(ratio) ? ratio(line.best(ratio)) + line.mark(ratio) : ""));
            rows.add(cells);
        }));
        return new Grid(table.caption(), table.keys().size() + (named ? 1 : 0), header, rows);
    }

    private static String cell(Unit unit, Results.Row row) {
        if (row == null) {
            return "";
        }
        String best = figure(unit.of(row, row.best()));
        String all = row.forks().size() == 1 ? best : best + " (" + figure(unit.of(row, row.median())) + ")";
        String which = row.get(StepLimits.WHICH);
        return all + (which.isEmpty() ? "" : " " + which) + Doubt.mark(row);
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    /** {@return a figure of three digits} */
    static String figure(double x) {
        return String.format(Locale.ROOT, x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.3f", x);
    }

    static String ratio(double x) {
        return String.format(Locale.ROOT, "%.2f", x);
    }
}
