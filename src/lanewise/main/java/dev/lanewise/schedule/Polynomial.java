package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Falls to a floor along a power of the fraction of the steps that is left; with a power of 1, along a straight line.
 *
 * <pre>
 * step &lt; steps:  floor + (initial − floor) · (1 − step / steps)^power
 * steps ≤ step:  floor
 * </pre>
 *
 * <b>Source:</b> Caffe's {@code poly} policy; Chen et al. 2017, DeepLab (arXiv 1606.00915), with power 0.9. PyTorch's
 * {@code PolynomialLR} has no floor, and its defaults are 5 steps and power 1.
 *
 * @param initial the value at the first step; finite and not negative
 * @param power the exponent; finite and above 0
 * @param steps the number of steps until the floor; from 0
 * @param floor the last value; from 0 to {@code initial}
 */
public record Polynomial(double initial, double power, long steps, double floor) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Polynomial {
        Check.notNegative("initial", initial);
        Check.positive("power", power);
        Check.atLeast(0, "steps", steps);
        Check.floor(floor, "initial", initial);
    }

    /**
     * Creates a schedule that falls to 0.
     *
     * @param initial the value at the first step; finite and not negative
     * @param power the exponent; finite and above 0
     * @param steps the number of steps until 0; from 0
     */
    public Polynomial(double initial, double power, long steps) {
        this(initial, power, steps, 0);
    }

    @Override
    public double at(long step) {
        if (step >= steps) {
            return floor;
        }
        return floor + (initial - floor) * StrictMath.pow((double) (steps - step) / steps, power);
    }
}
