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
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.tune.LearningRateSearch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A rate for each layer by hand against one rate against AdamW. */
public final class LayerRates implements Experiment {
    private static final String SLIDE = "Can We Do Better?";

    @Override
    public String title() {
        return "Can We Do Better? Different learning rate per layer";
    }

    private static LearningRateSearch search(LabContext lab) {
        return lab.search(1e-2, 10);
    }

    private static Run run(LabContext lab) {
        return lab.shortRun(lab.scale().hidden(), LectureRule.SGD.rule);
    }

    /** The search for one rate. */
    private static LearningRateSearch.Result one(LabContext lab) {
        return search(lab).search(lab.trial(run(lab)), 1);
    }

    private static double rate(LearningRateSearch.Result search) {
        return search.best().orElse(LectureRule.SGD.middle);
    }

    /** The search layer by layer, which begins with the one rate. */
    private static LearningRateSearch.Groups each(LabContext lab, double rate) {
        int layers = lab.scale().hidden().size() + 1;
        return search(lab).searchEach(lab.trial(run(lab)), Curves.row(layers, i -> rate));
    }

    /** The three runs that are compared. */
    private record Compared(Run one, Run each, Run adamw) {
        private static final List<String> NAMES = List.of("one rate", "a rate for each layer", "AdamW, one rate");

        static Compared of(LabContext lab) {
            double rate = rate(LayerRates.one(lab));
            Run one = lab.comparedRun(LectureRule.SGD, rate);
            Run each = one.atEach(LayerRates.each(lab, rate).learningRates());
            return new Compared(one, each, lab.comparedRun(LectureRule.ADAMW, adamwsRate(lab)));
        }

        List<Run> runs() {
            return List.of(one, each, adamw);
        }
    }

    private static double adamwsRate(LabContext lab) {
        return lab.experiment(OptimizerFamily.class).best(lab, LectureRule.ADAMW);
    }

    private static int runsOfSearch(LearningRateSearch.Result one, LearningRateSearch.Groups each) {
        return one.attempts().size()
                + each.searches().stream()
                        .mapToInt(search -> search.attempts().size())
                        .sum();
    }

    /** The last waits for AdamW's rate, which is there when the searches, one run after another, have ended. */
    @Override
    public void prefetch(LabContext lab) {
        lab.prefetch(Compared.of(lab).runs());
    }

