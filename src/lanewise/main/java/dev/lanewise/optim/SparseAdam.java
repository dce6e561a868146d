package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * SparseAdam is Adam for embedding tables: a {@link RowOptimizer} updates the rows that have a gradient, and the other rows rest, with
 * their moments.
 *
 * <pre>
 * g = gradientFactor · gradient
 * m = β₁ · m + (1 − β₁) · g
 * v = β₂ · v + (1 − β₂) · g²
 * p = p − learningRate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m and {@code exp_avg_sq} v, both initially 0. t counts the applied steps from 1, whichever rows
 * they touched.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8.
 *
 * <p><b>Where it differs:</b> the rule is PyTorch's {@code SparseAdam}. It differs from {@link Adam} in three ways. ε is beside
 * the root of the uncorrected v, the paper's "ε̂" form. The moments of a row that is absent do not decay: after a gradient of 3
 * at steps 1 and 11 alone, the second one moves a parameter by 0.648 learning rates, and by 0.461 in {@link Adam}, whose m has
 * decayed. The bias correction is that of the step, not of the row, so that a row that is first touched late moves by up to (1 −
 * β₁) / √(1 − β₂) learning rates, which is 3.16. In an {@link Optimizer}, which updates all parameters at each step, the rule is
 * Adam with ε̂.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that
 * with a zero gradient the quotient is 0; {@link #SIGNED_TINY} is added to m and taken off again. Neither is ever subnormal. A
 * gradient beyond 1.8e19 makes v infinite, and the parameter moves no more.
 *
 * <p><b>Source:</b> Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, arXiv 1412.6980; PyTorch,
 * {@code torch.optim.SparseAdam}.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the first moment, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 */
public record SparseAdam(Schedule learningRate, double beta1, double beta2, double epsilon) implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public SparseAdam {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.9, β₂ 0.999, ε 1e-8. */
    public SparseAdam() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public SparseAdam(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public SparseAdam(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public SparseAdam withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public SparseAdam withLearningRate(Schedule learningRate) {
        return new SparseAdam(learningRate, beta1, beta2, epsilon);
    }

    /** {@return this rule with other decays of the moments}
     * @param beta1 the decay of the first moment, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public SparseAdam withBetas(double beta1, double beta2) {
        return new SparseAdam(learningRate, beta1, beta2, epsilon);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public SparseAdam withEpsilon(double epsilon) {
        return new SparseAdam(learningRate, beta1, beta2, epsilon);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.SparseAdamKernel}} */
    @Override
    public String kernel() {
        return "SparseAdam";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"), StateBuffer.positive("exp_avg_sq", 0));
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double root = Math.sqrt(Power.biasCorrection(beta2, step.number()));
        c[0] = (float) step.gradientFactor();
        c[1] = (float) beta1;
        c[2] = (float) (1 - beta1);
        c[3] = (float) beta2;
        c[4] = (float) (1 - beta2);
        c[5] = (float) (step.learningRate() * root / Power.biasCorrection(beta1, step.number()));
        c[6] = (float) epsilon;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], b1 = c[1], c1 = c[2], b2 = c[3], c2 = c[4], rate = c[5], eps = c[6];
        float[] p = buffers[0], g = buffers[1], m = buffers[2], v = buffers[3];
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale;
            float mi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            float d = (float) Math.sqrt(vi) + eps;
            p[i] -= mi * rate / d;
            m[i] = mi;
            v[i] = vi;
        }
    }
}
