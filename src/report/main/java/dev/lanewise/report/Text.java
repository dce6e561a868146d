package dev.lanewise.report;

/**
 * A paragraph.
 *
 * @param text plain text; what stands between two backticks is set as code
 */
public record Text(String text) implements Block {}
