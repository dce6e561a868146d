package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.tune.LearningRateRangeTest;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The charts and tables of {@link OptimizerFamily}.
 *
 * @param family the experiment
 * @param lab the lab with its results
 */
record FamilyFigures(OptimizerFamily family, LabContext lab) {
    /** {@return the charts of the section} */
    List<Chart> charts() {
        return List.of(
                Curves.chart(
                        "Validation accuracy by learning rate",
                        Axis.log("learning rate"),
                        Axis.linear("accuracy (%)"),
                        OptimizerFamily.RULES.stream().map(rule -> search(rule)).toList()),
                accuracies("Validation accuracy: SGD to Adam v0", OptimizerFamily.RULES.subList(0, 4)),
                accuracies("Validation accuracy: Adam to Lion", OptimizerFamily.RULES.subList(4, 8)),
                Curves.chart(
                        "The first steps at rate " + Format.rate(OptimizerFamily.FIRST_RATE),
                        Axis.linear("step"),
                        Axis.log("largest change, in rates"),
                        OptimizerFamily.FIRST.stream()
                                .map(rule -> Curves.first(
                                        rule.text,
                                        lab.results(OptimizerFamily.firstSteps(lab, rule)).stream()
                                                .map(result -> inRates(result.largest()))
                                                .toList(),
                                        Math.min(Curves.POINTS, OptimizerFamily.FIRST_STEPS)))
                                .toList()),
                Curves.chart(
                        "The range test, smoothed loss",
                        Axis.log("learning rate"),
                        Axis.log("smoothed loss (nats)"),
                        OptimizerFamily.RAMPS.stream()
                                .map(rule -> ramp(rule, OptimizerFamily.rangeTest(lab, rule)))
                                .toList()));
    }

    /** {@return the tables of the section} */
    List<Table> tables() {
        return List.of(
                new Table(
                        "Each rule at its best rate",
                        List.of(
                                "rule",
                                "best rate",
                                "rates as good, of " + lab.scale().points(),
                                "state, bytes a parameter",
                                "validation accuracy",
                                "test accuracy"),
                        OptimizerFamily.RULES.stream()
                                .map(rule -> List.of(
                                        rule.text,
                                        Format.rate(family.best(lab, rule)) + edge(rule),
                                        Format.digits(family.asGood(lab, rule).mean(), 2),
                                        String.valueOf(rule.bytes()),
                                        Format.percent(Measures.accuracy(family.atBest(lab, rule))),
                                        Format.percent(family.test(lab, rule))))
                                .toList()),
                new Table(
                        "The rules' other hyperparameters",
                        List.of("rule", "settings"),
                        OptimizerFamily.RULES.stream()
                                .map(rule -> List.of(rule.text, rule.settings()))
                                .toList()),
                new Table(
                        "What the range test suggests",
                        List.of("rule", "valley", "slide", "a tenth of the minimum", "steepest", "best by search"),
                        OptimizerFamily.RAMPS.stream()
                                .map(rule -> suggestions(rule))
                                .toList()));
    }

    private List<String> suggestions(LectureRule rule) {
        LearningRateRangeTest.Result test = OptimizerFamily.rangeTest(lab, rule);
        return Stream.concat(
                        Stream.concat(
                                Stream.of(rule.text),
                                Stream.of(test.valley(), test.slide(), test.minimum(), test.steep())
                                        .map(FamilyFigures::suggestion)),
                        Stream.of(Format.rate(family.best(lab, rule))))
                .toList();
    }

    private static String suggestion(OptionalDouble rate) {
        return Format.rate(rate.orElse(Double.NaN));
    }

    private String edge(LectureRule rule) {
        List<Run> grid = family.grid(lab, rule);
        Run best = lab.best(grid);
        return best.equals(grid.getFirst())
                ? " (the lowest tried)"
                : best.equals(grid.getLast()) ? " (the highest tried)" : "";
    }

    private Series search(LectureRule rule) {
        List<Run> grid = family.grid(lab, rule);
        double[] y = grid.stream()
                .mapToDouble(run -> 100 * Measures.accuracy(lab.results(run)).mean())
                .toArray();
        return Curves.of(rule.text, grid.stream().mapToDouble(Run::rate).toArray(), List.of(y));
    }

    private Chart accuracies(String title, List<LectureRule> rules) {
        return Curves.chart(
                title,
                Axis.linear("epoch"),
                Axis.linear("accuracy (%)"),
                rules.stream()
                        .map(rule -> Measures.accuracies(
                                rule.text, family.atBest(lab, rule), lab.scale().epochs()))
                        .toList());
    }

    private static Series ramp(LectureRule rule, LearningRateRangeTest.Result test) {
        List<LearningRateRangeTest.Point> points = IntStream.range(
                        0, test.points().size())
                .filter(i -> i % 3 == 0)
                .mapToObj(test.points()::get)
                .toList();
        double[] x = points.stream()
                .mapToDouble(LearningRateRangeTest.Point::learningRate)
                .toArray();
        return Curves.of(
                rule.text,
                x,
                List.of(points.stream()
                        .mapToDouble(LearningRateRangeTest.Point::smoothed)
                        .toArray()));
    }

    private static float[] inRates(float[] changes) {
        float[] scaled = new float[changes.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (changes[i] / OptimizerFamily.FIRST_RATE);
        }
        return scaled;
    }
}
