package dev.lanewise.report;

import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.io.Serial;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.plot.ValueAxisPlot;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.Range;

/** A logarithmic axis with ticks at powers of ten, and over a short range also at multiples of them such as 2 and 5. */
final class DecadeAxis extends LogAxis {
    @Serial
    private static final long serialVersionUID = 1;

    /** The largest number of labels that do not overlap. */
    private static final int MOST = 9;

    private static final double[][] STEPS = {
        {1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9},
        {1, 1.5, 2, 3, 4, 5, 6, 7, 8},
        {1, 2, 5},
        {1, 3},
        {1}
    };

    DecadeAxis(String label) {
        super(label);
        setAutoRangeMinimumSize(1e-30, false);
    }

    /** Widens the range of data in which all values are equal, which would have no length. */
    @Override
    protected void autoAdjustRange() {
        Range data = getPlot() instanceof ValueAxisPlot plot ? plot.getDataRange(this) : null;
        if (data != null && data.getLength() <= 1e-9 * data.getUpperBound()) {
            setRange(new Range(data.getLowerBound() / 2, data.getUpperBound() * 2), false, false);
        } else {
            super.autoAdjustRange();
        }
    }

    @Override
    public List<?> refreshTicks(Graphics2D graphics, AxisState state, Rectangle2D area, RectangleEdge edge) {
        boolean below = RectangleEdge.isTopOrBottom(edge);
        TextAnchor anchor = below ? TextAnchor.TOP_CENTER : TextAnchor.CENTER_RIGHT;
        List<NumberTick> ticks = new ArrayList<>();
        for (double value : values(getRange().getLowerBound(), getRange().getUpperBound())) {
            ticks.add(new NumberTick(value, label(value), anchor, TextAnchor.CENTER, 0));
        }
        return ticks;
    }

    /** Returns the finest ticks that are not too many; their steps repeat each decade, or each few decades. */
    static List<Double> values(double from, double to) {
        int first = (int) Math.floor(Math.log10(from));
        int last = (int) Math.ceil(Math.log10(to));
        List<Double> values = List.of();
        for (int s = 0; s < STEPS.length + 6; s++) {
            double[] steps = STEPS[Math.min(s, STEPS.length - 1)];
            int decades = Math.max(1, s - STEPS.length + 2);
            values = new ArrayList<>();
            for (int decade = Math.ceilDiv(first, decades) * decades; decade <= last; decade += decades) {
                for (double step : steps) {
                    double value = Double.parseDouble(step + "e" + decade);
                    if (value >= from && value <= to) {
                        values.add(value);
                    }
                }
            }
            if (values.size() <= MOST) {
                return values;
            }
        }
        return values;
    }

    /** Formats a value, without an exponent from a ten-thousandth to below a million. */
    private static String label(double value) {
        boolean plain = value >= 0.99e-4 && value < 1e6;
        DecimalFormat format =
                new DecimalFormat(plain ? "0.######" : "0.#E0", DecimalFormatSymbols.getInstance(Locale.ROOT));
        return format.format(value).replace("E", "e").replace('-', '−');
    }
}
