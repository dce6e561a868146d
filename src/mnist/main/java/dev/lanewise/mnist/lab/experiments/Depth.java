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
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.tune.LargestRate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** 3: the deep network, for which the linear network's rate is too large, and what depth does to the limit. */
public final class Depth {
    private static final List<Double> MOMENTA = List.of(0.0, 0.9);
    private static final double LARGE = 0.1, FINE = 0.01;

    /**
     * What was measured.
     *
     * @param searches by momentum, by depth, by seed
     * @param linear of the linear network, at the slide's two rates, a row each
     * @param deep of the deepest, by momentum, at the same rates
     */
    public record Data(
            List<List<List<LargestRate.Result>>> searches, List<List<Result>> linear, List<List<List<Result>>> deep) {
        /** Of the deepest network without momentum; NaN if a seed has none. */
        public double largest() {
            return Searches.largest(searches.getFirst().getLast());
        }
    }

    private record Search(double momentum, int depth, long seed) {}

    private Depth() {}

    private static Sgd rule(double momentum) {
        return new Sgd().withMomentum(momentum);
    }

    public static Data measure(LabContext lab) {
        List<Integer> depths = lab.scale().depths();
        List<Search> wanted = new ArrayList<>();
        for (double momentum : MOMENTA) {
            for (int depth : depths) {
                for (long seed : lab.seeds()) {
                    wanted.add(new Search(momentum, depth, seed));
                }
            }
        }
        List<LargestRate.Result> found = lab.trainings()
                .each(
                        wanted,
                        search -> lab.largest(
                                lab.search(1e-3, 10),
                                lab.shortRun(lab.scale().deep(search.depth), rule(search.momentum))
                                        .withSeed(search.seed)));
        int seeds = lab.scale().seeds();
        List<List<List<LargestRate.Result>>> searches = IntStream.range(0, MOMENTA.size())
                .mapToObj(m -> IntStream.range(0, depths.size())
                        .mapToObj(d -> {
                            int from = (m * depths.size() + d) * seeds;
                            return found.subList(from, from + seeds);
                        })
                        .toList())
                .toList();
        return new Data(
                searches,
                atSlidesRates(lab, lab.shortRun(lab.linear(), rule(0))),
                MOMENTA.stream()
                        .map(momentum -> atSlidesRates(
                                lab, lab.shortRun(lab.scale().deep(lab.scale().deepest()), rule(momentum))))
                        .toList());
    }

    private static List<List<Result>> atSlidesRates(LabContext lab, Run run) {
        Run judged = run.with(Run.Norms.LARGEST).checked(1);
        return lab.grid(List.of(judged.at(LARGE), judged.at(FINE)));
    }

    public static Findings section(LabContext lab, Data data) {
        List<Integer> depths = lab.scale().depths();
        List<Integer> deep = lab.scale().deep(lab.scale().deepest());
        List<String> method = List.of("Networks with " + Format.list(depths) + " hidden layers of "
                + lab.scale().width()
                + ", He initialisation, SGD at a constant rate without momentum and with 0.9 (the lecture's code has"
                + " momentum, its slides do not say how much), batches of " + Scale.BATCH + ", "
                + lab.scale().steps()
                + " steps, " + lab.seedsText() + ". The largest rate is searched as in section 1. The lecture's deep"
                + " network is not described; here it is the deepest, " + lab.network(deep) + ".");
        List<Claim> claims = new ArrayList<>();
        claims.add(fine(
                "the linear network", "lr=0.1 works fine, lr=0.01 works OK", data.linear.get(0), data.linear.get(1)));
        claims.add(tooLarge(
                data.deep.get(0).get(0),
                data.deep.get(0).get(1),
                data.deep.get(1).get(0),
                data.deep.get(1).get(1)));
        claims.add(fineAt(data.deep.get(0).get(1), data.deep.get(1).get(1)));
        for (int m = 0; m < MOMENTA.size(); m++) {
            claims.add(falls(
                    MOMENTA.get(m),
                    depths.getFirst(),
                    Searches.largest(data.searches.get(m).getFirst()),
                    depths.getLast(),
                    Searches.largest(data.searches.get(m).getLast())));
        }
        double[] x = depths.stream().mapToDouble(depth -> depth).toArray();
        List<Series> limits = IntStream.range(0, MOMENTA.size())
                .mapToObj(m -> Curves.of(
                        "momentum " + Format.digits(MOMENTA.get(m), 2),
                        x,
                        IntStream.range(0, lab.scale().seeds())
                                .mapToObj(seed -> data.searches.get(m).stream()
                                        .mapToDouble(searches -> Searches.largest(searches.get(seed)))
                                        .toArray())
                                .toList()))
                .toList();
        List<Series> losses = Stream.of(0, 1)
                .flatMap(m -> Stream.of(0, 1)
                        .map(r -> Curves.binned(
                                "rate " + Format.rate(r == 0 ? LARGE : FINE) + ", momentum "
                                        + Format.digits(MOMENTA.get(m), 2),
                                data.deep.get(m).get(r).stream()
                                        .map(Result::losses)
                                        .toList(),
                                lab.scale().steps())))
                .toList();
        List<List<String>> rows = new ArrayList<>();
        for (int m = 0; m < MOMENTA.size(); m++) {
            for (int d = 0; d < depths.size(); d++) {
                List<LargestRate.Result> searches = data.searches.get(m).get(d);
                rows.add(List.of(
                        Format.digits(MOMENTA.get(m), 2),
                        String.valueOf(depths.get(d)),
                        Format.rate(Searches.largest(searches)),
                        Measures.rates(
                                searches.stream().mapToDouble(Searches::largest).toArray())));
            }
        }
        return new Findings(
                "The deep network",
                method,
                claims,
                List.of(
                        Findings.chart(
                                "The largest rate that trains, by depth",
                                "hidden layers",
                                "learning rate",
                                false,
                                true,
                                limits),
                        Findings.chart(
                                "Training loss of the deepest network", "step", "loss (nats)", false, true, losses)),
                List.of(
                        new Table(
                                "The largest rate that trains",
                                List.of("momentum", "hidden layers", "geometric mean", "by seed"),
                                rows),
                        new Table(
                                "The slide's rates",
                                List.of("network", "rate", "validation accuracy", "judged"),
                                slidesRates(lab, data, deep))));
    }

