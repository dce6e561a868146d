package dev.lanewise.optim;

import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Gradient descent by the gradient's direction alone, with momentum: the lecture's RProp.
 *
 * <pre>
 * n = ‖gradientFactor · gradient‖₂ over the scope
 * g = gradientFactor · gradient / n                 (0 if n ≤ ε)
 * b = momentum · b + g
 * p = p − learningRate · b
 * </pre>
 *
 * <b>State:</b> {@code momentum_buffer} b, initially 0.
 *
 * <p><b>Defaults:</b> learning rate 1e-2, momentum 0.9 (the lecture's), ε 0, the norm over each parameter group.
 *
 * <p><b>Where it differs:</b> the slide calls this RProp, "uses only the sign of the gradient", but divides the gradient by
 * its norm. The two agree for a single number; for a tensor this is normalized gradient descent, and {@link Rprop} is what
 * the name means. The slide does not say over what the norm is taken; each parameter group is the reading that gives the
 * layers "different learning rates". PyTorch has no such rule.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN or infinity makes the norm NaN or infinite, and with it NaN reaches every
 * parameter that shares the norm, or, beside an infinity, the one that has it. A norm of 0 gives the step 0. The factor
 * 1 / n is at most the largest float. State below {@link #TINY} is 0.
 *
 * <p><b>Source:</b> the lecture, "RProp"; Hazan, Levy and Shalev-Shwartz 2015, Beyond Convexity: Stochastic Quasi-Convex
 * Optimization, arXiv 1507.02030.
 *
 * @param learningRate of each step, from 0
 * @param momentum in [0, 1)
 * @param epsilon from 0; a norm up to this counts as 0
 * @param normScope {@code GROUP} or {@code ALL}: what the norm is taken over
 */
public record NormalizedSgd(Schedule learningRate, double momentum, double epsilon, NormScope normScope)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if one is out of range; the message has its name, its value and what is allowed
     */
    public NormalizedSgd {
        Objects.requireNonNull(learningRate, "learningRate");
        Checks.belowOne("momentum", momentum);
        Checks.notNegative("epsilon", epsilon);
        if (normScope == null || normScope == NormScope.NONE) {
            throw new IllegalArgumentException("normScope must be GROUP or ALL: " + normScope);
        }
    }

    /** The defaults: learning rate 1e-2, momentum 0.9, ε 0, the norm over each parameter group. */
    public NormalizedSgd() {
        this(1e-2);
    }

    /** The other hyperparameters have their defaults.
     * @param learningRate from 0 */
    public NormalizedSgd(double learningRate) {
        this(Checks.constant(learningRate));
    }

    /** The other hyperparameters have their defaults.
     * @param learningRate of each step, from 0 */
    public NormalizedSgd(Schedule learningRate) {
        this(learningRate, 0.9, 0, NormScope.GROUP);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate from 0 */
    public NormalizedSgd withLearningRate(double learningRate) {
        return withLearningRate(Checks.constant(learningRate));
    }

    @Override
    public NormalizedSgd withLearningRate(Schedule learningRate) {
        return new NormalizedSgd(learningRate, momentum, epsilon, normScope);
    }

    /** {@return this rule with another momentum}
     * @param momentum in [0, 1) */
    public NormalizedSgd withMomentum(double momentum) {
        return new NormalizedSgd(learningRate, momentum, epsilon, normScope);
    }

    /** {@return this rule with another ε}
     * @param epsilon from 0 */
    public NormalizedSgd withEpsilon(double epsilon) {
        return new NormalizedSgd(learningRate, momentum, epsilon, normScope);
    }

    /** {@return this rule with another scope}
     * @param normScope {@code GROUP} or {@code ALL}: what the norm is taken over */
    public NormalizedSgd withNormScope(NormScope normScope) {
        return new NormalizedSgd(learningRate, momentum, epsilon, normScope);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.NormalizedSgdKernel}} */
    @Override
    public String kernel() {
        return "NormalizedSgd";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("momentum_buffer"));
    }

    /** One more reading of the gradient than the buffers tell: its norm has to be known before the first update. */
    @Override
    public int bytesPerParameter() {
        return KernelRule.super.bytesPerParameter() + 4;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double norm = step.gradientNorm();
        // Not `norm > epsilon`: a NaN must not pass for a zero.
        double scale = norm <= epsilon ? 0 : step.gradientFactor() / norm;
        c[0] = (float) Math.clamp(scale, -Float.MAX_VALUE, Float.MAX_VALUE);
        c[1] = (float) momentum;
        c[2] = (float) step.learningRate();
    }

    @Override
    public void update(float[][] buffers, int[] at, int count, float[] c) {
        float scale = c[0], mu = c[1], rate = c[2];
        float[] p = buffers[0], g = buffers[1], b = buffers[2];
        int p0 = at[0], g0 = at[1], b0 = at[2];
        for (int i = 0; i < count; i++) {
            float bi = b[b0 + i] * mu + g[g0 + i] * scale;
            bi = Math.abs(bi) < TINY ? 0 : bi;
            p[p0 + i] -= bi * rate;
            b[b0 + i] = bi;
        }
    }
}
