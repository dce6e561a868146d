package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Experiment;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.schedule.Scaling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Lion and the batch size. */
public final class LionBatches implements Experiment {
    private static final List<LectureRule> RULES = List.of(LectureRule.LION, LectureRule.ADAMW);

    @Override
    public String title() {
        return "Lion: Sensitive to batch size";
    }

    private static double usual(LabContext lab, LectureRule rule) {
        return lab.experiment(OptimizerFamily.class).best(lab, rule);
    }

    private static Run run(LabContext lab, LectureRule rule, int batch) {
        return lab.longRun(lab.scale().hidden(), rule.rule, batch, lab.scale().searchEpochs())
                .tested(1);
    }

    /** {@return the run at the rate of the usual batch size} */
    private static Run kept(LabContext lab, LectureRule rule, int batch) {
        return run(lab, rule, batch).at(usual(lab, rule));
    }

    /** {@return the runs from which the best rate of a batch size is chosen} */
    private static List<Run> tried(LabContext lab, LectureRule rule, int batch) {
        double middle = Scaling.squareRoot(usual(lab, rule), Scale.BATCH, batch);
        return LabContext.around(middle, 3).stream()
                .map(run(lab, rule, batch)::at)
                .toList();
    }

    private static Run tuned(LabContext lab, LectureRule rule, int batch) {
        return lab.best(tried(lab, rule, batch));
    }

    @Override
    public void prefetch(LabContext lab) {
        lab.together(RULES.stream()
                .map(rule -> (Runnable) () -> {
                    List<Run> runs = new ArrayList<>();
                    for (int batch : lab.scale().lionBatches()) {
                        runs.add(kept(lab, rule, batch));
                        runs.addAll(tried(lab, rule, batch));
                    }
                    lab.prefetch(runs);
                })
                .toArray(Runnable[]::new));
    }

    @Override
    public Findings findings(LabContext lab) {
        List<Integer> batches = lab.scale().lionBatches();
        double[] x = batches.stream().mapToDouble(batch -> batch).toArray();
        List<Series> curves = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (LectureRule rule : RULES) {
            List<Run> tuned =
                    batches.stream().map(batch -> tuned(lab, rule, batch)).toList();
            List<Run> kept =
                    batches.stream().map(batch -> kept(lab, rule, batch)).toList();
            curves.add(Curves.bySeed(rule.text + ", tuned", x, percent(tests(lab, tuned))));
            curves.add(Curves.bySeed(rule.text + ", kept", x, percent(tests(lab, kept))));
            for (int b = 0; b < batches.size(); b++) {
                rows.add(List.of(
                        rule.text,
                        String.valueOf(batches.get(b)),
                        Format.rate(tuned.get(b).rate()),
                        Format.percent(tests(lab, tuned).get(b)),
                        Format.percent(tests(lab, kept).get(b))));
            }
        }
        return new Findings(
                title(),
                List.of("The network " + lab.network(lab.scale().hidden()) + ", "
                        + Format.epochs(lab.scale().searchEpochs()) + " of "
                        + Format.count(lab.images()) + " images at every batch size, constant rates, "
                        + lab.seedsText()
                        + ". Tuned: the best by validation accuracy of three rates, two a decade around the rate of "
                        + lab.reference(OptimizerFamily.class) + " times the root of the batch by " + Scale.BATCH
                        + ". Kept: the rate of " + lab.reference(OptimizerFamily.class) + "."),
                List.of(
                        sensitive(
                                "with the rate tuned for each",
                                drop(lab, LectureRule.LION, true),
                                drop(lab, LectureRule.ADAMW, true)),
                        sensitive(
                                "with the rate kept",
                                drop(lab, LectureRule.LION, false),
                                drop(lab, LectureRule.ADAMW, false))),
                List.of(Curves.chart(
                        "Test accuracy by batch size", Axis.log("batch size"), Axis.linear("accuracy (%)"), curves)),
                List.of(new Table(
                        "Test accuracy", List.of("rule", "batch size", "best rate", "tuned", "rate kept"), rows)));
    }

    private static List<SeedStatistics> tests(LabContext lab, List<Run> runs) {
        return runs.stream().map(run -> Measures.test(lab.results(run))).toList();
    }

    private static List<SeedStatistics> percent(List<SeedStatistics> fractions) {
        return fractions.stream().map(each -> each.map(value -> 100 * value)).toList();
    }

    private static SeedStatistics drop(LabContext lab, LectureRule rule, boolean tuned) {
        return drop(tests(
                lab,
                lab.scale().lionBatches().stream()
                        .map(batch -> tuned ? tuned(lab, rule, batch) : kept(lab, rule, batch))
                        .toList()));
    }

    /** {@return how far the best batch size is above the worst, with each seed} */
    static SeedStatistics drop(List<SeedStatistics> batches) {
        return SeedStatistics.of(IntStream.range(0, batches.getFirst().count())
                .mapToObj(seed -> {
                    List<Double> accuracies = batches.stream()
                            .map(batch -> batch.values().get(seed))
                            .toList();
                    return Collections.max(accuracies) - Collections.min(accuracies);
                })
                .toList());
    }

    static Claim sensitive(String how, SeedStatistics lion, SeedStatistics adamw) {
        SeedStatistics more = lion.minus(adamw);
        return new Claim(
                "Lion",
                "Lion is “sensitive to batch size”, " + how,
                "Taken is how far the best batch size is above the worst, in test accuracy. Confirmed if that is for"
                        + " Lion at least 0.3 points more than for AdamW; refuted if it is not more.",
                Verdict.above(more, Verdict.AS_GOOD, 0),
                "From the best batch size to the worst Lion loses " + Format.digits(100 * lion.mean(), 3)
                        + " points, AdamW " + Format.digits(100 * adamw.mean(), 3) + ": " + Format.points(more) + ".");
    }
}
