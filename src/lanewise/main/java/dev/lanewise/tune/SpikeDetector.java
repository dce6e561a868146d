package dev.lanewise.tune;

import dev.lanewise.internal.event.Events;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Watches a run, and reports in words which group's step, or which loss, went wrong.
 *
 * {@snippet :
 * SpikeDetector detector = new SpikeDetector(List.of("layers.0.weight", "layers.1.weight"));
 * double loss = 2.3;
 * double[] updateRatios = {0.001, 0.002};
 * double[] learningRates = {0.1, 0.1};
 * detector.observe(0, loss, updateRatios, learningRates).forEach(finding -> System.out.println(finding.text()));
 * }
 *
 * <p>It compares the loss and the update ratio of each group, ‖Δθ‖ / ‖θ‖, with their own last 256 values. It uses
 * logarithms, because these numbers vary by factors, and the median and the median absolute deviation (MAD), which a few
 * spikes among the values do not move:
 *
 * <pre>
 * z = (ln value − median) / (1.4826 · MAD)
 * </pre>
 *
 * A value stands out if z is at least 6 and the value at least twice the median, once there are 20 values before it. An update
 * ratio also stands out from 0.5 on, where the step is about as large as the weights, and this from the first step, because a
 * training may be ruined in its first ten. The bound does not hold for parameters that begin with 0 (biases), whose first ratio is
 * NaN: their ratios are about 1 at first, and vary much as long as the parameters are small. Before there are 20 values, a loss
 * stands out if it is at least twice the highest before it. A value that stands out for many steps in a row is reported once, and
 * again when it grows from unusual to large.
 *
 * <p>Spikes of the update ratio come before spikes of the loss: when the loss stands out up to 20 steps after the step of a group
 * did, the finding names that step. A good ratio is about 0.001.
 *
 * <p>Each finding is also an event {@code dev.lanewise.Spike} of the JDK's flight recorder, while that records.
 *
 * <p><b>Source:</b> the lecture, "why the loss spikes: the step is as large as the weights"; robust z-scores, Iglewicz
 * and Hoaglin 1993; llm.c uses the mean and the standard deviation of the loss and of the gradient over 128 steps,
 * which a spike itself inflates.
 */
public final class SpikeDetector {
    private static final int WINDOW = 256;
    private static final int LEAST = 20;
    private static final double OUTLYING = 6;
    private static final double TWICE = StrictMath.log(2);
    private static final double LARGE = 0.5;

    /** The update ratio that the advised learning rate leads to. */
    private static final double TOLERABLE = 0.1;

    private static final int LEAD = 20;

    /** The kind of a finding. */
    public enum Kind {
        /** The loss, or the step of a group, is not finite. */
        NOT_FINITE,

        /** The loss stands out. */
        LOSS,

        /** The step of a group is at least half as large as its parameters. */
        LARGE_STEP,

        /** The step of a group stands out, though it is smaller than that. */
        UNUSUAL_STEP
    }

    /**
     * A value that stands out.
     *
     * @param step the number of the step
     * @param where the name of the group; {@code loss} for the loss
     * @param kind the kind of the finding
     * @param value the loss or the update ratio
     * @param median the median of the values before; NaN if there were none
     * @param z the robust z-score of the value; infinite if the values before were all equal
     * @param text a description in words, with advice
     */
    public record Finding(long step, String where, Kind kind, double value, double median, double z, String text) {}

    private final List<String> groups;
    private final History losses = new History();
    private final History[] ratios;
    private Finding lastStep;

    /**
     * Creates a detector without any values.
     *
     * @param groups the names of the groups of parameters
     */
    public SpikeDetector(List<String> groups) {
        this.groups = List.copyOf(groups);
        this.ratios = new History[groups.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = new History();
        }
    }

