package dev.lanewise.optim;

import static dev.lanewise.internal.kernel.Kernels.SIGNLESS;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Signum steps by the sign of an average of the gradient, with decoupled weight decay. Without momentum it is SignSGD.
 *
 * <pre>
 * g = gradientFactor · gradient
 * m = momentum · m + (1 − momentum) · g            g without momentum
 * p = (1 − learningRate · weightDecay) · p − learningRate · sign(m)
 * </pre>
 *
 * <b>State:</b> {@code exp_avg} m, initially 0, if the momentum is above 0; otherwise none.
 *
 * <p><b>Defaults:</b> momentum 0.9 is the paper's; the others are chosen here: learning rate 1e-3, no weight decay.
 *
 * <p><b>Where it differs:</b> the rule is the paper's, with AdamW's decay. {@link Lion} with equal β₁ and β₂ is the same rule at
 * other defaults. Some implementations keep a momentum buffer without the factor 1 − momentum, whose signs are the same. Since
 * the length of a step does not depend on the gradient, the learning rate must fall for the rule to converge, and large batches
 * suit it.
 *
 * <p><b>NaN, infinity, zero:</b> sign(±0) is 0, so that with g = m = ±0 nothing moves; sign(NaN) is NaN, so that a NaN reaches
 * the parameter and the state. An infinite gradient moves the parameter like any other, and stays in m. {@link #TINY} is
 * added to m and taken off again, so that it is never subnormal. An m that decays gets stuck above 0; the sign of an m up to 2⁻¹⁰⁴ is
 * therefore 0, because the parameter would drift forever.
 *
 * <p><b>Source:</b> Bernstein et al. 2018, signSGD, arXiv 1802.04434.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum the decay of the average m, in [0, 1); 0 for SignSGD
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 */
public record Signum(Schedule learningRate, double momentum, double weightDecay) implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Signum {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("momentum", momentum);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1e-3, momentum 0.9, no weight decay. */
    public Signum() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Signum(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Signum(Schedule learningRate) {
        this(learningRate, 0.9, 0);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Signum withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Signum withLearningRate(Schedule learningRate) {
        return new Signum(learningRate, momentum, weightDecay);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay of the average, in [0, 1); 0 for SignSGD */
    public Signum withMomentum(double momentum) {
        return new Signum(learningRate, momentum, weightDecay);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Signum withWeightDecay(double weightDecay) {
        return new Signum(learningRate, momentum, weightDecay);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.SignumKernel}} */
    @Override
    public String kernel() {
        return "Signum";
    }

    @Override
    public List<StateBuffer> state() {
        return momentum == 0 ? List.of() : List.of(new StateBuffer("exp_avg"));
    }

    @Override
    public Set<String> options() {
        return momentum == 0 ? Set.of() : Set.of("momentum");
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) (1 - step.learningRate() * weightDecay);
        c[2] = (float) momentum;
        c[3] = (float) (1 - momentum);
        c[4] = (float) step.learningRate();
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], shrink = c[1], b1 = c[2], c1 = c[3], rate = c[4];
        float[] p = buffers[0], g = buffers[1];
        if (momentum == 0) {
            for (int i = from; i < to; i++) {
                float k = g[i] * scale + SIGNLESS - SIGNLESS;
                p[i] = p[i] * shrink - Math.signum(k) * rate;
            }
            return;
        }
        float[] m = buffers[2];
        for (int i = from; i < to; i++) {
            float mi = m[i] * b1 + g[i] * scale * c1 + TINY - TINY;
            float k = mi + SIGNLESS - SIGNLESS;
            p[i] = p[i] * shrink - Math.signum(k) * rate;
            m[i] = mi;
        }
    }
}
