package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.schedule.Scaling;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** 8: learning rate against batch size. */
public final class BatchSizes {
    /** Of the rate that the rule gives. */
    private static final List<Double> FACTORS = List.of(1 / 16.0, 1 / 8.0, 1 / 4.0, 1 / 2.0, 1.0, 2.0);

    /** The rule holds where its rate is within half a point of the best. */
    private static final double HOLDS = 0.005;

    /** Convergence is when the mean loss of the last so many images is below this. */
    private static final double TARGET = 0.3;

    private static final int WINDOW = 2048;

    /**
     * What was measured.
     *
     * @param rate at batch 128, from section 5; it gives the middle of the grid
     * @param runs by batch size, by factor, by seed
     */
    public record Data(double rate, List<List<List<Result>>> runs) {}

    private BatchSizes() {}

    public static Data measure(LabContext lab, double rate) {
        List<Run> runs = new ArrayList<>();
        for (int batch : lab.scale().batches()) {
            Run run = lab.longRun(
                            lab.scale().hidden(),
                            LectureRule.SGD.rule,
                            batch,
                            lab.scale().searchEpochs())
                    .checked(1);
            FACTORS.forEach(factor -> runs.add(run.at(factor * Scaling.linear(rate, Scale.BATCH, batch))));
        }
        List<List<Result>> grid = lab.grid(runs);
        return new Data(
                rate,
                IntStream.range(0, lab.scale().batches().size())
                        .mapToObj(i -> grid.subList(i * FACTORS.size(), (i + 1) * FACTORS.size()))
                        .toList());
    }

    public static Findings section(LabContext lab, Data data) {
        List<Integer> batches = lab.scale().batches();
        int images = lab.images();
        int[] best = data.runs.stream().mapToInt(Measures::best).toArray();
        double[] accuracies = IntStream.range(0, batches.size())
                .mapToDouble(b -> accuracy(data, b, best[b]))
                .toArray();
        double[] byRule = IntStream.range(0, batches.size())
                .mapToDouble(b -> accuracy(data, b, best[0]))
                .toArray();
        double[] steps = IntStream.range(0, batches.size())
                .mapToDouble(b -> Measures.mean(
                        data.runs.get(b).get(best[b]),
                        result -> stepsToTarget(result, Math.min(batches.get(b), images))))
                .toArray();
        List<String> method = List.of(
                "The network " + lab.network(lab.scale().hidden()) + ", SGD with momentum 0.9 at a constant rate, "
                        + OptimizerFamily.epochs(lab.scale().searchEpochs()) + " of " + Format.count(images)
                        + " images at every batch size, " + lab.seedsText() + ". At batch " + Scale.BATCH
                        + " the rates are 1/16 to 2 times " + Format.rate(data.rate)
                        + ", a factor of 2 apart, and at other sizes these times the batch by " + Scale.BATCH
                        + ". The best by validation accuracy at batch " + batches.getFirst()
                        + " gives, by the rule, the rate of every other size.",
                "The network has converged when the mean loss of the last " + Format.count(WINDOW) + " images is below "
                        + TARGET + ".");
        double[] x = batches.stream().mapToDouble(batch -> batch).toArray();
        List<List<String>> rows = IntStream.range(0, batches.size())
                .mapToObj(b -> List.of(
                        String.valueOf(batches.get(b)),
                        Format.rate(rate(data, batches.get(b), best[b])),
                        Format.percent(accuracies[b]),
                        Format.rate(rate(data, batches.get(b), best[0])),
                        Format.percent(byRule[b]),
                        steps[b] < Double.POSITIVE_INFINITY ? Format.count(Math.round(steps[b])) : "not reached",
                        steps[b] < Double.POSITIVE_INFINITY
                                ? Format.count(Math.round(steps[b] * batches.get(b)))
                                : "not reached"))
                .toList();
        return new Findings(
                "Learning rate and batch size",
                method,
                List.of(
                        faster(batches.getFirst(), steps[0], batches.getLast(), steps[steps.length - 1]),
                        scaling(batches, accuracies, byRule)),
                List.of(
                        Findings.chart(
                                "Validation accuracy by batch size",
                                "batch size",
                                "accuracy (%)",
                                true,
                                false,
                                List.of(
                                        curve("best rate", x, data, best),
                                        curve(
                                                "rate by the linear scaling rule",
                                                x,
                                                data,
                                                IntStream.generate(() -> best[0])
                                                        .limit(batches.size())
                                                        .toArray()))),
                        Findings.chart(
                                "Learning rate by batch size",
                                "batch size",
                                "learning rate",
                                true,
                                true,
                                List.of(
                                        Curves.of(
                                                "best",
                                                x,
                                                List.of(Curves.row(
                                                        batches.size(), b -> rate(data, batches.get(b), best[b])))),
                                        Curves.of(
                                                "by the rule",
                                                x,
                                                List.of(Curves.row(
                                                        batches.size(), b -> rate(data, batches.get(b), best[0]))))))),
                List.of(new Table(
                        "By batch size",
                        List.of(
                                "batch size",
                                "best rate",
                                "validation accuracy",
                                "rate by the rule",
                                "validation accuracy",
                                "steps to converge",
                                "images to converge"),
                        rows)));
    }

