package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * AdamW is {@link Adam} with decoupled weight decay: a step shrinks the parameters by a factor of its own. Options are AMSGrad,
 * the clipping of updates (StableAdamW), caution (C-AdamW), and cautious weight decay.
 *
 * <pre>
 * g = gradientFactor · gradient
 * m = β₁ · m + (1 − β₁) · g
 * v = β₂ · v + (1 − β₂) · g²
 * x = max(x, v)                                     if amsgrad
 * m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)            x / (1 − β₂ᵗ) if amsgrad
 * p = (1 − learningRate · weightDecay) · p − learningRate · m̂ / (√v̂ + ε)
 *
 * with updateClipping   ρ = root mean square of g / max(√v̂, ε) over the group,   learningRate / max(1, ρ) in place of learningRate
 * with caution          m̂ = 0 where not m · g &gt; 0;   RESCALED: m̂ / max(fraction of the others, 1/1000)
 * with cautiousDecay    no decay where m̂ · p &lt; 0
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
 * <p><b>Update clipping</b> is StableAdamW's, against spikes of the loss, which come when v lags behind a gradient that grows: a
 * step whose ρ is above 1 has its learning rate divided by ρ, that of the decay too. The moments stay PyTorch's; optimi's
 * implementation keeps them corrected, with the same trajectories, and its defaults are β₂ 0.99 and ε 1e-6. The rate that was
 * applied is the {@link StepReport.Group#effectiveLearningRate()}. ρ is over a parameter group, and over a tensor elsewhere.
 *
 * <p><b>Caution</b> leaves the moments as they are. The fraction is that of the group, and of the tensor elsewhere; timm has
 * {@link Caution#RESCALED}. The authors' program adds ε to √v instead of √v̂, and an older form divides by (count + 1) / length
 * instead. Cautious decay is that of Chen et al.: the parameters decay only where that does not turn against the step, so that
 * the decay leaves the minima of the loss where they are.
 *
 * <p>Update clipping and rescaling need a first pass, which reads the gradient and one or two moments, and writes nothing.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that with a
 * zero gradient from the start the quotient is 0, with ε = 0 too, and only the decay acts; {@link #SIGNED_TINY} is added to m and
 * taken off again. Neither is ever subnormal. A gradient beyond 1.8e19 makes v infinite, and the parameter then only decays. With
 * AMSGrad a NaN stays in x. With caution, an infinite m makes the parameter NaN. With update clipping, a NaN makes all parameters
 * of the group NaN; for {@link Caution#RESCALED} it only counts as one that rests.
 *
 * <p><b>Source:</b> Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, arXiv 1711.05101; Kingma and Ba 2015,
 * Adam, arXiv 1412.6980; Reddi, Kale and Kumar 2018, arXiv 1904.09237; Wortsman et al. 2023, Stable and low-precision training
 * for large-scale vision-language models, arXiv 2304.13013; Liang et al. 2024, Cautious Optimizers, arXiv 2411.16085; Chen et al.
 * 2025, Cautious Weight Decay, arXiv 2510.12402; the lecture (see the package's page), slide "AdamW".
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param amsgrad whether the rule divides by the largest v so far
 * @param updateClipping whether the learning rate of a step is divided by ρ where that is above 1
 * @param caution whether parameters rest whose step goes against their gradient
 * @param cautiousDecay whether parameters do not decay where that goes against their step
 */
public record AdamW(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean amsgrad,
        boolean updateClipping,
        Caution caution,
        boolean cautiousDecay)
        implements KernelRule {
    private static final Reduction UPDATE_SQUARES = new Reduction(Reduction.Term.PREPARED_SQUARES, NormScope.GROUP);

    private static final Reduction COUNT = new Reduction(Reduction.Term.PREPARED, NormScope.GROUP);

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
        Caution.check(caution);
    }

    /** Makes the rule with Adam's hyperparameters and without the other options.
     * @param learningRate the learning rate of each step, from 0
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1)
     * @param epsilon the term ε of the divisor, from 0
     * @param weightDecay the decoupled decay, from 0
     * @param amsgrad whether the rule divides by the largest v so far */
    public AdamW(
            Schedule learningRate, double beta1, double beta2, double epsilon, double weightDecay, boolean amsgrad) {
        this(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, false, Caution.NONE, false);
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
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public AdamW withBetas(double beta1, double beta2) {
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public AdamW withEpsilon(double epsilon) {
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public AdamW withWeightDecay(double weightDecay) {
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return this rule with or without AMSGrad}
     * @param amsgrad whether the rule divides by the largest v so far */
    public AdamW withAmsgrad(boolean amsgrad) {
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return this rule with or without the clipping of updates}
     * @param updateClipping whether the learning rate of a step is divided by ρ where that is above 1 */
    public AdamW withUpdateClipping(boolean updateClipping) {
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return this rule with another caution}
     * @param caution whether parameters rest whose step goes against their gradient */
    public AdamW withCaution(Caution caution) {
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return this rule with or without caution of the decay}
     * @param cautiousDecay whether parameters do not decay where that goes against their step */
    public AdamW withCautiousDecay(boolean cautiousDecay) {
        return new AdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, updateClipping, caution, cautiousDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdamWKernel}} */
    @Override
    public String kernel() {
        return "AdamW";
    }

    /** {@return the name of the vector loop of the first pass, {@link dev.lanewise.internal.kernel.AdamWTermsKernel}} */
    @Override
    public String prepareKernel() {
        return "AdamWTerms";
    }

    /** C2 does not vectorize the loop with rescaled caution. */
    @Override
    public int prepareLanes() {
        return caution == Caution.RESCALED ? 1 : 16;
    }

    @Override
    public List<StateBuffer> state() {
        List<StateBuffer> moments = List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_sq", 0));
        return amsgrad ? List.of(moments.get(0), moments.get(1), StateBuffer.positive("max_exp_avg_sq", 0)) : moments;
    }

    @Override
    public Set<String> options() {
        Set<String> options = new HashSet<>();
        if (amsgrad) {
            options.add("amsgrad");
        }
        if (updateClipping) {
            options.add("updateClipping");
        }
        if (caution != Caution.NONE) {
            options.add(caution == Caution.MASKED ? "cautious" : "cautiousRescaled");
        }
        if (cautiousDecay) {
            options.add("cautiousDecay");
        }
        return Set.copyOf(options);
    }

    @Override
    public List<Reduction> reductions() {
        boolean rescaled = caution == Caution.RESCALED;
        return updateClipping
                ? rescaled ? List.of(UPDATE_SQUARES, COUNT) : List.of(UPDATE_SQUARES)
                : rescaled ? List.of(COUNT) : List.of();
    }

    /** The first pass reads the gradient, and what its terms need: v, and x with AMSGrad, for the clipping; m for the count. */
    @Override
    public int bytesPerParameter() {
        boolean rescaled = caution == Caution.RESCALED;
        int reads = (updateClipping || rescaled ? 1 : 0) + (updateClipping ? amsgrad ? 2 : 1 : 0) + (rescaled ? 1 : 0);
        return KernelRule.super.bytesPerParameter() + Float.BYTES * reads;
    }

    /** The first pass reads what its terms need. */
    @Override
    public int passes(StateBuffer buffer) {
        boolean first = buffer.name().equals("exp_avg") ? caution == Caution.RESCALED : updateClipping;
        return first ? 3 : 2;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[7] = (float) (1 / Math.sqrt(Power.biasCorrection(beta2, step.number())));
        c[8] = (float) epsilon;
        setRate(step, step.learningRate(), 1, c);
    }

    private void setRate(Step step, double rate, double factor, float[] c) {
        c[1] = (float) (1 - rate * weightDecay);
        c[6] = (float) (factor * (rate / Power.biasCorrection(beta1, step.number())));
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], root = c[7], eps = c[8];
        float[] g = buffers[1], m = buffers[2], v = buffers[3], x = buffers[amsgrad ? 4 : 3];
        if (updateClipping) {
            float[] update = buffers[amsgrad ? 5 : 4];
            for (int i = from; i < to; i++) {
                float gi = g[i] * scale, vi = v[i] * b2 + gi * gi * c2 + TINY;
                update[i] = gi / Math.max((float) Math.sqrt(amsgrad ? Math.max(x[i], vi) : vi) * root, eps);
            }
        }
        if (caution == Caution.RESCALED) {
            float[] agrees = buffers[buffers.length - 1];
            for (int i = from; i < to; i++) {
                float gi = g[i] * scale, mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
                // The cast makes 0 of NaN.
                agrees[i] = (int) Caution.agreement(mi * gi);
            }
        }
    }

    @Override
    public void completeCoefficients(Step step, float[] c) {
        int next = 0;
        double rate = step.learningRate();
        if (updateClipping) {
            double squares = step.sum(next++), rho = squares == 0 ? 0 : Math.sqrt(squares / step.length());
            rate /= Math.max(1, rho);
            step.effectiveLearningRate(rate);
        }
        setRate(step, rate, caution == Caution.RESCALED ? Caution.factor(step.sum(next), step.length()) : 1, c);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        if (!cautiousDecay) {
            step(buffers, from, to, c, c[1]);
            return;
        }
        for (int block = from, end; block < to; block = end) {
            // The sum of an index and the length of a block may be no int.
            end = block + Math.min(Caution.BLOCK, to - block);
            decayCautiously(buffers, block, end, c);
            step(buffers, block, end, c, 1);
        }
    }

    /**
     * Multiplies the parameters by the factor of cautious decay, for which it computes the next m. Of the two factors, which are equal,
     * C2 vectorizes the first in the one loop and the second in the other.
     */
    private void decayCautiously(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], shrink = c[1], b1 = c[2], c1 = c[3];
        float[] p = buffers[0], g = buffers[1], m = buffers[2];
        if (caution == Caution.NONE) {
            for (int i = KernelRule.first(from); i < to; i++) {
                float gi = g[i] * scale, mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
                p[i] = p[i] * (shrink + Caution.opposition(mi * p[i]) * (shrink - 1));
            }
            return;
        }
        for (int i = KernelRule.first(from); i < to; i++) {
            float gi = g[i] * scale, mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float move = mi * Caution.agreement(mi * gi) + 0f;
            p[i] = p[i] * (shrink - Caution.opposition(move * p[i]) * (1 - shrink));
        }
    }

    private void step(float[][] buffers, int from, int to, float[] c, float shrink) {
        float scale = c[0], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], rate = c[6], root = c[7], eps = c[8];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3], x = buffers[amsgrad ? 4 : 3];
        if (caution != Caution.NONE) {
            stepCautiously(buffers, from, to, c, shrink);
            return;
        }
        for (int i = KernelRule.first(from); i < to; i++) {
            float gi = g[i] * scale;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            m[i] = mi;
            v[i] = vi;
            if (amsgrad) {
                vi = Math.max(x[i], vi);
                x[i] = vi;
            }
            float d = (float) Math.sqrt(vi) * root + eps;
            p[i] = p[i] * shrink - mi * rate / d;
        }
    }

    /** The loop of {@link #step} with caution. */
    private void stepCautiously(float[][] buffers, int from, int to, float[] c, float shrink) {
        float scale = c[0], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], rate = c[6], root = c[7], eps = c[8];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3], x = buffers[amsgrad ? 4 : 3];
        for (int i = KernelRule.first(from); i < to; i++) {
            float gi = g[i] * scale;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            m[i] = mi;
            v[i] = vi;
            if (amsgrad) {
                vi = Math.max(x[i], vi);
                x[i] = vi;
            }
            float d = (float) Math.sqrt(vi) * root + eps;
            // The sum with 0 makes 0 of -0.
            float move = mi * Caution.agreement(mi * gi) + 0f;
            p[i] = p[i] * shrink - move * rate / d;
        }
    }
}
