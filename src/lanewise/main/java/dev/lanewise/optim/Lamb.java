package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * LAMB scales the step of {@link AdamW} by a trust ratio for each parameter group, so that each layer moves by a fixed fraction of its
 * norm. It was made for batches of tens of thousands.
 *
 * <pre>
 * g = gradientFactor · gradient
 * m = β₁ · m + (1 − β₁) · g                         g without gradientAveraging
 * v = β₂ · v + (1 − β₂) · g²
 * m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)            m and v without biasCorrection
 * r = m̂ / (√v̂ + ε) + weightDecay · p
 * q = ‖p‖ / ‖r‖ over the group                      1 if a norm is 0, or if weightDecay is 0 and not alwaysAdapt
 * p = p − learningRate · q · r                      min(q, 1) with trustClip
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_sq} v, both initially 0. t counts the applied steps from 1. A step has two passes.
 *
 * <p><b>Defaults:</b> they are those of timm and apex: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-6, weight decay 0.01, the ratio
 * only where there is decay, no clip of it, with bias correction. Both also clip gradients, as {@link Clipping#byNorm} of 1 does.
 *
 * <p><b>Where it differs:</b> the norms are over a parameter group, and over a tensor elsewhere, so each tensor should be a group.
 * Optax adapts always, after the decay, and has no default decay; Keras adds the decay outside of the ratio; DeepSpeed limits the
 * ratio to [0.01, 10], bitsandbytes limits the norm instead. Biases and gains should have no decay, and so no ratio: one that begins
 * at 0 would grow by the learning rate, relatively, at each step. {@link StepReport.Group#effectiveLearningRate()} includes q.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN or infinity in a group makes all its parameters NaN. {@link #TINY} is added to v, so
 * that with a zero gradient from the start the quotient is 0, with ε = 0 too; {@link #SIGNED_TINY} is added to m and taken off
 * again. Neither is ever subnormal. Parameters that are all 0 have the ratio 1.
 *
 * <p><b>Source:</b> You et al. 2020, Large Batch Optimization for Deep Learning: Training BERT in 76 Minutes, arXiv 1904.00962.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decay within the ratio, from 0; learningRate × weightDecay must be below 1
 * @param alwaysAdapt whether a group without weight decay has the ratio too
 * @param trustClip whether the ratio is at most 1
 * @param biasCorrection whether the moments are corrected
 * @param gradientAveraging whether the gradient has the weight 1 − β₁ in the first moment; otherwise it has the weight 1
 */
public record Lamb(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean alwaysAdapt,
        boolean trustClip,
        boolean biasCorrection,
        boolean gradientAveraging)
        implements KernelRule {
    private static final List<Reduction> NORMS = List.of(
            new Reduction(Reduction.Term.PARAMETER_SQUARES, NormScope.GROUP),
            new Reduction(Reduction.Term.PREPARED_SQUARES, NormScope.GROUP));

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Lamb {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-6, weight decay 0.01. */
    public Lamb() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Lamb(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Lamb(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-6, 0.01, false, false, true, true);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Lamb withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Lamb withLearningRate(Schedule learningRate) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public Lamb withBetas(double beta1, double beta2) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public Lamb withEpsilon(double epsilon) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Lamb withWeightDecay(double weightDecay) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return this rule with the ratio everywhere, or only where there is decay}
     * @param alwaysAdapt whether a group without weight decay has the ratio too */
    public Lamb withAlwaysAdapt(boolean alwaysAdapt) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return this rule with or without a limit of the ratio}
     * @param trustClip whether the ratio is at most 1 */
    public Lamb withTrustClip(boolean trustClip) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return this rule with or without bias correction}
     * @param biasCorrection whether the moments are corrected */
    public Lamb withBiasCorrection(boolean biasCorrection) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return this rule with or without averaging}
     * @param gradientAveraging whether the gradient has the weight 1 − β₁ in the first moment; otherwise it has the weight 1 */
    public Lamb withGradientAveraging(boolean gradientAveraging) {
        return new Lamb(
                learningRate,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                alwaysAdapt,
                trustClip,
                biasCorrection,
                gradientAveraging);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.LambKernel}} */
    @Override
    public String kernel() {
        return "Lamb";
    }

    @Override
    public String prepareKernel() {
        return "LambTerms";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public List<Reduction> reductions() {
        return NORMS;
    }

    /** The first pass reads the parameters and the gradient, and changes the state; the second reads the state again. */
    @Override
    public int bytesPerParameter() {
        return 24 + 16;
    }

    /** The first pass reads and writes the moments, and the second reads them. */
    @Override
    public int passes(StateBuffer buffer) {
        return 3;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) beta1;
        c[3] = (float) (gradientAveraging ? 1 - beta1 : 1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = (float) (biasCorrection ? 1 / Power.biasCorrection(beta1, step.number()) : 1);
        c[7] = (float) (biasCorrection ? 1 / Math.sqrt(Power.biasCorrection(beta2, step.number())) : 1);
        c[8] = (float) epsilon;
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], b1 = c[2], c1 = c[3], b2 = c[4];
        float c2 = c[5], mean = c[6], root = c[7], eps = c[8];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3], r = buffers[4];
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            m[i] = mi;
            v[i] = vi;
            r[i] = mi * mean / ((float) Math.sqrt(vi) * root + eps) + p[i] * decay;
        }
    }

    @Override
    public void completeCoefficients(Step step, float[] c) {
        double parameters = Math.sqrt(step.sum(0)), direction = Math.sqrt(step.sum(1));
        boolean adapts = (weightDecay != 0 || alwaysAdapt) && parameters != 0 && direction != 0;
        double ratio = adapts ? parameters / direction : 1;
        double rate = step.learningRate() * (trustClip && ratio > 1 ? 1 : ratio);
        step.effectiveLearningRate(rate);
        c[9] = (float) Math.min(rate, Float.MAX_VALUE);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float decay = c[1], mean = c[6], root = c[7], eps = c[8], rate = c[9];
        float[] p = buffers[0], m = buffers[2], v = buffers[3];
        for (int i = from; i < to; i++) {
            float pi = p[i], r = m[i] * mean / ((float) Math.sqrt(v[i]) * root + eps) + pi * decay;
            p[i] = pi - r * rate;
        }
    }
}
