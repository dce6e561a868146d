package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Experiment;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Table;
import dev.lanewise.schedule.Scaling;
import java.util.ArrayList;
import java.util.List;

/** Learning rate against batch size. */
public final class BatchSizes implements Experiment {
    private static final String SLIDE = "Learning Rate vs. Batch Size";

    /** The rates of the grid, in units of the rate that the linear scaling rule gives. */
    private static final List<Double> FACTORS = List.of(1 / 16.0, 1 / 8.0, 1 / 4.0, 1 / 2.0, 1.0, 2.0);

    /** The rule holds where its rate is within half a point of the best. */
    private static final double HOLDS = 0.005;

    /** A network has converged when the mean loss of the last so many images is below this. */
    private static final double TARGET = 0.3;

    private static final int WINDOW = 2048;

    @Override
    public String title() {
        return SLIDE;
    }

    private static double usual(LabContext lab) {
        return lab.experiment(OptimizerFamily.class).best(lab, LectureRule.SGD);
    }

    private static Run at(LabContext lab, int batch, double factor) {
        return lab.longRun(
                        lab.scale().hidden(),
                        LectureRule.SGD.rule,
                        batch,
                        lab.scale().searchEpochs())
                .checked(1)
                .at(factor * Scaling.linear(usual(lab), Scale.BATCH, batch));
    }

    private static List<Run> grid(LabContext lab, int batch) {
        return FACTORS.stream().map(factor -> at(lab, batch, factor)).toList();
    }

    private static Run best(LabContext lab, int batch) {
        return lab.best(grid(lab, batch));
    }

    /** {@return the run at the rate that follows by the rule from the best of the smallest batch size} */
    private static Run byRule(LabContext lab, int batch) {
        int smallest = lab.scale().batches().getFirst();
        List<Run> grid = grid(lab, smallest);
        return at(lab, batch, FACTORS.get(grid.indexOf(lab.best(grid))));
    }

    private static SeedStatistics accuracy(LabContext lab, Run run) {
        return Measures.accuracy(lab.results(run));
    }

    private static SeedStatistics steps(LabContext lab, int batch) {
        return Measures.of(
                lab.results(best(lab, batch)), result -> stepsToTarget(result, Math.min(batch, lab.images())));
    }

    @Override
    public void prefetch(LabContext lab) {
        lab.prefetch(lab.scale().batches().stream()
                .flatMap(batch -> grid(lab, batch).stream())
                .toList());
    }

