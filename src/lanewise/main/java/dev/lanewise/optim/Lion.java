package dev.lanewise.optim;

import static dev.lanewise.internal.kernel.Kernels.SIGNLESS;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Lion steps by the sign of an interpolation between the momentum and the gradient, with decoupled weight decay.
 *
 * <pre>
 * g = gradientFactor · gradient
 * c = β₁ · m + (1 − β₁) · g
 * p = (1 − learningRate · weightDecay) · p − learningRate · sign(c)
 * m = β₂ · m + (1 − β₂) · g
 *
 * with caution          sign(c) = 0 where not sign(c) · g &gt; 0;   RESCALED: sign(c) / max(fraction of the others, 1/1000)
 * with cautiousDecay    no decay where sign(c) · p &lt; 0
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m, initially 0.
 *
 * <p><b>Defaults:</b> they are the paper's: learning rate 1e-4, β₁ 0.9, β₂ 0.99, no weight decay. The authors advise a learning rate 3
 * to 10 times smaller than AdamW's, and a decay as many times larger. Optax decays by 1e-3.
 *
 * <p><b>Where it differs:</b> the rule is the paper's. The lecture's slide updates m after the loop over the batches, once an
 * epoch; every step updates it here and in the paper. Caution is timm's with {@link Caution#RESCALED}, where the fraction is that
 * of a tensor; the authors of C-Lion divide by (count + 1) / length. It needs a first pass, which reads the gradient and m, and
 * writes nothing. Cautious decay is as in {@link AdamW}.
 *
 * <p><b>NaN, infinity, zero:</b> sign(±0) is 0, so that with g = m = ±0 nothing moves; sign(NaN) is NaN, so that a NaN reaches
 * the parameter and the state. An infinite gradient moves the parameter like any other, and stays in m. {@link #TINY} is added to
 * m and taken off again, so that it is never subnormal; {@link #SIGNED_TINY} is not needed, because no learning rate multiplies
 * m. An m that decays gets stuck above 0; the sign of a c up to 2⁻¹⁰⁴ is therefore 0, because the parameter would drift forever.
 *
 * <p><b>Source:</b> Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, arXiv 2302.06675; Liang et al. 2024,
 * Cautious Optimizers, arXiv 2411.16085; the lecture (see the package's page), slide "Lion".
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the weight of m in the interpolation, in [0, 1)
 * @param beta2 the decay of the average m, in [0, 1)
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param caution whether parameters rest whose step goes against their gradient
 * @param cautiousDecay whether parameters do not decay where that goes against their step
 */
public record Lion(
        Schedule learningRate, double beta1, double beta2, double weightDecay, Caution caution, boolean cautiousDecay)
        implements KernelRule {
    private static final List<Reduction> COUNT = List.of(new Reduction(Reduction.Term.PREPARED, NormScope.GROUP));

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Lion {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
        Caution.check(caution);
    }

    /** Makes the rule without the cautious options.
     * @param learningRate the learning rate of each step, from 0
     * @param beta1 the weight of m in the interpolation, in [0, 1)
     * @param beta2 the decay of the average m, in [0, 1)
     * @param weightDecay the decoupled decay, from 0 */
    public Lion(Schedule learningRate, double beta1, double beta2, double weightDecay) {
        this(learningRate, beta1, beta2, weightDecay, Caution.NONE, false);
    }

    /** Makes the rule with the defaults: learning rate 1e-4, β₁ 0.9, β₂ 0.99, no weight decay. */
    public Lion() {
        this(1e-4);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Lion(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Lion(Schedule learningRate) {
        this(learningRate, 0.9, 0.99, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Lion withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Lion withLearningRate(Schedule learningRate) {
        return new Lion(learningRate, beta1, beta2, weightDecay, caution, cautiousDecay);
    }

    /** {@return this rule with another β₁ and β₂}
     * @param beta1 the weight of m in the interpolation, in [0, 1)
     * @param beta2 the decay of the average m, in [0, 1) */
    public Lion withBetas(double beta1, double beta2) {
        return new Lion(learningRate, beta1, beta2, weightDecay, caution, cautiousDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Lion withWeightDecay(double weightDecay) {
        return new Lion(learningRate, beta1, beta2, weightDecay, caution, cautiousDecay);
    }

    /** {@return this rule with another caution}
     * @param caution whether parameters rest whose step goes against their gradient */
    public Lion withCaution(Caution caution) {
        return new Lion(learningRate, beta1, beta2, weightDecay, caution, cautiousDecay);
    }

    /** {@return this rule with or without caution of the decay}
     * @param cautiousDecay whether parameters do not decay where that goes against their step */
    public Lion withCautiousDecay(boolean cautiousDecay) {
        return new Lion(learningRate, beta1, beta2, weightDecay, caution, cautiousDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.LionKernel}} */
    @Override
    public String kernel() {
        return "Lion";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"));
    }

    @Override
    public Set<String> options() {
        Set<String> options = new HashSet<>();
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
        return caution == Caution.RESCALED ? COUNT : List.of();
    }

    /** The first pass reads the gradient and m. */
    @Override
    public int bytesPerParameter() {
        return KernelRule.super.bytesPerParameter() + (caution == Caution.RESCALED ? 2 * Float.BYTES : 0);
    }

    /** The first pass reads m. */
    @Override
    public int passes(StateBuffer buffer) {
        return caution == Caution.RESCALED ? 3 : 2;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) (1 - step.learningRate() * weightDecay);
        c[2] = (float) beta1;
        c[3] = (float) (1 - beta1);
        c[4] = (float) beta2;
        c[5] = (float) (1 - beta2);
        c[6] = finite(step.learningRate());
    }

    /** Rounds a rate; it stays finite, because it is multiplied by a sign of 0. */
    private static float finite(double rate) {
        return Math.min((float) rate, Float.MAX_VALUE);
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], b1 = c[2], c1 = c[3];
        float[] g = buffers[1], m = buffers[2], agrees = buffers[3];
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale;
            float ci = m[i] * b1 + gi * c1 + SIGNLESS - SIGNLESS;
            // The cast makes 0 of NaN.
            agrees[i] = (int) Caution.agreement(Math.signum(ci) * gi);
        }
    }

    @Override
    public void completeCoefficients(Step step, float[] c) {
        c[6] = finite(step.learningRate() * Caution.factor(step.sum(0), step.length()));
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], shrink = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], rate = c[6];
        float[] p = buffers[0], g = buffers[1], m = buffers[2];
        if (caution != Caution.NONE || cautiousDecay) {
            updateCautiously(buffers, from, to, c);
            return;
        }
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale;
            float ci = m[i] * b1 + gi * c1 + SIGNLESS - SIGNLESS;
            float mi = m[i] * b2 + gi * c2 + TINY - TINY;
            p[i] = p[i] * shrink - Math.signum(ci) * rate;
            m[i] = mi;
        }
    }

    /** The loop of {@link #update} with the cautious options. */
    private void updateCautiously(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], shrink = c[1], b1 = c[2], c1 = c[3], b2 = c[4], c2 = c[5], rate = c[6];
        float[] p = buffers[0], g = buffers[1], m = buffers[2];
        boolean cautious = caution != Caution.NONE;
        for (int i = KernelRule.first(from); i < to; i++) {
            float gi = g[i] * scale;
            float sign = Math.signum(m[i] * b1 + gi * c1 + SIGNLESS - SIGNLESS);
            m[i] = m[i] * b2 + gi * c2 + TINY - TINY;
            // The sum with 0 makes 0 of -0.
            float move = (cautious ? sign * Caution.agreement(sign * gi) + 0f : sign) * rate;
            float factor = cautiousDecay ? shrink + Caution.opposition(move * p[i]) * (shrink - 1) : shrink;
            p[i] = p[i] * factor - move;
        }
    }
}
