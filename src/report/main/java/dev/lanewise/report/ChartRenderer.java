package dev.lanewise.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.DeviationRenderer;
import org.jfree.chart.renderer.xy.XYErrorRenderer;
import org.jfree.chart.renderer.xy.XYItemRenderer;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.text.TextUtils;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.ui.RectangleAnchor;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.Range;
import org.jfree.data.xy.XYIntervalSeries;
import org.jfree.data.xy.XYIntervalSeriesCollection;

/** Draws a chart with JFreeChart, as SVG or as an image. */
final class ChartRenderer {
    /** The width in units of the SVG: labels stay readable when the page scales it to a phone or a desktop. */
    private static final int WIDTH = 560;

    private static final int HEIGHT = 330;
    private static final int CATEGORY = 22;

    /** The number of points above which a series is drawn by its extremes. */
    private static final int POINTS = 500;

    private static final Font FONT = new Font("DejaVu Sans", Font.PLAIN, 13);

    /** The colors of the series in images; {@code colors.css} replaces them in pages, for a light or a dark screen. */
    private static final int[] SERIES = {0x0064a8, 0xc4500a, 0x00795c, 0xa8478a, 0x8a6400, 0x2f86c5, 0x6b5bb0, 0x5c5c5c
    };

    private static final int INK = 0x1b1b1b, GRID = 0xd5d5d5, FAINT = 0x6a6a6a;

    /** The attributes that all elements of Batik's drawing inherit. */
    private static final String DEFAULTS =
            "fill=\"var(--ink)\" stroke=\"var(--ink)\" stroke-linecap=\"square\" stroke-miterlimit=\"10\"";

    /** Matches comments, the clip of the whole drawing, and attributes that repeat inherited values. */
    private static final Pattern NEEDLESS = Pattern.compile(
            "<!--.*?-->|<defs id=\"genericDefs\"\\s*/>|(?: clip-path=\"url\\(#clipPath1\\)\"| xml:space=\"preserve\"|"
                    + " text-rendering=\"\\w+\"| font-family=\"[^\"]*\")");

    /** Matches line breaks inside of tags, which Batik writes. */
    private static final Pattern SPACE = Pattern.compile("\\s*\\n\\s*(/?>)");

    private static final Pattern CLIP = Pattern.compile("([\"#])clipPath(?=\\d)");

    private static final Pattern COLOR = Pattern.compile("rgb\\((\\d+),(\\d+),(\\d+)\\)");

    static {
        // Rotated text is drawn as text instead of as the outlines of its letters.
        TextUtils.setUseDrawRotatedStringWorkaround(false);
    }

    private ChartRenderer() {}

