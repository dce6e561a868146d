package dev.lanewise.report;

import java.util.List;

/**
 * A table. Columns whose cells are numbers, with or without a unit or a sign, are aligned to the right.
 *
 * @param caption the caption
 * @param header the names of the columns
 * @param rows the cells, each as long as the header
 */
public record Table(String caption, List<String> header, List<List<String>> rows) implements Block {
    private static final String NUMBER = "|[–—-]|[+−<>≈±]?\\d.*|NaN|[+−-]?∞";

    /**
     * Copies the rows.
     *
     * @throws IllegalArgumentException if the number of cells of a row differs from that of the header
     */
    public Table {
        header = List.copyOf(header);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<String> row : rows) {
            if (row.size() != header.size()) {
                throw new IllegalArgumentException("rows of table \"" + caption + "\" must have " + header.size()
                        + " cells, as the header " + header + ": " + row);
            }
        }
    }

    String html() {
        StringBuilder html = new StringBuilder("<div class=\"scroll\"><table>\n<caption>")
                .append(Html.text(caption))
                .append("</caption>\n<thead><tr>");
        for (int i = 0; i < header.size(); i++) {
            html.append("<th scope=\"col\"")
                    .append(numbers(i))
                    .append('>')
                    .append(Html.text(header.get(i)))
                    .append("</th>");
        }
        html.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) {
            html.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                html.append(i == 0 ? "<th scope=\"row\"" : "<td")
                        .append(numbers(i))
                        .append('>')
                        .append(Html.text(row.get(i)))
                        .append(i == 0 ? "</th>" : "</td>");
            }
            html.append("</tr>\n");
        }
        return html.append("</tbody></table></div>\n").toString();
    }

    private String numbers(int column) {
        boolean all = rows.stream().allMatch(row -> row.get(column).matches(NUMBER));
        return all && !rows.isEmpty() ? " class=\"n\"" : "";
    }
}
