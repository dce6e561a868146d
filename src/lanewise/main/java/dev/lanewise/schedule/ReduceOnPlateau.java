package dev.lanewise.schedule;

import dev.lanewise.internal.Check;
import java.util.Objects;

/**
 * A learning rate that falls when a metric, such as the validation loss, has not improved for a while. What the rate
 * will be depends on what is observed, so this is the one schedule with a state: {@link #at} gives the rate of now,
 * whatever the step.
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
 * after more than {@code patience} observations in a row without:
 *            rate = max(rate · factor, floor), unless that is a change of at most {@code least}
 *            the next {@code cooldown} observations do not count
 * </pre>
 *
 * NaN is never an improvement, so a run that diverged loses its rate. A relative threshold is only of use for a metric
 * above 0.
 *
 * <p><b>Source:</b> PyTorch's {@code ReduceLROnPlateau}, with its defaults, observation by observation.
 */
public final class ReduceOnPlateau implements Schedule {
    /** Which metric is better. */
    public enum Goal {
        /** The lower, as of a loss. */
        MINIMUM,

        /** The higher, as of an accuracy. */
        MAXIMUM
    }

    /** How the threshold is meant. */
    public enum Threshold {
        /** As a fraction of the best metric. */
        RELATIVE,

        /** As a difference from it. */
        ABSOLUTE
    }

    /**
     * All that changes; to be saved and restored with the rest of a run.
     *
     * @param rate the rate of now
     * @param best the best metric; infinite before the first
     * @param bad observations in a row that were no improvement
     * @param cooling observations still to pass that do not count
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
     * With PyTorch's defaults: a tenth of the rate after more than 10 observations in a row without a loss lower by a
     * ten-thousandth.
     *
     * @param initial the first rate; finite and not negative
     * @throws IllegalArgumentException if it is out of range
     */
    public ReduceOnPlateau(double initial) {
        this(initial, Goal.MINIMUM, 0.1, 10, 1e-4, Threshold.RELATIVE, 0, 0, 1e-8);
    }

    /**
     * With everything chosen.
     *
     * @param initial the first rate; finite and not negative
     * @param goal which metric is better
     * @param factor of each reduction, in [0, 1)
     * @param patience how many observations in a row without an improvement are tolerated; from 0
     * @param threshold how much better is an improvement; finite and not negative
     * @param meaning how the threshold is meant
     * @param cooldown observations after a reduction that do not count; from 0
     * @param floor the lowest rate; from 0
     * @param least a reduction by this or less is not made; from 0
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

    /** {@return the current rate, whatever the step} */
    @Override
    public double at(long step) {
        return state.rate;
    }

    /**
     * Records a metric, and reduces the rate once {@code patience} is exceeded.
     *
     * @param metric the metric; NaN is no improvement
     */
    public void observe(double metric) {
        boolean improved = improves(metric);
        boolean cool = state.cooling > 0;
        double best = improved ? metric : state.best;
        long bad = improved || cool ? 0 : state.bad + 1;
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

    /** {@return the state, to be saved and given to {@link #restore}} */
    public State state() {
        return state;
    }

    /**
     * Continues from a saved state.
     *
     * @param state a state that {@link #state} returned
     */
    public void restore(State state) {
        this.state = Objects.requireNonNull(state, "state");
    }
}
