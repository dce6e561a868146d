package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
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
import dev.lanewise.report.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The lecture's summary, judged by what other experiments measured. */
public final class Summary implements Experiment {
    private static final String SLIDE = "Advanced Training - TL;DR";
    private static final List<LectureRule> RULES = List.of(LectureRule.values());

    /** A rate is close to another if it is at least so much of it: one place of a grid with two rates a decade. */
    private static final double CLOSE = 0.3;

    @Override
    public String title() {
        return SLIDE;
    }

    /** Nothing is run for the summary alone. */
    @Override
    public void prefetch(LabContext lab) {}

    @Override
    public Findings findings(LabContext lab) {
        OptimizerFamily family = lab.experiment(OptimizerFamily.class);
        String source = lab.reference(OptimizerFamily.class);
        String layers = lab.reference(LayerRates.class);
        String schedules = lab.reference(Schedules.class);
        List<Claim> claims = new ArrayList<>();
        claims.add(lab.experiment(LayerRates.class)
                .adamw(lab)
                .on(
                        SLIDE,
                        "“Optimizers adaptively scale learning rates”",
                        "As in " + layers + ": AdamW with one rate against a rate for each layer by hand."));
        claims.add(byDefault(
                source, RULES.stream().collect(Collectors.toMap(rule -> rule, rule -> family.test(lab, rule)))));
        claims.add(lion(family.test(lab, LectureRule.ADAMW), family.test(lab, LectureRule.LION)));
        claims.add(close(source, closeRules(lab, family)));
        lab.experiment(Schedules.class)
                .summary(lab)
                .forEach(claim -> claims.add(claim.on(SLIDE, claim.statement(), "As in " + schedules + ".")));
        List<List<String>> rates = RULES.stream()
                .map(rule -> List.of(
                        rule.text,
                        Format.rate(family.best(lab, rule)),
                        Format.rate(largest(lab, family.grid(lab, rule))),
                        Format.percent(family.test(lab, rule))))
                .toList();
        return new Findings(
                title(),
                List.of("Nothing new was run: this is what " + layers + ", " + source + " and " + schedules
                        + " measured, put to the last slide's advice."),
                claims,
                List.of(),
                List.of(new Table(
                        "The best rate and the largest at which every seed trains, in the search of " + source,
                        List.of("rule", "best by validation", "largest that trains", "test accuracy at the best"),
                        rates)));
    }

    /** {@return the largest rate at which every seed trains} */
    private static double largest(LabContext lab, List<Run> grid) {
        return largest(
                grid.stream().map(Run::rate).toList(),
                i -> lab.results(grid.get(i)).stream().allMatch(Measures::trains));
    }

    /** {@return the largest of some rising rates that trains, below the first after it that does not; NaN if none does} */
    static double largest(List<Double> rates, IntPredicate trains) {
        double largest = Double.NaN;
        for (int i = 0; i < rates.size(); i++) {
            if (trains.test(i)) {
                largest = rates.get(i);
            } else if (!Double.isNaN(largest)) {
                break;
            }
        }
        return largest;
    }

    /** {@return the fraction of rules whose best rate is close to the largest that trains, with each seed} */
    private static SeedStatistics closeRules(LabContext lab, OptimizerFamily family) {
        return SeedStatistics.of(IntStream.range(0, lab.scale().seeds())
                .mapToObj(seed -> RULES.stream()
                                .filter(rule -> isClose(
                                        family.grid(lab, rule).stream()
                                                .map(Run::rate)
                                                .toList(),
                                        family.grid(lab, rule).stream()
                                                .map(run -> lab.results(run).get(seed))
                                                .toList()))
                                .count()
                        / (double) RULES.size())
                .toList());
    }

    /** {@return whether the rate of the highest accuracy is close to the largest that trains, with one seed} */
    static boolean isClose(List<Double> rates, List<Result> results) {
        double best = rates.get(IntStream.range(0, rates.size())
                .boxed()
                .max(Comparator.comparingDouble(i -> results.get(i).accuracy()))
                .orElseThrow());
        return best >= CLOSE * largest(rates, i -> Measures.trains(results.get(i)));
    }

    static Claim byDefault(String source, Map<LectureRule, SeedStatistics> tests) {
        SeedStatistics adamw = tests.get(LectureRule.ADAMW);
        LectureRule best = tests.keySet().stream()
                .max(Comparator.<LectureRule>comparingDouble(
                                rule -> tests.get(rule).mean())
                        .thenComparing(Comparator.reverseOrder()))
                .orElseThrow();
        long above = 0;
        long below = 0;
        boolean decided = true;
        for (LectureRule rule : tests.keySet()) {
            SeedStatistics lead = tests.get(rule).minus(adamw);
            Verdict better = Verdict.above(lead, Verdict.AS_GOOD, Verdict.AS_GOOD);
            above += better == Verdict.CONFIRMED ? 1 : 0;
            below += lead.high() < -Verdict.AS_GOOD ? 1 : 0;
            decided &= better != Verdict.UNDECIDED;
        }
        Verdict beaten = above > below ? Verdict.REFUTED : Verdict.MIXED;
        return new Claim(
                SLIDE,
                "“Use AdamW as default”",
                "By test accuracy at the best rates of " + source + ". Confirmed if every other rule is decidedly at"
                        + " most 0.3 points above AdamW; refuted if more rules are decidedly further above it than"
                        + " decidedly further below; mixed if some are, but not more.",
                above > 0 ? beaten : decided ? Verdict.CONFIRMED : Verdict.UNDECIDED,
                "AdamW " + Format.percent(adamw) + ", the best, " + best.text + ", " + Format.percent(tests.get(best))
                        + "; of the other " + (tests.size() - 1) + " rules " + above
                        + " are decidedly more than 0.3 points above AdamW, " + below + " below.");
    }

    static Claim lion(SeedStatistics adamw, SeedStatistics lion) {
        SeedStatistics loss = adamw.minus(lion);
        return new Claim(
                SLIDE,
                "“LION for memory-expensive applications”",
                "Lion's state is half of AdamW's. Confirmed if it costs at most 0.3 points of test accuracy; refuted"
                        + " if it costs a point or more.",
                Verdict.below(loss, Verdict.AS_GOOD, 0.01),
                "Lion " + Format.percent(lion) + " with " + LectureRule.LION.bytes() + " bytes a parameter, AdamW "
                        + Format.percent(adamw) + " with " + LectureRule.ADAMW.bytes() + ": "
                        + Format.points(loss.map(value -> -value)) + ".");
    }

    static Claim close(String source, SeedStatistics fraction) {
        return new Claim(
                SLIDE,
                "“Pick LR close to the largest LR that trains”",
                "Close is at least " + CLOSE + " of it, which is one place of the grid of " + source
                        + ". Taken is for how many of the rules the best rate by validation accuracy is close, with"
                        + " each seed. Confirmed if for at least three quarters; refuted if for at most a quarter.",
                Verdict.above(fraction, 0.75, 0.25),
                "For " + Format.digits(fraction.map(value -> 100 * value))
                        + " % of the rules the best rate is close to the largest that trains.");
    }
}