    private static List<List<String>> slidesRates(LabContext lab, Data data, List<Integer> deep) {
        List<List<String>> rows = new ArrayList<>();
        for (int r = 0; r < 2; r++) {
            rows.add(row(lab.network(lab.linear()), r, data.linear.get(r)));
        }
        for (int m = 0; m < MOMENTA.size(); m++) {
            for (int r = 0; r < 2; r++) {
                String name = lab.network(deep) + ", momentum " + Format.digits(MOMENTA.get(m), 2);
                rows.add(row(name, r, data.deep.get(m).get(r)));
            }
        }
        return rows;
    }

    private static List<String> row(String network, int rate, List<Result> seeds) {
        return List.of(
                network,
                Format.rate(rate == 0 ? LARGE : FINE),
                Format.percent(Measures.accuracy(seeds)),
                Measures.judged(seeds));
    }

    private static boolean allTrain(List<Result> seeds) {
        return seeds.stream().allMatch(Measures::trains);
    }

    private static boolean noneTrains(List<Result> seeds) {
        return seeds.stream().noneMatch(Measures::trains);
    }

    /** Too large is what does not train with most seeds, or what trains clearly worse than a tenth of it. */
    public static boolean tooLarge(List<Result> large, List<Result> fine) {
        long train = large.stream().filter(Measures::trains).count();
        return 2 * train < large.size() || Measures.accuracy(fine).clearlyAbove(Measures.accuracy(large));
    }

    public static Claim fine(String network, String quote, List<Result> large, List<Result> small) {
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "“" + quote + "”, for " + network,
                "Confirmed if it trains at both rates with every seed; refuted if at one of them it does with none.",
                Verdict.of(allTrain(large) && allTrain(small), noneTrains(large) || noneTrains(small)),
                "At 0.1 it is judged “" + Measures.judged(large) + "” with "
                        + Format.percent(Measures.accuracy(large)) + " of the validation images right, at 0.01 “"
                        + Measures.judged(small) + "” with " + Format.percent(Measures.accuracy(small)) + ".");
    }

    public static Claim tooLarge(List<Result> plain, List<Result> plainFine, List<Result> heavy, List<Result> heavyFine) {
        boolean without = tooLarge(plain, plainFine);
        boolean with = tooLarge(heavy, heavyFine);
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "“lr=0.1 is too large”, for the deep network",
                "A rate is too large if most seeds do not train at it, or if a tenth of it is clearly better on the"
                        + " validation images. Confirmed if 0.1 is too large without and with momentum; refuted if in"
                        + " neither case.",
                Verdict.of(without && with, !without && !with),
                "Without momentum 0.1 is " + (without ? "" : "not ") + "too large (" + Measures.judged(plain) + "; "
                        + Format.percent(Measures.accuracy(plain)) + " against "
                        + Format.percent(Measures.accuracy(plainFine)) + " at 0.01), with 0.9 it is "
                        + (with ? "" : "not ") + "too large (" + Measures.judged(heavy) + "; "
                        + Format.percent(Measures.accuracy(heavy)) + " against "
                        + Format.percent(Measures.accuracy(heavyFine)) + ").");
    }

    public static Claim fineAt(List<Result> plain, List<Result> heavy) {
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "“lr=0.01 works fine”, for the deep network",
                "Confirmed if it trains at 0.01 with every seed, without and with momentum; refuted if in neither case"
                        + " with any.",
                Verdict.of(allTrain(plain) && allTrain(heavy), noneTrains(plain) && noneTrains(heavy)),
                "At 0.01 it is judged “" + Measures.judged(plain) + "” without momentum ("
                        + Format.percent(Measures.accuracy(plain)) + ") and “" + Measures.judged(heavy)
                        + "” with 0.9 (" + Format.percent(Measures.accuracy(heavy)) + ").");
    }

    public static Claim falls(double momentum, int shallow, double limit, int deep, double deepLimit) {
        double factor = deepLimit / limit;
        return new Claim(
                "Example: Learning Rates for Deep Network",
                "Depth lowers the largest rate that trains, with momentum " + Format.digits(momentum, 2),
                "Confirmed if the largest rate of the deepest network is at most half that of the shallowest; refuted"
                        + " if it is at least 0.8 of it.",
                Verdict.of(factor <= 0.5, factor >= 0.8),
                "With " + shallow + " hidden " + (shallow == 1 ? "layer" : "layers") + " the largest rate is "
                        + Format.rate(limit) + ", with " + deep + " it is " + Format.rate(deepLimit) + ": "
                        + Format.digits(factor, 2) + " of it.");
    }
}
