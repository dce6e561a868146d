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
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.tune.RangeTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** 5: from SGD to Lion, each rule with its best rate from the same budget of search. */
public final class OptimizerFamily {
    /** What the first steps are measured in. */
    private static final List<LectureRule> FIRST = List.of(LectureRule.ADAM_V0, LectureRule.RMSPROP, LectureRule.ADAM);

    private static final double FIRST_RATE = 1e-4;
    private static final int FIRST_STEPS = 100;

    /** The rules whose steps are compared in length. */
    private static final List<LectureRule> LENGTHS = List.of(LectureRule.SGD, LectureRule.RPROP);

    /** Steps whose length does not count: momentum is still gathering. */
    private static final int SETTLING = 20;

    /** A rate is as good as the best if the validation accuracy is within one point. */
    private static final double AS_GOOD = 0.01;

    /**
     * What was measured.
     *
     * @param rates the grid of each rule
     * @param searches a row a rate, a column a seed
     * @param finals at the best rate, a run a seed
     * @param firstSteps of {@link #FIRST}, a run a seed
     * @param lengths of {@link #LENGTHS}, a run a seed
     * @param ramps the range tests of SGD and AdamW
     */
    public record Data(
            Map<LectureRule, List<Double>> rates,
            Map<LectureRule, List<List<Result>>> searches,
            Map<LectureRule, List<Result>> finals,
            List<List<Result>> firstSteps,
            List<List<Result>> lengths,
            Map<LectureRule, RangeTest.Result> ramps) {
        public double best(LectureRule member) {
            return rates.get(member).get(Measures.best(searches.get(member)));
        }

        SeedStatistics test(LectureRule member) {
            return Measures.test(finals.get(member));
        }

        /** The largest of the grid at which every seed trains, below the first where not; NaN if none is. */
        public double largest(LectureRule member) {
            double largest = Double.NaN;
            for (int i = 0; i < rates.get(member).size(); i++) {
                if (searches.get(member).get(i).stream().allMatch(Measures::trains)) {
                    largest = rates.get(member).get(i);
                } else if (!Double.isNaN(largest)) {
                    break;
                }
            }
            return largest;
        }

        /** How many rates of the grid are as good as the best. */
        int asGood(LectureRule member) {
            List<List<Result>> search = searches.get(member);
            double best = Measures.accuracy(search.get(Measures.best(search))).mean();
            return (int) search.stream()
                    .filter(seeds -> Measures.accuracy(seeds).mean() >= best - AS_GOOD)
                    .count();
        }
    }

    private OptimizerFamily() {}

    public static Data measure(LabContext lab) {
        List<Integer> hidden = lab.scale().hidden();
        Map<LectureRule, List<Double>> rates = new EnumMap<>(LectureRule.class);
        List<Run> runs = new ArrayList<>();
        for (LectureRule member : LectureRule.values()) {
            rates.put(member, LabContext.around(member.middle, lab.scale().points()));
            Run run = lab.longRun(hidden, member.rule, Scale.BATCH, lab.scale().searchEpochs())
                    .with(Run.Norms.LARGEST)
                    .checked(1);
            rates.get(member).forEach(rate -> runs.add(run.at(rate)));
        }
        List<List<Result>> found = lab.grid(runs);
        Map<LectureRule, List<List<Result>>> searches = new EnumMap<>(LectureRule.class);
        for (LectureRule member : LectureRule.values()) {
            int points = lab.scale().points();
            searches.put(member, found.subList(member.ordinal() * points, (member.ordinal() + 1) * points));
        }
        Data chosen = new Data(rates, searches, Map.of(), List.of(), List.of(), Map.of());
        List<Run> last = new ArrayList<>();
        for (LectureRule member : LectureRule.values()) {
            last.add(comparedRun(lab, member, chosen.best(member)));
        }
        for (LectureRule member : FIRST) {
            last.add(new Run(
                            hidden,
                            member.rule,
                            lab.images(),
                            Scale.BATCH,
                            FIRST_STEPS,
                            lab.seeds().getFirst())
                    .at(FIRST_RATE)
                    .with(Run.Norms.ALL));
        }
        for (LectureRule member : LENGTHS) {
            last.add(lab.shortRun(hidden, member.rule).at(chosen.best(member)).with(Run.Norms.ALL));
        }
        List<List<Result>> results = lab.grid(last);
        Map<LectureRule, List<Result>> finals = new EnumMap<>(LectureRule.class);
        for (LectureRule member : LectureRule.values()) {
            finals.put(member, results.get(member.ordinal()));
        }
        int first = LectureRule.values().length;
        Map<LectureRule, RangeTest.Result> ramps = new EnumMap<>(LectureRule.class);
        for (LectureRule member : List.of(LectureRule.SGD, LectureRule.ADAMW)) {
            ramps.put(member, rangeTest(lab, member));
        }
        return new Data(
                rates,
                searches,
                finals,
                results.subList(first, first + FIRST.size()),
                results.subList(first + FIRST.size(), results.size()),
                ramps);
    }

