package dev.lanewise.mnist.cli;

import dev.lanewise.report.Annotation;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import dev.lanewise.tune.LearningRateRangeTest;
import dev.lanewise.tune.LearningRateRangeTest.Point;
import dev.lanewise.tune.LearningRateSearch;
import dev.lanewise.tune.LearningRateSearch.Attempt;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** The charts of {@code find-lr}. */
final class RateCharts {
    private RateCharts() {}

    /** {@return the loss by rate, with the suggestions} */
    static Chart range(LearningRateRangeTest.Result result) {
        double[] rates =
                result.points().stream().mapToDouble(Point::learningRate).toArray();
        List<Annotation> marks = new ArrayList<>();
        mark(marks, "valley", result.valley());
        mark(marks, "slide", result.slide());
        mark(marks, "minimum / 10", result.minimum());
        mark(marks, "steep", result.steep());
        return new Chart(
                "Range test: the loss while the learning rate grows",
                Axis.log("learning rate"),
                Axis.log("loss"),
                List.of(
                        Series.line("smoothed", rates, values(result, Point::smoothed)),
                        Series.line("of each batch", rates, values(result, Point::loss))
                                .with(Series.Style.POINTS)),
                marks);
    }

    private static double[] values(LearningRateRangeTest.Result result, ToDoubleFunction<Point> value) {
        return result.points().stream().mapToDouble(value).toArray();
    }

    /** {@return the accuracy by rate, or without it the last loss} */
    static Chart largest(List<String> names, List<LearningRateSearch.Result> results) {
        boolean accuracy = results.stream()
                .flatMap(result -> result.attempts().stream())
                .anyMatch(attempt -> attempt.result().accuracy().isPresent());
        List<Series> series = new ArrayList<>();
        List<Annotation> marks = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            List<Attempt> attempts = results.get(i).attempts();
            series.add(Series.line(
                            names.get(i),
                            attempts.stream().mapToDouble(Attempt::learningRate).toArray(),
                            attempts.stream()
                                    .mapToDouble(attempt -> accuracy ? accuracy(attempt) : lastLoss(attempt))
                                    .toArray())
                    .with(Series.Style.LINE_AND_POINTS));
            String of = results.size() == 1 ? "" : " of " + names.get(i);
            mark(
                    marks,
                    "too high" + (results.size() == 1 ? "" : " for " + names.get(i)),
                    results.get(i).limit());
            mark(marks, "best" + of, results.get(i).best());
        }
        return new Chart(
                "Trainings at different learning rates",
                Axis.log("learning rate"),
                accuracy
                        ? Axis.linear("validation accuracy, %").between(Double.NaN, 108)
                        : Axis.log("loss of the last batch"),
                series,
                marks);
    }

    private static double accuracy(Attempt attempt) {
        return 100 * attempt.result().accuracy().orElse(Double.NaN);
    }

    private static double lastLoss(Attempt attempt) {
        double[] losses = attempt.result().losses();
        return losses[losses.length - 1];
    }

    private static void mark(List<Annotation> marks, String label, OptionalDouble rate) {
        rate.ifPresent(value -> marks.add(new Annotation(value, label)));
    }
}
