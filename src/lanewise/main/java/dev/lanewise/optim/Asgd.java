package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Averaged SGD is gradient descent with a rate that falls slowly, and an average of the parameters from some step on, which is evaluated.
 *
 * <pre>
 * g = gradientFactor · gradient + weightDecay · p   (no product with p if weightDecay is 0)
 * p = (1 − λ · η) · p − η · g
 * a = a + μ · (p − a)
 * η = learningRate / (1 + λ · learningRate · t)^α,   μ = 1 / max(1, t − t₀)      for the next step
 * </pre>
 *
 * <b>State:</b> {@code ax} a, initially 0, and for all parameters of a group together the numbers {@code eta} η and {@code mu} μ,
 * in double. At the first step η is the learning rate and μ is 1, so that a begins as p. t counts the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's, whose {@code alpha} is the power here: learning rate 1e-2, λ 1e-4, α 0.75, t₀ 1e6, no
 * weight decay.
 *
 * <p><b>Where it differs:</b> the rule is PyTorch's, in which nobody copies a into the parameters: with the default t₀ the
 * average begins after a million steps, and until then a is p. {@link Optimizer#copyEvaluationParameters} gives a. The average
 * begins at step t₀ + 3. A schedule acts one step later than elsewhere, because η is computed for the next step; η is the
 * {@link StepReport.Group#effectiveLearningRate()}. λ is a second weight decay. PyTorch before 2.4 had (1 + λ · learningRate ·
 * t^α) on several tensors at once. The moving average of {@link StepOptions} goes with any rule and needs no t₀; it is refused
 * here, because a is one.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and a, where they stay. With a zero gradient only the decays act.
 *
 * <p><b>Source:</b> Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging; the rate is that of Bottou
 * 2012, Stochastic Gradient Descent Tricks.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param lambda the decay λ of the parameters and of the rate, from 0
 * @param power the power α of the rate, from 0 to 16
 * @param t0 the number of steps t₀, from 0, before the average begins
 * @param weightDecay the L2 decay, from 0, whose product with p is added to the gradient; learningRate × weightDecay must be below 1
 */
public record Asgd(Schedule learningRate, double lambda, double power, long t0, double weightDecay)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Asgd {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.notNegative("lambda", lambda);
        Check.atMost(16, "power", power);
        Check.atLeast(0, "t0", t0);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-2, λ 1e-4, α 0.75, t₀ 1e6, no weight decay. */
    public Asgd() {
        this(1e-2);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Asgd(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Asgd(Schedule learningRate) {
        this(learningRate, 1e-4, 0.75, 1_000_000, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Asgd withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Asgd withLearningRate(Schedule learningRate) {
        return new Asgd(learningRate, lambda, power, t0, weightDecay);
    }

    /** {@return this rule with another λ}
     * @param lambda the decay λ of the parameters and of the rate, from 0 */
    public Asgd withLambda(double lambda) {
        return new Asgd(learningRate, lambda, power, t0, weightDecay);
    }

    /** {@return this rule with another α}
     * @param power the power α of the rate, from 0 to 16 */
    public Asgd withPower(double power) {
        return new Asgd(learningRate, lambda, power, t0, weightDecay);
    }

    /** {@return this rule with another t₀}
     * @param t0 the number of steps t₀, from 0, before the average begins */
    public Asgd withT0(long t0) {
        return new Asgd(learningRate, lambda, power, t0, weightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Asgd withWeightDecay(double weightDecay) {
        return new Asgd(learningRate, lambda, power, t0, weightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.AsgdKernel}} */
    @Override
    public String kernel() {
        return "Asgd";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("ax").withFullPrecision());
    }

    @Override
    public List<StateScalar> scalars() {
        return List.of(new StateScalar("eta", 0, 0, Float.MAX_VALUE), new StateScalar("mu", 1, 0, 1));
    }

    @Override
    public EvaluationWeights evaluation() {
        return new EvaluationWeights("ax", 1);
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double rate = step.learningRate(), t = step.number(), eta = t == 1 ? rate : step.scalar(0);
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) (1 - lambda * eta);
        c[3] = (float) eta;
        // With μ = 1 the average is exactly p.
        c[4] = (float) (1 - step.scalar(1));
        step.effectiveLearningRate(eta);
        step.scalar(0, rate / Power.of(1 + lambda * rate * t, power));
        step.scalar(1, 1 / Math.max(1, t - t0));
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], shrink = c[2], rate = c[3], rest = c[4];
        float[] p = buffers[0], g = buffers[1], a = buffers[2];
        for (int i = from; i < to; i++) {
            float pi = p[i], gi = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float next = pi * shrink - gi * rate;
            p[i] = next;
            a[i] = next - (next - a[i]) * rest;
        }
    }
}
