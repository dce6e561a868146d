package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Adan is Nesterov's momentum in the form of averages: of the gradient, of its differences, and of the square of both together.
 *
 * <pre>
 * g = gradientFactor · gradient
 * d = g + q                                           0 at t = 1
 * m = β₁ · m + (1 − β₁) · g
 * w = β₂ · w + (1 − β₂) · d
 * v = β₃ · v + (1 − β₃) · (g + β₂ · d)²
 * q = −g
 * s = (m / (1 − β₁ᵗ) + β₂ · w / (1 − β₂ᵗ)) / (√(v / (1 − β₃ᵗ)) + ε)
 * p = (p − learningRate · s) / (1 + learningRate · weightDecay)        if proximalDecay
 * p = (1 − learningRate · weightDecay) · p − learningRate · s          else
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m, {@code exp_avg_diff} w, {@code exp_avg_sq} v, and {@code neg_pre_grad} q, the gradient of the
 * applied step before with its sign turned; all initially 0. t counts the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are those of the authors' code: learning rate 1e-3, β₁ 0.98, β₂ 0.92, β₃ 0.99, ε 1e-8, no weight
 * decay, a proximal one if there is any. The paper writes 1 − β: 0.02, 0.08 and 0.01.
 *
 * <p><b>Where it differs:</b> the rule is the authors', without their option of clipping all gradients by norm, which is
 * {@link Clipping#byNorm} here, and without the paper's restarts. Optax 0.2.9 has 1 − β₂ in the place of β₂ in v and in s, so its
 * second step is another. {@code learningRate × weightDecay} must be below 1 here, which a proximal decay would not need.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state; an infinite average is NaN after the next
 * step. {@link #TINY} is added to v, so that with a zero gradient from the start the quotient is 0, with ε = 0 too, and only the
 * decay acts; {@link #SIGNED_TINY} is added to m and w and taken off again. None of the three is ever subnormal; q is what the
 * gradient was. A gradient beyond 1e19 makes v infinite, and the parameter then only decays. After a skipped step d is the
 * difference from the last applied one.
 *
 * <p><b>Source:</b> Xie et al. 2022, Adan: Adaptive Nesterov Momentum Algorithm for Faster Optimizing Deep Models, arXiv
 * 2208.06677; the authors' code, github.com/sail-sg/Adan.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the average of the gradient, in [0, 1)
 * @param beta2 the decay of the average of its differences, and their weight, in [0, 1)
 * @param beta3 the decay of the average of the square, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param proximalDecay whether the decay divides the parameter after the step, or multiplies it before, as in {@link AdamW}
 */
public record Adan(
        Schedule learningRate,
        double beta1,
        double beta2,
        double beta3,
        double epsilon,
        double weightDecay,
        boolean proximalDecay)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Adan {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.belowOne("beta3", beta3);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.98, β₂ 0.92, β₃ 0.99, ε 1e-8, no weight decay. */
    public Adan() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Adan(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Adan(Schedule learningRate) {
        this(learningRate, 0.98, 0.92, 0.99, 1e-8, 0, true);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Adan withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Adan withLearningRate(Schedule learningRate) {
        return new Adan(learningRate, beta1, beta2, beta3, epsilon, weightDecay, proximalDecay);
    }

    /** {@return this rule with other decays of the averages}
     * @param beta1 the decay of the average of the gradient, in [0, 1)
     * @param beta2 the decay of the average of its differences, in [0, 1)
     * @param beta3 the decay of the average of the square, in [0, 1) */
    public Adan withBetas(double beta1, double beta2, double beta3) {
        return new Adan(learningRate, beta1, beta2, beta3, epsilon, weightDecay, proximalDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public Adan withEpsilon(double epsilon) {
        return new Adan(learningRate, beta1, beta2, beta3, epsilon, weightDecay, proximalDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Adan withWeightDecay(double weightDecay) {
        return new Adan(learningRate, beta1, beta2, beta3, epsilon, weightDecay, proximalDecay);
    }

    /** {@return this rule with the other form of weight decay}
     * @param proximalDecay whether the decay divides the parameter after the step */
    public Adan withProximalDecay(boolean proximalDecay) {
        return new Adan(learningRate, beta1, beta2, beta3, epsilon, weightDecay, proximalDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdanKernel}} */
    @Override
    public String kernel() {
        return "Adan";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(
                new StateBuffer("exp_avg"),
                new StateBuffer("exp_avg_diff"),
                StateBuffer.positive("exp_avg_sq", 0),
                new StateBuffer("neg_pre_grad"));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        long t = step.number();
        double decay = step.learningRate() * weightDecay, shrink = proximalDecay ? 1 / (1 + decay) : 1 - decay;
        // The divisor is √v + ε · root, so that the quotient is root times too small.
        double root = Math.sqrt(Power.biasCorrection(beta3, t)),
                rate = step.learningRate() * (proximalDecay ? shrink : 1) * root;
        c[0] = (float) -step.gradientFactor();
        c[1] = (float) shrink;
        c[2] = (float) (1 - beta1);
        // The first gradient has none before it to differ from.
        c[3] = t == 1 ? 0 : (float) (1 - beta2);
        c[4] = t == 1 ? 0 : (float) beta2;
        c[5] = (float) beta3;
        c[6] = (float) (1 - beta3);
        c[7] = (float) (rate / Power.biasCorrection(beta1, t));
        c[8] = (float) (rate * beta2 / Power.biasCorrection(beta2, t));
        c[9] = (float) (epsilon * root);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], shrink = c[1], c1 = c[2], c2 = c[3], ahead = c[4];
        float b3 = c[5], c3 = c[6], rate = c[7], turn = c[8], eps = c[9];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], w = buffers[3], v = buffers[4], q = buffers[5];
        // n = −g saves the change of sign. In some other orders of these lines C2 vectorizes only a part of the loop.
        for (int i = KernelRule.first(from); i < to; i++) {
            float ni = g[i] * scale, di = q[i] - ni;
            float mi = m[i] - (m[i] + ni) * c1 + SIGNED_TINY - SIGNED_TINY;
            float wi = w[i] - (w[i] - di) * c2 + SIGNED_TINY - SIGNED_TINY;
            m[i] = mi;
            w[i] = wi;
            q[i] = ni;
            float ei = di * ahead - ni;
            float vi = v[i] * b3 + ei * ei * c3 + TINY;
            v[i] = vi;
            p[i] = p[i] * shrink - (mi * rate + wi * turn) / ((float) Math.sqrt(vi) + eps);
        }
    }
}
