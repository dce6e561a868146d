package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * AdEMAMix is {@link AdamW} with a second, much slower average of the gradient beside the first moment. Both can warm up.
 *
 * <pre>
 * g = gradientFactor · gradient
 * αₜ = alpha · min(1, t / alphaWarmup)
 * β₃ₜ = exp(1 / ((1 − s) / ln β₁ + s / ln β₃)),   s = min(1, t / beta3Warmup)
 * m = β₁ · m + (1 − β₁) · g
 * n = β₃ₜ · n + (1 − β₃ₜ) · g
 * v = β₂ · v + (1 − β₂) · g²
 * m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)
 * p = (1 − learningRate · weightDecay) · p − learningRate · (m̂ + αₜ · n) / (√v̂ + ε)
 * </pre>
 *
 * <b>State:</b> {@code exp_avg_fast} m, {@code exp_avg_slow} n and {@code exp_avg_sq} v, all initially 0. t counts the applied steps
 * from 1.
 *
 * <p><b>Defaults:</b> they are those of the authors' code: learning rate 1e-3, β₁ 0.9, β₂ 0.999, β₃ 0.9999, α 2, ε 1e-8, no weight decay,
 * no warmups. The paper has α from 4 to 10 and both warmups as long as the run; optax and bitsandbytes have α 5.
 *
 * <p><b>Where it differs:</b> the rule is the authors', who correct the bias of m and not of n, and add 1e-8 to β₁ and β₃ in the
 * logarithms of the warmup, which goes in steps of equal half-life: halfway from 0.9 to 0.9999 it is at 0.9998. Kozistr's
 * pytorch_optimizer divides n by 1 − β₁ᵗ too. The authors leave m out with β₁ = 0; here it stays, and equals g.
 *
 * <p><b>Rates:</b> the step grows from about one learning rate to 1 + α of them while n fills, over some 1 / (1 − β₃) steps, so
 * the rate must be lower than AdamW's or the warmups used; runs shorter than that gain nothing from n. n remembers a bad batch as
 * long, and keeps moving a parameter whose gradients have stopped: it decays more slowly than √v, so that the steps of such a
 * parameter grow until ε limits them. With the defaults they have one learning rate 7,000 steps after the last gradient of 0.01,
 * and 960 after 28,000.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state; an infinite average is NaN after the next
 * step. {@link #TINY} is added to v, so that with a zero gradient from the start the quotient is 0, with ε = 0 too, and only the
 * decay acts; {@link #SIGNED_TINY} is added to m and n and taken off again. None is ever subnormal. A gradient beyond 1.8e19
 * makes v infinite, and the parameter then only decays.
 *
 * <p><b>Source:</b> Pagliardini, Ablin and Grangier 2024, The AdEMAMix Optimizer: Better, Faster, Older, arXiv 2409.03137; the authors'
 * code, github.com/apple/ml-ademamix.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the fast average, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param beta3 the decay of the slow average, in [0, 1)
 * @param alpha the weight of the slow average, from 0
 * @param beta3Warmup the number of steps, from 0, in which the decay of the slow average goes from β₁ to β₃; 0 for no warmup
 * @param alphaWarmup the number of steps, from 0, in which the weight of the slow average rises from 0 to α; 0 for no warmup
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 */
public record AdEMAMix(
        Schedule learningRate,
        double beta1,
        double beta2,
        double beta3,
        double alpha,
        long beta3Warmup,
        long alphaWarmup,
        double epsilon,
        double weightDecay)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public AdEMAMix {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.belowOne("beta3", beta3);
        Check.notNegative("alpha", alpha);
        Check.atLeast(0, "beta3Warmup", beta3Warmup);
        Check.atLeast(0, "alphaWarmup", alphaWarmup);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.999, β₃ 0.9999, α 2, no warmups, ε 1e-8, no weight decay. */
    public AdEMAMix() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public AdEMAMix(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public AdEMAMix(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 0.9999, 2, 0, 0, 1e-8, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public AdEMAMix withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public AdEMAMix withLearningRate(Schedule learningRate) {
        return new AdEMAMix(learningRate, beta1, beta2, beta3, alpha, beta3Warmup, alphaWarmup, epsilon, weightDecay);
    }

    /** {@return this rule with other decays of the averages}
     * @param beta1 the decay of the fast average, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1)
     * @param beta3 the decay of the slow average, in [0, 1) */
    public AdEMAMix withBetas(double beta1, double beta2, double beta3) {
        return new AdEMAMix(learningRate, beta1, beta2, beta3, alpha, beta3Warmup, alphaWarmup, epsilon, weightDecay);
    }

    /** {@return this rule with another weight of the slow average}
     * @param alpha the weight α, from 0 */
    public AdEMAMix withAlpha(double alpha) {
        return new AdEMAMix(learningRate, beta1, beta2, beta3, alpha, beta3Warmup, alphaWarmup, epsilon, weightDecay);
    }

    /** {@return this rule with another warmup of β₃}
     * @param beta3Warmup the number of steps, from 0, which is for none */
    public AdEMAMix withBeta3Warmup(long beta3Warmup) {
        return new AdEMAMix(learningRate, beta1, beta2, beta3, alpha, beta3Warmup, alphaWarmup, epsilon, weightDecay);
    }

    /** {@return this rule with another warmup of α}
     * @param alphaWarmup the number of steps, from 0, which is for none */
    public AdEMAMix withAlphaWarmup(long alphaWarmup) {
        return new AdEMAMix(learningRate, beta1, beta2, beta3, alpha, beta3Warmup, alphaWarmup, epsilon, weightDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public AdEMAMix withEpsilon(double epsilon) {
        return new AdEMAMix(learningRate, beta1, beta2, beta3, alpha, beta3Warmup, alphaWarmup, epsilon, weightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public AdEMAMix withWeightDecay(double weightDecay) {
        return new AdEMAMix(learningRate, beta1, beta2, beta3, alpha, beta3Warmup, alphaWarmup, epsilon, weightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdEMAMixKernel}} */
    @Override
    public String kernel() {
        return "AdEMAMix";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(
                new StateBuffer("exp_avg_fast"),
                new StateBuffer("exp_avg_slow"),
                StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        long t = step.number();
        double slow = t < beta3Warmup ? warm((double) t / beta3Warmup) : beta3;
        double weight = t < alphaWarmup ? alpha * t / alphaWarmup : alpha;
        c[0] = (float) step.gradientFactor();
        c[1] = (float) (step.learningRate() * weightDecay);
        c[2] = (float) (1 - beta1);
        c[3] = (float) (1 - slow);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = (float) (step.learningRate() / Power.biasCorrection(beta1, t));
        c[7] = (float) (step.learningRate() * weight);
        c[8] = (float) (1 / Math.sqrt(Power.biasCorrection(beta2, t)));
        c[9] = (float) epsilon;
    }

    /** {@return the decay of the slow average after a part of its warmup} */
    private double warm(double part) {
        return StrictMath.exp(1 / ((1 - part) / logarithm(beta1) + part / logarithm(beta3)));
    }

    private static double logarithm(double beta) {
        return StrictMath.log(Math.min(beta + 1e-8, Math.nextDown(1.0)));
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], c1 = c[2], c3 = c[3], b2 = c[4], c2 = c[5];
        float rate = c[6], slow = c[7], root = c[8], eps = c[9];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], n = buffers[3], v = buffers[4];
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = g[i] * scale;
            float mi = m[i] + (gi - m[i]) * c1 + SIGNED_TINY - SIGNED_TINY;
            float ni = n[i] + (gi - n[i]) * c3 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            float d = (float) Math.sqrt(vi) * root + eps;
            p[i] = pi - ((mi * rate + ni * slow) / d + pi * decay);
            m[i] = mi;
            n[i] = ni;
            v[i] = vi;
        }
    }
}
