package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.lab.Searches;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.optim.Sgd;
import dev.lanewise.report.Table;
import dev.lanewise.tune.Judge;
import dev.lanewise.tune.LargestRate;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** 1: the learning rate too low, right, too high, and NaN, on the linear network. */
public final class LinearRates {
    /** The slide's rate. */
    static final double SLIDE = 0.1;

    private static final List<Double> RATES = List.of(0.001, 0.01, SLIDE, 0.5, 1.0, 10.0);

    /** How far apart the rates are that look for NaN, and up to where: beyond lies what no float holds. */
    private static final double NAN_FACTOR = 100, NAN_HIGHEST = 1e38;

    private static final int NAN_STEPS = 30;

    /** Theory is of the whole batch: so many images, so many steps. */
    private static final int WHOLE = 2_000, WHOLE_STEPS = 30;

    /** The loss never rises, by more than rounding does; its first value is that of nothing learned. */
    private static final Judge NEVER_RISES = new Judge(0, 0, 1.0001, 1e9, 0.999);

    /** A rise that the eye sees. */
    private static final Judge STRICT = new Judge(10, 0.9, 1.2, 0.5, 0.95);

    /**
     * What was measured.
     *
     * @param curvature λmax of the second moment of the images
     * @param curves a row a rate, a column a seed
     * @param searches one a seed
     * @param whole the same with the whole batch, for the largest rate at which the loss never rises
     * @param linearNan the lowest rate at which the linear network gave NaN; infinite if none did
     * @param deepNan the same of the deepest network
     */
    public record Data(
            double curvature,
            List<List<Result>> curves,
            List<LargestRate.Result> searches,
            List<LargestRate.Result> whole,
            double linearNan,
            double deepNan) {
        /** Geometric mean over the seeds; NaN if a seed has none. */
        public double largest() {
            return Searches.largest(searches);
        }
    }

    private LinearRates() {}

    public static Data measure(LabContext lab) {
        Run run = lab.shortRun(lab.linear(), new Sgd());
        List<LargestRate.Result> searches =
                lab.trainings().each(lab.seeds(), seed -> lab.largest(lab.search(1e-3, 10), run.withSeed(seed)));
        int whole = Math.min(WHOLE, lab.images());
        Run theory = new Run(lab.linear(), new Sgd(), whole, whole, WHOLE_STEPS, run.seed());
        LargestRate rises = new LargestRate(1e-3, 10, 9, 6, NEVER_RISES);
        List<LargestRate.Result> stable =
                lab.trainings().each(lab.seeds(), seed -> lab.largest(rises, theory.withSeed(seed)));
        List<List<Result>> curves = lab.grid(
                RATES.stream().map(run.checked(1).with(Run.Norms.LARGEST)::at).toList());
        return new Data(
                SecondMoment.largest(lab.training(), whole),
                curves,
                searches,
                stable,
                lowestNan(lab, lab.linear()),
                lowestNan(lab, lab.scale().deep(lab.scale().deepest())));
    }

