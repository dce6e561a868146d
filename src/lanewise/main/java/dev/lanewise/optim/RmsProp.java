package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * RMSProp divides the gradient by the root of its mean square.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p   (no product with p if weightDecay is 0)
 * v = α · v + (1 − α) · g²
 * a = α · a + (1 − α) · g          if centered
 * d = √(v − a²) + ε                if centered,   else √v + ε
 * b = momentum · b + g / d,   p = p − learningRate · b
 * p = p − learningRate · g / d     if momentum is 0
 * </pre>
 *
 * <b>State:</b> {@code square_avg} v; {@code momentum_buffer} b if the momentum is not 0; {@code grad_avg} a if centered; all
 * initially 0.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-2, α 0.99, ε 1e-8, everything else off. Hinton's α is 0.9.
 *
 * <p><b>Where it differs:</b> the form is PyTorch's; with a momentum it is also the lecture's, which has no ε. Optax, Keras and
 * Graves 2013 have ε within the root. PyTorch gives NaN where v − a² is rounded below 0; the difference is 2⁻¹⁰⁰ there in this
 * rule. Because v begins at 0 and is not corrected, the first step is 1 / √(1 − α) times the learning rate, 10 times by default:
 * this is the algorithm, and a reason for warmup.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that with a
 * zero gradient the quotient is 0, with ε = 0 too; {@link #SIGNED_TINY} is added to a and b and taken off again. Neither is ever
 * subnormal. A gradient beyond 1.8e19 makes v infinite, and the parameter moves no more. A constant gradient has no variance, so
 * that its steps are practically unbounded if the rule is centered and ε is 0.
 *
 * <p><b>Source:</b> Tieleman and Hinton 2012, lecture 6.5 of Neural Networks for Machine Learning; Graves 2013, Generating
 * sequences with recurrent neural networks, arXiv 1308.0850; the lecture (see the package's page), slide
 * "RMSProp".
 *
 * @param learningRate the learning rate of each step, from 0
 * @param alpha the weight α of the past in the averages, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param momentum the decay μ of the momentum buffer, in [0, 1)
 * @param centered whether the rule divides by the standard deviation instead of the root mean square
 * @param weightDecay the L2 decay, from 0, whose product with p is added to the gradient; learningRate × weightDecay must be below 1
 */
public record RmsProp(
        Schedule learningRate, double alpha, double epsilon, double momentum, boolean centered, double weightDecay)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public RmsProp {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("alpha", alpha);
        Check.notNegative("epsilon", epsilon);
        Check.belowOne("momentum", momentum);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-2, α 0.99, ε 1e-8, no momentum, not centered, no weight decay. */
    public RmsProp() {
        this(1e-2);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public RmsProp(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public RmsProp(Schedule learningRate) {
        this(learningRate, 0.99, 1e-8, 0, false, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public RmsProp withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public RmsProp withLearningRate(Schedule learningRate) {
        return new RmsProp(learningRate, alpha, epsilon, momentum, centered, weightDecay);
    }

    /** {@return this rule with another α}
     * @param alpha the weight α of the past in the averages, in [0, 1) */
    public RmsProp withAlpha(double alpha) {
        return new RmsProp(learningRate, alpha, epsilon, momentum, centered, weightDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public RmsProp withEpsilon(double epsilon) {
        return new RmsProp(learningRate, alpha, epsilon, momentum, centered, weightDecay);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay μ of the momentum buffer, in [0, 1) */
    public RmsProp withMomentum(double momentum) {
        return new RmsProp(learningRate, alpha, epsilon, momentum, centered, weightDecay);
    }

    /** {@return this rule with or without centering}
     * @param centered whether the rule divides by the standard deviation */
    public RmsProp withCentered(boolean centered) {
        return new RmsProp(learningRate, alpha, epsilon, momentum, centered, weightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public RmsProp withWeightDecay(double weightDecay) {
        return new RmsProp(learningRate, alpha, epsilon, momentum, centered, weightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.RmsPropKernel}} */
    @Override
    public String kernel() {
        return "RmsProp";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        // The difference v - a² is far smaller than either, so that it would be all rounding.
        StateBuffer
                v =
                        centered
                                ? new StateBuffer("square_avg").withFullPrecision()
                                : StateBuffer.positive("square_avg", 0),
                b = new StateBuffer("momentum_buffer"),
                a = new StateBuffer("grad_avg").withFullPrecision();
        if (momentum == 0) {
            return centered ? List.of(v, a) : List.of(v);
        }
        return centered ? List.of(v, b, a) : List.of(v, b);
    }

    @Override
    public Set<String> options() {
        if (momentum == 0) {
            return centered ? Set.of("centered") : Set.of();
        }
        return centered ? Set.of("momentum", "centered") : Set.of("momentum");
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) alpha;
        c[3] = (float) (1 - alpha);
        c[4] = (float) epsilon;
        c[5] = (float) momentum;
        c[6] = (float) step.learningRate();
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], a1 = c[2], c1 = c[3], eps = c[4], mu = c[5], rate = c[6];
        int last = buffers.length - 1;
        float[] p = buffers[0], g = buffers[1], v = buffers[2], b = buffers[Math.min(3, last)], a = buffers[last];
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float vi = v[i] * a1 + gi * gi * c1 + TINY;
            v[i] = vi;
            if (centered) {
                float ai = a[i] * a1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
                a[i] = ai;
                vi = Math.max(vi - ai * ai, TINY);
            }
            float d = (float) Math.sqrt(vi) + eps;
            if (momentum == 0) {
                p[i] = pi - gi * rate / d;
            } else {
                float bi = b[i] * mu + gi / d + SIGNED_TINY - SIGNED_TINY;
                b[i] = bi;
                p[i] = pi - bi * rate;
            }
        }
    }
}
