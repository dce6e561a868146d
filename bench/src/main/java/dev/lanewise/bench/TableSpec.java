package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A table of a benchmark's rows: what its lines and its columns are, and how they are drawn.
 *
 * @param title what it shows
 * @param unit of its figures
 * @param keys the parameters that name a line
 * @param columns the columns, of which those without a row are left out
 * @param ratios the pairs of columns whose times are divided
 * @param column the column of a row, by {@link Column#value}
 * @param rows the rows of the benchmark that belong into the table
 * @param label names what a line measures, in a few words, given one of its rows
 * @param figure how it is drawn
 */
record TableSpec(
        String title,
        Unit unit,
        List<String> keys,
        List<Column> columns,
        List<Ratio> ratios,
        Function<Results.Row, String> column,
        Predicate<Results.Row> rows,
        Function<Results.Row, String> label,
        Figure figure) {
    /** How the lines of a table are drawn. */
    enum Figure {
        /** There is no chart. */
        NONE,
        /** A chart shows the ratios around 1. */
        RATIOS,
        /** A chart shows the figures, another the ratios. */
        VALUES
    }

    /**
     * Two columns whose times are divided.
     *
     * @param over the one above, by {@link Column#value}
     * @param under the one below
     */
    record Ratio(String over, String under) {}

    /**
     * A line of a table.
     *
     * @param key the values of {@link TableSpec#keys}
     * @param cells the rows, by their columns
     */
    record Line(List<String> key, Map<String, Results.Row> cells) {
        /** {@return the ratio of two columns' best times; NaN if one is missing} */
        double best(Ratio ratio) {
            return has(ratio)
                    ? cells.get(ratio.over).best() / cells.get(ratio.under).best()
                    : Double.NaN;
        }

        /** {@return the sign of doubt if one of two columns' rows is in doubt, else ""} */
        String mark(Ratio ratio) {
            return Doubt.mark(cells.get(ratio.over), cells.get(ratio.under));
        }

        boolean has(Ratio ratio) {
            return cells.containsKey(ratio.over) && cells.containsKey(ratio.under);
        }
    }

    TableSpec(String title, Unit unit, List<String> keys, List<Column> columns, List<Ratio> ratios) {
        this(title, unit, keys, columns, ratios, Results.Row::method, row -> true, null, Figure.NONE);
    }

    /** {@return the same table with a column for each value of a parameter} */
    TableSpec by(String parameter) {
        return new TableSpec(title, unit, keys, columns, ratios, row -> row.get(parameter), rows, label, figure);
    }

    /** {@return the same table of some rows alone} */
    TableSpec where(Predicate<Results.Row> rows) {
        return new TableSpec(title, unit, keys, columns, ratios, column, rows, label, figure);
    }

    /** {@return the same table whose lines are named by {@code label}} */
    TableSpec labeled(Function<Results.Row, String> label) {
        return new TableSpec(title, unit, keys, columns, ratios, column, rows, label, figure);
    }

    /** {@return the same table with a chart beside it} */
    TableSpec drawn(Figure figure) {
        return new TableSpec(title, unit, keys, columns, ratios, column, rows, label, figure);
    }

    /** {@return the ratio of {@code over} to each peer of {@code columns}} */
    static List<Ratio> toPeers(Column over, List<Column> columns) {
        return columns.stream()
                .filter(column -> column.library() != null)
                .map(peer -> new Ratio(over.value(), peer.value()))
                .toList();
    }

    /** {@return the title with the unit} */
    String caption() {
        return title + ", " + unit.name();
    }

    Column column(String value) {
        return columns.stream()
                .filter(column -> column.value().equals(value))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("table \"" + title + "\" has no column " + value));
    }

    String heading(Ratio ratio) {
        return column(ratio.over).heading() + " / " + column(ratio.under).heading();
    }

    /** {@return whether a row of the benchmark belongs into the table} */
    boolean shows(Results.Row row) {
        return rows.test(row) && columns.stream().anyMatch(one -> one.value().equals(column.apply(row)));
    }

    /**
     * Sorts rows into lines, each with at least two of the columns, or with one where there is only one.
     *
     * @throws IllegalStateException if two rows belong into one cell, because a parameter is missing in the keys
     */
    List<Line> lines(List<Results.Row> all) {
        Map<List<String>, Map<String, Results.Row>> lines = new LinkedHashMap<>();
        for (Results.Row row : all) {
            if (shows(row)) {
                String name = column.apply(row);
                List<String> key =
                        keys.stream().map(parameter -> key(row, parameter)).toList();
                Results.Row other =
                        lines.computeIfAbsent(key, k -> new HashMap<>()).put(name, row);
                if (other != null) {
                    throw new IllegalStateException("the keys of table \"" + title + "\" must tell " + row.key()
                            + " from " + other.key() + ": " + keys);
                }
            }
        }
        boolean single = lines.values().stream().allMatch(cells -> cells.size() == 1);
        List<Line> kept = new ArrayList<>();
        lines.forEach((key, cells) -> {
            if (single || cells.size() > 1) {
                kept.add(new Line(key, cells));
            }
        });
        return kept;
    }

    /** {@return the value of a key; peers without a choice of threads run on one} */
    private static String key(Results.Row row, String parameter) {
        return parameter.equals("threads") && row.get(parameter).isEmpty() ? "1" : row.get(parameter);
    }

    /** {@return a line's name: that of its label, or its key} */
    String label(Line line) {
        if (label != null) {
            return columns.stream()
                    .filter(one -> line.cells().containsKey(one.value()))
                    .map(one -> label.apply(line.cells().get(one.value())))
                    .findFirst()
                    .orElseThrow();
        }
        List<String> words = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            words.add(keys.get(i).equals("n") ? size(Integer.parseInt(line.key.get(i))) : line.key.get(i));
        }
        return words.stream().collect(Collectors.joining(", "));
    }

    /** {@return "" for one thread, which labels leave out} */
    static String threads(Results.Row row) {
        return row.get("threads").isEmpty() || row.get("threads").equals("1")
                ? ""
                : ", " + row.get("threads") + " threads";
    }

    /** {@return a count of elements in Mi, Ki or ones} */
    static String size(int n) {
        return n >= 1 << 20 && n % (1 << 20) == 0
                ? (n >> 20) + " Mi"
                : n >= 1 << 10 && n % (1 << 10) == 0 ? (n >> 10) + " Ki" : String.format(Locale.ROOT, "%,d", n);
    }
}
