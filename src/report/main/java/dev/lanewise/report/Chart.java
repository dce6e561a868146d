package dev.lanewise.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A chart of curves or points over two axes. A series with more points than a reader can see is drawn by the extremes of
 * neighboring points, so that no spike is lost.
 *
 * @param title the title
 * @param x the horizontal axis
 * @param y the vertical axis
 * @param series the curves
 * @param marks vertical lines at values of x
 */
public record Chart(String title, Axis x, Axis y, List<Series> series, List<Annotation> marks) implements Block {
    /** The largest number of rows in the table behind a chart. */
    private static final int ROWS = 40;

    /** Copies the lists. */
    public Chart {
        series = List.copyOf(series);
        marks = List.copyOf(marks);
    }

    /** {@return a chart without marks} */
    public static Chart of(String title, Axis x, Axis y, List<Series> series) {
        return new Chart(title, x, y, series, List.of());
    }

    /** {@return the same chart with marks} */
    public Chart withMarks(List<Annotation> marks) {
        return new Chart(title, x, y, series, marks);
    }

    /**
     * Draws a small chart, to find out early whether charts can be drawn at all.
     *
     * @throws IllegalStateException if this Java cannot draw, as one without fonts
     */
    public static void check() {
        double[] line = {0, 1};
        try {
            of("chart", Axis.linear("x"), Axis.linear("y"), List.of(Series.line("line", line, line)))
                    .svg();
        } catch (RuntimeException | LinkageError | InternalError e) {
            throw new IllegalStateException("this Java cannot draw charts: " + e, e);
        }
    }

    /** {@return the text of an SVG file, to be written as UTF-8} */
    public String svg() {
        String style = "<style>" + Page.resource("colors.css") + "svg{background:var(--paper)}</style>";
        return ChartRenderer.svg(this, "chart").replaceFirst(">", " xmlns=\"http://www.w3.org/2000/svg\">" + style);
    }

    /** {@return the bytes of a PNG file with a white background} */
    public byte[] png() {
        BufferedImage image = ChartRenderer.image(this, 2);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // Without a stream of its own, ImageIO would write a file to the system's temporary directory.
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    String html(String id) {
        return "<figure>\n<figcaption>%s</figcaption>\n%s<details><summary>The numbers</summary>\n%s</details>\n</figure>\n"
                .formatted(
                        Html.text(title), ChartRenderer.svg(this, id), numbers().html());
    }

    /** Returns whether the vertical axis has names, so that the values are on the horizontal axis. */
    boolean named() {
        return !y.categories().isEmpty();
    }

    /** Returns a table of the points by their x or their names; of many x, a choice at equal distances, which has the last. */
    Table numbers() {
        Axis places = named() ? y : x, values = named() ? x : y;
        double[] all = series.stream()
                .flatMapToDouble(s -> Arrays.stream(named() ? s.y() : s.x()))
                .sorted()
                .distinct()
                .toArray();
        double[] some = named() || all.length <= ROWS ? all : new double[ROWS];
        for (int i = 0; i < some.length; i++) {
            some[i] = all[(int) ((long) i * (all.length - 1) / Math.max(1, some.length - 1))];
        }
        List<String> header = new ArrayList<>(List.of(places.label()));
        for (Series s : series) {
            header.add(s.name());
            if (s.low() != null) {
                header.add("from–to");
            }
        }
        List<List<String>> rows = new ArrayList<>();
        for (double at : some) {
            List<String> row = new ArrayList<>(List.of(number(places, at)));
            for (Series s : series) {
                double[] place = named() ? s.y() : s.x();
                int i = 0;
                while (i < place.length && place[i] != at) {
                    i++;
                }
                boolean there = i < place.length;
                row.add(there ? number(values, (named() ? s.x() : s.y())[i]) : "");
                if (s.low() != null) {
                    row.add(there ? number(values, s.low()[i]) + "–" + number(values, s.high()[i]) : "");
                }
            }
            rows.add(row);
        }
        for (Annotation mark : marks) {
            if (!mark.label().isEmpty() && !named()) {
                List<String> row = new ArrayList<>(List.of(number(x, mark.x()), mark.label()));
                while (row.size() < header.size()) {
                    row.add("");
                }
                rows.add(row);
            }
        }
        String which = some.length == all.length ? "" : ": " + ROWS + " of " + all.length + " places";
        return new Table(values.label() + which, header, rows);
    }

    private static String number(Axis axis, double value) {
        if (value >= 0 && value < axis.categories().size() && value == Math.rint(value)) {
            return axis.categories().get((int) value);
        }
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
        }
        double size = Math.abs(value);
        if (value == Math.rint(value) && size < 1e9) {
            return String.format(Locale.ROOT, "%d", (long) value).replace('-', '−');
        }
        int digits = (int) Math.floor(Math.log10(size));
        return (size >= 1e-3 && size < 1e6
                        ? String.format(Locale.ROOT, "%." + Math.clamp(3 - digits, 0, 6) + "f", value)
                        : String.format(Locale.ROOT, "%.3e", value).replaceFirst("e([+-])0?(\\d)", "e$1$2"))
                .replace('-', '−');
    }
}
