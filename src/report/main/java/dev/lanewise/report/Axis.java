package dev.lanewise.report;

import java.util.List;

/**
 * An axis of a chart.
 *
 * @param label what it shows, with the unit
 * @param logarithmic whether equal distances are equal ratios; values of 0 and below are left out then
 * @param from its lower end; NaN to follow the data
 * @param to its upper end; NaN to follow the data
 * @param categories names for the values 0, 1, 2, …; empty if the values are numbers
 */
public record Axis(String label, boolean logarithmic, double from, double to, List<String> categories) {
    /**
     * Copies the categories.
     *
     * @throws IllegalArgumentException if an end of a logarithmic axis is not positive, or the ends are the wrong way round
     */
    public Axis {
        categories = List.copyOf(categories);
        if (logarithmic && (from <= 0 || to <= 0) || from >= to) {
            throw new IllegalArgumentException("the ends of axis \"" + label + "\" must be "
                    + (logarithmic ? "positive and " : "") + "in order: " + from + ", " + to);
        }
    }

    /** An axis with equal distances. */
    public static Axis linear(String label) {
        return new Axis(label, false, Double.NaN, Double.NaN, List.of());
    }

    /** An axis with equal ratios. */
    public static Axis log(String label) {
        return new Axis(label, true, Double.NaN, Double.NaN, List.of());
    }

    /** An axis with a place for each name, the first on the left or at the top. */
    public static Axis categories(String label, List<String> names) {
        return new Axis(label, false, -0.5, names.size() - 0.5, names);
    }

    /** The same axis with fixed ends; NaN for one that follows the data. */
    public Axis between(double from, double to) {
        return new Axis(label, logarithmic, from, to, categories);
    }
}