    private static double lowestNan(LabContext lab, List<Integer> hidden) {
        Run run = new Run(
                hidden,
                new Sgd(),
                lab.images(),
                Scale.BATCH,
                NAN_STEPS,
                lab.seeds().getFirst());
        List<Double> rates = IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> StrictMath.pow(NAN_FACTOR, i))
                .takeWhile(rate -> rate <= NAN_HIGHEST)
                .toList();
        List<Result> results = lab.trainings().of(rates.stream().map(run::at).toList());
        return IntStream.range(0, rates.size())
                .filter(i -> results.get(i).diverged())
                .mapToDouble(rates::get)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    public static Findings section(LabContext lab, Data data) {
        int classes = lab.classes();
        List<String> method = List.of(
                "The linear network " + lab.network(lab.linear())
                        + ", pixels from 0 to 1, He initialisation, SGD without"
                        + " momentum at a constant rate, batches of " + Scale.BATCH + ", "
                        + lab.scale().steps()
                        + " steps, " + lab.seedsText()
                        + ". The largest rate is searched with each seed on a grid of two"
                        + " rates a decade from 0.001 to 10 and " + lab.scale().bisections()
                        + " bisections. A run spikes where a step is half as large as the weights or larger, or, after"
                        + " 10 steps, the smoothed loss is above twice its lowest; it stalls if the loss falls by less"
                        + " than 5 %.",
                "Theory: the loss of gradient descent on the whole batch does not rise below 2 / λmax of its"
                        + " curvature. Here the curvature is at most half of λmax = " + Format.digits(data.curvature, 3)
                        + " of the images' second moment with the bias, and at the beginning, when all " + classes
                        + " classes are about equally likely, a " + classes + "th of it: the limit is between "
                        + Format.rate(lower(data.curvature)) + " and " + Format.rate(upper(data.curvature, classes))
                        + ". It is measured on "
                        + Format.count(Math.min(WHOLE, lab.images()))
                        + " images, all of them in each of " + WHOLE_STEPS
                        + " steps, as the largest rate at which the loss never rises.",
                "NaN is looked for at rates from 1 to 10³⁸, a factor of 100 apart, in " + NAN_STEPS
                        + " steps of the linear network and of the deepest of section 3, "
                        + lab.network(lab.scale().deep(lab.scale().deepest())) + ".");
        double[] largest = data.searches.stream().mapToDouble(Searches::largest).toArray();
        List<Claim> claims = List.of(
                slow(loss(data, 0), loss(data, RATES.indexOf(SLIDE))),
                largest(data.largest(), largest),
                theory(Searches.largest(data.whole), lower(data.curvature), upper(data.curvature, classes)),
                nan(data.linearNan, data.deepNan));
        return new Findings(
                "Too low, right, too high, NaN: the linear network",
                method,
                claims,
                List.of(Findings.chart(
                        "Training loss of the linear network",
                        "step",
                        "loss (nats)",
                        false,
                        true,
                        IntStream.range(0, RATES.size())
                                .mapToObj(i -> Curves.binned(
                                        "rate " + Format.rate(RATES.get(i)),
                                        data.curves.get(i).stream()
                                                .map(Result::losses)
                                                .toList(),
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
                                IntStream.range(0, data.searches.size())
                                        .mapToObj(i -> List.of(
                                                String.valueOf(lab.seeds().get(i)),
                                                Format.rate(largest[i]),
                                                rate(data.searches.get(i).limit()),
                                                Format.rate(strict(data.searches.get(i))),
                                                rate(data.searches.get(i).best()),
                                                rate(data.whole.get(i).largest())))
                                        .toList()),
                        new Table(
                                "The runs of the chart",
                                List.of("rate", "loss at the end", "validation accuracy", "judged"),
                                IntStream.range(0, RATES.size())
                                        .mapToObj(i -> List.of(
                                                Format.rate(RATES.get(i)),
                                                Format.digits(loss(data, i), 3),
                                                Format.percent(Measures.accuracy(data.curves.get(i))),
                                                Measures.judged(data.curves.get(i))))
                                        .toList())));
    }

    /** Of the rates that were tried, the largest below the first that the stricter judge calls a spike. */
    private static double strict(LargestRate.Result search) {
        double largest = Double.NaN;
        for (LargestRate.Attempt attempt : search.attempts()) {
            dev.lanewise.tune.Verdict verdict = STRICT.of(attempt.outcome());
            if (verdict == dev.lanewise.tune.Verdict.SPIKED || verdict == dev.lanewise.tune.Verdict.DIVERGED) {
                break;
            }
            largest = verdict == dev.lanewise.tune.Verdict.TRAINS ? attempt.learningRate() : largest;
        }
        return largest;
    }

    private static String rate(OptionalDouble rate) {
        return Format.rate(rate.orElse(Double.NaN));
    }

    private static double loss(Data data, int rate) {
        return Measures.mean(data.curves.get(rate), Result::lastLoss);
    }

    public static double lower(double curvature) {
        return 4 / curvature;
    }

    public static double upper(double curvature, int classes) {
        return 2 * classes / curvature;
    }

    public static Claim slow(double low, double right) {
        double factor = low / right;
        return new Claim(
                "Recap: Learning Rate Magnitude",
                "“Learning Rate Too Low: Slow training”",
                "Confirmed if the loss of the last tenth of the steps is at rate 0.001 at least 1.25 times that at 0.1;"
                        + " refuted if it is at most 1.05 times.",
                Verdict.of(factor >= 1.25, factor <= 1.05),
                "The loss at the end is " + Format.digits(low, 3) + " at 0.001 and " + Format.digits(right, 3)
                        + " at 0.1, " + Format.digits(factor, 3) + " times.");
    }

    public static Claim largest(double mean, double... seeds) {
        double factor = mean / SLIDE;
        return new Claim(
                "Example: Learning Rates for Linear Network",
                "“Solution: largest learning rate without this behavior. In this case lr=0.1”",
                "Confirmed if the largest rate that trains without spikes, as the geometric mean over the seeds, is"
                        + " within a factor of 2 of 0.1; refuted if it is beyond a factor of 4, or if no rate trains.",
                Verdict.of(factor >= 0.5 && factor <= 2, !(factor >= 0.25 && factor <= 4)),
                "The largest rate without spikes is " + Format.rate(mean) + ", " + Format.digits(factor, 2)
                        + " times the slide's (by seed: " + Measures.rates(seeds) + ").");
    }

    public static Claim theory(double mean, double lower, double upper) {
        return new Claim(
                "",
                "The limit of the whole batch is 2 / λmax of the curvature",
                "Confirmed if the largest rate at which the loss of the whole batch never rises is between the"
                    + " theory's two limits; refuted if it is a factor of 2 or more beyond one of them, or if there is"
                    + " none.",
                Verdict.of(mean >= lower && mean <= upper, !(mean >= lower / 2 && mean <= 2 * upper)),
                "Measured " + Format.rate(mean) + "; theory from " + Format.rate(lower) + " (whatever the weights) to "
                        + Format.rate(upper) + " (at the beginning).");
    }

    public static Claim nan(double linear, double deep) {
        return new Claim(
                "Recap: Learning Rate Magnitude",
                "“Learning Rate Too High: Convergence. Extreme case - NaNs!”",
                "Confirmed if both networks give NaN or infinity at a rate of at most 10,000; refuted if neither does"
                        + " at any rate.",
                Verdict.of(Math.max(linear, deep) <= 1e4, linear == Double.POSITIVE_INFINITY && deep == linear),
                "The linear network gives NaN from " + from(linear) + ", the deep one from " + from(deep)
                        + ". (The softmax subtracts the greatest logit first, so that no exponential overflows.)");
    }

    private static String from(double rate) {
        return rate == Double.POSITIVE_INFINITY ? "no rate on" : "rate " + Format.rate(rate) + " on";
    }
}
