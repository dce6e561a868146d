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
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** 6: Lion and the batch size. */
public final class LionBatches {
    private static final List<LectureRule> MEMBERS = List.of(LectureRule.LION, LectureRule.ADAMW);

    /** By how much the one must lose more than the other. */
    private static final double MARGIN = 0.003;

    /**
     * What was measured of a rule at a batch size.
     *
     * @param rate the best
     * @param tuned at the best rate, a run a seed
     * @param kept at the rate of batch 128
     */
    public record At(double rate, List<Result> tuned, List<Result> kept) {}

    /**
     * What was measured.
     *
     * @param rules by rule, by batch size
     */
    public record Data(List<List<At>> rules) {}

    private LionBatches() {}

    public static Data measure(LabContext lab, double lion, double adamw) {
        return new Data(lab.trainings()
                .each(MEMBERS, member -> rule(lab, member, member == LectureRule.LION ? lion : adamw)));
    }

    private static List<At> rule(LabContext lab, LectureRule member, double rate) {
        return lab.trainings().each(lab.scale().lionBatches(), batch -> {
            Run run = lab.longRun(
                            lab.scale().hidden(),
                            member.rule,
                            batch,
                            lab.scale().searchEpochs())
                    .tested(1);
            List<Double> rates = LabContext.around(Scaling.squareRoot(rate, Scale.BATCH, batch), 3);
            List<List<Result>> grid = lab.grid(
                    Stream.concat(Stream.of(rate), rates.stream()).map(run::at).toList());
            List<List<Result>> tried = grid.subList(1, grid.size());
            int best = Measures.best(tried);
            return new At(rates.get(best), tried.get(best), grid.getFirst());
        });
    }

    public static Findings section(LabContext lab, Data data) {
        List<Integer> batches = lab.scale().lionBatches();
        List<String> method = List.of("The network " + lab.network(lab.scale().hidden()) + ", "
                + OptimizerFamily.epochs(lab.scale().searchEpochs()) + " of "
                + Format.count(lab.images()) + " images at every batch size, constant rates, "
                + lab.seedsText()
                + ". Tuned: the best by validation accuracy of three rates, two a decade around the rate"
                + " of section 5 times the root of the batch by " + Scale.BATCH + ". Kept: the rate of section 5.");
        double[] x = batches.stream().mapToDouble(batch -> batch).toArray();
        List<Series> curves = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (int m = 0; m < MEMBERS.size(); m++) {
            List<At> rule = data.rules.get(m);
            String name = MEMBERS.get(m).text;
            curves.add(curve(name + ", tuned", x, rule.stream().map(At::tuned).toList()));
            curves.add(curve(name + ", kept", x, rule.stream().map(At::kept).toList()));
            for (int b = 0; b < batches.size(); b++) {
                At at = rule.get(b);
                rows.add(List.of(
                        name,
                        String.valueOf(batches.get(b)),
                        Format.rate(at.rate),
                        Format.percent(Measures.test(at.tuned)),
                        Format.percent(Measures.test(at.kept))));
            }
        }
        return new Findings(
                "Lion and the batch size",
                method,
                List.of(
                        sensitive(
                                "with the rate tuned for each",
                                tests(data.rules.get(0), true),
                                tests(data.rules.get(1), true)),
                        sensitive(
                                "with the rate kept",
                                tests(data.rules.get(0), false),
                                tests(data.rules.get(1), false))),
                List.of(Findings.chart(
                        "Test accuracy by batch size", "batch size", "accuracy (%)", true, false, curves)),
                List.of(new Table(
                        "Test accuracy", List.of("rule", "batch size", "best rate", "tuned", "rate kept"), rows)));
    }

    private static Series curve(String name, double[] x, List<List<Result>> batches) {
        int seeds = batches.getFirst().size();
        return Curves.of(
                name,
                x,
                IntStream.range(0, seeds)
                        .mapToObj(seed -> batches.stream()
                                .mapToDouble(results -> 100 * results.get(seed).test())
                                .toArray())
                        .toList());
    }

    private static double[] tests(List<At> rule, boolean tuned) {
        return rule.stream()
                .mapToDouble(at -> Measures.test(tuned ? at.tuned : at.kept).mean())
                .toArray();
    }

    public static Claim sensitive(String how, double[] lion, double[] adamw) {
        double lionDrop = drop(lion);
        double adamwDrop = drop(adamw);
        return new Claim(
                "Lion",
                "Lion is “sensitive to batch size”, " + how,
                "Taken is how far the best batch size is above the worst, in mean test accuracy. Confirmed if that is"
                        + " for Lion at least 0.3 points more than for AdamW; refuted if it is not more.",
                Verdict.of(lionDrop - adamwDrop >= MARGIN, lionDrop <= adamwDrop),
                "From the best batch size to the worst Lion loses " + Format.digits(100 * lionDrop, 3)
                        + " points, AdamW " + Format.digits(100 * adamwDrop, 3) + ".");
    }

    private static double drop(double... accuracies) {
        return DoubleStream.of(accuracies).max().orElseThrow()
                - DoubleStream.of(accuracies).min().orElseThrow();
    }
}
