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
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.tune.LearningRateRangeTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The lecture's rules from SGD to Lion, each with its best rate from the same budget of search. */
public final class OptimizerFamily implements Experiment {
    static final List<LectureRule> RULES = List.of(LectureRule.values());

    /** The rules whose first steps are measured. */
    static final List<LectureRule> FIRST = List.of(LectureRule.ADAM_V0, LectureRule.RMSPROP, LectureRule.ADAM);

    static final double FIRST_RATE = 1e-4;
    static final int FIRST_STEPS = 100;

    /** The rules whose steps are compared in length. */
    private static final List<LectureRule> LENGTHS = List.of(LectureRule.SGD, LectureRule.RPROP);

    /** The rules with a range test. */
    static final List<LectureRule> RAMPS = List.of(LectureRule.SGD, LectureRule.ADAMW);

    private static final LearningRateRangeTest RANGE_TEST = new LearningRateRangeTest(1e-6, 10, 100, 0.98, 4);

    /** A rate is as good as the best if the validation accuracy is within one point. */
    private static final double AS_GOOD = 0.01;

    @Override
    public String title() {
        return "From “Stochastic Gradient Descent” to “Lion”";
    }

    static int runsOfSearch(LabContext lab) {
        return lab.scale().points() * lab.scale().seeds();
    }

    /** {@return the runs at the rates of a rule's grid, by rising rate} */
    List<Run> grid(LabContext lab, LectureRule rule) {
        Run run = lab.longRun(
                        lab.scale().hidden(),
                        rule.rule,
                        Scale.BATCH,
                        lab.scale().searchEpochs())
                .with(Run.Norms.LARGEST)
                .checked(1);
        return LabContext.around(rule.middle, lab.scale().points()).stream()
                .map(run::at)
                .toList();
    }

    /** {@return the best rate of a rule's grid} */
    double best(LabContext lab, LectureRule rule) {
        return lab.best(grid(lab, rule)).rate();
    }

    /** {@return the results of a rule at its best rate} */
    List<Result> atBest(LabContext lab, LectureRule rule) {
        return lab.results(lab.comparedRun(rule, best(lab, rule)));
    }

    /** {@return the test accuracy of a rule at its best rate} */
    SeedStatistics test(LabContext lab, LectureRule rule) {
        return Measures.test(atBest(lab, rule));
    }

    /** {@return how many rates of the grid are as good as the best, with each seed} */
    SeedStatistics asGood(LabContext lab, LectureRule rule) {
        List<SeedStatistics> grid = grid(lab, rule).stream()
                .map(run -> Measures.accuracy(lab.results(run)))
                .toList();
        return SeedStatistics.of(IntStream.range(0, lab.scale().seeds())
                .mapToDouble(seed -> asGood(grid.stream()
                        .mapToDouble(rate -> rate.values().get(seed))
                        .toArray()))
                .toArray());
    }

    static long asGood(double... accuracies) {
        double best = Arrays.stream(accuracies).max().orElseThrow();
        return Arrays.stream(accuracies)
                .filter(accuracy -> accuracy >= best - AS_GOOD)
                .count();
    }

    static Run firstSteps(LabContext lab, LectureRule rule) {
        Run run = new Run(
                lab.scale().hidden(),
                rule.rule,
                lab.images(),
                Scale.BATCH,
                FIRST_STEPS,
                lab.seeds().getFirst());
        return run.at(FIRST_RATE).with(Run.Norms.ALL);
    }

    private Run lengths(LabContext lab, LectureRule rule) {
        return lab.shortRun(lab.scale().hidden(), rule.rule).at(best(lab, rule)).with(Run.Norms.ALL);
    }

