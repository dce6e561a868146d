package dev.lanewise.bench;

import dev.lanewise.report.Axis;
import dev.lanewise.report.Block;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.report.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Shows the first steps of fresh JVMs. */
final class FirstStepsReport {
    static final String TITLE = "First steps of a fresh JVM";

    static final String QUESTION =
            "How long do the first 10,000 steps of AdamW take, and the first 1,000 training steps and predictions of"
                    + " the MLP 784-256-128-10, or, with `--rules`, the first 3,000 steps of each rule, in a JVM that"
                    + " has just started, without flags for its compilers: on one"
                    + " core, on two, and on two of which another thread takes one? `warmed up` calls `Lanewise.warmUp`"
                    + " before the first step, `vectorBits=0` runs the scalar definition, `without the module` lacks"
                    + " `jdk.incubator.vector`.";

    private static final String NOTE =
            "Figures are medians of the forks. The first step includes the construction of the optimizer and of the"
                + " network. The worst ratio is that of the time of a step to the time of the same step of the scalar"
                + " definition (`vectorBits=0`), of medians over steps that are close to each other; it is large too"
                + " where C2 compiled the definition some steps earlier in one JVM than in the other.";

    private static final List<String> HEADER = List.of(
            "work",
            "cores",
            "setting",
            "library",
            "warm-up before, s",
            "first step, ms",
            "slowest later step, ms",
            "first 1,000 steps, s",
            "all steps, s",
            "worst ratio to the scalar definition",
            "at step",
            "first 1,000 steps: this / other");

    private FirstStepsReport() {}

    static List<List<String>> rows(List<FirstStepsCurve> curves) {
        List<List<String>> rows = new ArrayList<>();
        for (FirstStepsCurve curve : curves) {
            Optional<FirstStepsCurve> scalar = find(curves, curve, FirstStepsRun.Setting.SCALAR.label, curve.library());
            Optional<FirstStepsCurve> other = find(curves, curve, curve.setting(), "other");
            boolean own = curve.library().equals("this");
            int worst = scalar.map(curve::worst).orElse(0);
            rows.add(List.of(
                    curve.work(),
                    curve.cores(),
                    curve.setting(),
                    curve.library(),
                    curve.warmUp() == 0 ? "" : Tables.figure(curve.warmUp() / 1e9),
                    Tables.figure(curve.firstStep() / 1e6),
                    Tables.figure(curve.slowestLater() / 1e6),
                    Tables.figure(curve.firstThousand() / 1e9),
                    Tables.figure(curve.all() / 1e9),
                    scalar.map(one -> Tables.ratio(curve.median()[worst] / one.median()[worst]))
                            .orElse(""),
                    scalar.isPresent() ? Integer.toString(curve.first()[worst]) : "",
                    other.filter(one -> own)
                            .map(one -> Tables.ratio(curve.firstThousand() / one.firstThousand()))
                            .orElse("")));
        }
        return rows;
    }

    private static Optional<FirstStepsCurve> find(
            List<FirstStepsCurve> curves, FirstStepsCurve like, String setting, String library) {
        return curves.stream()
                .filter(curve -> curve.work().equals(like.work())
                        && curve.cores().equals(like.cores())
                        && curve.setting().equals(setting)
                        && curve.library().equals(library))
                .findFirst();
    }

    /** {@return the table of some runs in Markdown; empty if none has first steps} */
    static String markdown(List<Results> runs, boolean named) {
        List<List<String>> rows = new ArrayList<>();
        for (Results run : runs) {
            for (List<String> row : rows(run.firstSteps())) {
                List<String> cells = new ArrayList<>(row);
                if (named) {
                    cells.addFirst(run.name());
                }
                rows.add(cells);
            }
        }
        if (rows.isEmpty()) {
            return "";
        }
        List<String> header = new ArrayList<>(HEADER);
        if (named) {
            header.addFirst("run");
        }
        StringBuilder text = new StringBuilder("## %s\n\n%s\n\n%s\n\n".formatted(TITLE, QUESTION, NOTE));
        Tables.markdown(text, named ? 5 : 4, header, rows);
        return text.append('\n').toString();
    }

    /** {@return the charts and the table for the page of a run} */
    static List<Block> blocks(Results run) {
        List<FirstStepsCurve> curves = run.firstSteps();
        List<Block> blocks = new ArrayList<>(List.of(new Text(QUESTION), new Text(NOTE)));
        List<List<String>> places = curves.stream()
                .map(curve -> List.of(curve.work(), curve.cores()))
                .distinct()
                .toList();
        boolean several = curves.stream().anyMatch(curve -> curve.library().equals("other"));
        for (List<String> place : places) {
            List<Series> series = new ArrayList<>();
            String unit = "";
            for (FirstStepsCurve curve : curves) {
                if (place.equals(List.of(curve.work(), curve.cores()))) {
                    unit = curve.unit();
                    double[] x = Arrays.stream(curve.first()).asDoubleStream().toArray();
                    Series line = Series.line(
                            several ? curve.setting() + ", " + curve.library() : curve.setting(),
                            x,
                            curve.perElement());
                    series.add(
                            curve.setting().equals(FirstStepsRun.Setting.KERNELS.label)
                                    ? line.between(curve.perElement(), curve.greatestPerElement())
                                    : line);
                }
            }
            blocks.add(Chart.of(
                    place.get(0) + ", cores: " + place.get(1) + "; the band of the default reaches to its slowest step",
                    Axis.log("step"),
                    Axis.log(unit),
                    series));
        }
        blocks.add(new Table(TITLE, HEADER, rows(curves)));
        return blocks;
    }
}
