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
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.tune.LearningRateSearch;
import java.util.ArrayList;
import java.util.List;

/** The deep network, for which the linear network's rate is too large, and the effect of depth on the largest rate. */
public final class Depth implements Experiment {
    private static final double PLAIN = 0, HEAVY = 0.9;
    private static final List<Double> MOMENTA = List.of(PLAIN, HEAVY);
    private static final double LARGE = 0.1, FINE = 0.01;
    private static final List<Double> SLIDES_RATES = List.of(LARGE, FINE);

    /** At 0.1 the deep network's seeds scatter more than any other's, so that it has twice as many. */
    private static final int MORE_SEEDS = 2;

    /** A rate is too large if it costs so much accuracy. */
    private static final double COST = 0.01;

    @Override
    public String title() {
        return "Example: Learning Rates for Deep Network";
    }

    private static Run run(LabContext lab, List<Integer> hidden, double momentum) {
        return lab.shortRun(hidden, new Sgd().withMomentum(momentum));
    }

    private static List<LearningRateSearch.Result> searches(LabContext lab, double momentum, int depth) {
        return lab.searches(lab.search(1e-3, 10), run(lab, lab.scale().deep(depth), momentum));
    }

    private static SeedStatistics largest(LabContext lab, double momentum, int depth) {
        return Searches.largest(searches(lab, momentum, depth));
    }

    /** {@return the largest rate of the deepest network without momentum; NaN if a seed has none} */
    double largest(LabContext lab) {
        return largest(lab, PLAIN, lab.scale().deepest()).mean();
    }

    private static List<Result> linear(LabContext lab, double rate) {
        return lab.results(run(lab, LabContext.LINEAR, PLAIN).at(rate));
    }

    private static List<Result> deep(LabContext lab, double momentum, double rate) {
        return lab.results(
                run(lab, lab.deepest(), momentum).at(rate),
                MORE_SEEDS * lab.scale().seeds());
    }

    @Override
    public void prefetch(LabContext lab) {
        List<Runnable> work = new ArrayList<>();
        for (double momentum : MOMENTA) {
            lab.scale().depths().forEach(depth -> work.add(() -> searches(lab, momentum, depth)));
            SLIDES_RATES.forEach(rate -> work.add(() -> deep(lab, momentum, rate)));
        }
        SLIDES_RATES.forEach(rate -> work.add(() -> linear(lab, rate)));
        lab.together(work.toArray(Runnable[]::new));
    }

    @Override
    public Findings findings(LabContext lab) {
        List<Integer> depths = lab.scale().depths();
        List<Claim> claims = new ArrayList<>();
        claims.add(fine(
                "the linear network", "lr=0.1 works fine, lr=0.01 works OK", linear(lab, LARGE), linear(lab, FINE)));
        claims.add(tooLarge(
                deep(lab, PLAIN, LARGE), deep(lab, PLAIN, FINE), deep(lab, HEAVY, LARGE), deep(lab, HEAVY, FINE)));
        claims.add(fineAt(deep(lab, PLAIN, FINE), deep(lab, HEAVY, FINE)));
        List<Series> limits = new ArrayList<>();
        List<Series> losses = new ArrayList<>();
        List<List<String>> searched = new ArrayList<>();
        List<List<String>> atSlidesRates = new ArrayList<>();
        for (double rate : SLIDES_RATES) {
            atSlidesRates.add(row(lab.network(LabContext.LINEAR), rate, linear(lab, rate)));
        }
        for (double momentum : MOMENTA) {
            String name = "momentum " + Format.digits(momentum, 2);
            claims.add(falls(
                    momentum,
                    depths.getFirst(),
                    largest(lab, momentum, depths.getFirst()),
                    depths.getLast(),
                    largest(lab, momentum, depths.getLast())));
            List<SeedStatistics> byDepth =
                    depths.stream().map(depth -> largest(lab, momentum, depth)).toList();
            limits.add(Curves.bySeed(
                    name, depths.stream().mapToDouble(depth -> depth).toArray(), byDepth));
            for (int i = 0; i < depths.size(); i++) {
                double[] seeds =
                        byDepth.get(i).values().stream().mapToDouble(v -> v).toArray();
                searched.add(List.of(
                        Format.digits(momentum, 2),
                        String.valueOf(depths.get(i)),
                        Format.rate(byDepth.get(i).mean()),
                        Measures.rates(seeds)));
            }
            for (double rate : SLIDES_RATES) {
                List<Result> deep = deep(lab, momentum, rate);
                losses.add(Curves.binned(
                        "rate " + Format.rate(rate) + ", " + name,
                        Measures.losses(deep),
                        lab.scale().steps()));
                atSlidesRates.add(row(lab.network(lab.deepest()) + ", " + name, rate, deep));
            }
        }
        return new Findings(
                title(),
                method(lab),
                claims,
                List.of(
                        Curves.chart(
                                "The largest rate that trains, by depth",
                                Axis.linear("hidden layers"),
                                Axis.log("learning rate"),
                                limits),
                        Curves.chart(
                                "Training loss of the deepest network",
                                Axis.linear("step"),
                                Axis.log("loss (nats)"),
                                losses)),
                List.of(
                        new Table(
                                "The largest rate that trains",
                                List.of("momentum", "hidden layers", "geometric mean", "by seed"),
                                searched),
                        new Table(
                                "The slide's rates",
                                List.of("network", "rate", "validation accuracy", "judged"),
                                atSlidesRates)));
    }

