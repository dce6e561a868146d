package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import java.util.Arrays;

/** The claims of {@link OptimizerFamily} that compare no two accuracies. */
final class FamilyClaims {
    /** Steps whose length does not count: momentum is still gathering. */
    private static final int SETTLING = 20;

    private FamilyClaims() {}

    static Claim tuning(SeedStatistics sgd, SeedStatistics adamw) {
        SeedStatistics more = adamw.minus(sgd);
        return new Claim(
                "Recap: Stochastic Gradient Descent",
                "“Need to tune learning rate” for SGD, and less for AdamW",
                "Taken is how many rates of the grid are within one point of the best, by the validation accuracy of"
                        + " each seed. Confirmed if these are at least half a rate more for AdamW than for SGD; refuted"
                        + " if at least half a rate fewer.",
                Verdict.above(more, 0.5, -0.5),
                "Of the rates tried " + Format.digits(sgd.mean(), 2) + " of SGD's and " + Format.digits(adamw.mean(), 2)
                        + " of AdamW's are within one point of the best, a difference of " + Format.digits(more) + ".");
    }

    static Claim sameNorm(SeedStatistics rprop, SeedStatistics sgd) {
        return new Claim(
                "RProp",
                "“All updates are now the same norm”",
                "Taken is how the length of a layer's step varies, its 95th percentile by its 5th after " + SETTLING
                        + " steps. Confirmed if it is at most 1.2 for RProp; refuted if at least 2.",
                Verdict.below(rprop, 1.2, 2),
                "After " + SETTLING + " steps the lengths of RProp's vary by a factor of " + Format.digits(rprop)
                        + ", those of SGD by " + Format.digits(sgd) + ".");
    }

    static Claim small(SeedStatistics first) {
        double expected = Math.sqrt(1000);
        return new Claim(
                "Adam V0",
                "“v is small at the beginning of training (β2=0.999)”: the first step is √1000 = 31.6 times the rate",
                "Confirmed if the largest change of a parameter in the first step of Adam v0 is within 5 % of that;"
                        + " refuted if it is beyond a factor of 2.",
                Verdict.within(first, 0.95 * expected, 1.05 * expected, expected / 2, 2 * expected),
                "The first step changes a parameter by up to " + Format.digits(first) + " times the rate.");
    }

    static Claim scaled(SeedStatistics first) {
        return new Claim(
                "Adam",
                "“Training starts with properly scaled terms”",
                "Confirmed if the largest change of a parameter in Adam's first step is within 5 % of the rate; refuted"
                        + " if it is beyond a factor of 2.",
                Verdict.within(first, 0.95, 1.05, 0.5, 2),
                "The first step changes a parameter by up to " + Format.digits(first) + " times the rate.");
    }

    static Claim memory(int adamw, int lion) {
        return new Claim(
                "AdamW; Lion",
                "AdamW is “memory intensive”, Lion “memory efficient (does not store v)”",
                "Confirmed if Lion's state is at most half of AdamW's; refuted if it is not smaller; otherwise mixed."
                        + " This varies with no seed.",
                Verdict.of(2 * lion <= adamw, lion >= adamw),
                "AdamW keeps " + adamw + " bytes a parameter, Lion " + lion + ".");
    }

    /** {@return how much the length of a layer's step varies, as the mean over the layers} */
    static double spread(Result result) {
        return result.layers().stream()
                        .mapToDouble(layer -> spread(layer.update()))
                        .sum()
                / result.layers().size();
    }

    /** {@return the 95th percentile of some lengths by their 5th, without the first steps; NaN if no others are left} */
    static double spread(float[] lengths) {
        float[] sorted = Arrays.copyOfRange(lengths, Math.min(SETTLING, lengths.length), lengths.length);
        Arrays.sort(sorted);
        return sorted.length == 0
                ? Double.NaN
                : (double) sorted[(int) (0.95 * (sorted.length - 1))] / sorted[(int) (0.05 * (sorted.length - 1))];
    }
}