    /** The run by which rules are compared: at one rate, an accuracy each epoch, tested. */
    public static Run comparedRun(LabContext lab, LectureRule member, double rate) {
        int epochs = lab.scale().epochs();
        return lab.longRun(lab.scale().hidden(), member.rule, Scale.BATCH, epochs)
                .at(rate)
                .tested(epochs);
    }

    /** The range test's own rates are the run's schedule, so that the test can be read from the run. */
    private static RangeTest.Result rangeTest(LabContext lab, LectureRule member) {
        RangeTest test = new RangeTest(1e-6, 10, 100, 0.98, 4);
        Run run = new Run(
                        lab.scale().hidden(),
                        member.rule,
                        lab.images(),
                        Scale.BATCH,
                        test.steps(),
                        lab.seeds().getFirst())
                .with(Ramp.of(test));
        float[] losses = lab.trainings().of(List.of(run)).getFirst().losses();
        return test.run((rate, step) -> losses[(int) step], List.of(), () -> {});
    }

    public static Findings section(LabContext lab, Data data) {
        List<String> method = List.of(
                "The network " + lab.network(lab.scale().hidden()) + ", batches of " + Scale.BATCH
                        + ", constant rates, "
                        + Format.count(lab.images()) + " images. Each rule's rate is the best by validation"
                        + " accuracy of " + lab.scale().points() + " rates, two a decade around its usual one, after "
                        + epochs(lab.scale().searchEpochs()) + " with " + lab.seedsText()
                        + "; then it is trained again for " + epochs(lab.scale().epochs())
                        + ", and the test images are looked at once, at the end.",
                "The first steps are measured at rate " + Format.rate(FIRST_RATE)
                        + " as the largest change of a parameter by the rate.");
        double[] firsts = data.firstSteps.stream()
                .mapToDouble(seeds -> Measures.mean(seeds, result -> first(result.largest()) / FIRST_RATE))
                .toArray();
        List<Claim> claims = List.of(
                tuning(data.asGood(LectureRule.SGD), data.asGood(LectureRule.ADAMW)),
                sameNorm(spread(data.lengths.get(1)), spread(data.lengths.get(0))),
                small(firsts[FIRST.indexOf(LectureRule.ADAM_V0)]),
                scaled(firsts[FIRST.indexOf(LectureRule.ADAM)]),
                better(
                        "RMSProp to Adam V0",
                        "“Momentum is effectively used”: Adam v0 is better than RMSProp",
                        "Adam v0",
                        data.test(LectureRule.ADAM_V0),
                        "RMSProp",
                        data.test(LectureRule.RMSPROP)),
                better(
                        "Adam V0 to Adam",
                        "Bias correction makes Adam better than Adam v0",
                        "Adam",
                        data.test(LectureRule.ADAM),
                        "Adam v0",
                        data.test(LectureRule.ADAM_V0)),
                better(
                        "Adam to AdamW",
                        "“Weight Regularization Done Separately”: AdamW is better than Adam",
                        "AdamW",
                        data.test(LectureRule.ADAMW),
                        "Adam",
                        data.test(LectureRule.ADAM)),
                memory(LectureRule.ADAMW.bytes(), LectureRule.LION.bytes()));
        return new Findings(
                "From SGD to Lion",
                method,
                claims,
                List.of(
                        Findings.chart(
                                "Validation accuracy by learning rate",
                                "learning rate",
                                "accuracy (%)",
                                true,
                                false,
                                Stream.of(LectureRule.values())
                                        .map(member -> search(member, data))
                                        .toList()),
                        accuracies("Validation accuracy: SGD to Adam v0", lab, data, 0, 4),
                        accuracies("Validation accuracy: Adam to Lion", lab, data, 4, 8),
                        Findings.chart(
                                "The first steps at rate " + Format.rate(FIRST_RATE),
                                "step",
                                "largest change, in rates",
                                false,
                                true,
                                IntStream.range(0, FIRST.size())
                                        .mapToObj(i -> Curves.first(
                                                FIRST.get(i).text,
                                                data.firstSteps.get(i).stream()
                                                        .map(result -> scaled(result.largest()))
                                                        .toList(),
                                                Math.min(Curves.POINTS, FIRST_STEPS)))
                                        .toList()),
                        Findings.chart(
                                "The range test, smoothed loss",
                                "learning rate",
                                "smoothed loss (nats)",
                                true,
                                true,
                                data.ramps.entrySet().stream()
                                        .map(entry -> ramp(entry.getKey(), entry.getValue()))
                                        .toList())),
                List.of(
                        new Table(
                                "Each rule at its best rate",
                                List.of(
                                        "rule",
                                        "best rate",
                                        "rates as good, of " + lab.scale().points(),
                                        "state, bytes a parameter",
                                        "validation accuracy",
                                        "test accuracy"),
                                Stream.of(LectureRule.values())
                                        .map(member -> List.of(
                                                member.text,
                                                Format.rate(data.best(member)) + edge(data, member),
                                                String.valueOf(data.asGood(member)),
                                                String.valueOf(member.bytes()),
                                                Format.percent(Measures.accuracy(data.finals.get(member))),
                                                Format.percent(data.test(member))))
                                        .toList()),
                        new Table(
                                "The rules' other numbers",
                                List.of("rule", "settings"),
                                Stream.of(LectureRule.values())
                                        .map(member -> List.of(member.text, member.settings()))
                                        .toList()),
                        new Table(
                                "What the range test suggests",
                                List.of(
                                        "rule",
                                        "valley",
                                        "slide",
                                        "a tenth of the minimum",
                                        "steepest",
                                        "best by search"),
                                data.ramps.entrySet().stream()
                                        .map(entry -> List.of(
                                                entry.getKey().text,
                                                suggestion(entry.getValue().valley()),
                                                suggestion(entry.getValue().slide()),
                                                suggestion(entry.getValue().minimum()),
                                                suggestion(entry.getValue().steep()),
                                                Format.rate(data.best(entry.getKey()))))
                                        .toList())));
    }

