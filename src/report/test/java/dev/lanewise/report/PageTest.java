package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PageTest {
    private static final double[] X =
            IntStream.range(0, 20_000).asDoubleStream().toArray();

    private static double[] flatWithSpike() {
        double[] y = new double[X.length];
        Arrays.fill(y, 1);
        y[12_345] = 7;
        return y;
    }

    private static Chart chart(Series... series) {
        return Chart.of("Loss <of> a net", Axis.linear("step"), Axis.log("loss, nats"), List.of(series));
    }

    private static Document parse(String xml) throws Exception {
        return DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(xml)));
    }

    /** The heights of the points of the lines, from the top. */
    private static double[] heights(String svg) throws Exception {
        NodeList paths = parse(svg).getElementsByTagName("path");
        String longest = "";
        for (int i = 0; i < paths.getLength(); i++) {
            String d = ((Element) paths.item(i)).getAttribute("d");
            longest = d.length() > longest.length() ? d : longest;
        }
        Matcher point = Pattern.compile("[ML][\\d.]+ ([\\d.]+)").matcher(longest);
        return point.results().mapToDouble(m -> Double.parseDouble(m.group(1))).toArray();
    }

    @Test
    void aSpikeAmongManyPointsIsDrawn() throws Exception {
        double[] heights = heights(chart(Series.line("SGD", X, flatWithSpike())).svg());
        assertTrue(heights.length < 1_000, heights.length + " points");
        assertEquals(2, Arrays.stream(heights).distinct().count());
        assertEquals(1, Arrays.stream(heights).filter(h -> h < heights[0] - 10).count());
    }

    @Test
    void theAxisOfNamedPointsReachesToTheEndsOfTheirIntervals() {
        double[] times = {10, 12}, places = {0, 1}, one = {1, 1}, hundred = {100, 100};
        Axis names = Axis.categories("", List.of("a", "b"));
        Series points = new Series("time", Series.Style.POINTS, times, places, one, hundred);
        String svg = Chart.of("Times", Axis.log("s"), names, List.of(points)).svg();
        assertTrue(svg.contains(">100<"), svg);
    }

    @Test
    void aLineHasAGapWhereAValueIsNoNumber() throws Exception {
        double[] y = {1, 2, Double.NaN, 0, 3, 4};
        String svg = chart(Series.line("a", new double[] {0, 1, 2, 3, 4, 5}, y)).svg();
        assertTrue(
                Pattern.compile("d=\"M[\\d. ]+L[\\d. ]+M[\\d. ]+L[\\d. ]+\"")
                        .matcher(svg)
                        .find(),
                svg);
    }

    @Test
    void thePageIsWellFormedAndEscaped() throws Exception {
        Chart chart =
                chart(Series.line("a & b", X, flatWithSpike())).withMarks(List.of(new Annotation(12_345, "a <spike>")));
        Page page = new Page(
                "A & B",
                "Lead with `code <x>`.",
                List.of(
                        new Section("One", List.of(new Text("x < y"), chart, chart)),
                        new Section("Two", List.of(new Callout(Callout.Kind.GOOD, "confirmed", "\"so\""))),
                        new Section("Three", List.of())));
        String html = page.html();
        assertEquals(html, page.html());
        assertTrue(html.contains("<code>code &lt;x&gt;</code>"));
        assertTrue(html.contains("a &lt;spike&gt;"));
        assertTrue(html.contains("<a href=\"#s3\">Three</a>"));
        // As XML, without what HTML may leave open.
        Document document = parse(html.replace("<!DOCTYPE html>", "").replaceAll("<meta[^>]*>", ""));
        List<String> clips = document.getElementsByTagName("clipPath").getLength() == 0
                ? List.of()
                : IntStream.range(0, document.getElementsByTagName("clipPath").getLength())
                        .mapToObj(i -> ((Element) document.getElementsByTagName("clipPath")
                                        .item(i))
                                .getAttribute("id"))
                        .toList();
        assertFalse(clips.isEmpty());
        assertEquals(clips.size(), clips.stream().distinct().count());
        for (String clip : clips) {
            assertTrue(html.contains("#" + clip + ")") || clip.endsWith("c1"), clip);
        }
    }

    @Test
    void theOpeningIsBeforeTheContentsAndLinksToASection() throws Exception {
        Table table = new Table("Results", List.of("what", "where"), List.of(List.of("a < b", "[3](#s3)")));
        Page page = new Page(
                "A",
                "Lead.",
                List.of(new Text("See [section 3](#s3), not [this](https://example.org) or a[0](x)."), table),
                List.of(
                        new Section("One", List.of()),
                        new Section("Two", List.of(new Text("[1](#s1)"))),
                        new Section("Three", List.of())));
        String html = page.html();
        String before = html.substring(0, html.indexOf("<nav"));
        assertTrue(before.contains(
                "<p>See <a href=\"#s3\">section 3</a>, not [this](https://example.org) or a[0](x).</p>"));
        assertTrue(before.contains("<td><a href=\"#s3\">3</a></td>"));
        assertTrue(before.contains("a &lt; b"));
        assertTrue(html.contains("<section id=\"s3\">\n<h2>Three</h2>"));
        assertTrue(html.contains("<p><a href=\"#s1\">1</a></p>"));
        parse(html.replace("<!DOCTYPE html>", "").replaceAll("<meta[^>]*>", ""));
    }

    @Test
    void allColorsFollowTheReader() {
        Series[] many = IntStream.range(0, 8)
                .mapToObj(i -> Series.line("s" + i, new double[] {1, 2}, new double[] {1 + i, 2 + i}))
                .toArray(Series[]::new);
        String svg = chart(many).svg();
        assertFalse(svg.contains("rgb("), svg);
        for (int i = 0; i < many.length; i++) {
            assertTrue(svg.contains("stroke=\"var(--c" + i + ")\""), "c" + i);
        }
    }

    @Test
    void theNumbersAreBehindTheChart() {
        double[] x = {1, 2, 3};
        Table numbers = chart(
                        Series.line("a", x, new double[] {1, 0.123456, Double.NaN})
                                .between(new double[] {0, 0, 0}, new double[] {2, 2, 1e-7}),
                        Series.line("b", new double[] {2, 4}, new double[] {-5, 123456}))
                .withMarks(List.of(new Annotation(2.5, "here")))
                .numbers();
        assertEquals(List.of("step", "a", "from–to", "b"), numbers.header());
        assertEquals(
                List.of(
                        List.of("1", "1", "0–2", ""),
                        List.of("2", "0.1235", "0–2", "−5"),
                        List.of("3", "NaN", "0–1.000e−7", ""),
                        List.of("4", "", "", "123456"),
                        List.of("2.500", "here", "", "")),
                numbers.rows());
    }

    @Test
    void aFlatLineIsDrawnOnALogarithmicAxis() throws Exception {
        double[] nearly = {40, Math.nextDown(40), Math.nextDown(Math.nextDown(40))};
        double[] heights =
                heights(chart(Series.line("a", new double[] {1, 2, 3}, nearly)).svg());
        assertEquals(3, heights.length);
        assertEquals(heights[0], heights[2], 0.2);
    }

    /** With names on the vertical axis the error bars lie, and the names lead the table. */
    @Test
    void valuesOfNamesAreHorizontal() throws Exception {
        Series ratios = new Series(
                "ratio",
                Series.Style.POINTS,
                new double[] {1.5, 2},
                new double[] {0, 1},
                new double[] {1, 1.75},
                new double[] {3, 2.25});
        Chart chart = Chart.of(
                "Ratios", Axis.linear("times"), Axis.categories("rule", List.of("Sgd", "AdamW")), List.of(ratios));
        assertEquals(
                List.of(List.of("Sgd", "1.500", "1–3"), List.of("AdamW", "2", "1.750–2.250")),
                chart.numbers().rows());
        List<Double> bars = new ArrayList<>();
        NodeList lines = parse(chart.svg()).getElementsByTagName("line");
        for (int i = 0; i < lines.getLength(); i++) {
            Element line = (Element) lines.item(i);
            double width = Double.parseDouble(line.getAttribute("x2")) - Double.parseDouble(line.getAttribute("x1"));
            if (line.getAttribute("y1").equals(line.getAttribute("y2"))
                    && ((Element) line.getParentNode()).getAttribute("stroke").startsWith("var(--c")) {
                bars.add(width);
            }
        }
        bars.removeIf(width -> width < 10);
        assertEquals(2, bars.size(), bars.toString());
        assertEquals(4, bars.get(0) / bars.get(1), 0.1);
    }

    @Test
    void ofManyPointsTheTableHasTheFirstAndTheLast() {
        Table numbers = chart(Series.line("a", X, flatWithSpike())).numbers();
        assertEquals(40, numbers.rows().size());
        assertEquals("0", numbers.rows().getFirst().getFirst());
        assertEquals("19999", numbers.rows().getLast().getFirst());
        assertTrue(numbers.caption().contains("40 of 20000"));
    }

    @Test
    void ticksOfALogarithmicAxis() {
        assertEquals(List.of(1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0), DecadeAxis.values(0.001, 100));
        assertEquals(List.of(1.0, 2.0, 5.0, 10.0, 20.0), DecadeAxis.values(0.9, 30));
        assertEquals(List.of(0.6, 0.7, 0.8, 0.9, 1.0), DecadeAxis.values(0.56, 1.1));
        assertTrue(DecadeAxis.values(1e-30, 1e30).size() <= 10);
    }

    @Test
    void aPictureHasTheSizeOfTheChart() throws Exception {
        byte[] png = chart(Series.line("a", X, flatWithSpike())).png();
        assertEquals(1120, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
        assertArrayEquals(png, chart(Series.line("a", X, flatWithSpike())).png());
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Series.line("a", X, new double[1]));
        assertThrows(IllegalArgumentException.class, () -> Axis.log("loss").between(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Table("t", List.of("a", "b"), List.of(List.of("1"))));
    }

    @Test
    void anEndThatIsNotFixedFollowsTheValues() {
        Series rates = Series.line("rate", new double[] {0, 10}, new double[] {0.2, 0.4});
        Axis up = Axis.linear("rate").between(0, Double.NaN);
        String svg = Chart.of("Rate", Axis.linear("step"), up, List.of(rates)).svg();
        assertTrue(svg.contains(">0.40</text>") || svg.contains(">0.4</text>"), svg);
        assertFalse(svg.contains(">1.0</text>"), svg);
    }

    @Test
    void oneValueIsDrawnToo() {
        Series one = Series.line("one", new double[] {1}, new double[] {2.5});
        Series two = Series.line("two", new double[] {1}, new double[] {3});
        assertTrue(chart(one, two).svg().contains(">3</text>"));
        Series same = Series.line("same", new double[] {1}, new double[] {92.4});
        String svg = Chart.of("Accuracy", Axis.linear("step"), Axis.linear("%"), List.of(same))
                .svg();
        assertTrue(svg.contains(">92.4</text>") || svg.contains(">92.5</text>"), svg);
    }

    /** Left of its line the label of a mark at the left end would be outside. */
    @Test
    void theLabelOfAMarkIsWithinTheChart() throws Exception {
        Chart chart = chart(Series.line("SGD", X, flatWithSpike()))
                .withMarks(List.of(new Annotation(3, "early"), new Annotation(19_000, "late")));
        NodeList texts = parse(chart.svg()).getElementsByTagName("text");
        int found = 0;
        for (int i = 0; i < texts.getLength(); i++) {
            Element text = (Element) texts.item(i);
            if (text.getTextContent().equals("early") || text.getTextContent().equals("late")) {
                double x = Double.parseDouble(text.getAttribute("x"));
                assertTrue(x > 40 && x < 540, text.getTextContent() + " at " + x);
                found++;
            }
        }
        assertEquals(2, found);
    }
}
