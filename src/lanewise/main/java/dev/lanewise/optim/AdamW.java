package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * AdamW is {@link Adam} with decoupled weight decay: a step shrinks the parameters by a factor of its own. AMSGrad is an option.
 *
 * <pre>
 * g = gradientFactor · gradient
 * m = β₁ · m + (1 − β₁) · g
 * v = β₂ · v + (1 − β₂) · g²
 * x = max(x, v)                                     if amsgrad
 * m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)            x / (1 − β₂ᵗ) if amsgrad
 * p = (1 − learningRate · weightDecay) · p − learningRate · m̂ / (√v̂ + ε)
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_sq} v, and {@code max_exp_avg_sq} x if amsgrad, all initially 0. t counts
 * the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, weight decay 0.01, no AMSGrad. Optax and Burn
 * decay by 1e-4.
 *
 * <p><b>Where it differs:</b> the decay is multiplied by the learning rate, as in PyTorch and on the lecture's slide; in the
 * paper's Algorithm 2 it is multiplied by the schedule's multiplier alone, so the paper's decay is this one times the base
 * learning rate. The slide divides m and v in place and counts t once an epoch; taken literally both freeze or overflow, so m̂ and v̂
 * are temporary here and t counts steps. The slide has no ε. AMSGrad is as in {@link Adam}.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that
 * with a zero gradient from the start the quotient is 0, with ε = 0 too, and only the decay acts; {@link #SIGNED_TINY} is
 * added to m and taken off again. Neither is ever subnormal. A gradient beyond 1.8e19 makes v infinite, and the parameter then only decays. With AMSGrad
 * a NaN stays in x.
 *
 * <p><b>Source:</b> Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, arXiv 1711.05101; Kingma and Ba
 * 2015, Adam, arXiv 1412.6980; Reddi, Kale and Kumar 2018, arXiv 1904.09237; the lecture
 * (see the package's page), slide "AdamW".
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param amsgrad whether the rule divides by the largest v so far
 */
public record AdamW(
        Schedule learningRate, double beta1, double beta2, double epsilon, double weightDecay, boolean amsgrad)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public AdamW {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, weight decay 0.01, no AMSGrad. */
    public AdamW() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public AdamW(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public AdamW(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0.01, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public AdamW withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public AdamW withLearningRate(Schedule learningRate) {
        return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public AdamW withBetas(double beta1, double beta2) {
        return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public AdamW withEpsilon(double epsilon) {
        return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public AdamW withWeightDecay(double weightDecay) {
        return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return this rule with or without AMSGrad}
     * @param amsgrad whether the rule divides by the largest v so far */
    public AdamW withAmsgrad(boolean amsgrad) {
        return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdamWKernel}} */
    @Override
    public String kernel() {
        return "AdamW";
    }

    @Override
    public List<StateBuffer> state() {
        List<StateBuffer> moments = List.of(new StateBuffer("exp_avg"), new StateBuffer("exp_avg_sq"));
        return amsgrad ? List.of(moments.get(0), moments.get(1), new StateBuffer("max_exp_avg_sq")) : moments;
    }

    @Override
    public Set<String> options() {
        return amsgrad ? Set.of("amsgrad") : Set.of();
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) (1 - step.learningRate() * weightDecay);
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = (float) (step.learningRate() / (1 - Power.of(beta1, step.number())));
        c[7] = (float) (1 / Math.sqrt(1 - Power.of(beta2, step.number())));
        c[8] = (float) epsilon;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0],
                shrink = c[1],
                b1 = c[2],
                c1 = c[3],
                b2 = c[4],
                c2 = c[5],
                rate = c[6],
                root = c[7],
                eps = c[8];
        int last = buffers.length - 1;
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3], x = buffers[last];
        // A loop of its own, because C2 vectorizes none that has more than 60 operations.
        if (amsgrad) {
            for (int i = from; i < to; i++) {
                float gi = g[i] * scale;
                x[i] = Math.max(x[i], v[i] * b2 + gi * gi * c2 + TINY);
            }
        }
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            m[i] = mi;
            v[i] = vi;
            float d = (float) Math.sqrt(amsgrad ? x[i] : vi) * root + eps;
            p[i] = p[i] * shrink - mi * rate / d;
        }
    }
}
