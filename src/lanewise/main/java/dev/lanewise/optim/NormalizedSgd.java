package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Normalized gradient descent steps along the direction of the gradient, whatever the gradient's norm is, with momentum. The
 * lecture (see the package's page) calls it RProp.
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
 * <p><b>Defaults:</b> the momentum 0.9 is the lecture's; the others are chosen here: learning rate 1e-2, ε 0, the norm over each
 * parameter group.
 *
 * <p><b>Where it differs:</b> the slide describes RProp as "uses only the sign of the gradient", but divides the gradient by
 * its norm. The two agree for a single number; for a tensor this is normalized gradient descent, and the paper's
 * RProp is {@link Rprop}. The slide leaves open which gradients the norm is taken over; with a norm for each parameter group
 * the layers have "different learning rates", as the slide promises. PyTorch has no such rule.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN or infinity makes the norm NaN or infinite, and with it NaN reaches every
 * parameter that shares the norm, or, beside an infinity, the one that has it. A norm of 0 gives the step 0. The factor
 * 1 / n is at most the largest float. {@link #SIGNED_TINY} is added to the
 * buffer and taken off again, so that it is never subnormal.
 *
 * <p><b>Source:</b> the lecture, slide "RProp"; Hazan, Levy and Shalev-Shwartz 2015, Beyond Convexity: Stochastic Quasi-Convex
 * Optimization, arXiv 1507.02030.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum the decay μ of the momentum buffer, in [0, 1)
 * @param epsilon the largest norm that counts as 0, from 0
 * @param normScope the gradients over which the norm is taken: {@code GROUP} or {@code ALL}
 */
public record NormalizedSgd(Schedule learningRate, double momentum, double epsilon, NormScope normScope)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public NormalizedSgd {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("momentum", momentum);
        Check.notNegative("epsilon", epsilon);
        if (normScope == null || normScope == NormScope.NONE) {
            throw new IllegalArgumentException("normScope must be GROUP or ALL: " + normScope);
        }
    }

    /** Makes the rule with the defaults: learning rate 1e-2, momentum 0.9, ε 0, the norm over each parameter group. */
    public NormalizedSgd() {
        this(1e-2);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public NormalizedSgd(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public NormalizedSgd(Schedule learningRate) {
        this(learningRate, 0.9, 0, NormScope.GROUP);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public NormalizedSgd withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public NormalizedSgd withLearningRate(Schedule learningRate) {
        return new NormalizedSgd(learningRate, momentum, epsilon, normScope);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay μ of the momentum buffer, in [0, 1) */
    public NormalizedSgd withMomentum(double momentum) {
        return new NormalizedSgd(learningRate, momentum, epsilon, normScope);
    }

    /** {@return this rule with another ε}
     * @param epsilon the largest norm that counts as 0, from 0 */
    public NormalizedSgd withEpsilon(double epsilon) {
        return new NormalizedSgd(learningRate, momentum, epsilon, normScope);
    }

    /** {@return this rule with another scope}
     * @param normScope the gradients over which the norm is taken: {@code GROUP} or {@code ALL} */
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

    /** The gradient is read once more than the buffers suggest, because the first update needs its norm. */
    @Override
    public int bytesPerParameter() {
        return KernelRule.super.bytesPerParameter() + 4;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double norm = step.gradientNorm();
        // The test is not `norm > epsilon`, because a NaN must not count as a zero.
        double scale = norm <= epsilon ? 0 : step.gradientFactor() / norm;
        c[0] = (float) Math.clamp(scale, -Float.MAX_VALUE, Float.MAX_VALUE);
        c[1] = (float) momentum;
        c[2] = (float) step.learningRate();
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], mu = c[1], rate = c[2];
        float[] p = buffers[0], g = buffers[1], b = buffers[2];
        for (int i = from; i < to; i++) {
            float bi = b[i] * mu + g[i] * scale + SIGNED_TINY - SIGNED_TINY;
            p[i] -= bi * rate;
            b[i] = bi;
        }
    }
}
