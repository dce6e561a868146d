package dev.lanewise.bench;

import java.util.List;
import java.util.Locale;

/**
 * Draws the picture of the project's README: the time of Lanewise over the peers', a bar for each comparison and a line at 1. It is
 * plain SVG that needs no metrics of fonts, so that the same result gives the same bytes on every machine.
 */
final class RatioPicture {
    private static final int WIDTH = 800, TOP = 46, LEFT = 376, RIGHT = 720;

    /** The height of a comparison without its bars, of a bar, of the gap below it, and of a line that names a run. */
    private static final int FRAME = 18, BAR = 12, GAP = 4, NAME = 18;

    private static final String STYLE = """
        <style>
        svg{--paper:#fff;--ink:#1b1b1b;--faint:#5f5f5f;--faster:#0064a8;--slower:#c4500a}
        @media (prefers-color-scheme:dark){svg{--paper:#16181b;--ink:#e6e6e6;--faint:#a6a6a6;--faster:#5db0f0;--slower:#ff9152}}
        text{font:13px system-ui,"DejaVu Sans",Verdana,sans-serif;fill:var(--ink)}
        .title{font-weight:600;font-size:15px}.faint{fill:var(--faint);font-size:12px}.end{text-anchor:end}.middle{text-anchor:middle}
        .faster{fill:var(--faster)}.slower{fill:var(--slower)}line{stroke:var(--ink)}
        </style>
        """;

    private RatioPicture() {}

    /**
     * Draws the picture.
     *
     * @param lines the comparisons
     * @param runs the runs, each with a bar in every comparison that it has
     */
    static String svg(List<SideBySide.Line> lines, List<Results> runs) {
        double most = Math.max(
                2,
                lines.stream()
                        .flatMap(line -> line.byRun().values().stream())
                        .mapToDouble(PeerComparison::best)
                        .max()
                        .orElse(0));
        int top = TOP + (runs.size() == 1 ? 0 : NAME * runs.size()), row = FRAME + (BAR + GAP) * runs.size();
        int bottom = top + row * lines.size();
        StringBuilder svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n"
                .formatted(WIDTH, bottom + 30, escape(description(lines, runs))));
        svg.append(STYLE).append("<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n");
        text(svg, 16, 26, "title", "Time of Lanewise over the peer's (lower is faster)");
        for (int i = 0; i < runs.size() && runs.size() > 1; i++) {
            text(
                    svg,
                    16,
                    TOP + NAME * i,
                    "faint",
                    "bar %d: %s".formatted(i + 1, runs.get(i).processor()));
        }
        for (int i = 0; i < lines.size(); i++) {
            SideBySide.Line line = lines.get(i);
            int middle = top + row * i + row / 2;
            text(svg, LEFT - 12, middle - 2, "end", line.label());
            text(svg, LEFT - 12, middle + 12, "end faint", line.library().label);
            for (int j = 0; j < runs.size(); j++) {
                int y = top + row * i + FRAME / 2 + (BAR + GAP) * j;
                PeerComparison pair = line.byRun().get(runs.get(j).name());
                if (pair != null) {
                    svg.append(String.format(
                            Locale.ROOT,
                            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n",
                            pair.best() <= 1 ? "faster" : "slower",
                            LEFT,
                            y,
                            place(pair.best(), most) - LEFT,
                            BAR));
                }
                text(
                        svg,
                        WIDTH - 16,
                        y + BAR - 1,
                        pair == null ? "end faint" : "end",
                        pair == null ? "–" : pair.text());
            }
        }
        double one = place(1, most);
        svg.append(String.format(
                Locale.ROOT, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", one, top, one, bottom + 4));
        text(svg, one, bottom + 20, "middle faint", "1 = as fast as the peer");
        return svg.append("</svg>\n").toString();
    }

    private static double place(double ratio, double most) {
        return LEFT + (RIGHT - LEFT) * ratio / most;
    }

    private static String description(List<SideBySide.Line> lines, List<Results> runs) {
        StringBuilder text = new StringBuilder("Time of Lanewise over the peer's");
        if (runs.size() > 1) {
            text.append(" on ")
                    .append(String.join(
                            " and on ", runs.stream().map(Results::processor).toList()));
        }
        text.append(':');
        for (SideBySide.Line line : lines) {
            String ratios = String.join(
                    " and ",
                    runs.stream()
                            .map(run -> line.byRun().containsKey(run.name()) ? line.ratio(run) : "not measured")
                            .toList());
            text.append(" %s, %s: %s;".formatted(line.label(), line.library().label, ratios));
        }
        return text.deleteCharAt(text.length() - 1).toString();
    }

    private static void text(StringBuilder svg, double x, int y, String style, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\"%s>%s</text>\n",
                x,
                y,
                style.isEmpty() ? "" : " class=\"" + style + "\"",
                escape(text)));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
