package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * ADOPT divides the gradient by the root of the second moment of the steps before, and takes the momentum of the quotient. With
 * that it converges for any β₂.
 *
 * <pre>
 * g = gradientFactor · gradient                         + weightDecay · p without decoupledWeightDecay, if not 0
 * v = g²                                                at t = 1, and nothing else
 * u = g / max(√v, ε)                                    from t = 2 on, with the v of the step before
 * u = min(max(u, −c), c),   c = (t − 1)^clipExponent
 * m = β₁ · m + (1 − β₁) · u
 * v = β₂ · v + (1 − β₂) · g²
 * p = (1 − learningRate · weightDecay) · p − learningRate · m    without the factor of p unless decoupledWeightDecay
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_sq} v, both initially 0. t counts the applied steps from 1, so a first step
 * that was skipped has left v to the next.
 *
 * <p><b>Defaults:</b> they are those of the authors' code: learning rate 1e-3, β₁ 0.9, β₂ 0.9999, ε 1e-6, no weight decay, which
 * is added to the gradient if there is any, clip exponent 0.25. Timm has the clip exponent 0.333.
 *
 * <p><b>Where it differs:</b> the rule is the authors' since November 2024; before there was no clipping, which failed on
 * language models and is the clip exponent {@link Double#POSITIVE_INFINITY} here. ε is the least divisor instead of a term of it.
 * No bias is corrected: m begins with 0.1 · u. The first step leaves the parameters as they are, its decay included.
 *
 * <p><b>NaN, infinity, zero:</b> NaN reaches the parameter and the state. An infinite gradient counts as one at the clip, but
 * makes v infinite, as one beyond 1.8e19 does, and later gradients then move the parameter no more; without clipping it reaches
 * the parameter. {@link #TINY} is added to v, so that the quotient of two zeros is 0, with ε = 0 too; {@link #SIGNED_TINY} is
 * added to m and taken off again. Neither is ever subnormal. Where the first gradient is 0, the second is divided by ε and
 * clipped at 1.
 *
 * <p><b>Source:</b> Taniguchi et al. 2024, ADOPT: Modified Adam Can Converge with Any β₂ with the Optimal Rate, arXiv 2411.02853;
 * the authors' code, github.com/iShohei220/adopt.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the least divisor ε, from 0
 * @param weightDecay the decay, from 0; learningRate × weightDecay must be below 1
 * @param decoupledWeightDecay whether the decay shrinks the parameters, as in {@link AdamW}, or is added to the gradient
 * @param clipExponent the exponent of the clip, from 0, which is a clip of 1; infinite for no clipping
 */
public record Adopt(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean decoupledWeightDecay,
        double clipExponent)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Adopt {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        if (!(clipExponent >= 0)) {
            throw new IllegalArgumentException("clipExponent must be not negative, or infinite: " + clipExponent);
        }
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.9999, ε 1e-6, no weight decay, clip exponent 0.25. */
    public Adopt() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Adopt(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Adopt(Schedule learningRate) {
        this(learningRate, 0.9, 0.9999, 1e-6, 0, false, 0.25);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Adopt withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Adopt withLearningRate(Schedule learningRate) {
        return new Adopt(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, clipExponent);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public Adopt withBetas(double beta1, double beta2) {
        return new Adopt(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, clipExponent);
    }

    /** {@return this rule with another ε}
     * @param epsilon the least divisor ε, from 0 */
    public Adopt withEpsilon(double epsilon) {
        return new Adopt(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, clipExponent);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Adopt withWeightDecay(double weightDecay) {
        return new Adopt(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, clipExponent);
    }

    /** {@return this rule with the other kind of weight decay}
     * @param decoupledWeightDecay whether the decay shrinks the parameters or is added to the gradient */
    public Adopt withDecoupledWeightDecay(boolean decoupledWeightDecay) {
        return new Adopt(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, clipExponent);
    }

    /** {@return this rule with another clip exponent}
     * @param clipExponent the exponent of the clip, from 0; infinite for no clipping */
    public Adopt withClipExponent(double clipExponent) {
        return new Adopt(learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay, clipExponent);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdoptKernel}} */
    @Override
    public String kernel() {
        return "Adopt";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        boolean first = step.number() == 1;
        c[0] = (float) step.gradientFactor();
        c[1] = decoupledWeightDecay ? 0 : (float) weightDecay;
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = first ? 1 : (float) (1 - beta2);
        c[6] = first ? 0 : (float) step.learningRate();
        // In the first step, where v is 0, a clip of 0 keeps m at 0, and a divisor of 1 the quotient of zeros from
        // being NaN.
        c[7] = first ? 1 : (float) epsilon;
        c[8] = first ? 0 : (float) Math.min(clip(step.number() - 1), Float.MAX_VALUE);
        c[9] = first || !decoupledWeightDecay ? 0 : (float) (step.learningRate() * weightDecay);
    }

    /** {@return the power of a number of steps from 1; StrictMath.pow would allocate} */
    private double clip(long steps) {
        return clipExponent == Double.POSITIVE_INFINITY
                ? clipExponent
                : StrictMath.exp(clipExponent * StrictMath.log(steps));
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5];
        float rate = c[6], eps = c[7], clip = c[8], fade = c[9];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3];
        for (int i = from; i < to; i++) {
            float pi = p[i], vi = v[i], gi = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float ui = gi / Math.max((float) Math.sqrt(vi), eps);
            ui = Math.max(Math.min(ui, clip), -clip);
            float mi = m[i] * b1 + ui * c1 + SIGNED_TINY - SIGNED_TINY;
            p[i] = pi - (mi * rate + pi * fade);
            m[i] = mi;
            v[i] = vi * b2 + gi * gi * c2 + TINY;
        }
    }
}
