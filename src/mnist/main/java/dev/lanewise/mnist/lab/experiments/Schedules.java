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
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Table;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.WarmupCosine;
import java.util.ArrayList;
import java.util.List;

/** Learning rate schedules against a constant rate. */
public final class Schedules implements Experiment {
    private static final List<LectureRule> RULES = List.of(LectureRule.SGD, LectureRule.ADAMW);

    /** A schedule of the comparison. */
    private enum Kind {
        CONSTANT("constant"),
        STEP("step"),
        COSINE("cosine"),
        WARMUP_COSINE("warmup + cosine");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        private Run of(Run run) {
            double rate = run.rate();
            int steps = run.steps();
            return switch (this) {
                case CONSTANT -> run;
                case STEP -> run.with(new MultiStep(rate, 0.1, Math.max(1, steps / 2), Math.max(2, steps * 3L / 4)));
                case COSINE -> run.with(new Cosine(rate, steps));
                case WARMUP_COSINE -> run.with(new WarmupCosine(rate, steps / 20, steps));
            };
        }
    }

    @Override
    public String title() {
        return "Learning Rate Schedules";
    }

    private static double rate(LabContext lab, LectureRule rule) {
        return lab.experiment(OptimizerFamily.class).best(lab, rule);
    }

    private static Run run(LabContext lab, LectureRule rule, Kind kind) {
        return kind.of(lab.comparedRun(rule, rate(lab, rule)));
    }

    private static SeedStatistics test(LabContext lab, LectureRule rule, Kind kind) {
        return Measures.test(lab.results(run(lab, rule, kind)));
    }

    /** {@return the best of some schedules by the validation images, for the test images decide no choice} */
    private static Kind best(LabContext lab, LectureRule rule, Kind... kinds) {
        List<Run> runs = new ArrayList<>();
        for (Kind kind : kinds) {
            runs.add(run(lab, rule, kind));
        }
        return kinds[runs.indexOf(lab.best(runs))];
    }

    @Override
    public void prefetch(LabContext lab) {
        List<Run> runs = new ArrayList<>();
        for (LectureRule rule : RULES) {
            for (Kind kind : Kind.values()) {
                runs.add(run(lab, rule, kind));
            }
        }
        lab.prefetch(runs);
    }

    @Override
    public Findings findings(LabContext lab) {
        List<Claim> claims = new ArrayList<>();
        List<Chart> charts = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (LectureRule rule : RULES) {
            Kind decaying = best(lab, rule, Kind.STEP, Kind.COSINE, Kind.WARMUP_COSINE);
            claims.add(stops(
                    rule.text,
                    Measures.of(lab.results(run(lab, rule, Kind.CONSTANT)), Schedules::gain),
                    test(lab, rule, Kind.CONSTANT),
                    decaying.text,
                    test(lab, rule, decaying)));
            claims.add(cosine(lab, rule));
            charts.add(Curves.chart(
                    "Validation accuracy, " + rule.text,
                    Axis.linear("epoch"),
                    Axis.linear("accuracy (%)"),
                    List.of(Kind.values()).stream()
                            .map(kind -> Measures.accuracies(
                                    kind.text,
                                    lab.results(run(lab, rule, kind)),
                                    lab.scale().epochs()))
                            .toList()));
            for (Kind kind : Kind.values()) {
                List<Result> seeds = lab.results(run(lab, rule, kind));
                rows.add(List.of(
                        rule.text,
                        kind.text,
                        Format.percent(Measures.accuracy(seeds)),
                        Format.percent(Measures.test(seeds)),
                        Format.digits(Measures.of(seeds, Result::lastLoss).mean(), 2)));
            }
        }
        return new Findings(
                title(),
                List.of("The network " + lab.network(lab.scale().hidden()) + ", "
                        + Format.epochs(lab.scale().epochs()) + ", SGD with momentum 0.9 at "
                        + Format.rate(rate(lab, LectureRule.SGD))
                        + " and AdamW at " + Format.rate(rate(lab, LectureRule.ADAMW))
                        + ", the best constant rates of " + lab.reference(OptimizerFamily.class)
                        + ", which are the schedules' highest; " + lab.seedsText()
                        + ". Step: a tenth after half of the steps and again after three quarters. Cosine: down to 0."
                        + " Warmup: 5 % of the steps."),
                claims,
                charts,
                List.of(new Table(
                        "At the end",
                        List.of("rule", "schedule", "validation accuracy", "test accuracy", "training loss"),
                        rows)));
    }

    /** {@return the validation accuracy that the last third of the epochs adds} */
    private static double gain(Result result) {
        double[] accuracies = result.accuracies();
        return result.accuracy() - accuracies[Math.max(0, accuracies.length * 2 / 3 - 1)];
    }

    /** {@return the claim that a cosine schedule with warmup works well for a rule} */
    static Claim cosine(LabContext lab, LectureRule rule) {
        Kind other = best(lab, rule, Kind.STEP, Kind.COSINE);
        return cosine(
                rule.text,
                test(lab, rule, Kind.WARMUP_COSINE),
                test(lab, rule, Kind.CONSTANT),
                other.text,
                test(lab, rule, other));
    }

    /** {@return the claims of the lecture's summary about schedules} */
    List<Claim> summary(LabContext lab) {
        return RULES.stream().map(rule -> cosine(lab, rule)).toList();
    }

    static Claim stops(
            String rule, SeedStatistics gain, SeedStatistics constant, String name, SeedStatistics decaying) {
        SeedStatistics difference = decaying.minus(constant);
        return new Claim(
                "Learning Rate Schedules",
                "“A fixed learning rate will eventually stop making progress”, for " + rule,
                "Confirmed if the last third of the epochs decidedly adds less than 0.1 points to the validation"
                        + " accuracy at the constant rate, and the decaying schedule that is best on the validation"
                        + " images is decidedly above it on the test images; refuted if decidedly neither is so; mixed"
                        + " if decidedly one.",
                Verdict.both(
                        Verdict.below(gain, Verdict.MARGIN, Verdict.MARGIN),
                        Verdict.above(difference, Verdict.MARGIN, Verdict.MARGIN)),
                "The last third adds " + Format.points(gain) + "; constant " + Format.percent(constant) + ", " + name
                        + " " + Format.percent(decaying) + ": " + Format.points(difference) + ".");
    }

    static Claim cosine(
            String rule, SeedStatistics cosine, SeedStatistics constant, String name, SeedStatistics other) {
        SeedStatistics gain = cosine.minus(constant);
        SeedStatistics lead = cosine.minus(other);
        Verdict better = Verdict.above(gain, Verdict.MARGIN, Verdict.MARGIN);
        Verdict asGood = Verdict.above(lead, -Verdict.AS_GOOD, -Verdict.AS_GOOD);
        return new Claim(
                "Advanced Training - TL;DR",
                "“Cosine schedule with warmup works well”, for " + rule,
                "By test accuracy. Confirmed if it is decidedly above the constant rate and decidedly at most 0.3"
                        + " points below the better of the other schedules, by the validation images; refuted if it is"
                        + " decidedly not above the constant rate; mixed if it is above but decidedly further below the"
                        + " other schedule.",
                better == Verdict.REFUTED ? better : Verdict.both(better, asGood),
                "Warmup + cosine " + Format.percent(cosine) + ", constant " + Format.percent(constant) + ": "
                        + Format.points(gain) + "; " + name + " " + Format.percent(other) + ".");
    }
}
