package dev.lanewise.mnist.lab;

import dev.lanewise.tune.LearningRateSearch;
import java.util.List;
import java.util.stream.Collectors;

/** Quantities of searches for the largest rate. */
public final class Searches {
    private Searches() {}

    /** {@return the largest rate that trains; NaN if none does} */
    public static double largest(LearningRateSearch.Result search) {
        return search.largest().orElse(Double.NaN);
    }

    /** {@return the largest rate that trains with each seed} */
    public static SeedStatistics largest(List<LearningRateSearch.Result> seeds) {
        return SeedStatistics.ratios(seeds.stream().map(Searches::largest).collect(Collectors.toList()));
    }
}