    @Override
    public Findings findings(LabContext lab) {
        List<Integer> batches = lab.scale().batches();
        List<SeedStatistics> best = new ArrayList<>();
        List<SeedStatistics> byRule = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (int batch : batches) {
            best.add(accuracy(lab, best(lab, batch)));
            byRule.add(accuracy(lab, byRule(lab, batch)));
            double steps = steps(lab, batch).mean();
            boolean converged = steps < Double.POSITIVE_INFINITY;
            rows.add(List.of(
                    String.valueOf(batch),
                    Format.rate(best(lab, batch).rate()),
                    Format.percent(best.getLast()),
                    Format.rate(byRule(lab, batch).rate()),
                    Format.percent(byRule.getLast()),
                    converged ? Format.count(Math.round(steps)) : "not reached",
                    converged ? Format.count(Math.round(steps * batch)) : "not reached"));
        }
        return new Findings(
                title(),
                method(lab),
                List.of(
                        faster(
                                batches.getFirst(),
                                steps(lab, batches.getFirst()),
                                batches.getLast(),
                                steps(lab, batches.getLast())),
                        scaling(batches, best, byRule)),
                charts(lab, best, byRule),
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

    private static List<String> method(LabContext lab) {
        return List.of(
                "The network " + lab.network(lab.scale().hidden()) + ", SGD with momentum 0.9 at a constant rate, "
                        + Format.epochs(lab.scale().searchEpochs()) + " of " + Format.count(lab.images())
                        + " images at every batch size, " + lab.seedsText() + ". At batch " + Scale.BATCH
                        + " the rates are 1/16 to 2 times " + Format.rate(usual(lab))
                        + ", the best of " + lab.reference(OptimizerFamily.class)
                        + ", a factor of 2 apart, and at other sizes these times the batch by " + Scale.BATCH
                        + ". The best by validation accuracy at batch "
                        + lab.scale().batches().getFirst() + " gives, by the rule, the rate of every other size.",
                "The network has converged when the mean loss of the last " + Format.count(WINDOW) + " images is below "
                        + TARGET + ".");
    }

    private static List<Chart> charts(LabContext lab, List<SeedStatistics> best, List<SeedStatistics> byRule) {
        List<Integer> batches = lab.scale().batches();
        double[] x = batches.stream().mapToDouble(batch -> batch).toArray();
        return List.of(
                Curves.chart(
                        "Validation accuracy by batch size",
                        Axis.log("batch size"),
                        Axis.linear("accuracy (%)"),
                        List.of(
                                Curves.bySeed("best rate", x, percent(best)),
                                Curves.bySeed("rate by the linear scaling rule", x, percent(byRule)))),
                Curves.chart(
                        "Learning rate by batch size",
                        Axis.log("batch size"),
                        Axis.log("learning rate"),
                        List.of(
                                Curves.of(
                                        "best",
                                        x,
                                        List.of(Curves.row(
                                                x.length,
                                                b -> best(lab, batches.get(b)).rate()))),
                                Curves.of(
                                        "by the rule",
                                        x,
                                        List.of(Curves.row(
                                                x.length,
                                                b -> byRule(lab, batches.get(b)).rate()))))));
    }

    private static List<SeedStatistics> percent(List<SeedStatistics> fractions) {
        return fractions.stream().map(each -> each.map(value -> 100 * value)).toList();
    }

    /** {@return the steps until the network has converged; infinite if it has not} */
    static double stepsToTarget(Result result, int batch) {
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

    static Claim faster(int small, SeedStatistics smallSteps, int large, SeedStatistics largeSteps) {
        SeedStatistics steps = largeSteps.over(smallSteps);
        SeedStatistics images = steps.map(ratio -> ratio * large / small);
        return new Claim(
                SLIDE,
                "“Bigger batch sizes → faster convergence”",
                "At the best rates of the smallest and the largest batch size. Confirmed if the largest decidedly"
                        + " converges after fewer steps and fewer images; refuted if after fewer of neither; mixed if"
                        + " after fewer of one.",
                Verdict.both(Verdict.below(steps, 1, 1), Verdict.below(images, 1, 1)),
                "Batch " + small + " converges after " + after(smallSteps.mean(), small) + ", batch " + large
                        + " after " + after(largeSteps.mean(), large) + ".");
    }

    private static String after(double steps, int batch) {
        return steps < Double.POSITIVE_INFINITY
                ? Format.count(Math.round(steps)) + " steps, " + Format.count(Math.round(steps * batch)) + " images"
                : "more than were given";
    }

    /** The batch sizes are taken from the smallest on, as long as the rule's rate is decidedly as good as the best. */
    static Claim scaling(List<Integer> batches, List<SeedStatistics> best, List<SeedStatistics> byRule) {
        int holds = 0;
        Verdict next = Verdict.CONFIRMED;
        while (next == Verdict.CONFIRMED && holds + 1 < batches.size()) {
            next = Verdict.below(best.get(holds + 1).minus(byRule.get(holds + 1)), HOLDS, HOLDS);
            holds += next == Verdict.CONFIRMED ? 1 : 0;
        }
        int factor = batches.get(holds) / batches.getFirst();
        String until = "From batch " + batches.getFirst() + " it decidedly holds to " + batches.get(holds) + " ("
                + factor + " times)";
        Verdict stopped = next != Verdict.REFUTED ? Verdict.UNDECIDED : holds == 0 ? Verdict.REFUTED : Verdict.MIXED;
        return new Claim(
                SLIDE,
                "“When the minibatch size is multiplied by k, multiply the learning rate by k (fixing # epochs)”",
                "It holds where its rate is decidedly within half a point of the best, by validation accuracy, and"
                        + " fails where it is decidedly not. Confirmed if it holds from the smallest batch size to 8"
                        + " times that or further; refuted if it fails at the first larger size; mixed if it fails"
                        + " later.",
                factor >= 8 ? Verdict.CONFIRMED : stopped,
                holds == batches.size() - 1
                        ? until + ", the largest tried."
                        : until + "; at " + batches.get(holds + 1) + " its rate gives "
                                + Format.percent(byRule.get(holds + 1)) + ", the best "
                                + Format.percent(best.get(holds + 1)) + ".");
    }
}