    /** The run has the range test's own rates as its schedule, so that the test can be read from its losses. */
    static LearningRateRangeTest.Result rangeTest(LabContext lab, LectureRule rule) {
        Run run = new Run(
                lab.scale().hidden(),
                rule.rule,
                lab.images(),
                Scale.BATCH,
                RANGE_TEST.steps(),
                lab.seeds().getFirst());
        float[] losses = lab.result(run.with(Ramp.of(RANGE_TEST))).losses();
        return RANGE_TEST.run((rate, step) -> losses[(int) step], List.of(), () -> {});
    }

    @Override
    public void prefetch(LabContext lab) {
        List<Run> independent = new ArrayList<>();
        RULES.forEach(rule -> independent.addAll(grid(lab, rule)));
        FIRST.forEach(rule -> independent.add(firstSteps(lab, rule)));
        lab.together(() -> lab.prefetch(independent), () -> RAMPS.forEach(rule -> rangeTest(lab, rule)));
        List<Run> last = new ArrayList<>();
        RULES.forEach(rule -> last.add(lab.comparedRun(rule, best(lab, rule))));
        LENGTHS.forEach(rule -> last.add(lengths(lab, rule)));
        lab.prefetch(last);
    }

    @Override
    public Findings findings(LabContext lab) {
        FamilyFigures figures = new FamilyFigures(this, lab);
        return new Findings(title(), method(lab), claims(lab), figures.charts(), figures.tables());
    }

    private static List<String> method(LabContext lab) {
        return List.of(
                "The network " + lab.network(lab.scale().hidden()) + ", batches of " + Scale.BATCH
                        + ", constant rates, "
                        + Format.count(lab.images()) + " images. Each rule's rate is the best by validation"
                        + " accuracy of " + lab.scale().points() + " rates, two a decade around its usual one, after "
                        + Format.epochs(lab.scale().searchEpochs()) + " with " + lab.seedsText()
                        + "; then it is trained again for "
                        + Format.epochs(lab.scale().epochs())
                        + ", and the test images are looked at once, at the end.",
                "The first steps are measured at rate " + Format.rate(FIRST_RATE)
                        + " as the largest change of a parameter by the rate. The step of RProp is the sum, with"
                        + " momentum, of gradients whose norm is 1.");
    }

    private List<Claim> claims(LabContext lab) {
        return List.of(
                FamilyClaims.tuning(asGood(lab, LectureRule.SGD), asGood(lab, LectureRule.ADAMW)),
                FamilyClaims.sameNorm(spread(lab, LectureRule.RPROP), spread(lab, LectureRule.SGD)),
                FamilyClaims.small(firstStep(lab, LectureRule.ADAM_V0)),
                FamilyClaims.scaled(firstStep(lab, LectureRule.ADAM)),
                better(
                        lab,
                        "RMSProp to Adam V0",
                        "“Momentum is effectively used”: Adam v0 is better than RMSProp",
                        LectureRule.ADAM_V0,
                        LectureRule.RMSPROP),
                better(
                        lab,
                        "Adam V0 to Adam",
                        "Bias correction makes Adam better than Adam v0",
                        LectureRule.ADAM,
                        LectureRule.ADAM_V0),
                better(
                        lab,
                        "Adam to AdamW",
                        "“Weight Regularization Done Separately”: AdamW is better than Adam",
                        LectureRule.ADAMW,
                        LectureRule.ADAM),
                FamilyClaims.memory(LectureRule.ADAMW.bytes(), LectureRule.LION.bytes()));
    }

    private Claim better(LabContext lab, String slide, String statement, LectureRule one, LectureRule other) {
        return Claim.better(slide, statement, one.text, test(lab, one), other.text, test(lab, other));
    }

    private SeedStatistics spread(LabContext lab, LectureRule rule) {
        return Measures.of(lab.results(lengths(lab, rule)), FamilyClaims::spread);
    }

    private static SeedStatistics firstStep(LabContext lab, LectureRule rule) {
        return Measures.of(lab.results(firstSteps(lab, rule)), result -> {
            float[] largest = result.largest();
            return largest.length == 0 ? Double.NaN : largest[0] / FIRST_RATE;
        });
    }
}
