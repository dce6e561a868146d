package dev.lanewise.bench;

import dev.lanewise.report.Annotation;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Block;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import java.util.ArrayList;
import java.util.List;

/** Draws the lines of tables: their ratios around 1, and their figures. */
final class RatioCharts {
    /** The most lines of one chart. */
    private static final int MOST = 30;

    private final TableSpec table;
    private final List<TableSpec.Line> lines;
    private final ForkVariance variance;

    private RatioCharts(TableSpec table, List<TableSpec.Line> lines, ForkVariance variance) {
        this.table = table;
        this.lines = lines;
        this.variance = variance;
    }

    static List<Block> of(Exhibit exhibit, Results results, ForkVariance variance) {
        List<Block> blocks = new ArrayList<>();
        for (TableSpec table : exhibit.tables()) {
            List<TableSpec.Line> lines = table.lines(exhibit.rows(results));
            int parts = Math.ceilDiv(lines.size(), MOST);
            for (int i = 0; i < parts; i++) {
                RatioCharts charts = new RatioCharts(
                        table, lines.subList(lines.size() * i / parts, lines.size() * (i + 1) / parts), variance);
                charts.draw(blocks, parts == 1 ? "" : ", part %d of %d".formatted(i + 1, parts));
            }
        }
        return blocks;
    }

    private void draw(List<Block> blocks, String part) {
        if (table.figure() == TableSpec.Figure.NONE) {
            return;
        }
        Axis names = Axis.categories("", lines.stream().map(this::name).toList());
        if (table.figure() == TableSpec.Figure.VALUES) {
            List<Series> series = new ArrayList<>();
            table.columns().forEach(column -> add(series, column));
            blocks.add(Chart.of(table.caption() + part, Axis.linear(table.unit().name()), names, series));
        }
        List<Series> series = new ArrayList<>();
        table.ratios().forEach(ratio -> add(series, ratio));
        if (!series.isEmpty()) {
            // A chart of one series has no legend.
            String label = series.size() == 1 ? series.getFirst().name() : "ratio of times";
            blocks.add(Chart.of(table.title() + part + ": ratios of times", Axis.log(label), names, series)
                    .withMarks(List.of(new Annotation(1, ""))));
        }
    }

    private String name(TableSpec.Line line) {
        return table.label(line) + Doubt.mark(line.cells().values().toArray(Results.Row[]::new));
    }

    private void add(List<Series> series, Column column) {
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Results.Row row = lines.get(i).cells().get(column.value());
            if (row != null) {
                double[] around = variance.around(row);
                double fast = table.unit().of(row, row.median() * around[0]);
                double slow = table.unit().of(row, row.median() * around[1]);
                points.add(
                        new double[] {i, table.unit().of(row, row.median()), Math.min(fast, slow), Math.max(fast, slow)
                        });
            }
        }
        add(series, column.heading(), points);
    }

    private void add(List<Series> series, TableSpec.Ratio ratio) {
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            TableSpec.Line line = lines.get(i);
            if (line.has(ratio)) {
                ForkVariance.Ratio value = variance.ratio(
                        line.cells().get(ratio.over()), line.cells().get(ratio.under()));
                points.add(new double[] {i, value.value(), value.low(), value.high()});
            }
        }
        add(series, table.heading(ratio), points);
    }

    /** Adds a series of points with place, value, low and high, if there are any. */
    private static void add(List<Series> series, String name, List<double[]> points) {
        if (!points.isEmpty()) {
            series.add(new Series(
                    name,
                    Series.Style.POINTS,
                    component(points, 1),
                    component(points, 0),
                    component(points, 2),
                    component(points, 3)));
        }
    }

    private static double[] component(List<double[]> points, int i) {
        return points.stream().mapToDouble(point -> point[i]).toArray();
    }
}
