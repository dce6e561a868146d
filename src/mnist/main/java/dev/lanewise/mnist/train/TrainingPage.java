package dev.lanewise.mnist.train;

import dev.lanewise.mnist.train.TrainingMonitor.Epoch;
import dev.lanewise.mnist.train.TrainingMonitor.Point;
import dev.lanewise.report.Annotation;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Block;
import dev.lanewise.report.Callout;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Page;
import dev.lanewise.report.Section;
import dev.lanewise.report.Series;
import dev.lanewise.report.Series.Style;
import dev.lanewise.report.Table;
import dev.lanewise.report.Text;
import dev.lanewise.tune.SpikeDetector.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The page that {@code train --report} writes. It has no times in it: the same options give the same page. */
public final class TrainingPage {
    /** The most marks of a chart: more would hide its curves. */
    private static final int MOST_MARKS = 20;

    private static final int MOST_FINDINGS = 200;

    private final TrainingMonitor monitor;
    private final String held;

    /**
     * Makes a page of what was observed.
     *
     * @param monitor the numbers and findings
     * @param held the purpose of the images that were not trained on: test or validation
     */
    public TrainingPage(TrainingMonitor monitor, String held) {
        this.monitor = monitor;
        this.held = held;
    }

    /**
     * The end of a training.
     *
     * @param epochs the number of epochs
     * @param accuracy the accuracy on the test images; NaN if it diverged
     * @param sha256 the digest of the weights; null if it diverged
     * @param diverged the message of the failure; or null
     */
    public record End(int epochs, double accuracy, String sha256, String diverged) {}

    /**
     * Returns the page.
     *
     * @param network the widths of its layers
     * @param options option → value
     */
    public Page page(String network, Map<String, String> options, End end) {
        List<Section> sections = new ArrayList<>(List.of(
                new Section("Result", result(end)),
                new Section("What stood out", findings()),
                new Section(
                        "Loss and accuracy",
                        monitor.epochs().isEmpty() ? List.of(loss()) : List.of(loss(), accuracy(), epochs())),
                new Section("Learning rate", List.of(rates())),
                new Section("Steps and weights", ratios())));
        sections.add(new Section(
                "Options",
                List.of(new Table(
                        "The options that the weights depend on; those without a use for this optimizer are left out",
                        List.of("option", "value"),
                        options.entrySet().stream()
                                .map(option -> List.of("`" + option.getKey() + "`", option.getValue()))
                                .toList()))));
        String lead = end.diverged == null
                ? "Test accuracy " + percent(end.accuracy) + " after " + count(steps(), "step") + " in "
                        + count(end.epochs, "epoch") + "."
                : "The training diverged after " + count(steps(), "step") + ".";
        return new Page("Training of " + network + " with " + options.get("--optimizer"), lead, sections);
    }

    private long steps() {
        return monitor.points().isEmpty() ? 0 : monitor.points().getLast().step();
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private List<Block> result(End end) {
        List<Block> blocks = new ArrayList<>();
        if (end.diverged != null) {
            blocks.add(new Callout(Callout.Kind.BAD, "diverged", end.diverged));
        } else {
            blocks.add(new Table(
                    "At the end",
                    List.of("what", "value"),
                    List.of(
                            List.of("test accuracy", percent(end.accuracy)),
                            List.of("steps", Long.toString(steps())),
                            List.of("SHA-256 of the weights", "`" + end.sha256 + "`"))));
        }
        missing(blocks);
        return blocks;
    }

    /** Adds a note if steps are missing: a resumed training may not have been observed all the time. */
    private void missing(List<Block> blocks) {
        List<String> gaps = new ArrayList<>();
        long before = 0;
        for (Point point : monitor.points()) {
            if (point.step() > before + 1) {
                gaps.add((before + 1) + " to " + (point.step() - 1));
            }
            before = point.step();
        }
        if (!gaps.isEmpty()) {
            blocks.add(new Callout(
                    Callout.Kind.NEUTRAL,
                    "incomplete",
                    "The steps " + String.join(", ", gaps) + " were taken without `--report`, or what was kept of them"
                            + " beside the checkpoint is gone: the curves lack them, and nobody watched."));
        }
    }

    private List<Block> findings() {
        List<Finding> all = monitor.findings();
        if (all.isEmpty()) {
            return List.of(new Callout(
                    Callout.Kind.GOOD, "nothing", "No loss and no step of a layer stood out from those before it."));
        }
        List<List<String>> rows = new ArrayList<>();
        for (Finding finding : all.subList(0, Math.min(all.size(), MOST_FINDINGS))) {
            rows.add(List.of(Integer.toString(rows.size() + 1), Long.toString(finding.step()), finding.text()));
        }
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Table(
                "What stood out from the steps before it; the numbers are those of the dashed lines in the curves",
                List.of("number", "step", "what, and what may help"),
                rows));
        if (all.size() > MOST_FINDINGS) {
            blocks.add(new Text("And " + (all.size() - MOST_FINDINGS) + " more."));
        }
        return blocks;
    }

