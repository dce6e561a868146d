package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * This rule is stochastic gradient descent, with momentum and Nesterov's momentum as options.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p   (no product with p if weightDecay is 0)
 * b = momentum · b + (1 − dampening) · g       (1 · g at the first step)
 * u = g + momentum · b   with Nesterov's momentum,   else b;   g if momentum is 0
 * p = p − learningRate · u
 * </pre>
 *
 * <b>State:</b> {@code momentum_buffer} b, initially 0; none if the momentum is 0.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-3 and everything else off. The lecture uses a momentum of 0.9.
 *
 * <p><b>Where it differs:</b> this is PyTorch's form and the lecture's, with the learning rate outside the momentum
 * buffer. Sutskever et al. 2013, Keras and DJL have it inside; the two agree while the learning rate is constant, and
 * after a change that form goes on with the old rate for about 1 / (1 − momentum) steps. PyTorch accepts a
 * momentum of 1 or more, and NaN; this does not.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity of the gradient reach the parameter and the state; those of a parameter reach the
 * state where there is a weight decay, as in PyTorch. With a zero gradient the buffer
 * decays to about 2⁻⁸², and is never subnormal: {@link #SIGNED_TINY} is added to it and taken off again.
 *
 * <p><b>Source:</b> Polyak 1964; Sutskever, Martens, Dahl and Hinton 2013, On the importance of initialization and
 * momentum in deep learning; the lecture (see the package's page), slide "Stochastic Gradient Descent
 * (with Momentum)".
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum the decay μ of the momentum buffer, in [0, 1)
 * @param dampening the part of the gradient that the buffer leaves out, in [0, 1]; 0 with Nesterov's momentum
 * @param nesterov whether the rule uses Nesterov's momentum, which needs a momentum above 0
 * @param weightDecay the L2 decay, from 0, whose product with p is added to the gradient; learningRate × weightDecay must be below 1
 */
public record Sgd(Schedule learningRate, double momentum, double dampening, boolean nesterov, double weightDecay)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Sgd {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("momentum", momentum);
        Check.fraction("dampening", dampening);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
        RateChecks.nesterov(nesterov, momentum, dampening);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, no momentum, no weight decay. */
    public Sgd() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Sgd(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Sgd(Schedule learningRate) {
        this(learningRate, 0, 0, false, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Sgd withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Sgd withLearningRate(Schedule learningRate) {
        return new Sgd(learningRate, momentum, dampening, nesterov, weightDecay);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay μ of the momentum buffer, in [0, 1) */
    public Sgd withMomentum(double momentum) {
        return new Sgd(learningRate, momentum, dampening, nesterov, weightDecay);
    }

    /** {@return this rule with another dampening}
     * @param dampening the part of the gradient that the buffer leaves out, in [0, 1] */
    public Sgd withDampening(double dampening) {
        return new Sgd(learningRate, momentum, dampening, nesterov, weightDecay);
    }

    /** {@return this rule with or without Nesterov's momentum}
     * @param nesterov whether the rule uses it */
    public Sgd withNesterov(boolean nesterov) {
        return new Sgd(learningRate, momentum, dampening, nesterov, weightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Sgd withWeightDecay(double weightDecay) {
        return new Sgd(learningRate, momentum, dampening, nesterov, weightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.SgdKernel}} */
    @Override
    public String kernel() {
        return "Sgd";
    }

    @Override
    public int decayCoefficient() {
        return 1;
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
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) momentum;
        c[3] = (float) (step.number() == 1 ? 1 : 1 - dampening);
        c[4] = (float) step.learningRate();
        c[5] = (float) (1 - momentum);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], mu = c[2], fresh = c[3], rate = c[4], leak = c[5];
        float[] p = buffers[0], g = buffers[1];
        if (momentum == 0) {
            for (int i = from; i < to; i++) {
                float u = decay == 0 ? g[i] * scale : g[i] * scale + p[i] * decay;
                p[i] -= u * rate;
            }
            return;
        }
        float[] b = buffers[2];
        for (int i = from; i < to; i++) {
            float u = decay == 0 ? g[i] * scale : g[i] * scale + p[i] * decay;
            // Compared with b · mu + u · fresh, smaller numbers are rounded here, which halves the error at 0.9.
            float bi = b[i] + (u * fresh - b[i] * leak) + SIGNED_TINY - SIGNED_TINY;
            b[i] = bi;
            p[i] -= (nesterov ? u + bi * mu : bi) * rate;
        }
    }
}
