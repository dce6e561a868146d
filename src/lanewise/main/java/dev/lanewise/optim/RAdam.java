package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * RAdam is {@link Adam} with a rectified variance: it uses momentum without a divisor until v is reliable. Its loop repeats
 * Adam's, so that each rule is whole on one screen.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p                              without decoupledWeightDecay
 * g = gradientFactor · gradient,   p = (1 − learningRate · weightDecay) · p    with it
 * m = β₁ · m + (1 − β₁) · g
 * v = β₂ · v + (1 − β₂) · g²
 * m̂ = m / (1 − β₁ᵗ)
 * ρ∞ = 2 / (1 − β₂) − 1,   ρ = ρ∞ − 2t · β₂ᵗ / (1 − β₂ᵗ)
 * r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
 * p = p − learningRate · m̂ · r · √(1 − β₂ᵗ) / (√v + ε)     if ρ &gt; 5
 * p = p − learningRate · m̂                                 else
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_sq} v, both initially 0. t counts the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
 *
 * <p><b>Where it differs:</b> the rule is PyTorch's. The paper divides from
 * ρ &gt; 4 on and has no ε. The first steps (5 by default) are as large as the gradient: a rate that suits Adam may be far
 * too large for them.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that with a
 * zero gradient the quotient is 0, with ε = 0 too; {@link #SIGNED_TINY} is added to m and taken off again. Neither is ever
 * subnormal. A gradient beyond 1.8e19 makes v infinite: in the first steps the parameter becomes NaN, later it moves no more.
 *
 * <p><b>Source:</b> Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, arXiv 1908.03265.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the weight decay, from 0; learningRate × weightDecay must be below 1
 * @param decoupledWeightDecay whether a step shrinks p by learningRate × weightDecay, as {@link AdamW} does; otherwise
 *     weightDecay × p is added to the gradient (L2)
 */
public record RAdam(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean decoupledWeightDecay)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public RAdam {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay. */
    public RAdam() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public RAdam(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public RAdam(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public RAdam withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public RAdam withLearningRate(Schedule learningRate) {
        return new RAdam(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public RAdam withBetas(double beta1, double beta2) {
        return new RAdam(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public RAdam withEpsilon(double epsilon) {
        return new RAdam(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public RAdam withWeightDecay(double weightDecay) {
        return new RAdam(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay);
    }

    /** {@return this rule with decoupled or L2 decay}
     * @param decoupledWeightDecay whether a step shrinks p by learningRate × weightDecay */
    public RAdam withDecoupledWeightDecay(boolean decoupledWeightDecay) {
        return new RAdam(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.RAdamKernel}} */
    @Override
    public String kernel() {
        return "RAdam";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double power = Power.of(beta2, step.number());
        double limit = 2 / (1 - beta2) - 1, rho = limit - 2 * step.number() * power / (1 - power);
        boolean divide = rho > 5;
        double rectified = divide
                ? Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) * Math.sqrt(1 - power)
                : 1;
        c[0] = (float) step.gradientFactor();
        c[1] = (float) (decoupledWeightDecay ? 0 : weightDecay);
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = (float) (step.learningRate() / Power.biasCorrection(beta1, step.number()) * rectified);
        // The divisor is √v · 0 + 1 in the steps that do not divide.
        c[7] = divide ? 1 : 0;
        c[8] = divide ? (float) epsilon : 1;
        c[9] = (float) (decoupledWeightDecay ? 1 - step.learningRate() * weightDecay : 1);
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
                eps = c[8],
                shrink = c[9];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3];
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = g[i] * scale + pi * decay;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            float d = (float) Math.sqrt(vi) * root + eps;
            p[i] = pi * shrink - mi * rate / d;
            m[i] = mi;
            v[i] = vi;
        }
    }
}
