package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Rises linearly in a warmup and then falls along half a cosine (Goyal et al. 2017, arXiv 1706.02677; Loshchilov and Hutter 2017, arXiv
 * 1608.03983).
 *
 * <pre>
 * step &lt; warmup:          peak · (step + 1) / warmup
 * warmup ≤ step &lt; total:  floor + (peak − floor) · (1 + cos(π · (step − warmup) / (total − warmup))) / 2
 * total ≤ step:           floor
 * </pre>
 *
 * The first step is not wasted on a rate of 0, and the peak is reached at the last step of the warmup and held by the
 * first step after it.
 *
 * @param peak the highest value; finite and not negative
 * @param warmup steps of warmup; 0 for none
 * @param total steps in all, at least {@code warmup}; from then on the value is {@code floor}
 * @param floor the lowest value after the warmup; from 0 to {@code peak}
 */
public record WarmupCosine(double peak, long warmup, long total, double floor) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public WarmupCosine {
        Check.notNegative("peak", peak);
        Check.atLeast(0, "warmup", warmup);
        Check.atLeast(warmup, "total", total);
        Check.floor(floor, "peak", peak);
    }

    /**
     * Creates a schedule that falls to 0.
     *
     * @param peak the highest value; finite and not negative
     * @param warmup steps of warmup; 0 for none
     * @param total steps in all, at least {@code warmup}
     */
    public WarmupCosine(double peak, long warmup, long total) {
        this(peak, warmup, total, 0);
    }

    @Override
    public double at(long step) {
        if (step < warmup) {
            return peak * ((step + 1.0) / warmup);
        }
        if (step >= total) {
            return floor;
        }
        return Cosine.between(peak, floor, (double) (step - warmup) / (total - warmup));
    }
}
