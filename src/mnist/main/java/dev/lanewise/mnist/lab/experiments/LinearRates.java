package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Experiment;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.lab.Searches;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.optim.Sgd;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Table;
import dev.lanewise.tune.LearningRateSearch;
import dev.lanewise.tune.TrialCriteria;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** The learning rate too low, right, too high, and so high that it gives NaN, on the linear network. */
public final class LinearRates implements Experiment {
    /** The slide's rate. */
    static final double SLIDE = 0.1;

    private static final double LOW = 0.001;
    private static final List<Double> RATES = List.of(LOW, 0.01, SLIDE, 0.5, 1.0, 10.0);

    /** The rates at which NaN is looked for; beyond the last lies what no float holds. */
    private static final List<Double> NAN_RATES =
            IntStream.rangeClosed(0, 19).mapToObj(i -> StrictMath.pow(100, i)).toList();

    private static final int NAN_STEPS = 30;

    /** The theory is about the whole batch, which has so many images and is trained on for so many steps. */
    private static final int WHOLE = 2_000, WHOLE_STEPS = 30;

    /** The loss never rises by more than rounding does; its first value is that of nothing learned. */
    private static final LearningRateSearch NEVER_RISES =
            new LearningRateSearch(1e-3, 10, 9, 6, new TrialCriteria(0, 0, 1.0001, 1e9, 0.999));

    /** A spike is already a rise that the eye sees. */
    private static final TrialCriteria STRICT = new TrialCriteria(10, 0.9, 1.2, 0.5, 0.95);

    @Override
    public String title() {
        return "Example: Learning Rates for Linear Network";
    }

    private static Run run(LabContext lab) {
        return lab.shortRun(LabContext.LINEAR, new Sgd());
    }

    private static List<Result> at(LabContext lab, double rate) {
        return lab.results(run(lab).at(rate));
    }

    private static List<LearningRateSearch.Result> searches(LabContext lab) {
        return lab.searches(lab.search(1e-3, 10), run(lab));
    }

    /** {@return the largest rate that trains, as the geometric mean over the seeds; NaN if a seed has none} */
    double largest(LabContext lab) {
        return Searches.largest(searches(lab)).mean();
    }

    private static int whole(LabContext lab) {
        return Math.min(WHOLE, lab.images());
    }

    private static List<LearningRateSearch.Result> wholeBatch(LabContext lab) {
        Run run = new Run(
                LabContext.LINEAR,
                new Sgd(),
                whole(lab),
                whole(lab),
                WHOLE_STEPS,
                lab.seeds().getFirst());
        return lab.searches(NEVER_RISES, run.checked(1).with(Run.Norms.LARGEST));
    }

