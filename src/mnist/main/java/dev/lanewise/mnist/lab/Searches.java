package dev.lanewise.mnist.lab;

import dev.lanewise.tune.LargestRate;

/** What is taken of searches for the largest rate. */
public final class Searches {
    private Searches() {}

    /** NaN if no rate trains. */
    public static double largest(LargestRate.Result search) {
        return search.largest().orElse(Double.NaN);
    }

    /** Geometric mean over the seeds; NaN if a seed has none. */
    public static double largest(Iterable<LargestRate.Result> seeds) {
        double sum = 0;
        int count = 0;
        for (LargestRate.Result search : seeds) {
            sum += StrictMath.log(largest(search));
            count++;
        }
        return StrictMath.exp(sum / count);
    }
}
