package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * A linear warmup followed by half a cosine (Goyal et al. 2017, arXiv 1706.02677; Loshchilov and Hutter 2017, arXiv
 * 1608.03983), which the lecture recommends.
 *
 * <pre>
 * step &lt; warmup:          peak · (step + 1) / warmup
 * warmup ≤ step &lt; total:  floor + (peak − floor) · (1 + cos(π · (step − warmup) / (total − warmup))) / 2
 * total ≤ step:           floor
 * </pre>
 *
 * The first rate is not 0, which would waste a step. The last step of the warmup and the first step after it are both at
 * the peak.
 *
 * @param peak the highest value; finite and not negative
 * @param warmup the number of warmup steps; 0 for none
 * @param total the total number of steps, at least {@code warmup}; after them the value is {@code floor}
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
     * @param warmup the number of warmup steps; 0 for none
     * @param total the total number of steps, at least {@code warmup}
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
