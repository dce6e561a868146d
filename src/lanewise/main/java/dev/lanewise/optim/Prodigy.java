package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Prodigy is {@link AdamW} with a learning rate of its own: it estimates the distance d from the first parameters to a minimum,
 * and multiplies the learning rate by it. The learning rate should be 1, or a schedule that begins there.
 *
 * <pre>
 * q = d · learningRate                              · √(1 − β₂ᵏ) / (1 − β₁ᵏ) with biasCorrection
 * g = gradientFactor · gradient
 * m = β₁ · m + (1 − β₁) · d · g
 * v = β₂ · v + (1 − β₂) · d² · g²
 * s = β₃ · s + d / d₀ · q · g                       · d instead of q with safeguard
 * A = β₃ · A + d / d₀ · q · Σ g · (p₀ − p)          over all groups
 * e = factor · A / Σ |s|                            over all groups
 * d⁺ = the largest of d⁺ and e
 * d' = min(d⁺, growth · d)                          growth · max(d, e) if d is d₀
 * p = (1 − q · weightDecay) · p − q · m / (√v + d' · ε),   d = d'
 * </pre>
 *
 * <b>State:</b> {@code s}, {@code exp_avg} m and {@code exp_avg_sq} v, initially 0, and {@code p0}, a copy of the parameters
 * before their first step; for all groups together the numbers {@code d} and {@code d_max} d⁺, initially d₀, {@code d_numerator}
 * A and {@code k}, the count of steps, initially 0, in double.
 *
 * <p><b>Defaults:</b> they are the authors': learning rate 1, β₁ 0.9, β₂ 0.999, β₃ √β₂, ε 1e-8, no weight decay, no bias
 * correction, no safeguard, d₀ 1e-6, factor 1, growth without limit. The authors advise a schedule that falls as a cosine, and a
 * factor of 0.5 or 2 where d comes out too large or too small.
 *
 * <p><b>Where it differs:</b> the rule is the authors', without their coupled decay and without the estimate from every eleventh
 * element ({@code slice_p}). Sums are in double. All groups with the rule must have equal rules but for the weight decay, since
 * they share d; frozen groups contribute nothing, and a group that is unfrozen goes on with the others' numbers. Before the first
 * gradient that is not 0 nothing moves, not even by decay, and k does not count, as in the source; the optimizer's own count of
 * steps does. At a learning rate of 0 the step changes nothing and does not count either. Optax divides 0 by 0 where all first
 * gradients are 0, and stays NaN. d grows from d₀ over some hundred steps; with d₀ below 1e-5 the roundings of p make it differ
 * by 1e-3 between implementations. A warm-up needs the safeguard. d × learningRate is the
 * {@link StepReport.Group#effectiveLearningRate()}. A step has two passes.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state, and, since they stay in s, d does not change
 * any more. {@link #TINY} is added to v, so that with a zero gradient the quotient is 0, with ε = 0 too; while d is 1e-6 that is
 * as if ε were 3e-8. {@link #SIGNED_TINY} is added to m and s and taken off again. None is ever subnormal.
 *
 * <p><b>Source:</b> Mishchenko and Defazio 2024, Prodigy: An Expeditiously Adaptive Parameter-Free Learner, arXiv 2306.06101.
 *
 * @param learningRate the learning rate of each step, from 0, by which d is multiplied
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param beta3 the decay of s and A, in [0, 1); 0 for √β₂
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param biasCorrection whether q has Adam's bias correction
 * @param safeguard whether s is independent of the learning rate, so that a warm-up does not make d too large
 * @param d0 the first d, above 0
 * @param factor the factor of the estimate, above 0
 * @param growth the most by which d is multiplied in a step, from 1; infinity for no limit
 */
public record Prodigy(
        Schedule learningRate,
        double beta1,
        double beta2,
        double beta3,
        double epsilon,
        double weightDecay,
        boolean biasCorrection,
        boolean safeguard,
        double d0,
        double factor,
        double growth)
        implements KernelRule {
    /** Σ g · (p₀ − p), with g times d, and Σ |s|. */
    private static final List<Reduction> SUMS = List.of(
            new Reduction(Reduction.Term.PREPARED, NormScope.ALL),
            new Reduction(Reduction.Term.PREPARED, NormScope.ALL));

    /** The indices of the numbers. */
    private static final int D = 0, D_MAX = 1, NUMERATOR = 2, COUNT = 3;

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Prodigy {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.belowOne("beta3", beta3);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        Check.positive("d0", d0);
        Check.positive("factor", factor);
        if (!(growth >= 1)) {
            throw new IllegalArgumentException("growth must be at least 1: " + growth);
        }
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1, β₁ 0.9, β₂ 0.999, β₃ √β₂, ε 1e-8, no weight decay, d₀ 1e-6. */
    public Prodigy() {
        this(1);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Prodigy(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Prodigy(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 0, 1e-8, 0, false, false, 1e-6, 1, Double.POSITIVE_INFINITY);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Prodigy withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Prodigy withLearningRate(Schedule learningRate) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public Prodigy withBetas(double beta1, double beta2) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with another β₃}
     * @param beta3 the decay of s and A, in [0, 1); 0 for √β₂ */
    public Prodigy withBeta3(double beta3) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public Prodigy withEpsilon(double epsilon) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Prodigy withWeightDecay(double weightDecay) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with or without bias correction}
     * @param biasCorrection whether q has Adam's bias correction */
    public Prodigy withBiasCorrection(boolean biasCorrection) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with or without the safeguard for a warm-up}
     * @param safeguard whether s is independent of the learning rate */
    public Prodigy withSafeguard(boolean safeguard) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with another first d}
     * @param d0 the first d, above 0 */
    public Prodigy withD0(double d0) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with another factor of the estimate}
     * @param factor the factor, above 0 */
    public Prodigy withFactor(double factor) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return this rule with another limit of the growth of d}
     * @param growth the most by which d is multiplied in a step, from 1; infinity for no limit */
    public Prodigy withGrowth(double growth) {
        return new Prodigy(
                learningRate, beta1, beta2, beta3, epsilon, weightDecay, biasCorrection, safeguard, d0, factor, growth);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.ProdigyKernel}} */
    @Override
    public String kernel() {
        return "Prodigy";
    }

    @Override
    public String prepareKernel() {
        return "ProdigyTerms";
    }

    @Override
    public int prepareLanes() {
        return 8;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(
                new StateBuffer("s"),
                StateBuffer.copyOfParameters("p0"),
                new StateBuffer("exp_avg"),
                StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public List<StateScalar> scalars() {
        return List.of(
                new StateScalar("d", d0, 0, Double.MAX_VALUE),
                new StateScalar("d_max", d0, 0, Double.MAX_VALUE),
                new StateScalar("d_numerator", 0),
                new StateScalar("k", 0, 0, Long.MAX_VALUE));
    }

    @Override
    public List<Reduction> reductions() {
        return SUMS;
    }

    @Override
    public boolean sharesSumsWith(UpdateRule other) {
        return other instanceof Prodigy that && withWeightDecay(0).equals(that.withWeightDecay(0));
    }

    /** The first pass reads everything and changes the state but p₀; the second reads the moments again. */
    @Override
    public int bytesPerParameter() {
        return 36 + 16;
    }

    /** The first pass reads and writes s and the moments, and the second reads the moments. */
    @Override
    public int passes(StateBuffer buffer) {
        return buffer.name().equals("s") ? 2 : 3;
    }

    private double decay() {
        return beta3 == 0 ? Math.sqrt(beta2) : beta3;
    }

    /** {@return q of a step that counts} */
    private double rate(Step step) {
        long k = (long) step.scalar(COUNT) + 1;
        double correction =
                biasCorrection ? Math.sqrt(Power.biasCorrection(beta2, k)) / Power.biasCorrection(beta1, k) : 1;
        return step.scalar(D) * step.learningRate() * correction;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        boolean rests = step.learningRate() == 0;
        double d = step.scalar(D);
        c[0] = (float) (step.gradientFactor() * d);
        c[1] = (float) (rests ? 1 : beta1);
        c[2] = (float) (rests ? 0 : 1 - beta1);
        c[3] = (float) (rests ? 1 : beta2);
        c[4] = (float) (rests ? 0 : 1 - beta2);
        c[5] = (float) (rests ? 1 : decay());
        c[6] = (float) (rests ? 0 : (safeguard ? d : rate(step)) / d0);
        step.effectiveLearningRate(d * step.learningRate());
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], b1 = c[1], c1 = c[2], b2 = c[3], c2 = c[4], b3 = c[5], c3 = c[6];
        float[] p = buffers[0], g = buffers[1], s = buffers[2], p0 = buffers[3], m = buffers[4], v = buffers[5];
        float[] products = buffers[6], magnitudes = buffers[7];
        for (int i = KernelRule.first(from); i < to; i++) {
            float gi = g[i] * scale, si = s[i] * b3 + gi * c3 + SIGNED_TINY - SIGNED_TINY;
            m[i] = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            v[i] = v[i] * b2 + gi * gi * c2 + TINY;
            s[i] = si;
            products[i] = gi * (p0[i] - p[i]);
            magnitudes[i] = Math.abs(si);
        }
    }

    @Override
    public void completeCoefficients(Step step, float[] c) {
        double d = step.scalar(D), magnitudes = step.sum(1), next = d;
        boolean rests = step.learningRate() == 0 || magnitudes == 0;
        double rate = rests ? 0 : rate(step);
        if (!rests) {
            double numerator = decay() * step.scalar(NUMERATOR) + rate / d0 * step.sum(0);
            double estimate = factor * numerator / magnitudes;
            // A NaN of s stays there; d is then what it was.
            if (Double.isFinite(numerator) && Double.isFinite(estimate)) {
                double most = Math.max(step.scalar(D_MAX), estimate);
                next = Math.min(most, (d == d0 ? Math.max(d, estimate) : d) * growth);
                step.scalar(D, next);
                step.scalar(D_MAX, most);
                step.scalar(NUMERATOR, numerator);
            }
            step.scalar(COUNT, step.scalar(COUNT) + 1);
        }
        c[7] = (float) (1 - rate * weightDecay);
        c[8] = (float) rate;
        c[9] = (float) (next * epsilon);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float shrink = c[7], rate = c[8], eps = c[9];
        float[] p = buffers[0], m = buffers[4], v = buffers[5];
        for (int i = from; i < to; i++) {
            p[i] = p[i] * shrink - m[i] * rate / ((float) Math.sqrt(v[i]) + eps);
        }
    }
}
