package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Row-wise Adagrad is {@link Adagrad} with one sum for each row of an embedding table, to which the mean of the squares of a row's gradient
 * is added. Its state is one float a row, which is why recommender systems use it. It runs in a {@link RowOptimizer}.
 *
 * <pre>
 * g = gradientFactor · gradient
 * h = g                                                          g + weightDecay · p   unless decoupled
 * v = v + (Σ h²) / columns                                       the sum is over the row
 * p = p − learningRate · h / (√v + ε)                            unless decoupled
 * p = p · (1 − learningRate · weightDecay) − learningRate · g / (√v + ε)       if decoupled
 * </pre>
 *
 * <b>State:</b> {@code sum} v, one float for each row, initially initialSum.
 *
 * <p><b>Defaults:</b> they are FBGEMM's: learning rate 1e-2, no weight decay, initial sum 0, ε 1e-8; torchrec's ε is 1e-10.
 *
 * <p><b>Where it differs:</b> the rule is FBGEMM's {@code EXACT_ROWWISE_ADAGRAD}, with its two modes of weight decay, and torchrec's
 * {@code RowWiseAdagrad}. Decay reaches the rows of a step only, and only in that step. The sum of the squares is in float, in one
 * fixed order: element i of a row is added to partial sum i mod 16, and these are added as a tree.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the row and its state, forever. {@link #TINY} is added to v, so
 * that it is never subnormal, and with a zero gradient the quotient is 0, with ε = 0 too. A gradient beyond 1.8e19 makes v
 * infinite, and the row moves no more.
 *
 * <p><b>Source:</b> Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization;
 * Mudigere et al. 2022, Software-Hardware Co-design for Fast and Scalable Training of Deep Learning Recommendation Models, arXiv
 * 2104.05158.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param weightDecay the decay, from 0; learningRate × weightDecay must be below 1
 * @param decoupled whether the decay multiplies p; otherwise its product with p is added to the gradient (L2)
 * @param initialSum the initial value of the sum of each row, from 0
 * @param epsilon the term ε of the divisor, from 0
 */
public record RowWiseAdagrad(
        Schedule learningRate, double weightDecay, boolean decoupled, double initialSum, double epsilon)
        implements RowRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public RowWiseAdagrad {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.notNegative("weightDecay", weightDecay);
        Check.notNegative("initialSum", initialSum);
        Check.notNegative("epsilon", epsilon);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-2, no weight decay, initial sum 0, ε 1e-8. */
    public RowWiseAdagrad() {
        this(1e-2);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public RowWiseAdagrad(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public RowWiseAdagrad(Schedule learningRate) {
        this(learningRate, 0, false, 0, 1e-8);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public RowWiseAdagrad withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public RowWiseAdagrad withLearningRate(Schedule learningRate) {
        return new RowWiseAdagrad(learningRate, weightDecay, decoupled, initialSum, epsilon);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public RowWiseAdagrad withWeightDecay(double weightDecay) {
        return new RowWiseAdagrad(learningRate, weightDecay, decoupled, initialSum, epsilon);
    }

    /** {@return this rule with decoupled decay or L2 decay}
     * @param decoupled whether the decay multiplies p */
    public RowWiseAdagrad withDecoupled(boolean decoupled) {
        return new RowWiseAdagrad(learningRate, weightDecay, decoupled, initialSum, epsilon);
    }

    /** {@return this rule with another initial sum}
     * @param initialSum the initial value of the sum of each row, from 0 */
    public RowWiseAdagrad withInitialSum(double initialSum) {
        return new RowWiseAdagrad(learningRate, weightDecay, decoupled, initialSum, epsilon);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public RowWiseAdagrad withEpsilon(double epsilon) {
        return new RowWiseAdagrad(learningRate, weightDecay, decoupled, initialSum, epsilon);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.RowWiseAdagradKernel}} */
    @Override
    public String kernel() {
        return "RowWiseAdagrad";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(StateBuffer.positive("sum", (float) initialSum));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = decoupled ? 0 : (float) weightDecay;
        c[2] = decoupled ? (float) (1 - step.learningRate() * weightDecay) : 1;
        c[3] = (float) step.learningRate();
        c[4] = (float) epsilon;
    }

    /** Updates one row: see {@link RowRule}. */
    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], shrink = c[2], rate = c[3], eps = c[4];
        float[] p = buffers[0], g = buffers[1], v = buffers[2];
        float vi = v[from] + squares(p, g, from, to, c) / (to - from) + TINY;
        float s = rate / ((float) Math.sqrt(vi) + eps);
        v[from] = vi;
        for (int i = from; i < to; i++) {
            p[i] = p[i] * shrink - (g[i] * scale + p[i] * decay) * s;
        }
    }

    /** {@return the sum of the squares of a row's gradient, in the order of the kernel} */
    private static float squares(float[] p, float[] g, int from, int to, float[] c) {
        return quarter(p, g, from, to, c)
                + quarter(p, g, from + 2, to, c)
                + (quarter(p, g, from + 1, to, c) + quarter(p, g, from + 3, to, c));
    }

    private static float quarter(float[] p, float[] g, int from, int to, float[] c) {
        return partial(p, g, from, to, c)
                + partial(p, g, from + 8, to, c)
                + (partial(p, g, from + 4, to, c) + partial(p, g, from + 12, to, c));
    }

    /** {@return the sum over every 16th element} */
    private static float partial(float[] p, float[] g, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], sum = 0;
        for (int i = from; i < to; i += 16) {
            float h = g[i] * scale + p[i] * decay;
            sum += h * h;
        }
        return sum;
    }
}
