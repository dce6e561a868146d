package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Schedule-Free AdamW needs no schedule: the average of all its iterates does what a falling learning rate does. The gradient is
 * taken at the parameters y, between the iterate z and the average x, which is evaluated; that replaces the first moment of
 * {@link AdamW}.
 *
 * <pre>
 * η = learningRate · min(1, t / warmup),   η⁺ = the largest η so far     times r if rectify
 * w = t^stepPower · η⁺^ratePower,   W = w₁ + … + w,   c = w / W               0 if W is 0
 * g = gradientFactor · gradient
 * v = β₂ · v + (1 − β₂) · g²,   v̂ = v / (1 − β₂ᵗ)
 * m = innerMomentum · m + (1 − innerMomentum) · g,   m̂ = m / (1 − innerMomentumᵗ)
 * u = m̂ / (√v̂ + ε) + weightDecay · y      (no product with y if weightDecay is 0; m̂ is g if innerMomentum is 0)
 * y = y + c · (z − y) − η · (1 − β₁ · (1 − c)) · u
 * z = z − η · u
 * x = y + (1 − 1 / β₁) · (z − y)                                             the average of all z, each with its weight w
 * </pre>
 *
 * <b>State:</b> {@code z}, which begins as a copy of the parameters, {@code exp_avg_sq} v, initially 0, {@code exp_avg} m,
 * initially 0, if innerMomentum is above 0, and for all parameters of a group together the numbers {@code weight_sum} W and
 * {@code lr_max} η⁺, in double. t counts the applied steps from 1. Without an inner momentum it is no more state than AdamW's.
 *
 * <p><b>Defaults:</b> they are the authors': learning rate 2.5e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay, no warm-up, the
 * powers 0 and 2, no inner momentum. The authors advise a learning rate 1 to 10 times larger than AdamW's, a warm-up, and a β₁ of
 * 0.95 to 0.98 for long runs.
 *
 * <p><b>Where it differs:</b> the rule is that of the authors' package, version 1.4, in which the modes {@code train()} and
 * {@code eval()} exchange y and x in the parameters, so that an evaluation without {@code eval()} measures y. Here the parameters
 * always are y, and {@link Optimizer#copyEvaluationParameters} computes x whenever it is needed. A checkpoint has y and z. The
 * paper, and the package before 1.3, have ε beside the root of v. With {@code rectify} it is the package's RAdam: η is multiplied
 * by r of {@link RAdam}, and is 0 in its first steps (4 by default), in which v alone changes; β₂ must be above 0.6 for it to
 * move at all. A schedule may go beside it; since the weights depend on the largest rate so far, those of a rate that falls do
 * not fall. Keras weighs each z by 1 / t, so that the first iterates of a warm-up count too much, and decays y alone; optax reads
 * the schedule of the weight one step ahead. The moving average of {@link StepOptions} is refused, because x is one. The learning
 * rate η is the {@link StepReport.Group#effectiveLearningRate()}.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and the state. {@link #TINY} is added to v, so that with a
 * zero gradient the quotient is 0, with ε = 0 too; {@link #SIGNED_TINY} is added to m and taken off again. Neither is ever
 * subnormal. A gradient beyond 1.8e19 makes v infinite, and z then only decays. With a zero gradient y still moves towards z. In
 * steps whose η is 0, c is 0 until one was not, and nothing moves.
 *
 * <p><b>Source:</b> Defazio et al. 2024, The Road Less Scheduled, arXiv 2405.15682.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param beta1 how near y is to x, in (0, 1): y = β₁ · x + (1 − β₁) · z
 * @param beta2 the decay of the second moment, in [0, 1)
 * @param epsilon the term ε of the divisor, from 0
 * @param weightDecay the decay at y, from 0; learningRate × weightDecay must be below 1
 * @param warmup the number of steps, from 0, in which the learning rate rises in a line
 * @param stepPower the power of t in the weight of z, from 0 to 16; more than 0 forgets the first iterates sooner
 * @param ratePower the power of the largest learning rate so far in the weight of z, from 0 to 4
 * @param innerMomentum the decay of a first moment within the step, in [0, 1); 0 for none
 * @param rectify whether the learning rate is that of RAdam, which needs no warm-up
 */
public record ScheduleFreeAdamW(
        Schedule learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        long warmup,
        double stepPower,
        double ratePower,
        double innerMomentum,
        boolean rectify)
        implements KernelRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public ScheduleFreeAdamW {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.between("beta1", beta1);
        Check.belowOne("beta2", beta2);
        Check.notNegative("epsilon", epsilon);
        Check.notNegative("weightDecay", weightDecay);
        Check.atLeast(0, "warmup", warmup);
        Check.atMost(16, "stepPower", stepPower);
        Check.atMost(4, "ratePower", ratePower);
        Check.belowOne("innerMomentum", innerMomentum);
        RateChecks.decay(learningRate, weightDecay);
    }

    /**
     * Makes the rule with the defaults: learning rate 2.5e-3, β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay, no warm-up, the powers 0
     * and 2.
     */
    public ScheduleFreeAdamW() {
        this(2.5e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public ScheduleFreeAdamW(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public ScheduleFreeAdamW(Schedule learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0, 0, 0, 2, 0, false);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public ScheduleFreeAdamW withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public ScheduleFreeAdamW withLearningRate(Schedule learningRate) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with another β₁ and β₂}
     * @param beta1 how near y is to x, in (0, 1)
     * @param beta2 the decay of the second moment, in [0, 1) */
    public ScheduleFreeAdamW withBetas(double beta1, double beta2) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with another ε}
     * @param epsilon the term ε of the divisor, from 0 */
    public ScheduleFreeAdamW withEpsilon(double epsilon) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the decay at y, from 0 */
    public ScheduleFreeAdamW withWeightDecay(double weightDecay) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with another warm-up}
     * @param warmup the number of steps, from 0, in which the learning rate rises in a line */
    public ScheduleFreeAdamW withWarmup(long warmup) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with another power of t in the weights}
     * @param stepPower the power, from 0 to 16 */
    public ScheduleFreeAdamW withStepPower(double stepPower) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with another power of the largest learning rate in the weights}
     * @param ratePower the power, from 0 to 4 */
    public ScheduleFreeAdamW withRatePower(double ratePower) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with another inner momentum}
     * @param innerMomentum the decay of a first moment within the step, in [0, 1); 0 for none */
    public ScheduleFreeAdamW withInnerMomentum(double innerMomentum) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return this rule with or without rectification}
     * @param rectify whether the learning rate is that of RAdam */
    public ScheduleFreeAdamW withRectify(boolean rectify) {
        return new ScheduleFreeAdamW(
                learningRate, beta1, beta2, epsilon, weightDecay, warmup, stepPower, ratePower, innerMomentum, rectify);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.ScheduleFreeAdamWKernel}} */
    @Override
    public String kernel() {
        return "ScheduleFreeAdamW";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        StateBuffer z = StateBuffer.copyOfParameters("z"), v = StateBuffer.positive("exp_avg_sq", 0);
        return innerMomentum == 0 ? List.of(z, v) : List.of(z, v, new StateBuffer("exp_avg"));
    }

    @Override
    public List<StateScalar> scalars() {
        return ScheduleFreeSgd.SCALARS;
    }

    @Override
    public Set<String> options() {
        return innerMomentum == 0 ? Set.of() : Set.of("innerMomentum");
    }

    @Override
    public EvaluationWeights evaluation() {
        return new EvaluationWeights("z", 1 - 1 / beta1);
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double power = Power.of(beta2, step.number());
        double rate = ScheduleFreeSgd.warm(step, warmup) * (rectify ? rectification(step.number(), power) : 1);
        double weight = ScheduleFreeSgd.weigh(step, rate, stepPower, ratePower);
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) weight;
        c[3] = (float) (rate * (1 - beta1 * (1 - weight)));
        c[4] = (float) rate;
        c[5] = (float) beta2;
        c[6] = (float) (1 - beta2);
        // The divisor has the correction of m too, so that an element needs one multiplication less.
        double mean = Power.biasCorrection(innerMomentum, step.number());
        c[7] = (float) (mean / Math.sqrt(1 - power));
        c[8] = (float) (mean * epsilon);
        c[9] = (float) innerMomentum;
        c[10] = (float) (1 - innerMomentum);
    }

    /** {@return the factor of RAdam's learning rate, given a power of β₂} */
    private double rectification(long step, double power) {
        double limit = 2 / (1 - beta2) - 1, rho = limit - 2 * step * power / (1 - power);
        return rho > 4 ? Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) : 0;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], weight = c[2], near = c[3], rate = c[4], b2 = c[5];
        float c2 = c[6], root = c[7], eps = c[8], b1 = c[9], c1 = c[10];
        int last = buffers.length - 1;
        float[] y = buffers[0], g = buffers[1], z = buffers[2], v = buffers[3], m = buffers[last];
        for (int i = KernelRule.first(from); i < to; i++) {
            // The decay comes before the quotient, because otherwise C2 vectorizes only a part of the loop.
            float yi = y[i], zi = z[i], gi = g[i] * scale, decayed = yi * decay;
            float vi = v[i] * b2 + gi * gi * c2 + TINY;
            if (innerMomentum != 0) {
                gi = m[i] * b1 + gi * c1 + SIGNED_TINY - SIGNED_TINY;
                m[i] = gi;
            }
            float q = gi / ((float) Math.sqrt(vi) * root + eps), u = decay == 0 ? q : q + decayed;
            v[i] = vi;
            y[i] = yi + (zi - yi) * weight - u * near;
            z[i] = zi - u * rate;
        }
    }
}
