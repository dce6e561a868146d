package dev.lanewise.mnist.lab;

import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import java.util.List;

/**
 * An experiment on the page.
 *
 * @param title what it is about
 * @param method what was done, a paragraph each
 * @param claims what it was to decide
 * @param charts what was measured, as curves
 * @param tables and as numbers
 */
public record Findings(String title, List<String> method, List<Claim> claims, List<Chart> charts, List<Table> tables) {
    public Verdict answer() {
        return Verdict.together(claims.stream().map(Claim::answer).toList());
    }

    /**
     * A chart.
     *
     * @param title what it shows
     * @param x the horizontal axis, with its unit
     * @param y the vertical axis, with its unit
     * @param logX whether the horizontal axis is logarithmic
     * @param logY whether the vertical axis is
     */
    public static Chart chart(String title, String x, String y, boolean logX, boolean logY, List<Series> series) {
        return Chart.of(
                title,
                logX ? Axis.log(x) : Axis.linear(x),
                logY ? Axis.log(y) : Axis.linear(y),
                series.stream().filter(curve -> curve.x().length > 0).toList());
    }
}
