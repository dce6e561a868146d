package dev.lanewise.report;

/**
 * A curve of a chart.
 *
 * @param name its name in the legend
 * @param style how it is drawn
 * @param x where its points are
 * @param y their values; the curve has a gap where one is NaN or infinite
 * @param low the lower ends of a band around the curve, or of error bars at points, which lie along the axis that has no
 *     names; null for none
 * @param high the upper ends; null for none
 */
public record Series(String name, Style style, double[] x, double[] y, double[] low, double[] high) {
    /** How a series is drawn. */
    public enum Style {
        /** A line. */
        LINE,
        /** A line with its points. */
        LINE_AND_POINTS,
        /** Points alone. */
        POINTS,
        /** A broken line without color: a limit, a theory, what others claim. */
        REFERENCE
    }

    /**
     * Checks the lengths.
     *
     * @throws IllegalArgumentException if they differ
     */
    public Series {
        if (y.length != x.length
                || (low == null) != (high == null)
                || low != null && (low.length != x.length || high.length != x.length)) {
            throw new IllegalArgumentException("x, y, low and high of series \"" + name + "\" must be of one length");
        }
    }

    /** A line. */
    public static Series line(String name, double[] x, double[] y) {
        return new Series(name, Style.LINE, x, y, null, null);
    }

    /** The same series drawn otherwise. */
    public Series with(Style style) {
        return new Series(name, style, x, y, low, high);
    }

    /** The same series with a band, or with error bars. */
    public Series between(double[] low, double[] high) {
        return new Series(name, style, x, y, low, high);
    }
}
