package dev.lanewise.report;

/**
 * A vertical line that marks a value on the x-axis.
 *
 * @param x the value
 * @param label a few words at the line; empty for a line alone
 */
public record Annotation(double x, String label) {}
