package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Falls from a peak towards a floor along half a cosine, again and again, in cycles of equal or of growing length.
 *
 * <pre>
 * floor + (peak − floor) · (1 + cos(π · since / length)) / 2
 * </pre>
 *
 * where {@code length} is the length of the cycle, {@code period · growth^n} for the n-th from 0, and {@code since} the
 * number of steps since it began. The schedule has no end; with {@link #then} another can follow at the end of a cycle.
 *
 * <p><b>Source:</b> Loshchilov and Hutter 2017, SGDR (arXiv 1608.03983), with first cycles of 1 or 10 epochs and
 * growth 2. PyTorch's {@code CosineAnnealingWarmRestarts} agrees when it goes step by step; for a given step it
 * finds the cycle by a logarithm, which can be off by one where a cycle begins.
 *
 * @param peak the value at the first step of each cycle; finite and not negative
 * @param period the number of steps of the first cycle; at least 1
 * @param growth the length of a cycle divided by that of the cycle before; at least 1
 * @param floor the value that each cycle falls towards; from 0 to {@code peak}
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
     * Creates a schedule of cycles of equal length that fall towards 0.
     *
     * @param peak the value at the first step of each cycle; finite and not negative
     * @param period the number of steps of each cycle; at least 1
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
        // There are at most 62 turns, because growth is 2 or more here. The length does not overflow as long as it is
        // at most the number of steps that are left.
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
