package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Table;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.WarmupCosine;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** 7: schedules. */
public final class Schedules {
    private static final List<LectureRule> MEMBERS = List.of(LectureRule.SGD, LectureRule.ADAMW);
    private static final List<String> NAMES = List.of("constant", "step", "cosine", "warmup + cosine");
    private static final int CONSTANT = 0, WARMUP_COSINE = 3;

    /**
     * What was measured.
     *
     * @param rates of each rule, from section 5
     * @param runs by rule, by schedule, by seed
     */
    public record Data(List<Double> rates, List<List<List<Result>>> runs) {}

    private Schedules() {}

    public static Data measure(LabContext lab, double sgd, double adamw) {
        List<Double> rates = List.of(sgd, adamw);
        List<Run> runs = new ArrayList<>();
        for (int m = 0; m < MEMBERS.size(); m++) {
            Run run = OptimizerFamily.comparedRun(lab, MEMBERS.get(m), rates.get(m));
            schedules(rates.get(m), run.steps()).forEach(schedule -> runs.add(run.with(schedule)));
        }
        List<List<Result>> grid = lab.grid(runs);
        return new Data(rates, List.of(grid.subList(0, NAMES.size()), grid.subList(NAMES.size(), grid.size())));
    }

    private static List<Schedule> schedules(double rate, int steps) {
        return List.of(
                new Constant(rate),
                new MultiStep(rate, 0.1, Math.max(1, steps / 2), Math.max(2, steps * 3L / 4)),
                new Cosine(rate, steps),
                new WarmupCosine(rate, steps / 20, steps));
    }

    public static Findings section(LabContext lab, Data data) {
        List<String> method = List.of("The network " + lab.network(lab.scale().hidden()) + ", "
                + OptimizerFamily.epochs(lab.scale().epochs()) + ", SGD with momentum 0.9 at " + Format.rate(data.rates.get(0))
                + " and AdamW at " + Format.rate(data.rates.get(1))
                + ", the best constant rates of section 5, which are the schedules' highest; " + lab.seedsText()
                + ". Step: a tenth after half of the steps and again after three quarters. Cosine: down to 0. Warmup:"
                + " 5 % of the steps.");
        List<Claim> claims = new ArrayList<>();
        List<Chart> figures = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (int m = 0; m < MEMBERS.size(); m++) {
            String name = MEMBERS.get(m).text;
            List<List<Result>> runs = data.runs.get(m);
            List<SeedStatistics> tests = runs.stream().map(Measures::test).toList();
            claims.add(stops(name, gain(runs.get(CONSTANT)), tests));
            claims.add(cosine(name, tests));
            figures.add(Findings.chart(
                    "Validation accuracy, " + name,
                    "epoch",
                    "accuracy (%)",
                    false,
                    false,
                    IntStream.range(0, NAMES.size())
                            .mapToObj(i -> Measures.accuracies(
                                    NAMES.get(i), runs.get(i), lab.scale().epochs()))
                            .toList()));
            for (int s = 0; s < NAMES.size(); s++) {
                rows.add(List.of(
                        name,
                        NAMES.get(s),
                        Format.percent(Measures.accuracy(runs.get(s))),
                        Format.percent(tests.get(s)),
                        Format.digits(Measures.mean(runs.get(s), Result::lastLoss), 2)));
            }
        }
        return new Findings(
                "Schedules",
                method,
                claims,
                figures,
                List.of(new Table(
                        "At the end",
                        List.of("rule", "schedule", "validation accuracy", "test accuracy", "training loss"),
                        rows)));
    }

    /** What the last third of the epochs adds to the validation accuracy. */
    private static double gain(List<Result> seeds) {
        return Measures.mean(seeds, result -> {
            double[] accuracies = result.accuracies();
            return result.accuracy() - accuracies[Math.max(0, accuracies.length * 2 / 3 - 1)];
        });
    }

    public static Claim stops(String rule, double gain, List<SeedStatistics> tests) {
        SeedStatistics constant = tests.get(CONSTANT);
        int best = best(tests.subList(1, tests.size())) + 1;
        boolean stopped = gain < SeedStatistics.MARGIN;
        boolean worse = tests.get(best).clearlyAbove(constant);
        return new Claim(
                "Learning Rate Schedules",
                "“A fixed learning rate will eventually stop making progress”, for " + rule,
                "Confirmed if the last third of the epochs adds less than 0.1 points to the validation accuracy at the"
                        + " constant rate, and the best decaying schedule is clearly above it on the test images;"
                        + " refuted if neither is so.",
                Verdict.of(stopped && worse, !stopped && !worse),
                "The last third adds " + Format.points(gain) + "; at the end the constant rate has "
                        + Format.percent(constant) + " and " + NAMES.get(best) + " " + Format.percent(tests.get(best))
                        + " of the test images right.");
    }

    public static Claim cosine(String rule, List<SeedStatistics> tests) {
        SeedStatistics cosine = tests.get(WARMUP_COSINE);
        SeedStatistics constant = tests.get(CONSTANT);
        int best = best(tests);
        boolean beaten = tests.get(best).clearlyAbove(cosine);
        boolean above = cosine.clearlyAbove(constant);
        return new Claim(
                "Advanced Training - TL;DR",
                "“Cosine schedule with warmup works well”, for " + rule,
                "By test accuracy. Confirmed if it is clearly above the constant rate and no schedule is clearly above"
                    + " it; refuted if it is not clearly above the constant rate and another schedule is clearly above"
                    + " it, or if the constant rate is.",
                Verdict.of(above && !beaten, !above && beaten || constant.clearlyAbove(cosine)),
                "Warmup + cosine reaches " + Format.percent(cosine) + ", the constant rate " + Format.percent(constant)
                        + ", the best, " + NAMES.get(best) + ", " + Format.percent(tests.get(best)) + ".");
    }

    private static int best(List<SeedStatistics> samples) {
        return IntStream.range(0, samples.size())
                .boxed()
                .max((a, b) ->
                        Double.compare(samples.get(a).mean(), samples.get(b).mean()))
                .orElseThrow();
    }
}
