package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** 10: the lecture's summary, from what the other sections measured. */
public final class Summary {
    private static final String SLIDE = "Advanced Training - TL;DR";

    /** How much accuracy half of the state may cost. */
    private static final double DEAR = 0.003;

    private Summary() {}

    public static Findings section(OptimizerFamily.Data family, Findings layers, Findings schedules) {
        List<Claim> claims = new ArrayList<>();
        claims.add(taken(
                "“Optimizers adaptively scale learning rates”",
                "As in section 4: AdamW with one rate against a rate for each layer by hand.",
                layers.claims().getLast()));
        claims.add(byDefault(
                Arrays.asList(LectureRule.values()),
                Arrays.stream(LectureRule.values()).map(family::test).toList()));
        claims.add(lion(family.test(LectureRule.ADAMW), family.test(LectureRule.LION)));
        claims.add(close(
                Arrays.stream(LectureRule.values()).mapToDouble(family::best).toArray(),
                Arrays.stream(LectureRule.values()).mapToDouble(family::largest).toArray()));
        schedules.claims().stream()
                .filter(claim -> claim.slide().equals(SLIDE))
                .forEach(claim -> claims.add(taken(claim.statement(), "As in section 7.", claim)));
        List<List<String>> rows = claims.stream()
                .map(claim -> List.of(claim.statement(), claim.answer().toString(), claim.evidence()))
                .toList();
        List<List<String>> rates = Arrays.stream(LectureRule.values())
                .map(member -> List.of(
                        member.text,
                        Format.rate(family.best(member)),
                        Format.rate(family.largest(member)),
                        Format.percent(family.test(member))))
                .toList();
        return new Findings(
                "The lecture's summary",
                List.of("Nothing new was run: this is what sections 4, 5 and 7 measured, put to the last slide's"
                        + " advice."),
                claims,
                List.of(),
                List.of(
                        new Table("The summary, measured", List.of("advice", "measured", "evidence"), rows),
                        new Table(
                                "The best rate and the largest that trains, in the search of section 5",
                                List.of(
                                        "rule",
                                        "best by validation",
                                        "largest that trains",
                                        "test accuracy at the best"),
                                rates)));
    }

    private static Claim taken(String quote, String rule, Claim claim) {
        return new Claim(SLIDE, quote, rule, claim.answer(), claim.evidence());
    }

    public static Claim byDefault(List<LectureRule> members, List<SeedStatistics> tests) {
        SeedStatistics adamw = tests.get(members.indexOf(LectureRule.ADAMW));
        LectureRule best = members.stream()
                .max(Comparator.comparingDouble(
                        member -> tests.get(members.indexOf(member)).mean()))
                .orElseThrow();
        SeedStatistics highest = tests.get(members.indexOf(best));
        long above = tests.stream().filter(test -> test.clearlyAbove(adamw)).count();
        long below = tests.stream().filter(adamw::clearlyAbove).count();
        return new Claim(
                SLIDE,
                "“Use AdamW as default”",
                "By test accuracy at the best rates of section 5. Confirmed if no rule is clearly above AdamW; refuted"
                        + " if more rules are clearly above it than clearly below.",
                Verdict.of(above == 0, above > below),
                "AdamW reaches " + Format.percent(adamw) + ", the best, " + best.text + ", " + Format.percent(highest)
                        + "; "
                        + above + " of the other " + (members.size() - 1) + " rules are clearly above AdamW, " + below
                        + " clearly below.");
    }

    public static Claim lion(SeedStatistics adamw, SeedStatistics lion) {
        double loss = adamw.mean() - lion.mean();
        return new Claim(
                SLIDE,
                "“LION for memory-expensive applications”",
                "Lion's state is half of AdamW's. Confirmed if it costs at most 0.3 points of test accuracy; refuted"
                        + " if it costs a point or more.",
                Verdict.of(loss <= DEAR, loss >= 0.01),
                "Lion reaches " + Format.percent(lion) + " with " + LectureRule.LION.bytes() + " bytes a parameter, AdamW "
                        + Format.percent(adamw) + " with " + LectureRule.ADAMW.bytes() + ".");
    }

    public static Claim close(double[] best, double[] largest) {
        int close = 0;
        for (int i = 0; i < best.length; i++) {
            close += best[i] >= 0.3 * largest[i] ? 1 : 0;
        }
        return new Claim(
                SLIDE,
                "“Pick LR close to the largest LR that trains”",
                "Close is at least 0.3 of it, which is one place of the grid of section 5. Confirmed if the best rate"
                        + " by validation accuracy is close for at least three quarters of the rules; refuted if for at"
                        + " most a quarter.",
                Verdict.of(4 * close >= 3 * best.length, 4 * close <= best.length),
                "For " + close + " of " + best.length + " rules the best rate is close to the largest that trains.");
    }
}
