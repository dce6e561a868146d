package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * This rule is the first version of Adam in the lecture (see the package's page): it divides momentum by the root of the mean
 * square, without a bias correction.
 *
 * <pre>
 * g = gradientFactor · gradient
 * v = β₂ · v + (1 − β₂) · g²
 * b = momentum · b + g
 * p = p − learningRate · b / (√v + ε)
 * </pre>
 *
 * <b>State:</b> {@code momentum_buffer} b and {@code exp_avg_sq} v, both initially 0.
 *
 * <p><b>Defaults:</b> they are chosen here: learning rate 1e-4, momentum 0.9, β₂ 0.999, ε 1e-8.
 *
 * <p><b>Where it differs:</b> the slide has no ε. Neither the paper nor PyTorch has this rule: b is a sum where Adam's m is
 * an average, so that in the long run its steps are 1 / (1 − momentum) times Adam's, and v begins at 0 uncorrected, so that
 * with a constant gradient the first step is 1 / √(1 − β₂) ≈ 32 times the learning rate and the tenth about 65 times. The
 * default learning rate is small for this reason.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that with a
 * zero gradient the quotient is 0, with ε = 0 too; {@link #SIGNED_TINY} is added to b and taken off again. Neither is ever
 * subnormal. A gradient beyond 1.8e19 makes v infinite, and the parameter moves no more.
 *
 * <p><b>Source:</b> the lecture, slide "Adam", first version; it follows Kingma and Ba 2015, Adam, arXiv 1412.6980.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum the decay μ of the momentum buffer, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 */
public record AdamV0(Schedule learningRate, double momentum, double beta2, double epsilon) implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public AdamV0 {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("momentum", momentum);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
    }

    /** Makes the rule with the defaults: learning rate 1e-4, momentum 0.9, β₂ 0.999, ε 1e-8. */
    public AdamV0() {
        this(1e-4);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public AdamV0(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public AdamV0(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public AdamV0 withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public AdamV0 withLearningRate(Schedule learningRate) {
        return new AdamV0(learningRate, momentum, beta2, epsilon);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay μ of the momentum buffer, in [0, 1) */
    public AdamV0 withMomentum(double momentum) {
        return new AdamV0(learningRate, momentum, beta2, epsilon);
    }

    /** {@return this rule with another β₂}
     * @param beta2 the decay of the second moment, in [0, 1) */
    public AdamV0 withBeta2(double beta2) {
        return new AdamV0(learningRate, momentum, beta2, epsilon);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public AdamV0 withEpsilon(double epsilon) {
        return new AdamV0(learningRate, momentum, beta2, epsilon);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdamV0Kernel}} */
    @Override
    public String kernel() {
        return "AdamV0";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("momentum_buffer"), StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) momentum;
        c[2] = (float) beta2;
        c[3] = (float) (1 - beta2);
        c[4] = (float) step.learningRate();
        c[5] = (float) epsilon;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], mu = c[1], b2 = c[2], c2 = c[3], rate = c[4], eps = c[5];
        float[] p = buffers[0], g = buffers[1], b = buffers[2], v = buffers[3];
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale;
            float bi = b[i] * mu + gi + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            float d = (float) Math.sqrt(vi) + eps;
            p[i] -= bi * rate / d;
            b[i] = bi;
            v[i] = vi;
        }
    }
}
