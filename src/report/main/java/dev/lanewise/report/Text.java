package dev.lanewise.report;

/**
 * A paragraph.
 *
 * @param text plain text; text between two backticks is set as code, and {@code [text](#s3)} is a link to the
 *     third section of the page
 */
public record Text(String text) implements Block {}
