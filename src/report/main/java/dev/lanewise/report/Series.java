package dev.lanewise.report;

/**
 * A curve of a chart.
 *
 * @param name its name in the legend
 * @param style the way it is drawn
 * @param x the x of its points
 * @param y the y of its points; the curve has a gap where one is NaN or infinite
 * @param low the lower ends of a band around the curve, or of error bars at points, in units of the axis without names; null
 *     for none
 * @param high the upper ends; null for none
 */
public record Series(String name, Style style, double[] x, double[] y, double[] low, double[] high) {
    /** The way a series is drawn. */
    public enum Style {
        /** A line alone. */
        LINE,
        /** A line with its points. */
        LINE_AND_POINTS,
        /** Points alone. */
        POINTS,
        /** A broken gray line, for a limit, a theory or a published value. */
        REFERENCE
    }

    /**
     * Checks the lengths.
     *
     * @throws IllegalArgumentException if they differ, or if only one of {@code low} and {@code high} is null
     */
    public Series {
        if (y.length != x.length
                || (low == null) != (high == null)
                || low != null && (low.length != x.length || high.length != x.length)) {
            throw new IllegalArgumentException(
                    "x, y, low and high of series \"" + name + "\" must have the same length");
        }
    }

    /** {@return a series drawn as a line} */
    public static Series line(String name, double[] x, double[] y) {
        return new Series(name, Style.LINE, x, y, null, null);
    }

    /** {@return the same series in another style} */
    public Series with(Style style) {
        return new Series(name, style, x, y, low, high);
    }

    /** {@return the same series with a band, or with error bars} */
    public Series between(double[] low, double[] high) {
        return new Series(name, style, x, y, low, high);
    }
}
