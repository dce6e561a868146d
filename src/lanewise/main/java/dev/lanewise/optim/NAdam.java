package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * NAdam is {@link Adam} with Nesterov's momentum, which warms up by a schedule of its own.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p                              without decoupledWeightDecay
 * g = gradientFactor · gradient,   p = (1 − learningRate · weightDecay) · p    with it
 * μₜ = β₁ · (1 − 0.96^(t · momentumDecay) / 2),   Πₜ = μ₁ · … · μₜ
 * m = β₁ · m + (1 − β₁) · g
 * v = β₂ · v + (1 − β₂) · g²
 * m̂ = (1 − μₜ) / (1 − Πₜ) · g + μₜ₊₁ / (1 − Πₜ₊₁) · m,   v̂ = v / (1 − β₂ᵗ)
 * p = p − learningRate · m̂ / (√v̂ + ε)
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_sq} v, both initially 0, and for all parameters together the number Π, in
 * double. t counts the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 2e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay, momentum decay 4e-3.
 *
 * <p><b>Where it differs:</b> the rule is PyTorch's. Dozat's paper has the
 * momentum decay 4e-3 too; optax and DL4J use a constant μ = β₁.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that with a
 * zero gradient the quotient is 0, with ε = 0 too; {@link #SIGNED_TINY} is added to m and taken off again. Neither is ever
 * subnormal. A gradient beyond 1.8e19 makes v infinite, and the parameter moves no more.
 *
 * <p><b>Source:</b> Dozat 2016, Incorporating Nesterov Momentum into Adam.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the weight decay, from 0; learningRate × weightDecay must be below 1
 * @param momentumDecay the speed, from 0, at which μ rises from β₁ / 2 to β₁
 * @param decoupledWeightDecay whether a step shrinks p by learningRate × weightDecay, as {@link AdamW} does; otherwise
 *     weightDecay × p is added to the gradient (L2)
 */
public record NAdam(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double momentumDecay,
        boolean decoupledWeightDecay)
        implements KernelRule {
    /** The logarithm by which the power of 0.96 is computed, because StrictMath.pow allocates. */
    private static final double LOG = StrictMath.log(0.96);

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public NAdam {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        Check.notNegative("momentumDecay", momentumDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 2e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay, momentum decay 4e-3. */
    public NAdam() {
        this(2e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public NAdam(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public NAdam(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0, 4e-3, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public NAdam withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public NAdam withLearningRate(Schedule learningRate) {
        return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupledWeightDecay);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public NAdam withBetas(double beta1, double beta2) {
        return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupledWeightDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public NAdam withEpsilon(double epsilon) {
        return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupledWeightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public NAdam withWeightDecay(double weightDecay) {
        return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupledWeightDecay);
    }

    /** {@return this rule with another momentum decay}
     * @param momentumDecay the speed, from 0, at which μ rises from β₁ / 2 to β₁ */
    public NAdam withMomentumDecay(double momentumDecay) {
        return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupledWeightDecay);
    }

    /** {@return this rule with decoupled or L2 decay}
     * @param decoupledWeightDecay whether a step shrinks p by learningRate × weightDecay */
    public NAdam withDecoupledWeightDecay(boolean decoupledWeightDecay) {
        return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupledWeightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.NAdamKernel}} */
    @Override
    public String kernel() {
        return "NAdam";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public List<StateScalar> scalars() {
        return List.of(new StateScalar("mu_product", 1, 0, 1));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double now = mu(step.number()), next = mu(step.number() + 1), product = step.scalar(0) * now;
        step.scalar(0, product);
        c[0] = (float) step.gradientFactor();
        c[1] = (float) (decoupledWeightDecay ? 0 : weightDecay);
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = (float) (step.learningRate() * (1 - now) / (1 - product));
        c[7] = (float) (step.learningRate() * next / (1 - product * next));
        c[8] = (float) (1 / Math.sqrt(Power.biasCorrection(beta2, step.number())));
        c[9] = (float) epsilon;
        c[10] = (float) (decoupledWeightDecay ? 1 - step.learningRate() * weightDecay : 1);
    }

    private double mu(long step) {
        return beta1 * (1 - 0.5 * StrictMath.exp(step * momentumDecay * LOG));
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5];
        float fresh = c[6], rate = c[7], root = c[8], eps = c[9], shrink = c[10];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3];
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = g[i] * scale + pi * decay;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            float d = (float) Math.sqrt(vi) * root + eps;
            p[i] = pi * shrink - (gi * fresh + mi * rate) / d;
            m[i] = mi;
            v[i] = vi;
        }
    }
}
