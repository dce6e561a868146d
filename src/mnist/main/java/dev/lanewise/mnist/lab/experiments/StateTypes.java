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
import dev.lanewise.optim.StateType;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Table;
import java.util.List;
import java.util.Locale;

/** AdamW and Lion with state in fewer bits, at the rates of {@link OptimizerFamily}. */
public final class StateTypes implements Experiment {
    /** A rule with state of a type. */
    enum Variant {
        ADAMW_F32(LectureRule.ADAMW, StateType.F32),
        ADAMW_BF16(LectureRule.ADAMW, StateType.BF16),
        ADAMW_INT8(LectureRule.ADAMW, StateType.INT8),
        LION_F32(LectureRule.LION, StateType.F32),
        LION_BF16(LectureRule.LION, StateType.BF16);

        final LectureRule rule;
        final StateType type;

        Variant(LectureRule rule, StateType type) {
            this.rule = rule;
            this.type = type;
        }

        /** {@return the name on the page} */
        String text() {
            return rule.text + ", " + type.name().toLowerCase(Locale.ROOT);
        }

        /** {@return the bytes of state for each parameter} */
        double bytes() {
            return type.bytes() * rule.rule.state().size();
        }

        /** {@return the bytes that a step moves for each parameter} */
        double moved() {
            return rule.rule.bytesPerParameter(type);
        }
    }

    @Override
    public String title() {
        return "“Memory intensive”, with state in fewer bits";
    }

    private static Run run(LabContext lab, Variant variant) {
        double rate = lab.experiment(OptimizerFamily.class).best(lab, variant.rule);
        return lab.comparedRun(variant.rule, rate).with(variant.type);
    }

    private static List<Result> results(LabContext lab, Variant variant) {
        return lab.results(run(lab, variant));
    }

    private static SeedStatistics test(LabContext lab, Variant variant) {
        return Measures.test(results(lab, variant));
    }

    @Override
    public void prefetch(LabContext lab) {
        lab.prefetch(List.of(Variant.values()).stream()
                .map(variant -> run(lab, variant))
                .toList());
    }

    @Override
    public Findings findings(LabContext lab) {
        SeedStatistics adamw = test(lab, Variant.ADAMW_F32),
                half = test(lab, Variant.ADAMW_BF16),
                quarter = test(lab, Variant.ADAMW_INT8),
                lion = test(lab, Variant.LION_F32),
                halfLion = test(lab, Variant.LION_BF16);
        return new Findings(
                title(),
                method(lab),
                List.of(
                        needsItsMemory(adamw, half, quarter),
                        better(lion, half, "Lion in f32", "AdamW in bf16", "4"),
                        better(halfLion, quarter, "Lion in bf16", "AdamW in int8", "2"),
                        costsNothing("AdamW in bf16", half, adamw),
                        costsNothing("AdamW in int8", quarter, adamw),
                        costsNothing("Lion in bf16", halfLion, lion)),
                charts(lab),
                List.of(table(lab)));
    }

    private static List<String> method(LabContext lab) {
        return List.of(
                "AdamW and Lion as in " + lab.reference(OptimizerFamily.class)
                        + ", at the best rates that were found there in f32, with their state stored in f32, in bf16 or"
                        + " in int8, which is rounded at random. Each layer is a group; one of fewer than 4,096"
                        + " parameters stays in f32 instead of int8.",
                "A step's time is that of the bytes it moves where these exceed the caches, and that of the arithmetic,"
                        + " which rounding adds to, where they do not. `bench/run quick --only State` measures it; this"
                        + " page has no times, so that it is the same on every machine.");
    }

    static Claim needsItsMemory(SeedStatistics adamw, SeedStatistics half, SeedStatistics quarter) {
        return new Claim(
                "AdamW",
                "AdamW is “memory intensive”, whatever type its state has",
                "AdamW in bf16 has the state of Lion in f32, in int8 that of Lion in bf16. Confirmed if each of them"
                        + " costs at least 0.3 points of test accuracy; refuted if neither costs more than 0.1 points.",
                Verdict.both(cost(adamw, half).not(), cost(adamw, quarter).not()),
                "AdamW with 8 bytes a parameter " + Format.percent(adamw) + ", with 4 " + Format.percent(half)
                        + ", with 2.03 " + Format.percent(quarter) + ".");
    }

    static Claim better(SeedStatistics lion, SeedStatistics adamw, String one, String other, String bytes) {
        return new Claim(
                "Advanced Training - TL;DR",
                "“LION for memory-expensive applications”: " + one + " against " + other,
                "Both have " + bytes + " bytes of state a parameter. Confirmed if Lion's test accuracy is at most 0.1"
                        + " points lower; refuted if at least 0.3 points.",
                Verdict.above(lion.minus(adamw), -Verdict.MARGIN, -Verdict.AS_GOOD),
                one + " " + Format.percent(lion) + ", " + other + " " + Format.percent(adamw) + ": "
                        + Format.points(lion.minus(adamw)) + ".");
    }

    static Claim costsNothing(String name, SeedStatistics fewer, SeedStatistics floats) {
        return new Claim(
                "",
                name + " is as accurate as in f32",
                "Confirmed if the fewer bits cost at most 0.1 points of test accuracy; refuted if at least 0.3 points.",
                cost(floats, fewer),
                name + " " + Format.percent(fewer) + ", in f32 " + Format.percent(floats) + ": "
                        + Format.points(fewer.minus(floats)) + ".");
    }

    private static Verdict cost(SeedStatistics floats, SeedStatistics fewer) {
        return Verdict.below(floats.minus(fewer), Verdict.MARGIN, Verdict.AS_GOOD);
    }

    private static List<Chart> charts(LabContext lab) {
        List<Variant> variants = List.of(Variant.values());
        int steps = run(lab, Variant.ADAMW_F32).steps();
        return List.of(
                Curves.chart(
                        "Loss",
                        Axis.linear("step"),
                        Axis.log("loss"),
                        variants.stream()
                                .map(variant ->
                                        Curves.binned(variant.text(), Measures.losses(results(lab, variant)), steps))
                                .toList()),
                Curves.chart(
                        "Validation accuracy",
                        Axis.linear("epoch"),
                        Axis.linear("accuracy (%)"),
                        variants.stream()
                                .map(variant -> Measures.accuracies(
                                        variant.text(),
                                        results(lab, variant),
                                        lab.scale().epochs()))
                                .toList()));
    }

    private static Table table(LabContext lab) {
        return new Table(
                "Bytes and accuracy",
                List.of(
                        "rule and type",
                        "state, bytes a parameter",
                        "a step moves, bytes a parameter",
                        "rate",
                        "loss at the end",
                        "validation accuracy",
                        "test accuracy"),
                List.of(Variant.values()).stream()
                        .map(variant -> {
                            List<Result> seeds = results(lab, variant);
                            return List.of(
                                    variant.text(),
                                    Format.digits(variant.bytes(), 3),
                                    Format.digits(variant.moved(), 3),
                                    Format.rate(run(lab, variant).rate()),
                                    Format.digits(Measures.of(seeds, Result::lastLoss)),
                                    Format.percent(Measures.accuracy(seeds)),
                                    Format.percent(Measures.test(seeds)));
                        })
                        .toList());
    }
}