    public static String epochs(int count) {
        return count == 1 ? "one epoch" : count + " epochs";
    }

    private static String suggestion(OptionalDouble rate) {
        return Format.rate(rate.orElse(Double.NaN));
    }

    private static String edge(Data data, LectureRule member) {
        List<Double> rates = data.rates.get(member);
        double best = data.best(member);
        return best == rates.getFirst() ? " (the lowest tried)" : best == rates.getLast() ? " (the highest tried)" : "";
    }

    private static Series search(LectureRule member, Data data) {
        double[] x = data.rates.get(member).stream().mapToDouble(rate -> rate).toArray();
        double[] y = data.searches.get(member).stream()
                .mapToDouble(seeds -> 100 * Measures.accuracy(seeds).mean())
                .toArray();
        return Curves.of(member.text, x, List.of(y));
    }

    private static Chart accuracies(String title, LabContext lab, Data data, int from, int to) {
        return Findings.chart(
                title,
                "epoch",
                "accuracy (%)",
                false,
                false,
                Arrays.stream(LectureRule.values(), from, to)
                        .map(member -> Measures.accuracies(
                                member.text,
                                data.finals.get(member),
                                lab.scale().epochs()))
                        .toList());
    }

    private static Series ramp(LectureRule member, RangeTest.Result test) {
        List<RangeTest.Point> points = IntStream.range(0, test.points().size())
                .filter(i -> i % 3 == 0)
                .mapToObj(test.points()::get)
                .toList();
        double[] x = points.stream().mapToDouble(RangeTest.Point::learningRate).toArray();
        return Curves.of(
                member.text,
                x,
                List.of(points.stream().mapToDouble(RangeTest.Point::smoothed).toArray()));
    }

