package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Adam divides the mean of the gradient by the root of its mean square, both with their bias corrected. This rule has L2 weight
 * decay, and AMSGrad as an option.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p   (no product with p if weightDecay is 0)
 * m = β₁ · m + (1 − β₁) · g
 * v = β₂ · v + (1 − β₂) · g²
 * x = max(x, v)                                     if amsgrad
 * m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)            x / (1 − β₂ᵗ) if amsgrad
 * p = p − learningRate · m̂ / (√v̂ + ε)
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_sq} v, and {@code max_exp_avg_sq} x if amsgrad, all initially 0. t counts
 * the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay, no AMSGrad.
 *
 * <p><b>Where it differs:</b> ε is outside the root and not scaled, as in the paper's Algorithm 1 and PyTorch; Keras, DJL,
 * DL4J and Tribuo have the paper's "ε̂" form, where it counts up to 32 times more in the first steps. The lecture's slide divides m
 * and v in place and counts t once an epoch; taken literally both freeze or overflow, so m̂ and v̂ are temporary here and t
 * counts steps. AMSGrad takes the maximum of v before the bias correction, as PyTorch does; its paper corrects nothing, and
 * optax takes the maximum of v̂. The division distorts L2 weight decay; {@link AdamW}
 * decays without it.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that with a
 * zero gradient the quotient is 0, with ε = 0 too; {@link #SIGNED_TINY} is added to m and taken off again. Neither is ever
 * subnormal. A gradient beyond 1.8e19 makes v infinite, and the parameter moves no more. With AMSGrad a NaN stays in x.
 *
 * <p><b>Source:</b> Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, arXiv 1412.6980; Reddi, Kale and Kumar
 * 2018, On the Convergence of Adam and Beyond, arXiv 1904.09237; the lecture
 * (see the package's page), slides "Adam" and "AMSGrad".
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the L2 decay, from 0, whose product with p is added to the gradient; learningRate × weightDecay must be below 1
 * @param amsgrad whether the rule divides by the largest v so far
 */
public record Adam(
        Schedule learningRate, double beta1, double beta2, double epsilon, double weightDecay, boolean amsgrad)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Adam {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay, no AMSGrad. */
    public Adam() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Adam(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Adam(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Adam withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Adam withLearningRate(Schedule learningRate) {
        return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public Adam withBetas(double beta1, double beta2) {
        return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public Adam withEpsilon(double epsilon) {
        return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Adam withWeightDecay(double weightDecay) {
        return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with or without AMSGrad}
     * @param amsgrad whether the rule divides by the largest v so far */
    public Adam withAmsgrad(boolean amsgrad) {
        return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdamKernel}} */
    @Override
    public String kernel() {
        return "Adam";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        List<StateBuffer> moments = List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_sq", 0));
        return amsgrad ? List.of(moments.get(0), moments.get(1), StateBuffer.positive("max_exp_avg_sq", 0)) : moments;
    }

    @Override
    public Set<String> options() {
        return amsgrad ? Set.of("amsgrad") : Set.of();
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = (float) (step.learningRate() / Power.biasCorrection(beta1, step.number()));
        c[7] = (float) (1 / Math.sqrt(Power.biasCorrection(beta2, step.number())));
        c[8] = (float) epsilon;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0],
                decay = c[1],
                b1 = c[2],
                c1 = c[3],
                b2 = c[4],
                c2 = c[5],
                rate = c[6],
                root = c[7],
                eps = c[8];
        int last = buffers.length - 1;
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3], x = buffers[last];
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            m[i] = mi;
            v[i] = vi;
            if (amsgrad) {
                vi = Math.max(x[i], vi);
                x[i] = vi;
            }
            float d = (float) Math.sqrt(vi) * root + eps;
            p[i] = pi - mi * rate / d;
        }
    }
}
