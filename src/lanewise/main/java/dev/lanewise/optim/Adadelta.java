package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Adadelta takes steps in the units of the parameter: it multiplies the gradient by the root mean square of the past steps over
 * that of the gradient.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p   (no product with p if weightDecay is 0)
 * v = ρ · v + (1 − ρ) · g²
 * s = √((u + ε) / (v + ε)) · g
 * u = ρ · u + (1 − ρ) · s²
 * p = p − learningRate · s
 * </pre>
 *
 * <b>State:</b> {@code square_avg} v and {@code acc_delta} u, both initially 0.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1, ρ 0.9, ε 1e-6, no weight decay. Keras and TensorFlow have a learning rate of
 * 1e-3, ρ 0.95 and ε 1e-7.
 *
 * <p><b>Where it differs:</b> the rule takes one root of the quotient, where PyTorch divides two roots; the rest is PyTorch's.
 * The paper has no learning rate. ε must be above 0, since without it the first step is 0 and so are all that follow.
 *
 * <p><b>NaN, infinity, zero:</b> NaN reaches the parameter and the state, and an infinite gradient makes a NaN. With a zero
 * gradient the parameter stays. {@link #TINY} is added to v and u, which are never subnormal. A gradient beyond 1.8e19 makes v
 * infinite, and the parameter moves no more.
 *
 * <p><b>Source:</b> Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method, arXiv 1212.5701.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param rho the weight ρ of the past in the averages, in [0, 1)
 * @param epsilon the term ε under the root, above 0
 * @param weightDecay the L2 decay, from 0, whose product with p is added to the gradient; learningRate × weightDecay must be below 1
 */
public record Adadelta(Schedule learningRate, double rho, double epsilon, double weightDecay) implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Adadelta {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("rho", rho);
        Check.positive("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1, ρ 0.9, ε 1e-6, no weight decay. */
    public Adadelta() {
        this(1);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Adadelta(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Adadelta(Schedule learningRate) {
        this(learningRate, 0.9, 1e-6, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Adadelta withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Adadelta withLearningRate(Schedule learningRate) {
        return new Adadelta(learningRate, rho, epsilon, weightDecay);
    }

    /** {@return this rule with another ρ}
     * @param rho the weight ρ of the past in the averages, in [0, 1) */
    public Adadelta withRho(double rho) {
        return new Adadelta(learningRate, rho, epsilon, weightDecay);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε under the root, above 0 */
    public Adadelta withEpsilon(double epsilon) {
        return new Adadelta(learningRate, rho, epsilon, weightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Adadelta withWeightDecay(double weightDecay) {
        return new Adadelta(learningRate, rho, epsilon, weightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdadeltaKernel}} */
    @Override
    public String kernel() {
        return "Adadelta";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(StateBuffer.positive("square_avg", 0), StateBuffer.positive("acc_delta", 0));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) rho;
        c[3] = (float) (1 - rho);
        c[4] = Math.max((float) epsilon, TINY);
        c[5] = (float) step.learningRate();
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], r = c[2], c1 = c[3], eps = c[4], rate = c[5];
        float[] p = buffers[0], g = buffers[1], v = buffers[2], u = buffers[3];
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float vi = v[i] * r + gi * gi * c1 + TINY;
            float s = (float) Math.sqrt((u[i] + eps) / (vi + eps)) * gi;
            float ui = u[i] * r + s * s * c1 + TINY;
            p[i] = pi - s * rate;
            v[i] = vi;
            u[i] = ui;
        }
    }
}