    @Override
    public Findings findings(LabContext lab) {
        LearningRateSearch.Result one = one(lab);
        LearningRateSearch.Groups each = each(lab, rate(one));
        Compared compared = Compared.of(lab);
        List<Series> losses = new ArrayList<>();
        List<Series> accuracies = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < Compared.NAMES.size(); i++) {
            String name = Compared.NAMES.get(i);
            List<Result> seeds = lab.results(compared.runs().get(i));
            losses.add(Curves.binned(name, Measures.losses(seeds), compared.one.steps()));
            accuracies.add(Measures.accuracies(name, seeds, lab.scale().epochs()));
            rows.add(List.of(name, Format.percent(Measures.accuracy(seeds)), Format.percent(Measures.test(seeds))));
        }
        List<List<String>> rates = new ArrayList<>();
        rates.add(List.of("all layers", Format.rate(rate(one)), limit(one)));
        for (int i = 0; i < each.learningRates().size(); i++) {
            rates.add(List.of(
                    "layer " + i,
                    Format.rate(each.learningRates().get(i)),
                    limit(each.searches().get(i))));
        }
        SeedStatistics whole = Measures.test(lab.results(compared.one));
        SeedStatistics layers = Measures.test(lab.results(compared.each));
        return new Findings(
                title(),
                method(lab, one, each),
                List.of(
                        different(each.learningRates(), layers, whole),
                        Claim.better(
                                SLIDE,
                                "“Each layer gets to learn faster”: a rate for each layer is better than one",
                                "SGD with a rate for each layer",
                                layers,
                                "SGD with one rate",
                                whole),
                        adamw(lab)),
                List.of(
                        Curves.chart("Training loss", Axis.linear("step"), Axis.log("loss (nats)"), losses),
                        Curves.chart(
                                "Validation accuracy", Axis.linear("epoch"), Axis.linear("accuracy (%)"), accuracies)),
                List.of(
                        new Table("The rates found", List.of("for", "rate", "lowest that spikes"), rates),
                        new Table("The three trained", List.of("with", "validation accuracy", "test accuracy"), rows)));
    }

    private static List<String> method(LabContext lab, LearningRateSearch.Result one, LearningRateSearch.Groups each) {
        return List.of("The network " + lab.network(lab.scale().hidden())
                + ", SGD with momentum 0.9. First the best of the rates that train is found for all layers, by"
                + " validation accuracy after " + lab.scale().steps() + " steps ("
                + one.attempts().size() + " runs with the first seed), then from it for one layer after the other,"
                + " the others as found ("
                + (runsOfSearch(one, each) - one.attempts().size())
                + " runs more). AdamW has its rate from " + lab.reference(OptimizerFamily.class) + ", "
                + Format.rate(adamwsRate(lab)) + " (" + OptimizerFamily.runsOfSearch(lab)
                + " runs). All three are then trained for "
                + Format.epochs(lab.scale().epochs())
                + " at constant rates with " + lab.seedsText() + ".");
    }

    private static String limit(LearningRateSearch.Result search) {
        return Format.rate(search.limit().orElse(Double.NaN));
    }

    /** {@return the claim that AdamW with one rate is as good as rates by hand, after fewer runs} */
    Claim adamw(LabContext lab) {
        Compared compared = Compared.of(lab);
        LearningRateSearch.Result one = one(lab);
        return adamw(
                Measures.test(lab.results(compared.adamw)),
                Measures.test(lab.results(compared.each)),
                OptimizerFamily.runsOfSearch(lab),
                runsOfSearch(one, each(lab, rate(one))));
    }

    /** One search alone cannot decide: its best rates vary with the seed. Their use for every seed can. */
    static Claim different(List<Double> rates, SeedStatistics layers, SeedStatistics whole) {
        double factor = Collections.max(rates) / Collections.min(rates);
        SeedStatistics gain = layers.minus(whole);
        return new Claim(
                SLIDE,
                "“Different learning rate per layer”: the layers want different rates",
                "The search has one seed, and what it found is put to the test with all. Confirmed if the largest rate"
                        + " found for a layer is at least twice the smallest and the rates found are decidedly better"
                        + " than one rate, by test accuracy; refuted if they are decidedly worse; mixed if the two are"
                        + " decidedly within 0.1 points, or if the rates differ by less.",
                factor < 2 ? Verdict.MIXED : Verdict.above(gain, Verdict.MARGIN, -Verdict.MARGIN),
                "From the first layer to the last "
                        + Measures.rates(
                                rates.stream().mapToDouble(rate -> rate).toArray()) + ", a factor of "
                        + Format.digits(factor, 2) + "; " + Format.points(gain) + " against one rate.");
    }

    static Claim adamw(SeedStatistics adamw, SeedStatistics layers, int fewer, int more) {
        SeedStatistics difference = adamw.minus(layers);
        Verdict asGood = Verdict.above(difference, -Verdict.AS_GOOD, -Verdict.AS_GOOD);
        return new Claim(
                SLIDE,
                "“Problem: many more hyperparameters”, so “Use AdamW or LION”",
                "Confirmed if AdamW with one rate is, by test accuracy, decidedly at most 0.3 points below SGD with a"
                        + " rate for each layer, after fewer runs of search; refuted if it is decidedly further below;"
                        + " mixed if it is as good after no fewer runs.",
                asGood == Verdict.CONFIRMED && fewer >= more ? Verdict.MIXED : asGood,
                "AdamW " + Format.percent(adamw) + " after " + fewer
                        + " runs of search, SGD with a rate for each layer " + Format.percent(layers) + " after " + more
                        + ": " + Format.points(difference) + ".");
    }
}