    /** Returns an {@code svg} element for use inside HTML; its colors are the variables of {@code colors.css}. */
    static String svg(Chart chart, String id) {
        int height = height(chart);
        SVGGraphics2D graphics = new SVGGraphics2D(context(), false);
        draw(chart, graphics, height);
        StringWriter svg = new StringWriter();
        try {
            graphics.stream(svg, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String all = svg.toString();
        String inside = all.substring(all.indexOf('>', all.indexOf("<svg ")) + 1);
        inside = SPACE.matcher(NEEDLESS.matcher(inside).replaceAll("")).replaceAll("$1");
        inside = COLOR.matcher(CLIP.matcher(inside).replaceAll("$1" + id + "c")).replaceAll(ChartRenderer::variable);
        return "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" %s>%s\n"
                .formatted(WIDTH, height, Html.escape(description(chart)), DEFAULTS, inside);
    }

    private static SVGGeneratorContext context() {
        SVGGeneratorContext context;
        try {
            context = SVGGeneratorContext.createDefault(DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null));
        } catch (ParserConfigurationException e) {
            throw new AssertionError(e);
        }
        context.setPrecision(1);
        return context;
    }

    private static String variable(MatchResult color) {
        int rgb = Integer.parseInt(color.group(1)) << 16
                | Integer.parseInt(color.group(2)) << 8
                | Integer.parseInt(color.group(3));
        for (int i = 0; i < SERIES.length; i++) {
            if (SERIES[i] == rgb) {
                return "var(--c" + i + ")";
            }
        }
        return rgb == GRID ? "var(--grid)" : rgb == FAINT ? "var(--faint)" : "var(--ink)";
    }

    private static String description(Chart chart) {
        StringBuilder text = new StringBuilder(chart.title())
                .append(". Horizontally: ")
                .append(chart.x().label())
                .append(". Vertically: ")
                .append(chart.y().label())
                .append(". Series: ");
        for (int i = 0; i < chart.series().size(); i++) {
            text.append(i == 0 ? "" : ", ").append(chart.series().get(i).name());
        }
        return text.append(". The numbers are in the table that follows.").toString();
    }

    static BufferedImage image(Chart chart, int scale) {
        int height = height(chart);
        BufferedImage image = new BufferedImage(scale * WIDTH, scale * height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.scale(scale, scale);
        draw(chart, graphics, height);
        graphics.dispose();
        return image;
    }

    private static int height(Chart chart) {
        return Math.max(HEIGHT, 110 + CATEGORY * chart.y().categories().size());
    }

    private static void draw(Chart chart, Graphics2D graphics, int height) {
        XYPlot plot = new XYPlot();
        plot.setDomainAxis(axis(chart.x(), false, values(chart, false)));
        plot.setRangeAxis(axis(chart.y(), true, values(chart, true)));
        int color = 0;
        for (int i = 0; i < chart.series().size(); i++) {
            Series series = chart.series().get(i);
            boolean reference = series.style() == Series.Style.REFERENCE;
            plot.setDataset(i, data(series, chart));
            plot.setRenderer(i, renderer(series, chart, reference ? FAINT : SERIES[color % SERIES.length], color));
            color += reference ? 0 : 1;
        }
        for (Annotation mark : chart.marks()) {
            ValueMarker line = new ValueMarker(mark.x(), new Color(FAINT), dashed(1));
            line.setAlpha(1);
            line.setLabel(mark.label().isEmpty() ? null : mark.label());
            line.setLabelFont(FONT);
            line.setLabelPaint(new Color(INK));
            line.setLabelBackgroundColor(new Color(0, true));
            double place = plot.getDomainAxis()
                    .valueToJava2D(mark.x(), new Rectangle2D.Double(0, 0, 1, 1), RectangleEdge.BOTTOM);
            boolean left = place > 0.2;
            line.setLabelAnchor(left ? RectangleAnchor.TOP_LEFT : RectangleAnchor.TOP_RIGHT);
            line.setLabelTextAnchor(left ? TextAnchor.TOP_RIGHT : TextAnchor.TOP_LEFT);
            plot.addDomainMarker(line);
        }
        plot.setOrientation(PlotOrientation.VERTICAL);
        plot.setBackgroundPaint(null);
        plot.setOutlinePaint(null);
        plot.setDomainGridlinePaint(new Color(GRID));
        plot.setRangeGridlinePaint(new Color(GRID));
        plot.setDomainGridlineStroke(new BasicStroke(0.7f));
        plot.setRangeGridlineStroke(new BasicStroke(0.7f));
        plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
        JFreeChart drawn = new JFreeChart(null, FONT, plot, false);
        drawn.setBackgroundPaint(null);
        drawn.setAntiAlias(true);
        drawn.setPadding(new RectangleInsets(6, 2, 2, 14));
        if (chart.series().size() > 1) {
            LegendTitle legend = new LegendTitle(plot);
            legend.setItemFont(FONT);
            legend.setItemPaint(new Color(INK));
            legend.setPosition(RectangleEdge.BOTTOM);
            legend.setBackgroundPaint(null);
            drawn.addLegend(legend);
        }
        drawn.draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, height));
    }