    private static List<String> method(LabContext lab) {
        return List.of("Networks with " + Format.list(lab.scale().depths()) + " hidden layers of "
                + lab.scale().width()
                + ", He initialization, SGD at a constant rate without momentum and with 0.9 (the lecture's code has"
                + " momentum, its slides do not give its value), batches of " + Scale.BATCH + ", "
                + lab.scale().steps()
                + " steps, " + lab.seedsText() + ". The largest rate is searched as in "
                + lab.reference(LinearRates.class) + ". The lecture's deep network is not described; here it is the"
                + " deepest, " + lab.network(lab.deepest()) + ", which is trained at the slide's rates with "
                + MORE_SEEDS + " times as many seeds, because these scatter more than others.");
    }

    private static List<String> row(String network, double rate, List<Result> seeds) {
        return List.of(network, Format.rate(rate), Format.percent(Measures.accuracy(seeds)), Measures.judged(seeds));
    }

    private static Verdict train(List<Result> seeds) {
        return Verdict.every(seeds, Measures::trains);
    }

    /** A rate is too large where no seed trains, or where it decidedly costs accuracy against a tenth of it. */
    static Verdict tooLarge(List<Result> large, List<Result> fine) {
        Verdict trains = train(large);
        if (trains == Verdict.REFUTED) {
            return Verdict.CONFIRMED;
        }
        SeedStatistics cost = Measures.accuracy(fine).minus(Measures.accuracy(large));
        Verdict dear = Verdict.above(cost, COST, COST);
        return dear == Verdict.REFUTED && trains != Verdict.CONFIRMED ? Verdict.UNDECIDED : dear;
    }

    static Claim fine(String network, String quote, List<Result> large, List<Result> small) {
        Verdict atLarge = train(large);
        Verdict atSmall = train(small);
        boolean never = atLarge == Verdict.REFUTED || atSmall == Verdict.REFUTED;
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "“" + quote + "”, for " + network,
                "Confirmed if it trains at both rates with every seed; refuted if at one of them it does with none;"
                        + " otherwise undecided.",
                never ? Verdict.REFUTED : Verdict.both(atLarge, atSmall),
                "At 0.1 " + Measures.judged(large) + " (" + Format.percent(Measures.accuracy(large)) + "), at 0.01 "
                        + Measures.judged(small) + " (" + Format.percent(Measures.accuracy(small)) + ").");
    }

    static Claim tooLarge(List<Result> plain, List<Result> plainFine, List<Result> heavy, List<Result> heavyFine) {
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "“lr=0.1 is too large”, for the deep network",
                "A rate is too large if no seed trains at it, or if it decidedly costs a point of validation accuracy"
                        + " against a tenth of it; it is not if every seed trains and it decidedly costs less."
                        + " Confirmed if 0.1 is too large without and with momentum; refuted if in neither case; mixed"
                        + " if it is in one and is not in the other.",
                Verdict.both(tooLarge(plain, plainFine), tooLarge(heavy, heavyFine)),
                "Without momentum " + compared(plain, plainFine) + "; with 0.9 " + compared(heavy, heavyFine) + ".");
    }

    private static String compared(List<Result> large, List<Result> fine) {
        SeedStatistics accuracy = Measures.accuracy(large);
        SeedStatistics other = Measures.accuracy(fine);
        return Measures.judged(large) + ", " + Format.percent(accuracy) + " against " + Format.percent(other)
                + " at 0.01, " + Format.points(accuracy.minus(other));
    }

    static Claim fineAt(List<Result> plain, List<Result> heavy) {
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "“lr=0.01 works fine”, for the deep network",
                "Confirmed if it trains at 0.01 with every seed, without and with momentum; refuted if in neither case"
                        + " with any; mixed if with every seed in one and with none in the other.",
                Verdict.both(train(plain), train(heavy)),
                "Without momentum " + Measures.judged(plain) + " (" + Format.percent(Measures.accuracy(plain))
                        + "), with 0.9 " + Measures.judged(heavy) + " (" + Format.percent(Measures.accuracy(heavy))
                        + ").");
    }

    static Claim falls(double momentum, int shallow, SeedStatistics limit, int deep, SeedStatistics deepLimit) {
        SeedStatistics factor = deepLimit.over(limit);
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "Depth lowers the largest rate that trains, with momentum " + Format.digits(momentum, 2),
                "Confirmed if the largest rate of the deepest network is at most half that of the shallowest; refuted"
                        + " if it is at least 0.8 of it.",
                Verdict.below(factor, 0.5, 0.8),
                "With " + shallow + " hidden " + (shallow == 1 ? "layer" : "layers") + " the largest rate is "
                        + Format.rate(limit.mean()) + ", with " + deep + " it is " + Format.rate(deepLimit.mean())
                        + ": " + Format.digits(factor) + " of it.");
    }
}
