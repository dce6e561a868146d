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
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Table;
import dev.lanewise.schedule.LinearWarmup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** 9: warmup, and how fast the network changes in the first steps. */
public final class WarmupExperiment {
    private static final List<LectureRule> MEMBERS = List.of(LectureRule.SGD, LectureRule.ADAMW);

    /** Of the best rate. */
    private static final List<Double> FACTORS = List.of(1.0, 4.0, 16.0);

    /** Steps that are the beginning. */
    private static final int FIRST = 10;

    /**
     * What was measured.
     *
     * @param rates of each rule, from section 5
     * @param constant by rule, by factor, by seed
     * @param warmed the same with warmup
     */
    public record Data(List<Double> rates, List<List<List<Result>>> constant, List<List<List<Result>>> warmed) {}

    private WarmupExperiment() {}

    private static int warmup(LabContext lab) {
        return Math.max(1, lab.scale().steps() / 4);
    }

    public static Data measure(LabContext lab, double sgd, double adamw) {
        List<Double> rates = List.of(sgd, adamw);
        List<Run> runs = new ArrayList<>();
        for (int m = 0; m < MEMBERS.size(); m++) {
            Run run = lab.shortRun(lab.scale().hidden(), MEMBERS.get(m).rule)
                    .with(Run.Norms.ALL)
                    .checked(1);
            for (double factor : FACTORS) {
                double rate = factor * rates.get(m);
                runs.add(run.at(rate));
                runs.add(run.with(new LinearWarmup(rate, warmup(lab) - 1, 1.0 / warmup(lab))));
            }
        }
        List<List<Result>> grid = lab.grid(runs);
        return new Data(rates, every(grid, 0), every(grid, 1));
    }

    private static List<List<List<Result>>> every(List<List<Result>> grid, int first) {
        return IntStream.range(0, MEMBERS.size())
                .mapToObj(m -> IntStream.range(0, FACTORS.size())
                        .mapToObj(f -> grid.get(2 * (m * FACTORS.size() + f) + first))
                        .toList())
                .toList();
    }

    public static Findings section(LabContext lab, Data data) {
        int steps = lab.scale().steps();
        List<String> method = List.of("The network " + lab.network(lab.scale().hidden()) + ", " + steps
                + " steps, batches of " + Scale.BATCH + ", " + lab.seedsText() + ", SGD with momentum 0.9 at "
                + Format.rate(data.rates.get(0)) + " and AdamW at " + Format.rate(data.rates.get(1))
                + ", and at 4 and 16 times these; constant, and with a linear warmup of " + warmup(lab)
                + " steps. How fast the network changes is ‖Δθ‖ / ‖θ‖ of all its parameters.");
        List<Claim> claims = new ArrayList<>();
        List<Chart> figures = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (int m = 0; m < MEMBERS.size(); m++) {
            String name = MEMBERS.get(m).text;
            List<float[]> constant =
                    data.constant.get(m).getFirst().stream().map(WarmupExperiment::change).toList();
            List<float[]> warmed =
                    data.warmed.get(m).getFirst().stream().map(WarmupExperiment::change).toList();
            claims.add(rapid(name, constant));
            claims.add(larger(
                    name,
                    data.constant.get(m).stream().map(Measures::accuracy).toList(),
                    data.warmed.get(m).stream().map(Measures::accuracy).toList()));
            figures.add(Findings.chart(
                    "How fast the network changes, " + name + " at " + Format.rate(data.rates.get(m)),
                    "step",
                    "‖Δθ‖ / ‖θ‖",
                    false,
                    true,
                    List.of(
                            Curves.binned("constant rate", constant, steps),
                            Curves.binned("with warmup", warmed, steps))));
            for (int f = 0; f < FACTORS.size(); f++) {
                List<Result> without = data.constant.get(m).get(f);
                List<Result> with = data.warmed.get(m).get(f);
                rows.add(List.of(
                        name,
                        Format.rate(FACTORS.get(f) * data.rates.get(m)),
                        Format.percent(Measures.accuracy(without)),
                        Measures.judged(without),
                        Format.percent(Measures.accuracy(with)),
                        Measures.judged(with)));
            }
        }
        return new Findings(
                "Warmup",
                method,
                claims,
                figures,
                List.of(new Table(
                        "Validation accuracy after " + steps + " steps",
                        List.of("rule", "rate", "constant", "judged", "with warmup", "judged"),
                        rows)));
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

    public static Claim rapid(String rule, List<float[]> seeds) {
        double first = SeedStatistics.of(seeds.stream()
                        .map(seed -> Curves.mean(seed, 0, Math.min(FIRST, seed.length)))
                        .toList())
                .mean();
        double last = SeedStatistics.of(seeds.stream()
                        .map(seed -> Curves.mean(seed, seed.length - Math.max(1, seed.length / 5), seed.length))
                        .toList())
                .mean();
        double factor = first / last;
        return new Claim(
                "Learning Rate Warmup",
                "“Network updates rapidly at the beginning of training”, for " + rule,
                "Confirmed if ‖Δθ‖ / ‖θ‖ at the constant rate is in the first " + FIRST
                        + " steps on average at least twice that of the last fifth; refuted if it is not larger.",
                Verdict.of(factor >= 2, factor <= 1),
                "‖Δθ‖ / ‖θ‖ is " + Format.digits(first, 2) + " in the first " + FIRST + " steps and "
                        + Format.digits(last, 2) + " in the last fifth: " + Format.digits(factor, 2) + " times.");
    }

    public static Claim larger(String rule, List<SeedStatistics> constant, List<SeedStatistics> warmed) {
        int helps = 0;
        int harms = 0;
        int most = 0;
        for (int i = 0; i < constant.size(); i++) {
            helps += warmed.get(i).clearlyAbove(constant.get(i)) ? 1 : 0;
            harms += constant.get(i).clearlyAbove(warmed.get(i)) ? 1 : 0;
            most = warmed.get(i).mean() - constant.get(i).mean()
                            > warmed.get(most).mean() - constant.get(most).mean()
                    ? i
                    : most;
        }
        return new Claim(
                "Learning Rate Warmup",
                "Warmup helps where the rate is large, for " + rule,
                "At 1, 4 and 16 times the best constant rate, by validation accuracy after the same steps. Confirmed if"
                        + " warmup is clearly better at one of them and clearly worse at none; refuted if it is clearly"
                        + " better at none.",
                Verdict.of(helps > 0 && harms == 0, helps == 0),
                "It is clearly better at " + helps + " of " + constant.size() + " rates and clearly worse at " + harms
                        + "; most at " + Format.digits(FACTORS.get(most), 2) + " times the best rate, "
                        + Format.percent(warmed.get(most)) + " against " + Format.percent(constant.get(most)) + ".");
    }
}