    private List<Annotation> marks() {
        Map<Long, String> labels = new LinkedHashMap<>();
        List<Finding> all = monitor.findings();
        for (int i = 0;
                i < all.size()
                        && (labels.size() < MOST_MARKS
                                || labels.containsKey(all.get(i).step()));
                i++) {
            labels.merge(
                    all.get(i).step(),
                    Integer.toString(i + 1),
                    (first, next) -> first.replaceFirst("–.*", "") + "–" + next);
        }
        return labels.entrySet().stream()
                .map(label -> new Annotation(label.getKey(), label.getValue()))
                .toList();
    }

    private Chart loss() {
        List<Series> series = new ArrayList<>();
        series.add(Series.line("each batch", stepsOf(), values(Point::loss)));
        if (!monitor.epochs().isEmpty()) {
            series.add(byEpoch("mean of the epoch", Epoch::loss));
            series.add(byEpoch(held + " images", Epoch::heldLoss));
        }
        return new Chart("Loss of each step", axis(), Axis.log("cross-entropy, nats"), series, marks());
    }

    private Chart accuracy() {
        return Chart.of(
                "Accuracy after each epoch",
                axis(),
                Axis.linear("accuracy on the " + held + " images, %"),
                List.of(byEpoch(held + " images", epoch -> 100 * epoch.accuracy())));
    }

    private Table epochs() {
        List<List<String>> rows = new ArrayList<>();
        for (Epoch epoch : monitor.epochs()) {
            rows.add(List.of(
                    Long.toString(epoch.step()),
                    number(epoch.loss()),
                    number(epoch.heldLoss()),
                    percent(epoch.accuracy())));
        }
        return new Table("Epochs", List.of("to step", "mean loss", held + " loss", held + " accuracy"), rows);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String percent(double accuracy) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * accuracy);
    }

    /** Returns the chart of the learning rates. Groups with the same curve share one. */
    private Chart rates() {
        Map<List<Double>, List<String>> names = new LinkedHashMap<>();
        for (int i = 0; i < monitor.groups().size(); i++) {
            int group = i;
            List<Double> curve =
                    monitor.points().stream().map(point -> point.rates()[group]).toList();
            names.computeIfAbsent(curve, key -> new ArrayList<>())
                    .add(monitor.groups().get(i));
        }
        List<Series> series = new ArrayList<>();
        names.forEach((curve, groups) -> series.add(Series.line(
                names.size() == 1 ? "all layers" : layers(groups),
                stepsOf(),
                curve.stream().mapToDouble(rate -> rate).toArray())));
        return new Chart(
                "Learning rate of each step",
                axis(),
                Axis.linear("learning rate").between(0, Double.NaN),
                series,
                marks());
    }

    /** Returns the names of groups, with {@code layers.0} for both its weight and its bias. */
    private static String layers(List<String> groups) {
        String all = String.join(", ", groups);
        return all.replaceAll("(layers\\.\\d+)\\.weight, \\1\\.bias", "$1");
    }

    private List<Block> ratios() {
        List<Series> series = new ArrayList<>();
        double highest = 0;
        for (int i = 0; i < monitor.groups().size(); i++) {
            int group = i;
            if (monitor.groups().get(i).endsWith(".weight")) {
                double[] curve = values(point -> point.ratios()[group]);
                series.add(Series.line(monitor.groups().get(i), stepsOf(), curve));
                highest = Math.max(
                        highest,
                        Arrays.stream(curve).filter(Double::isFinite).max().orElse(0));
            }
        }
        double[] ends = {0, Math.max(1, steps())};
        series.add(Series.line("about right", ends, new double[] {1e-3, 1e-3}).with(Style.REFERENCE));
        if (highest > 0.1) {
            series.add(Series.line("as large as the weights", ends, new double[] {1, 1})
                    .with(Style.REFERENCE));
        }
        Chart chart = new Chart(
                "Update-to-weight ratio of each step", axis(), Axis.log("size of step / of weights"), series, marks());
        return List.of(
                new Text(
                        "How large each step is, compared to the weights it changes: about 0.001 is healthy; near 1 the"
                                + " step is as large as the weights, and the loss spikes."),
                chart);
    }

    private Axis axis() {
        return Axis.linear("step").between(0, 1.02 * Math.max(1, steps()));
    }

    private double[] stepsOf() {
        return values(Point::step);
    }

    private double[] values(ToDoubleFunction<Point> value) {
        return monitor.points().stream().mapToDouble(value).toArray();
    }

    private Series byEpoch(String name, ToDoubleFunction<Epoch> value) {
        return Series.line(
                        name,
                        monitor.epochs().stream().mapToDouble(Epoch::step).toArray(),
                        monitor.epochs().stream().mapToDouble(value).toArray())
                .with(Style.LINE_AND_POINTS);
    }
}
