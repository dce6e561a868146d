package dev.lanewise.report;

/** Converts text to HTML. */
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Escapes a text; converts text between two backticks to code, and {@code [text](#id)} to a link in the page. */
    static String text(String text) {
        return escape(text)
                .replaceAll("`([^`]*)`", "<code>$1</code>")
                .replaceAll("\\[([^\\[\\]]*)]\\(#(\\w+)\\)", "<a href=\"#$2\">$1</a>");
    }
}
