package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * NovoGrad divides the gradient of each parameter group by an average of its norm, and takes the momentum of that. Each layer has
 * one second moment instead of one for each parameter.
 *
 * <pre>
 * n = ‖gradientFactor · gradient‖₂ over the group
 * v = β₂ · v + (1 − β₂) · n²                        n² if v is 0
 * x = max(x, v)                                     v if not amsgrad
 * u = gradientFactor · gradient / (√x + ε) + weightDecay · p   (no product with p if weightDecay is 0)
 * m = β₁ · m + u                                    (1 − β₁) · u with gradientAveraging
 * p = p − learningRate · m
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m, initially 0, and for all parameters of a group together the numbers {@code exp_avg_sq} v, and
 * {@code max_exp_avg_sq} x if amsgrad, both initially 0, in double.
 *
 * <p><b>Defaults:</b> they are timm's: learning rate 1e-3, β₁ 0.95, β₂ 0.98, ε 1e-8, no weight decay, no averaging, no AMSGrad.
 * Optax has β₁ 0.9, β₂ 0.25, ε 1e-6.
 *
 * <p><b>Where it differs:</b> the rule is timm's, in which a v of 0 begins anew with n² at any step; optax begins with it at the
 * first step alone. The norm is over a parameter group, and over a tensor elsewhere, so each tensor should be a group. Apex
 * corrects the bias of v although it begins with n², so that its first step is 31.6 times smaller at β₂ 0.999. The momentum is
 * not averaged by default, so that a steady gradient moves the parameters by 1 / (1 − β₁) learning rates, 20 by default.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN in a group makes all its parameters NaN; beside an infinity the parameter that has it
 * becomes NaN, and the others move by momentum and decay alone. v stays as it was before that step. With a zero gradient v
 * decays, and the step is that of the momentum. {@link #SIGNED_TINY} is added to m and taken off again, so that it is never
 * subnormal.
 *
 * <p><b>Source:</b> Ginsburg et al. 2019, Stochastic Gradient Methods with Layer-wise Adaptive Moments for Training of Deep
 * Networks, arXiv 1905.11286.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 the decay of the momentum, in [0, 1)
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decay within the momentum, from 0; learningRate × weightDecay must be below 1
 * @param gradientAveraging whether u has the weight 1 − β₁ in the momentum; otherwise it has the weight 1
 * @param amsgrad whether the rule divides by the largest v so far
 */
public record NovoGrad(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean gradientAveraging,
        boolean amsgrad)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public NovoGrad {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, β₁ 0.95, β₂ 0.98, ε 1e-8, no weight decay. */
    public NovoGrad() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public NovoGrad(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public NovoGrad(Schedule learningRate) {
        this(learningRate, 0.95, 0.98, 1e-8, 0, false, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public NovoGrad withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public NovoGrad withLearningRate(Schedule learningRate) {
        return new NovoGrad(learningRate, beta1, beta2, epsilon, weightDecay, gradientAveraging, amsgrad);
    }

    /** {@return this rule with other decays of the momentum and the second moment}
     * @param beta1 the decay of the momentum, in [0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public NovoGrad withBetas(double beta1, double beta2) {
        return new NovoGrad(learningRate, beta1, beta2, epsilon, weightDecay, gradientAveraging, amsgrad);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public NovoGrad withEpsilon(double epsilon) {
        return new NovoGrad(learningRate, beta1, beta2, epsilon, weightDecay, gradientAveraging, amsgrad);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public NovoGrad withWeightDecay(double weightDecay) {
        return new NovoGrad(learningRate, beta1, beta2, epsilon, weightDecay, gradientAveraging, amsgrad);
    }

    /** {@return this rule with or without averaging}
     * @param gradientAveraging whether u has the weight 1 − β₁ in the momentum; otherwise it has the weight 1 */
    public NovoGrad withGradientAveraging(boolean gradientAveraging) {
        return new NovoGrad(learningRate, beta1, beta2, epsilon, weightDecay, gradientAveraging, amsgrad);
    }

    /** {@return this rule with or without AMSGrad}
     * @param amsgrad whether the rule divides by the largest v so far */
    public NovoGrad withAmsgrad(boolean amsgrad) {
        return new NovoGrad(learningRate, beta1, beta2, epsilon, weightDecay, gradientAveraging, amsgrad);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.NovoGradKernel}} */
    @Override
    public String kernel() {
        return "NovoGrad";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("exp_avg"));
    }

    @Override
    public List<StateScalar> scalars() {
        StateScalar v = new StateScalar("exp_avg_sq", 0, 0, Double.MAX_VALUE);
        return amsgrad ? List.of(v, new StateScalar("max_exp_avg_sq", 0, 0, Double.MAX_VALUE)) : List.of(v);
    }

    @Override
    public NormScope normScope() {
        return NormScope.GROUP;
    }

    /** The gradient is read once more than the buffers suggest, because the first update needs its norm. */
    @Override
    public int bytesPerParameter() {
        return KernelRule.super.bytesPerParameter() + 4;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double square = step.gradientNorm() * step.gradientNorm(), before = step.scalar(0);
        double v = before == 0 ? square : beta2 * before + (1 - beta2) * square, most = v;
        if (amsgrad) {
            most = Math.max(step.scalar(1), v);
        }
        // One NaN or infinity would stay for all steps.
        if (v < Double.POSITIVE_INFINITY) {
            step.scalar(0, v);
            if (amsgrad) {
                step.scalar(1, most);
            }
        }
        double divisor = Math.sqrt(most) + epsilon, weight = gradientAveraging ? 1 - beta1 : 1;
        double scale = divisor == 0 ? 0 : step.gradientFactor() / divisor * weight;
        c[0] = (float) Math.clamp(scale, -Float.MAX_VALUE, Float.MAX_VALUE);
        c[1] = (float) (weightDecay * weight);
        c[2] = (float) beta1;
        c[3] = (float) step.learningRate();
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], b1 = c[2], rate = c[3];
        float[] p = buffers[0], g = buffers[1], m = buffers[2];
        for (int i = from; i < to; i++) {
            float pi = p[i], u = decay == 0 ? g[i] * scale : g[i] * scale + pi * decay;
            float mi = m[i] * b1 + u + SIGNED_TINY - SIGNED_TINY;
            p[i] = pi - mi * rate;
            m[i] = mi;
        }
    }
}
