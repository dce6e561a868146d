package dev.lanewise.report;

import java.util.List;

/**
 * An axis of a chart.
 *
 * @param label the quantity, with its unit
 * @param logarithmic whether equal distances are equal ratios; such an axis omits values of 0 and below
 * @param from the lower end; NaN to follow the data
 * @param to the upper end; NaN to follow the data
 * @param categories the names of the values 0, 1, 2, …; empty if the values are numbers
 */
public record Axis(String label, boolean logarithmic, double from, double to, List<String> categories) {
    /**
     * Copies the categories.
     *
     * @throws IllegalArgumentException if an end of a logarithmic axis is not positive, or the ends are not in order
     */
    public Axis {
        categories = List.copyOf(categories);
        if (logarithmic && (from <= 0 || to <= 0) || from >= to) {
            throw new IllegalArgumentException("from and to of axis \"" + label + "\" must be "
                    + (logarithmic ? "positive and " : "") + "in order: " + from + ", " + to);
        }
    }

    /** {@return an axis with a linear scale} */
    public static Axis linear(String label) {
        return new Axis(label, false, Double.NaN, Double.NaN, List.of());
    }

    /** {@return an axis with a logarithmic scale} */
    public static Axis log(String label) {
        return new Axis(label, true, Double.NaN, Double.NaN, List.of());
    }

    /** {@return an axis with a place for each name, the first on the left or at the top} */
    public static Axis categories(String label, List<String> names) {
        return new Axis(label, false, -0.5, names.size() - 0.5, names);
    }

    /** {@return the same axis with fixed ends; an end that is NaN follows the data} */
    public Axis between(double from, double to) {
        return new Axis(label, logarithmic, from, to, categories);
    }
}