    private static double first(float[] values) {
        return values.length == 0 ? Double.NaN : values[0];
    }

    private static float[] scaled(float[] changes) {
        float[] scaled = new float[changes.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (changes[i] / FIRST_RATE);
        }
        return scaled;
    }

    /** How much the length of a layer's step varies: the mean over layers and seeds of its 95th percentile by its 5th. */
    private static double spread(List<Result> seeds) {
        return Measures.mean(
                seeds,
                result -> result.layers().stream()
                                .mapToDouble(layer -> spread(layer.update()))
                                .sum()
                        / result.layers().size());
    }

    public static double spread(float[] lengths) {
        float[] sorted = Arrays.copyOfRange(lengths, Math.min(SETTLING, lengths.length), lengths.length);
        Arrays.sort(sorted);
        return sorted.length == 0
                ? Double.NaN
                : (double) sorted[(int) (0.95 * (sorted.length - 1))] / sorted[(int) (0.05 * (sorted.length - 1))];
    }

    public static Claim tuning(int sgd, int adamw) {
        return new Claim(
                "Recap: Stochastic Gradient Descent",
                "“Need to tune learning rate” for SGD, and less for AdamW",
                "Confirmed if more rates of the grid are within one point of the best for AdamW than for SGD; refuted"
                        + " if fewer are.",
                Verdict.of(adamw > sgd, adamw < sgd),
                "Of the rates tried " + sgd + " of SGD's and " + adamw
                        + " of AdamW's are within one point of the best.");
    }

    public static Claim sameNorm(double rprop, double sgd) {
        return new Claim(
                "RProp",
                "“All updates are now the same norm”",
                "Taken is how the length of a layer's step varies, its 95th percentile by its 5th after " + SETTLING
                        + " steps. Confirmed if it is at most 1.2 for RProp; refuted if at least 2.",
                Verdict.of(rprop <= 1.2, rprop >= 2),
                "The lengths of RProp's steps vary by a factor of " + Format.digits(rprop, 3) + ", those of SGD by "
                        + Format.digits(sgd, 3)
                        + ". The step is the sum, with momentum, of gradients whose norm is 1.");
    }

    public static Claim small(double first) {
        double expected = Math.sqrt(1000);
        return new Claim(
                "Adam V0",
                "“v is small at the beginning of training (β2=0.999)”: the first step is √1000 = 31.6 times the rate",
                "Confirmed if the largest change of a parameter in the first step of Adam v0 is within 5 % of that;"
                        + " refuted if it is beyond a factor of 2.",
                Verdict.of(Math.abs(first / expected - 1) <= 0.05, !(first >= expected / 2 && first <= 2 * expected)),
                "The first step changes a parameter by up to " + Format.digits(first, 3) + " times the rate.");
    }

    public static Claim scaled(double first) {
        return new Claim(
                "Adam",
                "“Training starts with properly scaled terms”",
                "Confirmed if the largest change of a parameter in Adam's first step is within 5 % of the rate; refuted"
                        + " if it is beyond a factor of 2.",
                Verdict.of(Math.abs(first - 1) <= 0.05, !(first >= 0.5 && first <= 2)),
                "The first step changes a parameter by up to " + Format.digits(first, 3) + " times the rate.");
    }

    /** A claim that one is better than another. */
    public static Claim better(String slide, String quote, String one, SeedStatistics better, String other, SeedStatistics worse) {
        return new Claim(
                slide,
                quote,
                "By test accuracy. Confirmed if " + one + " is clearly above " + other + "; refuted if clearly below.",
                Verdict.of(better.clearlyAbove(worse), worse.clearlyAbove(better)),
                one + " reaches " + Format.percent(better) + ", " + other + " " + Format.percent(worse) + ": "
                        + Format.points(better.mean() - worse.mean()) + ".");
    }

    public static Claim memory(int adamw, int lion) {
        return new Claim(
                "AdamW; Lion",
                "AdamW is “memory intensive”, Lion “memory efficient (does not store v)”",
                "Confirmed if Lion's state is at most half of AdamW's; refuted if it is not smaller.",
                Verdict.of(2 * lion <= adamw, lion >= adamw),
                "AdamW keeps " + adamw + " bytes a parameter, Lion " + lion + ".");
    }
}
