package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Experiment;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.LaterRule;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Table;
import dev.lanewise.schedule.WarmupCosine;
import java.util.ArrayList;
import java.util.List;

/** Rules that came after the lecture, with the budget of search of {@link OptimizerFamily}; a section that is optional. */
public final class LaterRules implements Experiment {
    private static final List<LaterRule> RULES = List.of(LaterRule.values());

    /** The validation accuracy whose epoch is reported. */
    private static final double GOOD = 0.97;

    @Override
    public String title() {
        return "After the lecture";
    }

    private static List<Run> grid(LabContext lab, UpdateRule rule, double middle) {
        Run run = lab.longRun(
                        lab.scale().hidden(), rule, Scale.BATCH, lab.scale().searchEpochs())
                .checked(1);
        return LabContext.around(middle, lab.scale().points()).stream()
                .map(run::at)
                .toList();
    }

    private static Run compared(LabContext lab, LaterRule rule, double rate) {
        return lab.comparedRun(rule.rule, rate);
    }

    private static double best(LabContext lab, LaterRule rule) {
        return lab.best(grid(lab, rule.rule, rule.middle)).rate();
    }

    private static List<Result> atBest(LabContext lab, LaterRule rule) {
        return lab.results(compared(lab, rule, best(lab, rule)));
    }

    /** {@return AdamW with warmup and cosine at the rates of the grid} */
    private static List<Run> scheduled(LabContext lab) {
        return LabContext.around(LectureRule.ADAMW.middle, lab.scale().points()).stream()
                .map(rate -> {
                    Run run = lab.comparedRun(new AdamW(), rate);
                    return run.with(new WarmupCosine(rate, run.steps() / 20, run.steps()));
                })
                .toList();
    }

    private static int largeBatch(LabContext lab) {
        return Math.min(1024, lab.images() / 4);
    }

    /** {@return the runs of a rule with large batches at the rates of its grid} */
    private static List<Run> large(LabContext lab, UpdateRule rule, double middle) {
        Run run = lab.longRun(
                lab.scale().hidden(), rule, largeBatch(lab), lab.scale().epochs());
        return LabContext.around(middle, lab.scale().points()).stream()
                .map(run::at)
                .toList();
    }

    /** {@return the steps that a rule needs with large batches, at the rate that needs fewest; NaN where none gets there} */
    private static SeedStatistics steps(LabContext lab, List<Run> grid) {
        SeedStatistics fewest = null;
        for (Run run : grid) {
            SeedStatistics steps = Measures.of(lab.results(run), result -> LaterClaims.stepsTo(result.losses()));
            if (fewest == null || !(fewest.mean() <= steps.mean())) {
                fewest = steps;
            }
        }
        return fewest;
    }

    private static List<Run> largeMuon(LabContext lab) {
        return large(lab, LaterRule.MUON.rule, LaterRule.MUON.middle);
    }

    private static List<Run> largeAdamW(LabContext lab) {
        return large(lab, LectureRule.ADAMW.rule, LectureRule.ADAMW.middle);
    }

    @Override
    public void prefetch(LabContext lab) {
        List<Run> independent = new ArrayList<>(scheduled(lab));
        RULES.forEach(rule -> independent.addAll(grid(lab, rule.rule, rule.middle)));
        independent.addAll(largeMuon(lab));
        independent.addAll(largeAdamW(lab));
        independent.add(compared(lab, LaterRule.PRODIGY, 1));
        lab.prefetch(independent);
        lab.prefetch(
                RULES.stream().map(rule -> compared(lab, rule, best(lab, rule))).toList());
    }

    @Override
    public Findings findings(LabContext lab) {
        OptimizerFamily family = lab.experiment(OptimizerFamily.class);
        SeedStatistics adamw = family.test(lab, LectureRule.ADAMW);
        return new Findings(
                title(),
                method(lab),
                List.of(
                        LaterClaims.fewerSteps(
                                steps(lab, largeMuon(lab)), steps(lab, largeAdamW(lab)), largeBatch(lab)),
                        LaterClaims.noSchedule(
                                Measures.test(atBest(lab, LaterRule.SCHEDULE_FREE_ADAMW)),
                                Measures.test(lab.results(lab.best(scheduled(lab))))),
                        LaterClaims.noRate(Measures.test(lab.results(compared(lab, LaterRule.PRODIGY, 1))), adamw)),
                charts(lab),
                List.of(table(lab)));
    }

    private static List<String> method(LabContext lab) {
        return List.of(
                "The rules have the network, the batches, the constant rates and the budget of search of "
                        + lab.reference(OptimizerFamily.class)
                        + ". A rule with an average of the parameters is evaluated by it. Each weight and each bias is"
                        + " a group; Muon has the inner weights, and AdamW the rest.",
                "AdamW is compared as it is there. The claims are those of the rules' authors, and their rules were"
                        + " fixed before anything was measured.");
    }

    private static List<Chart> charts(LabContext lab) {
        int half = RULES.size() / 2;
        return List.of(
                accuracies(lab, "Validation accuracy: Signum to NovoGrad", RULES.subList(0, half)),
                accuracies(lab, "Validation accuracy: LARS to Prodigy", RULES.subList(half, RULES.size())));
    }

    private static Chart accuracies(LabContext lab, String title, List<LaterRule> rules) {
        return Curves.chart(
                title,
                Axis.linear("epoch"),
                Axis.linear("accuracy (%)"),
                rules.stream()
                        .map(rule -> Measures.accuracies(
                                rule.text, atBest(lab, rule), lab.scale().epochs()))
                        .toList());
    }

    private static Table table(LabContext lab) {
        return new Table(
                "Each rule at its best rate of " + lab.scale().points(),
                List.of(
                        "rule",
                        "best rate",
                        "state, bytes a parameter",
                        "epochs to " + Format.digits(100 * GOOD, 2) + " %",
                        "validation accuracy",
                        "test accuracy"),
                RULES.stream()
                        .map(rule -> {
                            List<Result> seeds = atBest(lab, rule);
                            return List.of(
                                    rule.text,
                                    Format.rate(best(lab, rule)),
                                    bytes(rule),
                                    epochs(seeds),
                                    Format.percent(Measures.accuracy(seeds)),
                                    Format.percent(Measures.test(seeds)));
                        })
                        .toList());
    }

    private static String bytes(LaterRule rule) {
        return rule == LaterRule.ADAFACTOR
                ? "nearly 0"
                : String.valueOf(Float.BYTES * rule.rule.state().size());
    }

    /** {@return the first epoch with a good mean accuracy, if there is one} */
    private static String epochs(List<Result> seeds) {
        int checks = seeds.getFirst().accuracies().length;
        for (int i = 0; i < checks; i++) {
            int epoch = i;
            double mean = seeds.stream()
                    .mapToDouble(result -> result.accuracies()[epoch])
                    .average()
                    .orElseThrow();
            if (mean >= GOOD) {
                return String.valueOf(i + 1);
            }
        }
        return "–";
    }
}
