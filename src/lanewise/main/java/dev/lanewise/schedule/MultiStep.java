package dev.lanewise.schedule;

import dev.lanewise.internal.Check;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A staircase: the value is multiplied by a factor at each of some given steps.
 *
 * <pre>
 * initial · factor^(number of milestones that are at most step)
 * </pre>
 *
 * <b>Source:</b> He et al. 2016, Deep residual learning (arXiv 1512.03385): a tenth at 32,000 and 48,000 steps.
 * PyTorch's {@code MultiStepLR} also accepts milestones that are repeated, 0 or not in order; here they are errors.
 *
 * @param initial the value before the first milestone; finite and not negative
 * @param factor the factor at each milestone, in [0, 1]
 * @param milestones the first step of each lower value; from 1, ascending
 */
public record MultiStep(double initial, double factor, List<Long> milestones) implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public MultiStep {
        Check.notNegative("initial", initial);
        Check.fraction("factor", factor);
        milestones = List.copyOf(milestones);
        long before = 0;
        for (long milestone : milestones) {
            if (milestone <= before) {
                throw new IllegalArgumentException("milestones must be ascending and at least 1: " + milestones);
            }
            before = milestone;
        }
    }

    /**
     * Creates the schedule from milestones one by one.
     *
     * @param initial the value before the first milestone; finite and not negative
     * @param factor the factor at each milestone, in [0, 1]
     * @param milestones the first step of each lower value; from 1, ascending
     * @throws IllegalArgumentException if one is out of range
     */
    public MultiStep(double initial, double factor, long... milestones) {
        this(initial, factor, Arrays.stream(milestones).boxed().toList());
    }

    @Override
    public double at(long step) {
        int found = Collections.binarySearch(milestones, step);
        return initial * StrictMath.pow(factor, found >= 0 ? found + 1 : -found - 1);
    }
}