    /**
     * Records a step.
     *
     * @param step its number
     * @param loss the loss of its batch, above 0 unless it is not finite
     * @param updateRatios for each group the norm of the update divided by the norm of the parameters; NaN where there is
     *     none, as when the parameters are all 0
     * @param learningRates the learning rate of each group
     * @return the findings, the largest steps first and the loss last; empty for most steps
     * @throws IllegalArgumentException if an array has not one element for each group; nothing is recorded then
     */
    public List<Finding> observe(long step, double loss, double[] updateRatios, double[] learningRates) {
        if (updateRatios.length != groups.size() || learningRates.length != groups.size()) {
            throw new IllegalArgumentException("updateRatios and learningRates must have the length " + groups.size()
                    + " (groups): " + updateRatios.length + ", " + learningRates.length);
        }
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < ratios.length; i++) {
            if (ratios[i].standsOut(updateRatios[i], LARGE)) {
                findings.add(ofStep(step, i, updateRatios[i], learningRates[i]));
            }
            ratios[i].add(updateRatios[i]);
        }
        findings.sort((a, b) -> Double.compare(b.value, a.value));
        lastStep = findings.isEmpty() ? lastStep : findings.getFirst();
        if (losses.standsOut(loss, Double.POSITIVE_INFINITY)) {
            findings.add(ofLoss(step, loss));
        }
        losses.add(loss);
        for (Finding f : findings) {
            Events.spike(f.step, f.where, f.kind.name(), f.value, f.median, f.z, f.text);
        }
        return findings;
    }

    private Finding ofStep(long step, int group, double ratio, double learningRate) {
        History history = ratios[group];
        String name = groups.get(group);
        if (Double.isInfinite(ratio)) {
            String text = name + ": step not finite at step " + step + "; reduce its learning rate, or warm up";
            return new Finding(step, name, Kind.NOT_FINITE, ratio, history.median, history.z, text);
        }
        boolean large = ratio >= LARGE;
        String size = !large
                ? "step of " + digits(ratio, RoundingMode.HALF_EVEN) + " of the weights"
                : (ratio < 0.75
                                ? "step half as large as the weights ("
                                : ratio <= 1.5 ? "step as large as the weights (" : "step larger than the weights (")
                        + digits(ratio, RoundingMode.HALF_EVEN) + ")";
        String advice = large
                ? "reduce its learning rate below " + digits(learningRate * TOLERABLE / ratio, RoundingMode.DOWN)
                        + ", or warm up"
                : "look at this batch, or clip its gradient";
        return new Finding(
                step,
                name,
                large ? Kind.LARGE_STEP : Kind.UNUSUAL_STEP,
                ratio,
                history.median,
                history.z,
                name + ": " + size + " at step " + step + history.times(ratio) + "; " + advice);
    }

    private Finding ofLoss(long step, double loss) {
        String cause = lastStep != null && step - lastStep.step <= LEAD
                ? after(step - lastStep.step) + lastStep.where + " made a step of "
                        + digits(lastStep.value, RoundingMode.HALF_EVEN) + " of the weights"
                : "no step stood out before it: look at this batch";
        boolean finite = Double.isFinite(loss);
        return new Finding(
                step,
                "loss",
                finite ? Kind.LOSS : Kind.NOT_FINITE,
                loss,
                losses.median,
                losses.z,
                "loss: " + digits(loss, RoundingMode.HALF_EVEN) + " at step " + step
                        + (finite ? losses.times(loss) : "") + "; " + cause);
    }

    private static String after(long steps) {
        return steps == 0 ? "in this step " : steps == 1 ? "the step before, " : steps + " steps before, ";
    }

    /** Formats a number with two significant digits. */
    private static String digits(double value, RoundingMode mode) {
        if (!Double.isFinite(value) || value == 0) {
            return value == 0 ? "0" : String.valueOf(value);
        }
        BigDecimal rounded =
                new BigDecimal(value).round(new MathContext(2, mode)).stripTrailingZeros();
        double size = Math.abs(value);
        return size >= 1e-5 && size < 1e6 ? rounded.toPlainString() : String.valueOf(rounded.doubleValue());
    }

    /** The logarithms of the last values of one number, with which the newest is compared. */
    private static final class History {
        private final double[] ring = new double[WINDOW];
        private final double[] sorted = new double[WINDOW];
        private int count;
        private int next;
        private int level;
        private boolean seen;
        private boolean fromZero;
        private double highest = Double.NEGATIVE_INFINITY;
        private double median = Double.NaN;
        private double z = Double.NaN;

        /** Returns whether a value stands out among those before it, and more so than the last one did. */
        boolean standsOut(double value, double large) {
            fromZero |= !seen && Double.isNaN(value);
            seen = true;
            int before = level;
            level = level(value, large);
            return level > before;
        }

        private int level(double value, double large) {
            median = Double.NaN;
            z = Double.NaN;
            if (!Double.isFinite(value)) {
                // A NaN as a ratio only means that there is none.
                return large < Double.POSITIVE_INFINITY && Double.isNaN(value) ? 0 : 2;
            }
            if (count == 0) {
                return !fromZero && value >= large ? 2 : 0;
            }
            System.arraycopy(ring, 0, sorted, 0, count);
            double middle = middle();
            double distance = log(value) - middle;
            median = StrictMath.exp(middle);
            boolean isLarge = value >= large && !fromZero;
            if (distance < TWICE && !isLarge) {
                return 0;
            }
            for (int i = 0; i < count; i++) {
                sorted[i] = Math.abs(ring[i] - middle);
            }
            z = distance == 0 ? 0 : distance / (1.4826 * middle());
            boolean outlying =
                    count >= LEAST ? z >= OUTLYING : large == Double.POSITIVE_INFINITY && log(value) - highest >= TWICE;
            return isLarge || outlying && value >= large ? 2 : outlying ? 1 : 0;
        }

        private double middle() {
            Arrays.sort(sorted, 0, count);
            return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
        }

        /** Returns a finite logarithm, also for 0, which a ratio is at a learning rate of 0. */
        private static double log(double value) {
            return StrictMath.log(Math.max(value, Double.MIN_NORMAL));
        }

        String times(double value) {
            return median > 0 ? ", " + digits(value / median, RoundingMode.HALF_EVEN) + " × its median" : "";
        }

        void add(double value) {
            if (Double.isFinite(value)) {
                ring[next] = log(value);
                next = (next + 1) % WINDOW;
                count = Math.min(count + 1, WINDOW);
                highest = Math.max(highest, log(value));
            }
        }
    }
}
