package dev.lanewise.report;

/** Text as HTML. */
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Escaped, with what stands between two backticks as code. */
    static String text(String text) {
        return escape(text).replaceAll("`([^`]*)`", "<code>$1</code>");
    }
}
