package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Rises along half a cosine, and falls along another to far below the start: super-convergence.
 *
 * <pre>
 * top = rise · steps − 1
 * first = peak / division,  last = first / finalDivision
 * step &lt; top:              from first up to peak,   at step / top
 * top ≤ step &lt; steps − 1:  from peak down to last,  at (step − top) / (steps − 1 − top)
 * steps − 1 ≤ step:        last
 * </pre>
 *
 * where "from a to b at x" is {@code b + (a − b) · (1 + cos(π · x)) / 2}.
 *
 * <p><b>Source:</b> Smith and Topin 2018 (arXiv 1708.07120), with straight lines; the two cosines are fastai's. The values
 * are those of PyTorch's {@code OneCycleLR} without {@code three_phase}, where a step beyond the last is an error. PyTorch
 * also moves the momentum in the opposite direction, from 0.95 to 0.85 and back; this is a schedule of one value.
 *
 * @param peak the highest value; finite and not negative
 * @param steps the total number of steps; at least 1; the value is the lowest from the last one on
 * @param rise the fraction of the steps in which the value rises, in [0, 1)
 * @param division the peak divided by the first value; finite, at least 1
 * @param finalDivision the first value divided by the last; finite and above 0
 */
public record OneCycle(double peak, long steps, double rise, double division, double finalDivision)
        implements Schedule {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public OneCycle {
        Check.notNegative("peak", peak);
        Check.atLeast(1, "steps", steps);
        Check.belowOne("rise", rise);
        if (!(division >= 1 && division < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("division must be finite and at least 1: " + division);
        }
        Check.positive("finalDivision", finalDivision);
        // Otherwise the last value would be above the peak.
        if (division * finalDivision < 1) {
            throw new IllegalArgumentException(
                    "division × finalDivision must be at least 1: " + division + " × " + finalDivision);
        }
    }

    /**
     * Creates a schedule with the defaults of PyTorch and fastai: it rises for three tenths of the steps from a 25th of the
     * peak, and ends at a 250,000th of the peak.
     *
     * @param peak the highest value; finite and not negative
     * @param steps the total number of steps; at least 1
     */
    public OneCycle(double peak, long steps) {
        this(peak, steps, 0.3, 25, 1e4);
    }

    @Override
    public double at(long step) {
        double first = peak / division;
        double last = first / finalDivision;
        double top = rise * steps - 1;
        if (step >= steps - 1) {
            return last;
        }
        return step < top
                ? Cosine.between(first, peak, step / top)
                : Cosine.between(peak, last, (step - top) / (steps - 1 - top));
    }
}
