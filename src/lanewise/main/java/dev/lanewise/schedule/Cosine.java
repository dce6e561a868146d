package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Falls from a peak to a floor along half a cosine, and stays at the floor.
 *
 * <pre>
 * step &lt; steps:  floor + (peak − floor) · (1 + cos(π · step / steps)) / 2
 * steps ≤ step:  floor
 * </pre>
 *
 * <b>Source:</b> Loshchilov and Hutter 2017, SGDR (arXiv 1608.03983). PyTorch's {@code CosineAnnealingLR} agrees up to
 * {@code T_max} and rises again after it, back to the peak at {@code 2 · T_max}; a run a little longer than planned
 * ends at a rate that nobody wanted. It also goes from value to value, so that changing the rate, or making the
 * schedule anew to resume, bends the rest of its curve.
 *
 * @param peak the value at the first step; finite and not negative
 * @param steps how many until the floor
 * @param floor the last value; from 0 to {@code peak}
 */
public record Cosine(double peak, long steps, double floor) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Cosine {
        Check.notNegative("peak", peak);
        Check.atLeast(0, "steps", steps);
        Check.floor(floor, "peak", peak);
    }

    /**
     * Creates a schedule that falls to 0.
     *
     * @param peak the value at the first step; finite and not negative
     * @param steps how many until 0
     */
    public Cosine(double peak, long steps) {
        this(peak, steps, 0);
    }

    @Override
    public double at(long step) {
        return step < steps ? between(peak, floor, (double) step / steps) : floor;
    }

    /** Interpolates from one value to another along half a cosine. */
    static double between(double from, double to, double progress) {
        return to + (from - to) * (1 + StrictMath.cos(Math.PI * progress)) / 2;
    }
}
