package dev.lanewise.report;

/**
 * A place on the x-axis that a vertical line points out.
 *
 * @param x where it is
 * @param label what is there, in a few words; empty for a line alone
 */
public record Annotation(double x, String label) {}
