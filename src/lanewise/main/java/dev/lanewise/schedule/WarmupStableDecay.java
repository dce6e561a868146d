package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * A linear warmup, then a constant value, then a short decay. The length of the run need not be known before the decay: training
 * may go on as long as there is data, and a decay may start at any step.
 *
 * <pre>
 * step &lt; warmup:          peak · (step + 1) / warmup
 * warmup ≤ step &lt; decay:  peak
 * decay ≤ step &lt; total:   floor + (peak − floor) · (1 − √((step − decay) / (total − decay)))
 * total ≤ step:           floor
 * </pre>
 *
 * <b>Source:</b> Hu et al. 2024, MiniCPM (arXiv 2404.06395); the root, which makes the decay steep at first, is that
 * of Hägele et al. 2024 (arXiv 2405.18392) and llm.c. PyTorch has no class for it.
 *
 * @param peak the value between warmup and decay; finite and not negative
 * @param warmup the number of warmup steps; 0 for none
 * @param decay the first step of the decay, at least {@code warmup}
 * @param total the total number of steps, at least {@code decay}; after them the value is {@code floor}
 * @param floor the last value; from 0 to {@code peak}
 */
public record WarmupStableDecay(double peak, long warmup, long decay, long total, double floor) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public WarmupStableDecay {
        Check.notNegative("peak", peak);
        Check.atLeast(0, "warmup", warmup);
        Check.atLeast(warmup, "decay", decay);
        Check.atLeast(decay, "total", total);
        Check.floor(floor, "peak", peak);
    }

    /**
     * Creates a schedule that decays to 0 in the last fifth of the steps, or in all steps after the warmup if they are fewer.
     *
     * @param peak the value between warmup and decay; finite and not negative
     * @param warmup the number of warmup steps; 0 for none
     * @param total the total number of steps, at least {@code warmup}
     */
    public WarmupStableDecay(double peak, long warmup, long total) {
        this(peak, warmup, Math.max(warmup, total - total / 5), total, 0);
    }

    @Override
    public double at(long step) {
        if (step < warmup) {
            return peak * ((step + 1.0) / warmup);
        }
        if (step < decay) {
            return peak;
        }
        if (step >= total) {
            return floor;
        }
        // The sum may round to more than the peak.
        return Math.min(peak, floor + (peak - floor) * (1 - Math.sqrt((double) (step - decay) / (total - decay))));
    }
}
