package dev.lanewise.schedule;

import dev.lanewise.internal.Check;
import java.util.Objects;

/**
 * Reduces a learning rate when a metric, such as the validation loss, has not improved for some observations. The rate depends
 * on these observations, so this is the only schedule with a state: {@link #at} returns the current rate for any step.
 *
 * {@snippet :
 * ReduceOnPlateau schedule = new ReduceOnPlateau(0.1);
 * double validationLoss = 2.3;
 * schedule.observe(validationLoss); // after each epoch
 * }
 *
 * <pre>
 * improved:  metric &lt; best · (1 − threshold)   RELATIVE, MINIMUM
 *            metric &lt; best − threshold         ABSOLUTE, MINIMUM
 *            metric &gt; best · (1 + threshold)   RELATIVE, MAXIMUM
 *            metric &gt; best + threshold         ABSOLUTE, MAXIMUM
 * after more than {@code patience} observations in a row without an improvement:
 *            rate = max(rate · factor, floor), unless that is a change of at most {@code least}
 *            the next {@code cooldown} observations do not count
 * </pre>
 *
 * NaN is never an improvement, so a run that has diverged gets ever lower rates. A relative threshold is only useful for a
 * metric above 0.
 *
 * <p><b>Source:</b> PyTorch's {@code ReduceLROnPlateau}, with the same defaults and the same rate after each observation.
 */
public final class ReduceOnPlateau implements Schedule {
    /** Selects which of two metrics is better. */
    public enum Goal {
        /** The lower metric is better, as for a loss. */
        MINIMUM,

        /** The higher metric is better, as for an accuracy. */
        MAXIMUM
    }

    /** Selects the unit of the threshold. */
    public enum Threshold {
        /** The threshold is a fraction of the best metric. */
        RELATIVE,

        /** The threshold is a difference from the best metric. */
        ABSOLUTE
    }

    /**
     * The state of a schedule, to be saved and restored with the rest of a run.
     *
     * @param rate the current rate
     * @param best the best metric; infinite before the first observation
     * @param bad the number of observations in a row without an improvement
     * @param cooling the number of coming observations that do not count
     */
    public record State(double rate, double best, long bad, long cooling) {
        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if one is out of range
         */
        public State {
            Check.notNegative("rate", rate);
            Check.atLeast(0, "bad", bad);
            Check.atLeast(0, "cooling", cooling);
            if (Double.isNaN(best)) {
                throw new IllegalArgumentException("best must be a number: " + best);
            }
        }
    }

    private final Goal goal;
    private final double factor;
    private final long patience;
    private final double threshold;
    private final Threshold meaning;
    private final long cooldown;
    private final double floor;
    private final double least;
    private State state;

    /**
     * Creates a schedule with PyTorch's defaults: it reduces the rate to a tenth after more than 10 observations in a row in
     * which no loss was lower than the best by a ten-thousandth.
     *
     * @param initial the first rate; finite and not negative
     * @throws IllegalArgumentException if it is out of range
     */
    public ReduceOnPlateau(double initial) {
        this(initial, Goal.MINIMUM, 0.1, 10, 1e-4, Threshold.RELATIVE, 0, 0, 1e-8);
    }

    /**
     * Creates a schedule.
     *
     * @param initial the first rate; finite and not negative
     * @param goal which metric is better
     * @param factor the factor of each reduction, in [0, 1)
     * @param patience the number of observations in a row without an improvement that cause no reduction; from 0
     * @param threshold the difference to the best metric that makes an improvement; finite and not negative
     * @param meaning the unit of the threshold
     * @param cooldown the number of observations after a reduction that do not count; from 0
     * @param floor the lowest rate; from 0 to {@code initial}
     * @param least the largest change that is too small to be made; finite and not negative
     * @throws IllegalArgumentException if one is out of range
     */
    public ReduceOnPlateau(
            double initial,
            Goal goal,
            double factor,
            long patience,
            double threshold,
            Threshold meaning,
            long cooldown,
            double floor,
            double least) {
        Check.notNegative("initial", initial);
        Check.belowOne("factor", factor);
        Check.atLeast(0, "patience", patience);
        Check.notNegative("threshold", threshold);
        Check.atLeast(0, "cooldown", cooldown);
        Check.floor(floor, "initial", initial);
        Check.notNegative("least", least);
        this.goal = Objects.requireNonNull(goal, "goal");
        this.factor = factor;
        this.patience = patience;
        this.threshold = threshold;
        this.meaning = Objects.requireNonNull(meaning, "meaning");
        this.cooldown = cooldown;
        this.floor = floor;
        this.least = least;
        double worst = goal == Goal.MINIMUM ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        this.state = new State(initial, worst, 0, 0);
    }

    /** {@return the current rate, for any step} */
    @Override
    public double at(long step) {
        return state.rate;
    }

    /**
     * Records a metric, and reduces the rate if there was no improvement for too long.
     *
     * @param metric the metric; NaN is no improvement
     */
    public void observe(double metric) {
        boolean improved = improves(metric);
        boolean cool = state.cooling > 0;
        double best = improved ? metric : state.best;
        long bad = improved || cool ? 0 : Math.min(state.bad, Long.MAX_VALUE - 1) + 1;
        if (bad <= patience) {
            state = new State(state.rate, best, bad, cool ? state.cooling - 1 : 0);
        } else {
            double rate = Math.max(state.rate * factor, floor);
            state = new State(state.rate - rate > least ? rate : state.rate, best, 0, cooldown);
        }
    }

    private boolean improves(double metric) {
        boolean relative = meaning == Threshold.RELATIVE;
        return goal == Goal.MINIMUM
                ? metric < (relative ? state.best * (1 - threshold) : state.best - threshold)
                : metric > (relative ? state.best * (1 + threshold) : state.best + threshold);
    }

    /** {@return the state, for {@link #restore}} */
    public State state() {
        return state;
    }

    /**
     * Continues from a state.
     *
     * @param state the state that {@link #state} returned
     */
    public void restore(State state) {
        this.state = Objects.requireNonNull(state, "state");
    }
}
