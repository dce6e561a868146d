package dev.lanewise.bench;

import java.util.List;
import java.util.Locale;

/**
 * Draws the picture of the project's README: the time of Lanewise over the peers', a bar for each comparison and a line at 1. It is
 * plain SVG that needs no metrics of fonts, so that the same result gives the same bytes on every machine.
 */
final class RatioPicture {
    private static final int WIDTH = 800, TOP = 46, ROW = 34, BAR = 16, LEFT = 376, RIGHT = 730;

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

    static String svg(List<PeerComparison> pairs) {
        double most = Math.max(
                2, pairs.stream().mapToDouble(PeerComparison::best).max().orElse(0));
        int bottom = TOP + ROW * pairs.size();
        StringBuilder svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n"
                .formatted(WIDTH, bottom + 30, escape(description(pairs))));
        svg.append(STYLE).append("<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n");
        text(svg, 16, 26, "title", "Time of Lanewise over the peer's (lower is faster)");
        for (int i = 0; i < pairs.size(); i++) {
            PeerComparison pair = pairs.get(i);
            int middle = TOP + ROW * i + ROW / 2;
            text(svg, LEFT - 12, middle - 2, "end", pair.label());
            text(svg, LEFT - 12, middle + 12, "end faint", pair.library().label);
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n",
                    pair.best() <= 1 ? "faster" : "slower",
                    LEFT,
                    middle - BAR / 2,
                    place(pair.best(), most) - LEFT,
                    BAR));
            text(svg, WIDTH - 16, middle + 5, "end", pair.text());
        }
        double one = place(1, most);
        svg.append(String.format(
                Locale.ROOT, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", one, TOP, one, bottom + 4));
        text(svg, one, bottom + 20, "middle faint", "1 = as fast as the peer");
        return svg.append("</svg>\n").toString();
    }

    private static double place(double ratio, double most) {
        return LEFT + (RIGHT - LEFT) * ratio / most;
    }

    private static String description(List<PeerComparison> pairs) {
        StringBuilder text = new StringBuilder("Time of Lanewise over the peer's:");
        pairs.forEach(pair -> text.append(" %s, %s: %s;".formatted(pair.label(), pair.library().label, pair.text())));
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