    /** Creates an axis of JFreeChart; a vertical axis of names has the first at the top. */
    private static ValueAxis axis(Axis wanted, boolean vertical, double[] values) {
        ValueAxis axis;
        if (!wanted.categories().isEmpty()) {
            SymbolAxis symbols =
                    new SymbolAxis(wanted.label(), wanted.categories().toArray(String[]::new));
            symbols.setGridBandsVisible(false);
            symbols.setTickUnit(new NumberTickUnit(1));
            axis = symbols;
            axis.setInverted(vertical);
        } else if (wanted.logarithmic()) {
            axis = new DecadeAxis(wanted.label());
        } else {
            NumberAxis number = new NumberAxis(wanted.label());
            number.setAutoRangeIncludesZero(false);
            if (isFlat(values)) {
                number.setAutoRangeMinimumSize(least(values[0]));
            }
            axis = number;
        }
        boolean free = Double.isNaN(wanted.from()) && Double.isNaN(wanted.to());
        // The range that JFreeChart computes must not be empty, which it would be for a first series of one point.
        if (!free || wanted.logarithmic() && values.length > 0) {
            axis.setRange(ends(wanted, values));
        }
        axis.setLabelFont(FONT);
        axis.setTickLabelFont(FONT);
        axis.setLabelPaint(new Color(INK));
        axis.setTickLabelPaint(new Color(INK));
        axis.setAxisLinePaint(new Color(FAINT));
        axis.setTickMarkPaint(new Color(FAINT));
        return axis;
    }

    /** Returns the values that an axis can show, in ascending order. */
    private static double[] values(Chart chart, boolean vertical) {
        boolean log = (vertical ? chart.y() : chart.x()).logarithmic();
        boolean intervals = vertical != chart.named();
        return chart.series().stream()
                .flatMap(series -> Stream.of(
                        vertical ? series.y() : series.x(),
                        intervals ? series.low() : null,
                        intervals ? series.high() : null))
                .filter(Objects::nonNull)
                .flatMapToDouble(Arrays::stream)
                .filter(value -> Double.isFinite(value) && (!log || value > 0))
                .sorted()
                .toArray();
    }

    private static boolean isFlat(double[] values) {
        return values.length > 0 && values[0] == values[values.length - 1];
    }

    /** Returns the smallest length of an axis around a value, for data in which all values are equal. */
    private static double least(double value) {
        return value == 0 ? 1 : 0.02 * Math.abs(value);
    }

    /** Returns the fixed ends; an end that is not fixed follows the data with a margin, which JFreeChart cannot mix. */
    private static Range ends(Axis axis, double[] values) {
        boolean log = axis.logarithmic();
        double least = values.length > 0 ? values[0] : Double.isNaN(axis.from()) ? axis.to() / 2 : axis.from();
        double most =
                values.length > 0 ? values[values.length - 1] : Double.isNaN(axis.to()) ? axis.from() + 1 : axis.to();
        double margin = log
                ? Math.max(Math.pow(most / least, 0.05), 1.2)
                : isFlat(values) ? least(most) : 0.05 * (most - least);
        double from = !Double.isNaN(axis.from()) ? axis.from() : log ? least / margin : least - margin;
        double to = !Double.isNaN(axis.to()) ? axis.to() : log ? most * margin : most + margin;
        return from < to ? new Range(from, to) : new Range(from, from + Math.max(Math.abs(from), 1));
    }

