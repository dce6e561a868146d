package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * A staircase: the value is multiplied by a factor at equal distances.
 *
 * <pre>
 * initial · factor^⌊step / every⌋
 * </pre>
 *
 * <b>Source:</b> Caffe's {@code step} policy; PyTorch's {@code StepLR}, which multiplies the last rate and so
 * accumulates rounding errors.
 *
 * @param initial the value at the first step; finite and not negative
 * @param factor the factor of each reduction, in [0, 1]
 * @param every the number of steps between two reductions; at least 1
 */
public record StepDecay(double initial, double factor, long every) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public StepDecay {
        Check.notNegative("initial", initial);
        Check.fraction("factor", factor);
        Check.atLeast(1, "every", every);
    }

    @Override
    public double at(long step) {
        return initial * StrictMath.pow(factor, step / every);
    }
}
