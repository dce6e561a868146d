package dev.lanewise.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * A page: a single HTML file without external resources. Equal pages have equal text, byte for byte.
 *
 * @param title its title
 * @param lead a paragraph below the title, as in {@link Text}
 * @param opening blocks before the table of contents, such as a table of results that links to the sections
 * @param sections its sections; {@code #sn} is a link to the n-th
 */
public record Page(String title, String lead, List<Block> opening, List<Section> sections) {
    /** Copies the lists. */
    public Page {
        opening = List.copyOf(opening);
        sections = List.copyOf(sections);
    }

    /**
     * Creates a page without an opening.
     *
     * @param title its title
     * @param lead a paragraph below the title, as in {@link Text}
     * @param sections its sections
     */
    public Page(String title, String lead, List<Section> sections) {
        this(title, lead, List.of(), sections);
    }

    /** {@return the text of the file, to be written as UTF-8} */
    public String html() {
        StringBuilder html = new StringBuilder(
                        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
                .append(Html.escape(title))
                .append("</title>\n<style>\n")
                .append(resource("colors.css"))
                .append(resource("page.css"))
                .append("</style>\n</head>\n<body>\n<header>\n<h1>")
                .append(Html.text(title))
                .append("</h1>\n<p>")
                .append(Html.text(lead))
                .append("</p>\n</header>\n");
        int charts = 0;
        for (Block block : opening) {
            charts = append(html, block, charts);
        }
        if (sections.size() > 2) {
            html.append("<nav aria-label=\"Contents\">\n<ol>\n");
            for (int i = 0; i < sections.size(); i++) {
                html.append("<li><a href=\"#s")
                        .append(i + 1)
                        .append("\">")
                        .append(Html.text(sections.get(i).heading()))
                        .append("</a></li>\n");
            }
            html.append("</ol>\n</nav>\n");
        }
        html.append("<main>\n");
        for (int i = 0; i < sections.size(); i++) {
            html.append("<section id=\"s").append(i + 1).append("\">\n<h2>");
            html.append(Html.text(sections.get(i).heading())).append("</h2>\n");
            for (Block block : sections.get(i).blocks()) {
                charts = append(html, block, charts);
            }
            html.append("</section>\n");
        }
        return html.append("</main>\n</body>\n</html>\n").toString();
    }

    /** Appends a block, and returns the number of charts so far. */
    private static int append(StringBuilder html, Block block, int charts) {
        int count = block instanceof Chart ? charts + 1 : charts;
        html.append(
                switch (block) {
                    case Text text -> "<p>" + Html.text(text.text()) + "</p>\n";
                    case Callout callout ->
                        "<p class=\"callout %s\"><strong>%s</strong> %s</p>\n"
                                .formatted(
                                        callout.kind().name().toLowerCase(Locale.ROOT),
                                        Html.text(callout.label()),
                                        Html.text(callout.text()));
                    case Table table -> table.html();
                    case Chart chart -> chart.html("f" + count);
                });
        return count;
    }

    static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
