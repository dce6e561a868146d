package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * FTRL-Proximal (follow the regularized leader) computes each parameter anew from the sum of all its gradients. With an L1 term
 * most parameters become exactly 0, for which click-through models use it.
 *
 * <pre>
 * g = gradientFactor · gradient
 * z = −p · (n^−power + β + 2 · learningRate · l2)                                      if z = 0 and fromParameters
 * n = n + g²
 * z = z + learningRate · (g + 2 · l2Shrinkage · p) − (n^−power − n_before^−power) · p
 * p = 0                                                                                  if |z| ≤ learningRate · l1
 * p = (sign(z) · learningRate · l1 − z) / (n^−power + β + 2 · learningRate · l2)         otherwise
 * </pre>
 *
 * <b>State:</b> {@code accumulator} n, initially initialAccumulator, and {@code linear} z, initially 0; the names are those of Keras.
 *
 * <p><b>Defaults:</b> they are those of Keras: learning rate 1e-3, power −0.5 (n^−power is √n), initial accumulator 0.1, no
 * L1, L2, shrinkage or β; only fromParameters is off there.
 *
 * <p><b>Where it differs:</b> z is Keras's {@code linear} times the learning rate, and the paper's times α. With a constant rate the
 * parameters are the same. With a schedule each gradient counts with the rate of its own step, as in the other rules; in Keras, a rate that
 * is halved would halve all parameters at once. {@code l1} and {@code l2} are Keras's, and the paper's λ₁ and λ₂ / 2; the
 * paper's β is 1 by default, and 0 in Keras. The shrinkage, which is Keras's {@code l2_shrinkage_regularization_strength}, decays the
 * parameters by their gradient, and does not count in n.
 *
 * <p><b>The first step:</b> in Keras z begins at 0, so that a parameter's first step forgets what it was before; this is so
 * without {@code fromParameters}. With it, z begins with the value that gives the parameter, at the first step that meets it: z
 * is 0 later only where p is 0 too. An L1 term takes its share at this step.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state, forever. {@link #TINY} is added to n, so
 * that with an initial accumulator of 0 the quotient is finite; {@link #SIGNED_TINY} is added to z and taken off again. Neither
 * is ever subnormal.
 *
 * <p><b>Speed:</b> a power other than −0.5 has no vector loop, and takes logarithms and exponentials of {@link StrictMath} for each
 * parameter.
 *
 * <p><b>Source:</b> McMahan et al. 2013, Ad Click Prediction: a View from the Trenches; Keras 3, {@code keras.optimizers.Ftrl}.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param learningRatePower the power of n, in [−1, 0], which is −0.5 in the paper
 * @param initialAccumulator the initial value of n, from 0
 * @param l1 the L1 term, from 0, which makes parameters 0
 * @param l2 the L2 term, from 0
 * @param l2Shrinkage the decay of the parameters by the gradient that z receives, from 0
 * @param beta the term β of the divisor, from 0
 * @param fromParameters whether the first step of a parameter begins from its value, and not from 0
 */
public record Ftrl(
        Schedule learningRate,
        double learningRatePower,
        double initialAccumulator,
        double l1,
        double l2,
        double l2Shrinkage,
        double beta,
        boolean fromParameters)
        implements KernelRule {
    /** The power whose loop takes roots. */
    private static final double ROOT = -0.5;

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Ftrl {
        Objects.requireNonNull(learningRate, "learningRate");
        if (!(learningRatePower >= -1 && learningRatePower <= 0)) {
            throw new IllegalArgumentException("learningRatePower must be in [-1, 0]: " + learningRatePower);
        }
        Check.notNegative("initialAccumulator", initialAccumulator);
        Check.notNegative("l1", l1);
        Check.notNegative("l2", l2);
        Check.notNegative("l2Shrinkage", l2Shrinkage);
        Check.notNegative("beta", beta);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, power −0.5, initial accumulator 0.1, no L1, L2, shrinkage or β,
     * from the parameters. */
    public Ftrl() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Ftrl(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Ftrl(Schedule learningRate) {
        this(learningRate, ROOT, 0.1, 0, 0, 0, 0, true);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Ftrl withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Ftrl withLearningRate(Schedule learningRate) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return this rule with another power}
     * @param learningRatePower the power of n, in [−1, 0] */
    public Ftrl withLearningRatePower(double learningRatePower) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return this rule with another initial accumulator}
     * @param initialAccumulator the initial value of n, from 0 */
    public Ftrl withInitialAccumulator(double initialAccumulator) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return this rule with another L1 term}
     * @param l1 the L1 term, from 0 */
    public Ftrl withL1(double l1) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return this rule with another L2 term}
     * @param l2 the L2 term, from 0 */
    public Ftrl withL2(double l2) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return this rule with another shrinkage}
     * @param l2Shrinkage the decay of the parameters by the gradient that z receives, from 0 */
    public Ftrl withL2Shrinkage(double l2Shrinkage) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return this rule with another β}
     * @param beta the term β of the divisor, from 0 */
    public Ftrl withBeta(double beta) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return this rule from the parameters, or from 0}
     * @param fromParameters whether the first step of a parameter begins from its value */
    public Ftrl withFromParameters(boolean fromParameters) {
        return new Ftrl(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta, fromParameters);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.FtrlKernel}, or of none for a power other than −0.5} */
    @Override
    public String kernel() {
        return learningRatePower == ROOT ? "Ftrl" : "FtrlPower";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(
                StateBuffer.positive("accumulator", (float) initialAccumulator),
                new StateBuffer("linear").withFullPrecision());
    }

    @Override
    public Set<String> options() {
        Set<String> options = new HashSet<>();
        if (learningRatePower != ROOT) {
            options.add("power");
        }
        if (fromParameters) {
            options.add("fromParameters");
        }
        return Set.copyOf(options);
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double rate = step.learningRate();
        c[0] = (float) step.gradientFactor();
        c[1] = (float) rate;
        c[2] = (float) (2 * l2Shrinkage);
        c[3] = (float) (rate * l1);
        c[4] = (float) (beta + 2 * rate * l2);
        c[5] = (float) -learningRatePower;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], rate = c[1], shrink = c[2], l1 = c[3], add = c[4];
        float[] p = buffers[0], g = buffers[1], n = buffers[2], z = buffers[3];
        if (learningRatePower != ROOT) {
            updateWithPower(buffers, from, to, c);
            return;
        }
        for (int i = KernelRule.first(from); i < to; i++) {
            float pi = p[i], gi = g[i] * scale, ni = n[i] + gi * gi + TINY, zi = z[i];
            float s = (float) Math.sqrt(ni), before = (float) Math.sqrt(n[i]);
            if (fromParameters) {
                // 1 where z is 0, and 0 elsewhere, because C2 vectorizes no comparison.
                float absent = 1 - Math.abs(Math.signum(zi));
                zi = zi - pi * absent * (before + add);
            }
            zi = zi + ((gi + pi * shrink) * rate - pi * (s - before)) + SIGNED_TINY - SIGNED_TINY;
            n[i] = ni;
            z[i] = zi;
            p[i] = (Math.max(Math.min(zi, l1), -l1) - zi) / (s + add);
        }
    }

    /** The loop of {@link #update} with another power. */
    private void updateWithPower(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], rate = c[1], shrink = c[2], l1 = c[3], add = c[4], power = c[5];
        float[] p = buffers[0], g = buffers[1], n = buffers[2], z = buffers[3];
        for (int i = from; i < to; i++) {
            float pi = p[i], gi = g[i] * scale, ni = n[i] + gi * gi + TINY, zi = z[i];
            double s = power(ni, power), before = power(n[i], power), change = s - before;
            zi = fromParameters && zi == 0 ? -pi * ((float) before + add) : zi;
            zi = (float) (zi + ((double) (gi + pi * shrink) * rate - pi * change)) + SIGNED_TINY - SIGNED_TINY;
            n[i] = ni;
            z[i] = zi;
            p[i] = (Math.max(Math.min(zi, l1), -l1) - zi) / ((float) s + add);
        }
    }

    /** {@return a power with the same bits on any machine} {@link StrictMath#pow} has them too, but allocates. */
    private static double power(float base, float exponent) {
        return exponent == 0 ? 1 : StrictMath.exp(exponent * StrictMath.log(base));
    }
}
