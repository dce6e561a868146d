package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * LARS scales the gradient of each parameter group by a trust ratio, so that each layer moves by a fixed fraction of its norm,
 * and goes on like {@link Sgd}. It was made for convolutional networks and batches of thousands.
 *
 * <pre>
 * g = gradientFactor · gradient
 * q = trust · ‖p‖ / (‖g‖ + weightDecay · ‖p‖ + ε)     the norms over the group
 *                                              1 if a norm is 0, or if weightDecay is 0 and not alwaysAdapt
 * q = min(q / learningRate, 1)                 with trustClip
 * u = q · (g + weightDecay · p)
 * b = momentum · b + (1 − dampening) · u       (1 · u at the first step)
 * s = u + momentum · b   with Nesterov's momentum,   else b;   u if momentum is 0
 * p = p − learningRate · s
 * </pre>
 *
 * <b>State:</b> {@code momentum_buffer} b, initially 0; none if the momentum is 0.
 *
 * <p><b>Defaults:</b> learning rate 1, momentum 0.9, weight decay 5e-4, trust coefficient 1e-3 and everything else off, as in the
 * paper's AlexNet but for the rate, of which the paper has schedules that reach 10 and more. ε is timm's 1e-8. Timm has no
 * momentum and no decay by default, and so no ratio; Optax has a momentum of 0.9, no decay, and adapts always.
 *
 * <p><b>Where it differs:</b> this is timm's form: the divisor is a sum of norms, as in the paper, where Optax has the norm of
 * the sum ‖g + weightDecay · p‖, and the learning rate is outside of the momentum buffer, where the paper and Optax have it
 * inside, so that a falling rate acts late. The norms are over a parameter group, and over a tensor elsewhere, so each tensor
 * should be a group. Biases and gains should have no decay, and so no ratio; their learning rate is then as it is given, which is
 * about 1 / trust times as large as that of a layer with a ratio, so their groups need a rate of their own. The clipped form is
 * LARC's. The product of rate and ratio is the {@link StepReport.Group#effectiveLearningRate()}. The norms take one pass over the
 * gradient and one over the parameters. {@link Clipping#byValue} is refused, because it changes the gradient after its norm has
 * been taken.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN in a group makes all its parameters NaN where it has a ratio. An infinite gradient makes
 * the ratio 0, so that its own parameter becomes NaN and the others move by their momentum alone. With a zero gradient only
 * momentum and decay act, and the buffer decays to about 2⁻⁸², and is never subnormal: {@link #SIGNED_TINY} is added to it and
 * taken off again. Parameters that are all 0 have the ratio 1, and a much smaller one in the next step.
 *
 * <p><b>Source:</b> You, Gitman and Ginsburg 2017, Large Batch Training of Convolutional Networks, arXiv 1708.03888; timm's {@code Lars}.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum the decay μ of the momentum buffer, in [0, 1)
 * @param dampening the part of u that the buffer leaves out, in [0, 1]; 0 with Nesterov's momentum
 * @param nesterov whether the rule uses Nesterov's momentum, which needs a momentum above 0
 * @param weightDecay the L2 decay within the ratio, from 0; learningRate × weightDecay must be below 1
 * @param trust the trust coefficient, which is the factor of the ratio, from 0
 * @param epsilon the term ε of the ratio's divisor, from 0
 * @param alwaysAdapt whether a group without weight decay has the ratio too
 * @param trustClip whether the product of rate and ratio is at most the rate, and the ratio else in place of the rate
 */
public record Lars(
        Schedule learningRate,
        double momentum,
        double dampening,
        boolean nesterov,
        double weightDecay,
        double trust,
        double epsilon,
        boolean alwaysAdapt,
        boolean trustClip)
        implements KernelRule {
    private static final List<Reduction> NORM =
            List.of(new Reduction(Reduction.Term.PARAMETER_SQUARES, NormScope.GROUP));

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Lars {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("momentum", momentum);
        Check.fraction("dampening", dampening);
        Check.notNegative("weightDecay", weightDecay);
        Check.notNegative("trust", trust);
        Check.notNegative("epsilon", epsilon);
        RateChecks.decay(learningRate, weightDecay);
        RateChecks.nesterov(nesterov, momentum, dampening);
    }

    /** Makes the rule with the defaults: learning rate 1, momentum 0.9, weight decay 5e-4, trust coefficient 1e-3, ε 1e-8. */
    public Lars() {
        this(1);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Lars(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Lars(Schedule learningRate) {
        this(learningRate, 0.9, 0, false, 5e-4, 1e-3, 1e-8, false, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Lars withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Lars withLearningRate(Schedule learningRate) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay μ of the momentum buffer, in [0, 1) */
    public Lars withMomentum(double momentum) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with another dampening}
     * @param dampening the part of u that the buffer leaves out, in [0, 1] */
    public Lars withDampening(double dampening) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with or without Nesterov's momentum}
     * @param nesterov whether the rule uses it */
    public Lars withNesterov(boolean nesterov) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Lars withWeightDecay(double weightDecay) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with another trust coefficient}
     * @param trust the trust coefficient, which is the factor of the ratio, from 0 */
    public Lars withTrust(double trust) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the ratio's divisor, from 0 */
    public Lars withEpsilon(double epsilon) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with the ratio everywhere, or only where there is decay}
     * @param alwaysAdapt whether a group without weight decay has the ratio too */
    public Lars withAlwaysAdapt(boolean alwaysAdapt) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return this rule with or without LARC's limit}
     * @param trustClip whether the product of rate and ratio is at most the rate */
    public Lars withTrustClip(boolean trustClip) {
        return new Lars(
                learningRate, momentum, dampening, nesterov, weightDecay, trust, epsilon, alwaysAdapt, trustClip);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.SgdKernel}, because the ratio is in the coefficients} */
    @Override
    public String kernel() {
        return "Sgd";
    }

    @Override
    public List<StateBuffer> state() {
        return momentum == 0 ? List.of() : List.of(new StateBuffer("momentum_buffer"));
    }

    @Override
    public Set<String> options() {
        return momentum == 0 ? Set.of() : nesterov ? Set.of("momentum", "nesterov") : Set.of("momentum");
    }

    @Override
    public NormScope normScope() {
        return NormScope.GROUP;
    }

    @Override
    public List<Reduction> reductions() {
        return NORM;
    }

    /** The first pass reads the parameters. */
    @Override
    public int bytesPerParameter() {
        return Float.BYTES + KernelRule.super.bytesPerParameter();
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[2] = (float) momentum;
        c[3] = (float) (step.number() == 1 ? 1 : 1 - dampening);
        c[4] = (float) step.learningRate();
        c[5] = (float) (1 - momentum);
    }

    @Override
    public void completeCoefficients(Step step, float[] c) {
        double rate = step.learningRate(), parameters = Math.sqrt(step.sum(0)), gradient = step.gradientNorm();
        double ratio = 1;
        if (weightDecay != 0 || alwaysAdapt) {
            boolean adapts = parameters != 0 && gradient != 0;
            ratio = adapts ? trust * parameters / (gradient + weightDecay * parameters + epsilon) : 1;
            ratio = !trustClip ? ratio : ratio >= rate ? 1 : ratio / rate;
        }
        step.effectiveLearningRate(rate * ratio);
        c[0] = (float) (step.gradientFactor() * ratio);
        c[1] = (float) (weightDecay * ratio);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], mu = c[2], fresh = c[3], rate = c[4], leak = c[5];
        float[] p = buffers[0], g = buffers[1];
        if (momentum == 0) {
            for (int i = from; i < to; i++) {
                float u = g[i] * scale + p[i] * decay;
                p[i] -= u * rate;
            }
            return;
        }
        float[] b = buffers[2];
        for (int i = from; i < to; i++) {
            float u = g[i] * scale + p[i] * decay;
            // Compared with b · mu + u · fresh, smaller numbers are rounded here, which halves the error at 0.9.
            float bi = b[i] + (u * fresh - b[i] * leak) + SIGNED_TINY - SIGNED_TINY;
            b[i] = bi;
            p[i] -= (nesterov ? u + bi * mu : bi) * rate;
        }
    }
}
