package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * AdaBelief is {@link Adam} with the variance of the gradient around its mean in place of the mean square: a step is large where the
 * gradient is as its mean foretold.
 *
 * <pre>
 * g = gradientFactor · gradient                              + weightDecay · p without decoupledWeightDecay, if not 0
 * m = β₁ · m + (1 − β₁) · g
 * v = β₂ · v + (1 − β₂) · (g − m)² + ε
 * x = max(x, v)                                              if amsgrad; below v is x then
 * m̂ = m / (1 − β₁ᵗ)
 * s = m̂ / (√(v / (1 − β₂ᵗ)) + ε)                             without rectify
 * s = m̂ · r · √(1 − β₂ᵗ) / (√v + ε)                          with rectify, if ρ ≥ 5; r and ρ are {@link RAdam}'s
 * s = m̂                                                      with rectify, else
 * p = (1 − learningRate · weightDecay) · p − learningRate · s   without the factor of p unless decoupledWeightDecay
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_var} v, and {@code max_exp_avg_var} x if amsgrad, all initially 0. t counts
 * the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are those of the authors' adabelief-pytorch since 0.1: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-16, no
 * weight decay, decoupled if there is one, rectified, no AMSGrad. The authors take ε 1e-8 for images, where SGD is better than Adam, and
 * 1e-16 for transformers.
 *
 * <p><b>Where it differs:</b> the rule is the authors', whose ε stays in v, where the steps add up to ε / (1 − β₂), and is added
 * once more to the root. The authors' package ignores AMSGrad while it rectifies; here x takes the place of v in both. Optax has
 * the two ε as hyperparameters of their own and does not rectify; DL4J has ε 1e-14, which counts up to 32 times more beside the
 * root in the first steps, and does not rectify either.
 *
 * <p><b>Constant gradients:</b> where the gradient stays the same, g − m vanishes, v falls to ε / (1 − β₂), and the steps grow: with the
 * gradient 0.01 and without rectification they have 1.1, 1.6, 5, 20 and 2,300 learning rates at the steps 1, 10, 100, 1,000 and 10,000,
 * and with ε = 1e-8 at most 3.2. An element that {@link Clipping#byValue} limits has such a gradient, so options with it
 * are refused, as the authors advise; clipping by norm keeps the gradients different. The
 * first steps without a divisor, 5 by default, are as large as the gradient.
 *
 * <p><b>In float:</b> an ε of 1e-16 changes no v above 4e-9. m comes no nearer to a constant g than 2e-7 to 8e-7 of it, so the
 * step ends at one to three million learning rates; in double it would end at g / √(ε / (1 − β₂)). {@link #TINY} is added to ε in
 * v, which changes no ε above 2e-23.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state, where they stay. With a zero gradient from
 * the start the quotient is 0, with ε = 0 too, because {@link #TINY} is in v; {@link #SIGNED_TINY} is added to m and taken off
 * again. Neither is ever subnormal. A gradient beyond 1.8e19 makes v infinite: in the first steps with rectification the
 * parameter becomes NaN, otherwise it moves no more. A zero gradient after others adds m² to v, and the parameter moves on by m.
 *
 * <p><b>Source:</b> Zhuang et al. 2020, AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients, arXiv 2010.07468; the
 * authors' adabelief_pytorch 0.2.1, github.com/juntang-zhuang/Adabelief-Optimizer.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the variance, in [0, 1)
 * @param epsilon the term ε of the variance and of the divisor, from 0
 * @param weightDecay the decay, from 0; learningRate × weightDecay must be below 1
 * @param decoupledWeightDecay whether the decay shrinks the parameters, as in {@link AdamW}, or is added to the gradient
 * @param rectify whether the rule rectifies the variance as {@link RAdam} does
 * @param amsgrad whether the rule divides by the largest v so far
 */
public record AdaBelief(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean decoupledWeightDecay,
        boolean rectify,
        boolean amsgrad)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public AdaBelief {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-16, no weight decay, rectified. */
    public AdaBelief() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public AdaBelief(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public AdaBelief(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-16, 0, true, true, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public AdaBelief withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public AdaBelief withLearningRate(Schedule learningRate) {
        return new AdaBelief(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, rectify, amsgrad);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the variance, in [0, 1) */
    public AdaBelief withBetas(double beta1, double beta2) {
        return new AdaBelief(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, rectify, amsgrad);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the variance and of the divisor, from 0 */
    public AdaBelief withEpsilon(double epsilon) {
        return new AdaBelief(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, rectify, amsgrad);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public AdaBelief withWeightDecay(double weightDecay) {
        return new AdaBelief(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, rectify, amsgrad);
    }

    /** {@return this rule with the other kind of weight decay}
     * @param decoupledWeightDecay whether the decay shrinks the parameters or is added to the gradient */
    public AdaBelief withDecoupledWeightDecay(boolean decoupledWeightDecay) {
        return new AdaBelief(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, rectify, amsgrad);
    }

    /** {@return this rule with or without rectification}
     * @param rectify whether the rule rectifies the variance */
    public AdaBelief withRectify(boolean rectify) {
        return new AdaBelief(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, rectify, amsgrad);
    }

    /** {@return this rule with or without AMSGrad}
     * @param amsgrad whether the rule divides by the largest v so far */
    public AdaBelief withAmsgrad(boolean amsgrad) {
        return new AdaBelief(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, rectify, amsgrad);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdaBeliefKernel}} */
    @Override
    public String kernel() {
        return "AdaBelief";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        List<StateBuffer> moments = List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_var", 0));
        return amsgrad ? List.of(moments.get(0), moments.get(1), StateBuffer.positive("max_exp_avg_var", 0)) : moments;
    }

    @Override
    public Set<String> options() {
        return amsgrad ? Set.of("amsgrad") : Set.of();
    }

    @Override
    public void checkOptions(StepOptions options) {
        KernelRule.super.checkOptions(options);
        if (options.clipping().clampsValues()) {
            throw new IllegalArgumentException(
                    "clipping must not be by value with AdaBelief, whose steps grow where the gradient stays the same: "
                            + options.clipping());
        }
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double power = Power.of(beta2, step.number());
        double limit = 2 / (1 - beta2) - 1, rho = limit - 2 * step.number() * power / (1 - power);
        boolean divide = !rectify || rho >= 5;
        double rectified = rectify && divide
                ? Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) * Math.sqrt(1 - power)
                : 1;
        c[0] = (float) step.gradientFactor();
        c[1] = decoupledWeightDecay ? 0 : (float) weightDecay;
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = (float) (epsilon + TINY);
        c[7] = (float) (step.learningRate() / Power.biasCorrection(beta1, step.number()) * rectified);
        // The divisor is √v · 0 + 1 in the steps that do not divide.
        c[8] = !divide ? 0 : rectify ? 1 : (float) (1 / Math.sqrt(1 - power));
        c[9] = divide ? (float) epsilon : 1;
        c[10] = decoupledWeightDecay ? (float) (1 - step.learningRate() * weightDecay) : 1;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5];
        float inner = c[6], rate = c[7], root = c[8], eps = c[9], shrink = c[10];
        int last = buffers.length - 1;
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3], x = buffers[last];
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            // Stored here, because otherwise C2 vectorizes only a part of the loop with AMSGrad.
            m[i] = mi;
            float ri = gi - mi;
            float vi = v[i] * b2 + ri * ri * c2 + inner;
            v[i] = vi;
            if (amsgrad) {
                vi = Math.max(x[i], vi);
                x[i] = vi;
            }
            float d = (float) Math.sqrt(vi) * root + eps;
            p[i] = pi * shrink - mi * rate / d;
        }
    }
}
