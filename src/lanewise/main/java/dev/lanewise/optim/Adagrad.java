package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Adagrad divides the gradient by the root of the sum of all its squares.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p
 * v = v + g²
 * p = p − learningRate / (1 + (t − 1) · learningRateDecay) · g / (√v + ε)
 * </pre>
 *
 * <b>State:</b> {@code sum} v, initially initialSum. t counts the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-2, no decay of the rate, no weight decay, initial sum 0, ε 1e-10. TensorFlow and
 * optax begin with a sum of 0.1.
 *
 * <p><b>Where it differs:</b> the rule is PyTorch's. The paper has neither the decays nor the ε outside the root.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state, forever. Each step adds
 * {@link #TINY} to the sum, so that it is never subnormal, and with a zero gradient the quotient is 0, with ε = 0 too.
 * A gradient beyond 1.8e19 makes v infinite, and the parameter moves no more.
 *
 * <p><b>Source:</b> Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods for Online Learning and Stochastic
 * Optimization.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param learningRateDecay the decay of the learning rate, from 0: that of step t is divided by 1 + (t − 1) · learningRateDecay
 * @param weightDecay the L2 decay, from 0, whose product with p is added to the gradient; learningRate × weightDecay must be below 1
 * @param initialSum the initial value of the sum, from 0
 * @param epsilon the term ε of the divisor, from 0
 */
public record Adagrad(
        Schedule learningRate, double learningRateDecay, double weightDecay, double initialSum, double epsilon)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Adagrad {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.notNegative("learningRateDecay", learningRateDecay);
        Check.notNegative("weightDecay", weightDecay);
        Check.notNegative("initialSum", initialSum);
        Check.notNegative("epsilon", epsilon);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-2, no decay of the rate, no weight decay, initial sum 0, ε 1e-10. */
    public Adagrad() {
        this(1e-2);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Adagrad(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Adagrad(Schedule learningRate) {
        this(learningRate, 0, 0, 0, 1e-10);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Adagrad withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Adagrad withLearningRate(Schedule learningRate) {
        return new Adagrad(learningRate, learningRateDecay, weightDecay, initialSum, epsilon);
    }

    /** {@return this rule with another decay of the learning rate}
     * @param learningRateDecay the decay of the learning rate, from 0 */
    public Adagrad withLearningRateDecay(double learningRateDecay) {
        return new Adagrad(learningRate, learningRateDecay, weightDecay, initialSum, epsilon);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Adagrad withWeightDecay(double weightDecay) {
        return new Adagrad(learningRate, learningRateDecay, weightDecay, initialSum, epsilon);
    }

    /** {@return this rule with another initial sum}
     * @param initialSum the initial value of the sum, from 0 */
    public Adagrad withInitialSum(double initialSum) {
        return new Adagrad(learningRate, learningRateDecay, weightDecay, initialSum, epsilon);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public Adagrad withEpsilon(double epsilon) {
        return new Adagrad(learningRate, learningRateDecay, weightDecay, initialSum, epsilon);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AdagradKernel}} */
    @Override
    public String kernel() {
        return "Adagrad";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(StateBuffer.positive("sum", (float) initialSum));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) (step.learningRate() / (1 + (step.number() - 1) * learningRateDecay));
        c[3] = (float) epsilon;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], rate = c[2], eps = c[3];
        float[] p = buffers[0], g = buffers[1], v = buffers[2];
        for (int i = from; i < to; i++) {
            float pi = p[i], gi = g[i] * scale + pi * decay;
            float vi = v[i] + gi * gi + TINY;
            float d = (float) Math.sqrt(vi) + eps;
            p[i] = pi - gi * rate / d;
            v[i] = vi;
        }
    }
}