    /** {@return the lowest rate at which a network gives NaN; infinite if none does} */
    private static double lowestNan(LabContext lab, List<Integer> hidden) {
        Run run = new Run(
                hidden,
                new Sgd(),
                lab.images(),
                Scale.BATCH,
                NAN_STEPS,
                lab.seeds().getFirst());
        List<Result> results = lab.each(NAN_RATES.stream().map(run::at).toList());
        return IntStream.range(0, results.size())
                .filter(i -> results.get(i).diverged())
                .mapToDouble(NAN_RATES::get)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    @Override
    public void prefetch(LabContext lab) {
        lab.together(
                () -> searches(lab),
                () -> wholeBatch(lab),
                () -> lab.prefetch(RATES.stream().map(run(lab)::at).toList()),
                () -> lowestNan(lab, LabContext.LINEAR),
                () -> lowestNan(lab, lab.deepest()));
    }

    @Override
    public Findings findings(LabContext lab) {
        double curvature = SecondMoment.largest(lab.training(), whole(lab));
        List<LearningRateSearch.Result> searches = searches(lab);
        List<LearningRateSearch.Result> whole = wholeBatch(lab);
        List<Claim> claims = List.of(
                slow(Measures.of(at(lab, LOW), Result::lastLoss), Measures.of(at(lab, SLIDE), Result::lastLoss)),
                largest(Searches.largest(searches)),
                theory(Searches.largest(whole), lower(curvature), upper(curvature, lab.classes())),
                nan(lowestNan(lab, LabContext.LINEAR), lowestNan(lab, lab.deepest())));
        return new Findings(
                title(),
                method(lab, curvature),
                claims,
                List.of(Curves.chart(
                        "Training loss of the linear network",
                        Axis.linear("step"),
                        Axis.log("loss (nats)"),
                        RATES.stream()
                                .map(rate -> Curves.binned(
                                        "rate " + Format.rate(rate),
                                        Measures.losses(at(lab, rate)),
                                        lab.scale().steps()))
                                .toList())),
                List.of(
                        new Table(
                                "The searches for the largest rate",
                                List.of(
                                        "seed",
                                        "largest that trains",
                                        "lowest that spikes",
                                        "largest with no rise by a fifth",
                                        "best by validation",
                                        "whole batch: largest with no rise"),
                                IntStream.range(0, searches.size())
                                        .mapToObj(i -> row(lab.seeds().get(i), searches.get(i), whole.get(i)))
                                        .toList()),
                        new Table(
                                "The runs of the chart",
                                List.of("rate", "loss at the end", "validation accuracy", "judged"),
                                RATES.stream()
                                        .map(rate -> List.of(
                                                Format.rate(rate),
                                                Format.digits(
                                                        Measures.of(at(lab, rate), Result::lastLoss)
                                                                .mean(),
                                                        3),
                                                Format.percent(Measures.accuracy(at(lab, rate))),
                                                Measures.judged(at(lab, rate))))
                                        .toList())));
    }

    private static List<String> method(LabContext lab, double curvature) {
        return List.of(
                "The linear network " + lab.network(LabContext.LINEAR)
                        + ", pixels from 0 to 1, He initialization, SGD without"
                        + " momentum at a constant rate, batches of " + Scale.BATCH + ", "
                        + lab.scale().steps()
                        + " steps, " + lab.seedsText()
                        + ". The largest rate is searched with each seed on a grid of two"
                        + " rates a decade from 0.001 to 10 and " + lab.scale().bisections()
                        + " bisections. A run spikes where a step is half as large as the weights or larger, or, after"
                        + " 10 steps, the smoothed loss is above twice its lowest; it stalls if the loss falls by less"
                        + " than 5 %.",
                "Theory: the loss of gradient descent on the whole batch does not rise below 2 / λmax of its"
                        + " curvature. Here the curvature is at most half of λmax = " + Format.digits(curvature, 3)
                        + " of the images' second moment with the bias, and at the beginning, when all " + lab.classes()
                        + " classes are about equally likely, a " + lab.classes() + "th of it: the limit is between "
                        + Format.rate(lower(curvature)) + " and " + Format.rate(upper(curvature, lab.classes()))
                        + ". It is measured on "
                        + Format.count(whole(lab))
                        + " images, all of them in each of " + WHOLE_STEPS
                        + " steps, as the largest rate at which the loss never rises.",
                "NaN is looked for at rates from 1 to 10³⁸, a factor of 100 apart, in " + NAN_STEPS
                        + " steps of the linear network and of the deepest of " + lab.reference(Depth.class) + ", "
                        + lab.network(lab.deepest())
                        + ", with the first seed. The softmax subtracts the greatest logit first, so that no"
                        + " exponential overflows.");
    }

    private static List<String> row(long seed, LearningRateSearch.Result search, LearningRateSearch.Result whole) {
        return List.of(
                String.valueOf(seed),
                rate(search.largest()),
                rate(search.limit()),
                Format.rate(strict(search)),
                rate(search.best()),
                rate(whole.largest()));
    }

    /** {@return the largest of the rates tried that trains, below the first that spikes by the stricter criteria} */
    private static double strict(LearningRateSearch.Result search) {
        double largest = Double.NaN;
        for (LearningRateSearch.Attempt attempt : search.attempts()) {
            switch (STRICT.of(attempt.result())) {
                case SPIKED, DIVERGED -> {
                    return largest;
                }
                case TRAINS -> largest = attempt.learningRate();
                default -> {}
            }
        }
        return largest;
    }

    private static String rate(OptionalDouble rate) {
        return Format.rate(rate.orElse(Double.NaN));
    }

    static double lower(double curvature) {
        return 4 / curvature;
    }

    static double upper(double curvature, int classes) {
        return 2 * classes / curvature;
    }

    static Claim slow(SeedStatistics low, SeedStatistics right) {
        SeedStatistics factor = low.over(right);
        return new Claim(
                "Recap: Learning Rate Magnitude",
                "“Learning Rate Too Low: Slow training”",
                "Confirmed if the loss of the last tenth of the steps is at rate 0.001 at least 1.25 times that at 0.1;"
                        + " refuted if it is at most 1.05 times.",
                Verdict.above(factor, 1.25, 1.05),
                "The loss at the end is " + Format.digits(low.mean(), 3) + " at 0.001 and "
                        + Format.digits(right.mean(), 3) + " at 0.1: " + Format.digits(factor) + " times.");
    }

    static Claim largest(SeedStatistics largest) {
        return new Claim(
                "Example: Learning Rates for Linear Network",
                "“Solution: largest learning rate without this behavior. In this case lr=0.1”",
                "Confirmed if the largest rate that trains without spikes is within a factor of 2 of 0.1; refuted if it"
                        + " is beyond a factor of 4, or if no rate trains.",
                Verdict.within(largest, SLIDE / 2, SLIDE * 2, SLIDE / 4, SLIDE * 4),
                "The largest rate without spikes is " + Format.digits(largest) + ", "
                        + Format.digits(largest.mean() / SLIDE, 2) + " times the slide's.");
    }

    static Claim theory(SeedStatistics largest, double lower, double upper) {
        return new Claim(
                "",
                "The limit of the whole batch is 2 / λmax of the curvature",
                "Confirmed if the largest rate at which the loss of the whole batch never rises is between the"
                    + " theory's two limits; refuted if it is a factor of 2 or more beyond one of them, or if there is"
                    + " none.",
                Verdict.within(largest, lower, upper, lower / 2, 2 * upper),
                "Measured " + Format.digits(largest) + "; theory from " + Format.rate(lower)
                        + " (whatever the weights) to " + Format.rate(upper) + " (at the beginning).");
    }

    static Claim nan(double linear, double deep) {
        return new Claim(
                "Recap: Learning Rate Magnitude",
                "“Learning Rate Too High: Convergence. Extreme case - NaNs!”",
                "Confirmed if both networks give NaN or infinity at a rate of at most 10,000; refuted if neither does"
                        + " at any rate; otherwise mixed. That a rate gives NaN needs one seed only.",
                Verdict.of(Math.max(linear, deep) <= 1e4, linear == Double.POSITIVE_INFINITY && deep == linear),
                "The linear network gives NaN from " + from(linear) + ", the deep one from " + from(deep) + ".");
    }

    private static String from(double rate) {
        return rate == Double.POSITIVE_INFINITY ? "no rate on" : "rate " + Format.rate(rate) + " on";
    }
}
