package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import java.util.ArrayList;
import java.util.List;

/** The claims of {@link LaterRules}, which the rules' authors make. */
final class LaterClaims {
    /** The smoothed loss that a run has to reach, and the steps over whose losses it is the mean. */
    static final double LOSS = 0.2;

    private static final int SMOOTHED = 10;

    private LaterClaims() {}

    static Claim fewerSteps(SeedStatistics muon, SeedStatistics adamw, int batch) {
        List<Double> ratios = new ArrayList<>();
        for (int seed = 0; seed < muon.values().size(); seed++) {
            ratios.add(muon.values().get(seed) / adamw.values().get(seed));
        }
        SeedStatistics ratio = SeedStatistics.ratios(ratios);
        return new Claim(
                "",
                "The matrix rules need fewer steps at a large batch",
                "Taken are the steps until the mean loss of " + SMOOTHED + " batches of " + batch + " is at most "
                        + LOSS + ", each rule at the rate of its grid that needs fewest. Confirmed if Muon needs at"
                        + " most 0.9 of AdamW's; refuted if at least as many.",
                Verdict.below(ratio, 0.9, 1),
                "The loss is " + LOSS + " after " + Format.digits(muon.mean(), 3) + " steps of Muon and "
                        + Format.digits(adamw.mean(), 3) + " of AdamW, a ratio of " + Format.digits(ratio) + ".");
    }

    static Claim noSchedule(SeedStatistics free, SeedStatistics cosine) {
        SeedStatistics more = free.minus(cosine);
        return new Claim(
                "",
                "Schedule-Free needs no schedule",
                "Compared are Schedule-Free AdamW at a constant rate and AdamW with warmup and cosine, each at its best"
                        + " rate of the same number. Confirmed if the former's test accuracy is at most 0.1 points"
                        + " lower; refuted if at least 0.3 points.",
                Verdict.above(more, -Verdict.MARGIN, -Verdict.AS_GOOD),
                "Schedule-Free AdamW reaches " + Format.percent(free) + ", AdamW with the schedule "
                        + Format.percent(cosine) + ".");
    }

    static Claim noRate(SeedStatistics prodigy, SeedStatistics adamw) {
        SeedStatistics more = prodigy.minus(adamw);
        return new Claim(
                "",
                "Prodigy needs no rate",
                "Compared are Prodigy at the rate 1, without any search, and AdamW at its best rate. Confirmed if the"
                        + " former's test accuracy is at most 0.1 points lower; refuted if at least 0.3 points.",
                Verdict.above(more, -Verdict.MARGIN, -Verdict.AS_GOOD),
                "Prodigy at the rate 1 reaches " + Format.percent(prodigy) + ", AdamW at its best rate "
                        + Format.percent(adamw) + ".");
    }

    /** {@return the number of steps until the mean loss of some batches is low; NaN if it never is} */
    static double stepsTo(float[] losses) {
        double sum = 0;
        for (int i = 0; i < losses.length; i++) {
            sum += losses[i] - (i < SMOOTHED ? 0 : losses[i - SMOOTHED]);
            if (i >= SMOOTHED - 1 && sum / SMOOTHED <= LOSS) {
                return i + 1;
            }
        }
        return Double.NaN;
    }
}
