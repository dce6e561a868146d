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
import dev.lanewise.report.Table;
import dev.lanewise.tune.LargestRate;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** 4: a rate for each layer by hand against one rate against AdamW. */
public final class LayerRates {
    /**
     * What was measured.
     *
     * @param one the search for one rate
     * @param each the search layer by layer, from that one
     * @param adamwRate from section 5
     * @param finals with one rate, a rate for each layer, and AdamW; a run a seed
     */
    public record Data(LargestRate.Result one, LargestRate.Groups each, double adamwRate, List<List<Result>> finals) {}

    private static final List<String> NAMES = List.of("one rate", "a rate for each layer", "AdamW, one rate");

    private LayerRates() {}

    private static int adamwRuns(LabContext lab) {
        return lab.scale().points() * lab.scale().seeds();
    }

    private static LargestRate search(LabContext lab) {
        return lab.search(1e-2, 10);
    }

    /** AdamW's rate is asked for when the searches, one run after another, have ended. */
    public static Data measure(LabContext lab, Supplier<Double> adamwsRate) {
        List<Integer> hidden = lab.scale().hidden();
        Run run = lab.shortRun(hidden, LectureRule.SGD.rule);
        LargestRate.Result one = lab.largest(search(lab), run);
        double rate = one.best().orElse(LectureRule.SGD.middle);
        double[] start = Collections.nCopies(hidden.size() + 1, rate).stream()
                .mapToDouble(r -> r)
                .toArray();
        LargestRate.Groups each = search(lab).searchEach(lab.trial(run), start);
        double adamwRate = adamwsRate.get();
        Run compared = OptimizerFamily.comparedRun(lab, LectureRule.SGD, rate);
        List<List<Result>> finals = lab.grid(List.of(
                compared, compared.atEach(each.learningRates()), OptimizerFamily.comparedRun(lab, LectureRule.ADAMW, adamwRate)));
        return new Data(one, each, adamwRate, finals);
    }

    public static Findings section(LabContext lab, Data data) {
        double one = data.one.best().orElse(LectureRule.SGD.middle);
        int runs = data.each.searches().stream()
                .mapToInt(search -> search.attempts().size())
                .sum();
        List<String> method = List.of("The network " + lab.network(lab.scale().hidden())
                + ", SGD with momentum 0.9. First the best of the rates that train is found for all layers, by"
                + " validation accuracy after " + lab.scale().steps() + " steps ("
                + data.one.attempts().size() + " runs), then"
                + " from it for one layer after the other, the others as found (" + runs + " runs more). AdamW has"
                + " its rate from section 5, " + Format.rate(data.adamwRate) + " ("
                + adamwRuns(lab) + " runs). All"
                + " three are then trained for " + OptimizerFamily.epochs(lab.scale().epochs()) + " at constant rates with "
                + lab.seedsText() + ".");
        SeedStatistics whole = Measures.test(data.finals.get(0));
        SeedStatistics layers = Measures.test(data.finals.get(1));
        SeedStatistics adamw = Measures.test(data.finals.get(2));
        double[] rates =
                data.each.learningRates().stream().mapToDouble(rate -> rate).toArray();
        List<Claim> claims = List.of(
                different(rates),
                OptimizerFamily.better(
                        "Can We Do Better?",
                        "“Each layer gets to learn faster”: a rate for each layer is better than one",
                        "SGD with a rate for each layer",
                        layers,
                        "SGD with one rate",
                        whole),
                adamw(adamw, layers, adamwRuns(lab), data.one.attempts().size() + runs));
        int steps = Run.steps(lab.scale().epochs(), lab.images(), Scale.BATCH);
        return new Findings(
                "A rate for each layer",
                method,
                claims,
                List.of(
                        Findings.chart(
                                "Training loss",
                                "step",
                                "loss (nats)",
                                false,
                                true,
                                IntStream.range(0, NAMES.size())
                                        .mapToObj(i -> Curves.binned(
                                                NAMES.get(i),
                                                data.finals.get(i).stream()
                                                        .map(Result::losses)
                                                        .toList(),
                                                steps))
                                        .toList()),
                        Findings.chart(
                                "Validation accuracy",
                                "epoch",
                                "accuracy (%)",
                                false,
                                false,
                                IntStream.range(0, NAMES.size())
                                        .mapToObj(i -> Measures.accuracies(
                                                NAMES.get(i),
                                                data.finals.get(i),
                                                lab.scale().epochs()))
                                        .toList())),
                List.of(
                        new Table(
                                "The rates found",
                                List.of("for", "rate", "lowest that spikes"),
                                Stream.concat(
                                                Stream.of(List.of("all layers", Format.rate(one), limit(data.one))),
                                                IntStream.range(0, rates.length)
                                                        .mapToObj(i -> List.of(
                                                                "layer " + i,
                                                                Format.rate(rates[i]),
                                                                limit(data.each
                                                                        .searches()
                                                                        .get(i)))))
                                        .toList()),
                        new Table(
                                "The three trained",
                                List.of("with", "validation accuracy", "test accuracy"),
                                IntStream.range(0, NAMES.size())
                                        .mapToObj(i -> List.of(
                                                NAMES.get(i),
                                                Format.percent(Measures.accuracy(data.finals.get(i))),
                                                Format.percent(Measures.test(data.finals.get(i)))))
                                        .toList())));
    }

    private static String limit(LargestRate.Result search) {
        return Format.rate(search.limit().orElse(Double.NaN));
    }

    public static Claim different(double... rates) {
        double[] sorted = rates.clone();
        Arrays.sort(sorted);
        double factor = sorted[sorted.length - 1] / sorted[0];
        return new Claim(
                "Can We Do Better?",
                "“Different learning rate per layer”: the layers want different rates",
                "Confirmed if the largest rate found for a layer is at least twice the smallest; refuted if it is at"
                        + " most 1.2 times.",
                Verdict.of(factor >= 2, factor <= 1.2),
                "Found from the first layer to the last: " + Measures.rates(rates) + ", a factor of "
                        + Format.digits(factor, 2) + ".");
    }

    public static Claim adamw(SeedStatistics adamw, SeedStatistics layers, int fewer, int more) {
        return new Claim(
                "Can We Do Better?",
                "“Problem: many more hyperparameters”, so “Use AdamW or LION”",
                "Confirmed if AdamW with one rate is not clearly below SGD with a rate for each layer, by test"
                        + " accuracy, after fewer runs of search; refuted if it is clearly below.",
                Verdict.of(!layers.clearlyAbove(adamw) && fewer < more, layers.clearlyAbove(adamw)),
                "AdamW reaches " + Format.percent(adamw) + " after " + fewer
                        + " runs of search, SGD with a rate for each" + " layer " + Format.percent(layers) + " after "
                        + more + ".");
    }
}
