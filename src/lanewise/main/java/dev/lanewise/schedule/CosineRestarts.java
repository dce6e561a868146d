package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Half a cosine from a peak down to a floor, again and again, each time as long as before or some times longer.
 *
 * <pre>
 * floor + (peak − floor) · (1 + cos(π · since / length)) / 2
 * </pre>
 *
 * where {@code length} is that of the cycle, {@code period · growth^n} for the n-th from 0, and {@code since} the steps
 * since it began. It has no end; with {@link #then} it stops where a cycle does.
 *
 * <p><b>Source:</b> Loshchilov and Hutter 2017, SGDR (arXiv 1608.03983), with first cycles of 1 or 10 epochs and
 * growth 2. PyTorch's {@code CosineAnnealingWarmRestarts} is the same step by step; asked for a later step it takes a
 * logarithm to find the cycle, which can be off by one where a cycle begins.
 *
 * @param peak the value at the first step of each cycle; finite and not negative
 * @param period steps of the first cycle; at least 1
 * @param growth how many times longer each next cycle is; at least 1
 * @param floor what each cycle falls towards; from 0 to {@code peak}
 */
public record CosineRestarts(double peak, long period, long growth, double floor) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public CosineRestarts {
        Check.notNegative("peak", peak);
        Check.atLeast(1, "period", period);
        Check.atLeast(1, "growth", growth);
        Check.floor(floor, "peak", peak);
    }

    /**
     * Cycles of equal length, down to 0.
     *
     * @param peak the value at the first step of each cycle; finite and not negative
     * @param period steps of each cycle; at least 1
     */
    public CosineRestarts(double peak, long period) {
        this(peak, period, 1, 0);
    }

    @Override
    public double at(long step) {
        long since = step;
        long length = period;
        if (growth == 1) {
            since %= period;
        }
        // At most 62 turns, for growth is 2 or more here; the length fits while it is not above the steps that are
        // left.
        while (since >= length) {
            since -= length;
            if (length > Long.MAX_VALUE / growth) {
                return Cosine.between(peak, floor, since / ((double) length * growth));
            }
            length *= growth;
        }
        return Cosine.between(peak, floor, (double) since / length);
    }
}
