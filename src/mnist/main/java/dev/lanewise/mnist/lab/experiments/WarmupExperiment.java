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
import dev.lanewise.schedule.LinearWarmup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Warmup, and how fast the network changes in the first steps. */
public final class WarmupExperiment implements Experiment {
    private static final String SLIDE = "Learning Rate Warmup";
    private static final List<LectureRule> RULES = List.of(LectureRule.SGD, LectureRule.ADAMW);

    /** The rates that are tried, in units of the best. */
    private static final List<Double> FACTORS = List.of(1.0, 4.0, 16.0);

    /** The steps that are the beginning. */
    private static final int FIRST = 10;

    @Override
    public String title() {
        return SLIDE;
    }

    private static int warmup(LabContext lab) {
        return Math.max(1, lab.scale().steps() / 4);
    }

    private static double rate(LabContext lab, LectureRule rule) {
        return lab.experiment(OptimizerFamily.class).best(lab, rule);
    }

    private static Run constant(LabContext lab, LectureRule rule, double factor) {
        return lab.shortRun(lab.scale().hidden(), rule.rule).with(Run.Norms.ALL).at(factor * rate(lab, rule));
    }

    private static Run warmed(LabContext lab, LectureRule rule, double factor) {
        Run run = constant(lab, rule, factor);
        return run.with(new LinearWarmup(run.rate(), warmup(lab) - 1, 1.0 / warmup(lab)));
    }

    @Override
    public void prefetch(LabContext lab) {
        lab.prefetch(RULES.stream()
                .flatMap(rule -> FACTORS.stream()
                        .flatMap(factor -> Stream.of(constant(lab, rule, factor), warmed(lab, rule, factor))))
                .toList());
    }

    @Override
    public Findings findings(LabContext lab) {
        int steps = lab.scale().steps();
        List<Claim> claims = new ArrayList<>();
        List<Chart> charts = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (LectureRule rule : RULES) {
            List<float[]> constant = changes(lab.results(constant(lab, rule, 1)));
            List<float[]> warmed = changes(lab.results(warmed(lab, rule, 1)));
            List<SeedStatistics> without = new ArrayList<>();
            List<SeedStatistics> with = new ArrayList<>();
            for (double factor : FACTORS) {
                List<Result> plain = lab.results(constant(lab, rule, factor));
                List<Result> warm = lab.results(warmed(lab, rule, factor));
                without.add(Measures.accuracy(plain));
                with.add(Measures.accuracy(warm));
                rows.add(List.of(
                        rule.text,
                        Format.rate(factor * rate(lab, rule)),
                        Format.percent(without.getLast()),
                        Measures.judged(plain),
                        Format.percent(with.getLast()),
                        Measures.judged(warm)));
            }
            claims.add(rapid(rule.text, constant));
            claims.add(larger(rule.text, without, with));
            charts.add(Curves.chart(
                    "How fast the network changes, " + rule.text + " at " + Format.rate(rate(lab, rule)),
                    Axis.linear("step"),
                    Axis.log("‖Δθ‖ / ‖θ‖"),
                    List.of(
                            Curves.binned("constant rate", constant, steps),
                            Curves.binned("with warmup", warmed, steps))));
        }
        return new Findings(
                title(),
                List.of("The network " + lab.network(lab.scale().hidden()) + ", " + steps
                        + " steps, batches of " + Scale.BATCH + ", " + lab.seedsText() + ", SGD with momentum 0.9 at "
                        + Format.rate(rate(lab, LectureRule.SGD)) + " and AdamW at "
                        + Format.rate(rate(lab, LectureRule.ADAMW)) + ", the best of "
                        + lab.reference(OptimizerFamily.class)
                        + ", and at 4 and 16 times these; constant, and with a linear warmup of " + warmup(lab)
                        + " steps. How fast the network changes is ‖Δθ‖ / ‖θ‖ of all its parameters."),
                claims,
                charts,
                List.of(new Table(
                        "Validation accuracy after " + steps + " steps",
                        List.of("rule", "rate", "constant", "judged", "with warmup", "judged"),
                        rows)));
    }

    private static List<float[]> changes(List<Result> seeds) {
        return seeds.stream().map(WarmupExperiment::change).toList();
    }

    private static float[] change(Result result) {
        float[] update = result.update();
        float[] weight = result.weight();
        float[] ratio = new float[update.length];
        for (int i = 0; i < ratio.length; i++) {
            ratio[i] = update[i] / weight[i];
        }
        return ratio;
    }

    static Claim rapid(String rule, List<float[]> seeds) {
        SeedStatistics first = SeedStatistics.of(seeds.stream()
                .map(seed -> Curves.mean(seed, 0, Math.min(FIRST, seed.length)))
                .toList());
        SeedStatistics last = SeedStatistics.of(seeds.stream()
                .map(seed -> Curves.mean(seed, seed.length - Math.max(1, seed.length / 5), seed.length))
                .toList());
        SeedStatistics factor = first.over(last);
        return new Claim(
                SLIDE,
                "“Network updates rapidly at the beginning of training”, for " + rule,
                "Confirmed if ‖Δθ‖ / ‖θ‖ at the constant rate is in the first " + FIRST
                        + " steps on average at least twice that of the last fifth; refuted if it is not larger.",
                Verdict.above(factor, 2, 1),
                "‖Δθ‖ / ‖θ‖ is " + Format.digits(first.mean(), 2) + " in the first " + FIRST + " steps and "
                        + Format.digits(last.mean(), 2) + " in the last fifth: " + Format.digits(factor) + " times.");
    }

    static Claim larger(String rule, List<SeedStatistics> constant, List<SeedStatistics> warmed) {
        int helps = 0;
        int harms = 0;
        int not = 0;
        int most = 0;
        SeedStatistics gain = warmed.getFirst().minus(constant.getFirst());
        for (int i = 0; i < constant.size(); i++) {
            SeedStatistics each = warmed.get(i).minus(constant.get(i));
            helps += warmed.get(i).decidedlyAbove(constant.get(i)) ? 1 : 0;
            harms += constant.get(i).decidedlyAbove(warmed.get(i)) ? 1 : 0;
            not += each.high() <= Verdict.MARGIN ? 1 : 0;
            if (each.mean() > gain.mean()) {
                most = i;
                gain = each;
            }
        }
        Verdict helpful = harms == 0 ? Verdict.CONFIRMED : Verdict.MIXED;
        return new Claim(
                SLIDE,
                "Warmup helps where the rate is large, for " + rule,
                "At 1, 4 and 16 times the best constant rate, by validation accuracy after the same steps. Confirmed if"
                        + " warmup is decidedly better at one of them and decidedly worse at none; mixed if it is both;"
                        + " refuted if it is decidedly not better at any.",
                helps > 0 ? helpful : not == constant.size() ? Verdict.REFUTED : Verdict.UNDECIDED,
                "Decidedly better at " + helps + " of " + constant.size() + " rates, decidedly worse at " + harms
                        + "; most at " + Format.digits(FACTORS.get(most), 2) + " times the best rate, "
                        + Format.percent(warmed.get(most)) + " against " + Format.percent(constant.get(most)) + ": "
                        + Format.points(gain) + ".");
    }
}
