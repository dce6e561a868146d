package dev.lanewise.tune;

import dev.lanewise.internal.Check;
import dev.lanewise.memory.FloatSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The learning-rate range test: one short run in which the rate grows exponentially, and the rates that the curve of the loss
 * suggests. It costs a hundred steps and yields the order of magnitude; {@link LearningRateSearch} measures the limit.
 *
 * <pre>
 * rate of step i:  from · (to / from)^(i / (steps − 1))
 * smoothed loss:   s = smoothing · s + (1 − smoothing) · loss,  divided by 1 − smoothing^(i + 1)
 * </pre>
 *
 * The run stops where the smoothed loss is above {@code stop} times its lowest, or not finite. The suggestions are
 * fastai's; they use the smoothed loss without the first tenth of the steps and the last five.
 *
 * {@snippet :
 * Optimizer optimizer = new Optimizer(FloatSpan.of(new float[] {1, 1}), new AdamW());
 * TrainingStep training = (rate, step) -> {
 *     optimizer.setLearningRate(rate);
 *     float[] p = optimizer.parameters().toArray(); // the next batch, forward and backward
 *     optimizer.step(FloatSpan.of(new float[] {2 * p[0], 20 * p[1]}));
 *     return p[0] * p[0] + 10 * p[1] * p[1];
 * };
 * OptionalDouble rate = new LearningRateRangeTest()
 *         .run(training, new Snapshot(optimizer, () -> {}))
 *         .valley();
 * }
 *
 * <p><b>Source:</b> Smith 2015, Cyclical learning rates (arXiv 1506.01186), with a rate that grows linearly; fastai's
 * {@code lr_find}, which all defaults are from. fastai's last rate is one step short of {@code to}.
 *
 * @param from the first rate; finite and above 0
 * @param to the last rate; finite, above {@code from}, and finite as a multiple of it
 * @param steps the largest number of steps; at least 2
 * @param smoothing the fraction of the average that each step keeps, in [0, 1)
 * @param stop the multiple of the lowest smoothed loss at which the run stops; above 1
 */
public record LearningRateRangeTest(double from, double to, int steps, double smoothing, double stop) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public LearningRateRangeTest {
        Check.positive("from", from);
        Check.above(from, "from", "to", to);
        if (to / from == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("to / from must be finite: " + to + " / " + from);
        }
        Check.atLeast(2, "steps", steps);
        Check.belowOne("smoothing", smoothing);
        if (!(stop > 1)) {
            throw new IllegalArgumentException("stop must be above 1: " + stop);
        }
    }

    /** Creates a test with fastai's defaults: 100 steps from 1e-7 to 10, smoothed with 0.98, up to 4 times the lowest. */
    public LearningRateRangeTest() {
        this(1e-7, 10, 100, 0.98, 4);
    }

    /**
     * One step of the test.
     *
     * @param learningRate its rate
     * @param loss the loss of its batch
     * @param smoothed the smoothed loss
     */
    public record Point(double learningRate, double loss, double smoothed) {}

    /**
     * The result of the test. A suggestion is empty where the curve has too few points for it.
     *
     * @param points every step, in order; fewer than {@code steps} if the loss exploded
     * @param valley the rate half-way through the longest valley: fastai's default, and this library's
     * @param slide the rate at which the slope becomes even, in a window of 15 steps that slides from the end to the start
     * @param minimum a tenth of the rate with the lowest loss
     * @param steep the rate at which the loss falls fastest
     */
    public record Result(
            List<Point> points,
            OptionalDouble valley,
            OptionalDouble slide,
            OptionalDouble minimum,
            OptionalDouble steep) {
        /** Copies the points. */
        public Result {
            points = List.copyOf(points);
        }
    }

    /**
     * Runs the test and then restores everything, also if a step throws.
     *
     * @param training the step
     * @param state all floats that the step changes: the parameters and the optimizer's state
     * @param rewind restores everything else that the step changes to what it is now: the count of steps, the order of the
     *     data, the random numbers
     * @return the curve and the suggestions
     * @throws IllegalArgumentException if a span is read-only
     */
    public Result run(TrainingStep training, List<FloatSpan> state, Runnable rewind) {
        return run(training, new Snapshot(state, rewind));
    }

    /**
     * Runs the test and then restores everything, also if a step throws.
     *
     * @param training the step
     * @param start a snapshot of everything that the step changes
     * @return the curve and the suggestions
     */
    public Result run(TrainingStep training, Snapshot start) {
        try {
            return Suggestions.of(curve(training), steps);
        } finally {
            start.restore();
        }
    }

    private List<Point> curve(TrainingStep training) {
        List<Point> points = new ArrayList<>();
        Average average = new Average(smoothing);
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < steps; i++) {
            double rate = i == steps - 1 ? to : from * StrictMath.pow(to / from, i / (steps - 1.0));
            double loss = training.step(rate, i);
            double smoothed = average.add(loss);
            points.add(new Point(rate, loss, smoothed));
            best = Math.min(best, smoothed);
            if (!Double.isFinite(smoothed) || smoothed > stop * best) {
                break;
            }
        }
        return points;
    }
}