    private static XYItemRenderer renderer(Series series, Chart chart, int rgb, int index) {
        boolean points = series.style() == Series.Style.POINTS || series.style() == Series.Style.LINE_AND_POINTS;
        boolean line = series.style() != Series.Style.POINTS;
        XYLineAndShapeRenderer renderer;
        if (series.low() != null && !line) {
            XYErrorRenderer bars = new XYErrorRenderer();
            bars.setErrorPaint(new Color(rgb));
            bars.setDrawXError(chart.named());
            bars.setDrawYError(!chart.named());
            renderer = bars;
        } else if (series.low() != null) {
            DeviationRenderer band = new DeviationRenderer(line, points);
            band.setAlpha(0.2f);
            renderer = band;
        } else {
            renderer = new XYLineAndShapeRenderer(line, points);
        }
        renderer.setDrawSeriesLineAsPath(line);
        renderer.setSeriesPaint(0, new Color(rgb));
        renderer.setSeriesFillPaint(0, new Color(rgb));
        renderer.setSeriesStroke(0, stroke(series, index));
        renderer.setSeriesShape(0, shape(index));
        renderer.setSeriesShapesVisible(0, points);
        renderer.setSeriesLinesVisible(0, line);
        renderer.setUseFillPaint(false);
        return renderer;
    }

    /** Returns a broken line for the series beyond the fourth, so that not only the color distinguishes them. */
    private static Stroke stroke(Series series, int index) {
        if (series.style() == Series.Style.REFERENCE) {
            return dashed(1.5f);
        }
        return index < 4
                ? new BasicStroke(1.8f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND)
                : new BasicStroke(1.8f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {9, 3}, 0);
    }

    private static Stroke dashed(float width) {
        return new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {4, 4}, 0);
    }

    private static Shape shape(int index) {
        return switch (index % 3) {
            case 0 -> new Ellipse2D.Double(-3, -3, 6, 6);
            case 1 -> new Rectangle2D.Double(-2.7, -2.7, 5.4, 5.4);
            default -> {
                Path2D.Double triangle = new Path2D.Double();
                triangle.moveTo(0, -3.6);
                triangle.lineTo(3.4, 2.8);
                triangle.lineTo(-3.4, 2.8);
                triangle.closePath();
                yield triangle;
            }
        };
    }

    private static XYIntervalSeriesCollection data(Series series, Chart chart) {
        XYIntervalSeries data = new XYIntervalSeries(series.name(), false, true);
        int length = series.x().length;
        // Each bucket yields two points, its smallest and its largest value, in their order.
        int bucket = length <= POINTS ? 1 : Math.ceilDiv(2 * length, POINTS);
        for (int from = 0; from < length; from += bucket) {
            int low = from;
            int high = from;
            for (int i = from; i < Math.min(length, from + bucket); i++) {
                low = below(series.y()[i], series.y()[low]) ? i : low;
                high = below(series.y()[high], series.y()[i]) ? i : high;
            }
            add(data, series, chart, Math.min(low, high));
            if (low != high) {
                add(data, series, chart, Math.max(low, high));
            }
        }
        XYIntervalSeriesCollection collection = new XYIntervalSeriesCollection();
        collection.addSeries(data);
        return collection;
    }

    /** Returns whether a value is below another, with NaN above all, so that a gap is kept. */
    private static boolean below(double one, double other) {
        return Double.compare(one, other) < 0;
    }

    private static void add(XYIntervalSeries data, Series series, Chart chart, int i) {
        double x = visible(chart.x(), series.x()[i]);
        double y = visible(chart.y(), series.y()[i]);
        if (Double.isNaN(x)) {
            return;
        }
        Axis values = chart.named() ? chart.x() : chart.y();
        double value = chart.named() ? x : y;
        double low = series.low() == null ? value : visible(values, series.low()[i]);
        double high = series.high() == null ? value : visible(values, series.high()[i]);
        low = Double.isNaN(low) ? value : low;
        high = Double.isNaN(high) ? value : high;
        if (chart.named()) {
            // The series are drawn side by side, so that equal values do not hide each other.
            double middle = (chart.series().size() - 1) / 2.0;
            double place = y
                    + Math.min(0.24, 0.6 / chart.series().size())
                            * (chart.series().indexOf(series) - middle);
            data.add(x, low, high, place, place, place);
        } else {
            data.add(x, x, x, y, low, high);
        }
    }

    private static double visible(Axis axis, double value) {
        return Double.isFinite(value) && (value > 0 || !axis.logarithmic()) ? value : Double.NaN;
    }
}
