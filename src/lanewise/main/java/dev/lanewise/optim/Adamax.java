package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Adamax is {@link Adam} with the largest recent gradient in place of the root mean square.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p   (no product with p if weightDecay is 0)
 * m = β₁ · m + (1 − β₁) · g
 * u = max(β₂ · u, |g| + ε)
 * p = p − learningRate / (1 − β₁ᵗ) · m / u
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_inf} u, both initially 0. t counts the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 2e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
 *
 * <p><b>Where it differs:</b> the rule is PyTorch's. The paper has no ε; optax and Keras add it to u as they divide.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. ε is at least 2⁻⁵⁰, so that with
 * a zero gradient the quotient is 0, and u is never subnormal; neither is m, to which {@link #SIGNED_TINY} is added and taken off again.
 *
 * <p><b>Source:</b> Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, Algorithm 2, arXiv 1412.6980.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the largest gradient, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the L2 decay, from 0, whose product with p is added to the gradient; learningRate × weightDecay must be below 1
 */
public record Adamax(Schedule learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Adamax {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 2e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay. */
    public Adamax() {
        this(2e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Adamax(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Adamax(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Adamax withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Adamax withLearningRate(Schedule learningRate) {
        return new Adamax(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the largest gradient, in [0, 1) */
    public Adamax withBetas(double beta1, double beta2) {
        return new Adamax(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public Adamax withEpsilon(double epsilon) {
        return new Adamax(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Adamax withWeightDecay(double weightDecay) {
        return new Adamax(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdamaxKernel}} */
    @Override
    public String kernel() {
        return "Adamax";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_inf", 0));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        // Not below the root of TINY, like √v in Adam: an m that decays gets stuck, and may not be divided by less.
        c[5] = Math.max((float) epsilon, 0x1p-50f);
        c[6] = (float) (step.learningRate() / Power.biasCorrection(beta1, step.number()));
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4], eps = c[5], rate = c[6];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], u = buffers[3];
        for (int i = from; i < to; i++) {
            float pi = p[i], gi = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            // u is never below 0; abs is for NaN, without whose sign the kernel may compare bits.
            float ui = Math.max(Math.abs(u[i] * b2), Math.abs(gi) + eps);
            p[i] = pi - mi * rate / ui;
            m[i] = mi;
            u[i] = ui;
        }
    }
}
