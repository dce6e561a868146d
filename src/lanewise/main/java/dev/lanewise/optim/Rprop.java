package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Resilient propagation keeps a step size for each parameter, which grows while the gradient keeps its sign and shrinks when
 * the sign changes. The magnitude of the gradient has no effect. This rule is iRprop⁻.
 *
 * <pre>
 * g = gradientFactor · gradient
 * s = sign(g) · sign(q)
 * Δ = Δ · (etaPlus if s &gt; 0, etaMinus if s &lt; 0, else 1),   at least minStep, at most maxStep
 * q = 0 if s &lt; 0, else sign(g)
 * p = p − learningRate · Δ · q
 * </pre>
 *
 * <b>State:</b> {@code prev} q, the sign of the last gradient, initially 0; {@code step_size} Δ, initially {@code initialStep}.
 *
 * <p><b>Defaults:</b> they are PyTorch's: initial step 1e-2, etaMinus 0.5, etaPlus 1.2, steps from 1e-6 to 50; learning rate 1. The paper
 * begins with 0.1. The rule is meant for gradients of the full data: the noise of small batches changes signs and keeps
 * shrinking the steps.
 *
 * <p><b>Where it differs:</b> PyTorch's {@code lr} is the initial step, so that a schedule has no effect after the first step;
 * here the learning rate is a factor of every step, which leaves the step sizes as they are. PyTorch takes sign(g · q), which is
 * 0 where the product of two small gradients underflows, and keeps the gradient as q, whose sign alone has an effect; its
 * checkpoints load here, and these load there. The paper's Rprop⁺ also takes back the last step when the sign changes.
 *
 * <p><b>NaN, infinity, zero:</b> NaN reaches the parameter and both states. An infinite gradient counts by its sign. sign(±0)
 * is 0: the parameter and its step size stay.
 *
 * <p><b>Source:</b> Riedmiller and Braun 1993, A direct adaptive method for faster backpropagation learning: the RPROP
 * algorithm; Igel and Hüsken 2003, Empirical evaluation of the improved Rprop learning algorithms.
 *
 * @param initialStep the initial value of each step size; finite and above 0
 * @param learningRate the learning rate of each step, from 0, which is a factor of all step sizes
 * @param etaMinus the factor by which a step size shrinks, in (0, 1)
 * @param etaPlus the factor by which a step size grows, above 1
 * @param minStep the smallest step size, above 0
 * @param maxStep the largest step size, from minStep
 */
public record Rprop(
        double initialStep, Schedule learningRate, double etaMinus, double etaPlus, double minStep, double maxStep)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Rprop {
        Check.positive("initialStep", initialStep);
        Objects.requireNonNull(learningRate, "learningRate");
        if (!(etaMinus > 0 && etaMinus < 1)) {
            throw new IllegalArgumentException("etaMinus must be in (0, 1): " + etaMinus);
        }
        if (!(etaPlus > 1 && etaPlus < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("etaPlus must be finite and above 1: " + etaPlus);
        }
        Check.positive("minStep", minStep);
        if (!(maxStep >= minStep && maxStep < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "maxStep must be finite and not below minStep, " + minStep + ": " + maxStep);
        }
    }

    /** Makes the rule with the defaults: initial step 1e-2, learning rate 1, etaMinus 0.5, etaPlus 1.2, steps from 1e-6 to 50. */
    public Rprop() {
        this(1);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0, which is a factor of all step sizes */
    public Rprop(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0, which is a factor of all step sizes */
    public Rprop(Schedule learningRate) {
        this(1e-2, learningRate, 0.5, 1.2, 1e-6, 50);
    }

    /** {@return this rule with another initial step}
     * @param initialStep the initial value of each step size */
    public Rprop withInitialStep(double initialStep) {
        return new Rprop(initialStep, learningRate, etaMinus, etaPlus, minStep, maxStep);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0, which is a factor of all step sizes */
    public Rprop withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Rprop withLearningRate(Schedule learningRate) {
        return new Rprop(initialStep, learningRate, etaMinus, etaPlus, minStep, maxStep);
    }

    /** {@return this rule with another etaMinus}
     * @param etaMinus the factor by which a step size shrinks, in (0, 1) */
    public Rprop withEtaMinus(double etaMinus) {
        return new Rprop(initialStep, learningRate, etaMinus, etaPlus, minStep, maxStep);
    }

    /** {@return this rule with another etaPlus}
     * @param etaPlus the factor by which a step size grows, above 1 */
    public Rprop withEtaPlus(double etaPlus) {
        return new Rprop(initialStep, learningRate, etaMinus, etaPlus, minStep, maxStep);
    }

    /** {@return this rule with another smallest step size}
     * @param minStep the smallest step size, above 0 */
    public Rprop withMinStep(double minStep) {
        return new Rprop(initialStep, learningRate, etaMinus, etaPlus, minStep, maxStep);
    }

    /** {@return this rule with another largest step size}
     * @param maxStep the largest step size, from minStep */
    public Rprop withMaxStep(double maxStep) {
        return new Rprop(initialStep, learningRate, etaMinus, etaPlus, minStep, maxStep);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.RpropKernel}} */
    @Override
    public String kernel() {
        return "Rprop";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("prev"), new StateBuffer("step_size", (float) initialStep).withFullPrecision());
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) etaMinus;
        // Finite, because it is multiplied by 0 where the sign has changed.
        c[2] = Math.min((float) etaPlus, Float.MAX_VALUE);
        c[3] = Math.max((float) minStep, Float.MIN_NORMAL);
        c[4] = Math.min((float) maxStep, Float.MAX_VALUE);
        c[5] = (float) step.learningRate();
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], down = c[1], up = c[2], min = c[3], max = c[4], rate = c[5];
        float[] p = buffers[0], g = buffers[1], q = buffers[2], d = buffers[3];
        for (int i = from; i < to; i++) {
            float sign = Math.signum(g[i] * scale), s = sign * Math.signum(q[i]), a = Math.abs(s);
            float turned = (a - s) / 2;
            // One of the three terms is not 0.
            float di = d[i] * ((a + s) * (up / 2) + turned * down + (1 - a));
            di = Math.min(Math.max(di, min), max);
            float qi = sign - sign * turned;
            p[i] -= qi * di * rate;
            q[i] = qi;
            d[i] = di;
        }
    }
}