    private static double rate(Data data, int batch, int factor) {
        return FACTORS.get(factor) * Scaling.linear(data.rate, Scale.BATCH, batch);
    }

    private static double accuracy(Data data, int batch, int factor) {
        return Measures.accuracy(data.runs.get(batch).get(factor)).mean();
    }

    private static Series curve(String name, double[] x, Data data, int... factors) {
        int seeds = data.runs.getFirst().getFirst().size();
        return Curves.of(
                name,
                x,
                IntStream.range(0, seeds)
                        .mapToObj(seed -> Curves.row(
                                x.length,
                                b -> 100
                                        * data.runs
                                                .get(b)
                                                .get(factors[b])
                                                .get(seed)
                                                .accuracy()))
                        .toList());
    }

    /** Steps until the network has converged; infinite if it has not. */
    public static double stepsToTarget(Result result, int batch) {
        int window = Math.max(1, WINDOW / batch);
        float[] losses = result.losses();
        double sum = 0;
        for (int i = 0; i < losses.length; i++) {
            sum += losses[i] - (i >= window ? losses[i - window] : 0);
            if (i >= window - 1 && sum / window < TARGET) {
                return i + 1;
            }
        }
        return Double.POSITIVE_INFINITY;
    }

    public static Claim faster(int small, double smallSteps, int large, double largeSteps) {
        boolean steps = largeSteps < smallSteps;
        boolean images = largeSteps * large < smallSteps * small;
        return new Claim(
                "Learning Rate vs. Batch Size",
                "“Bigger batch sizes → faster convergence”",
                "At the best rates of the smallest and the largest batch size. Confirmed if the largest converges after"
                        + " fewer steps and fewer images; refuted if after fewer of neither.",
                Verdict.of(steps && images, !steps && !images),
                "Batch " + small + " converges after " + after(smallSteps, small) + ", batch " + large + " after "
                        + after(largeSteps, large) + ".");
    }

    private static String after(double steps, int batch) {
        return steps < Double.POSITIVE_INFINITY
                ? Format.count(Math.round(steps)) + " steps, " + Format.count(Math.round(steps * batch)) + " images"
                : "more than were given";
    }

    /** Where the rule's rate is as good as the best, from the smallest batch size on without a gap. */
    public static Claim scaling(List<Integer> batches, double[] best, double[] byRule) {
        int holds = 0;
        while (holds + 1 < best.length && byRule[holds + 1] >= best[holds + 1] - HOLDS) {
            holds++;
        }
        int factor = batches.get(holds) / batches.getFirst();
        boolean all = holds == batches.size() - 1;
        return new Claim(
                "Learning Rate vs. Batch Size",
                "“When the minibatch size is multiplied by k, multiply the learning rate by k (fixing # epochs)”",
                "It holds where its rate is within half a point of the best, by validation accuracy. Confirmed if it"
                        + " holds from the smallest batch size to 8 times that or further; refuted if it fails at the"
                        + " first larger size.",
                Verdict.of(factor >= 8, holds == 0),
                all
                        ? "It holds from batch " + batches.getFirst() + " to the largest tried, " + batches.getLast()
                                + " (" + factor + " times)."
                        : "From batch " + batches.getFirst() + " it holds to " + batches.get(holds) + " (" + factor
                                + " times); at " + batches.get(holds + 1) + " its rate gives "
                                + Format.percent(byRule[holds + 1]) + ", the best " + Format.percent(best[holds + 1])
                                + ".");
    }
}
