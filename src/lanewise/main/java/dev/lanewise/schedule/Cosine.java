package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Falls from a peak to a floor along half a cosine, and then stays at the floor.
 *
 * <pre>
 * step &lt; steps:  floor + (peak − floor) · (1 + cos(π · step / steps)) / 2
 * steps ≤ step:  floor
 * </pre>
 *
 * <b>Source:</b> Loshchilov and Hutter 2017, SGDR (arXiv 1608.03983). PyTorch's {@code CosineAnnealingLR} agrees up to
 * {@code T_max} and then rises again, back to the peak at {@code 2 · T_max}, so a run that is a little longer than
 * planned ends at a higher rate. It also computes each value from the last one, so that changing the rate, or creating
 * a new scheduler to resume, changes the rest of its curve.
 *
 * @param peak the value at the first step; finite and not negative
 * @param steps the number of steps until the floor; from 0
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
     * @param steps the number of steps until 0; from 0
     */
    public Cosine(double peak, long steps) {
        this(peak, steps, 0);
    }

    @Override
    public double at(long step) {
        return step < steps ? between(peak, floor, (double) step / steps) : floor;
    }

    /** Returns a value between two others along half a cosine; {@code progress} is in [0, 1]. */
    static double between(double from, double to, double progress) {
        return to + (from - to) * (1 + StrictMath.cos(Math.PI * progress)) / 2;
    }
}
