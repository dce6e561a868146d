package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;

/**
 * Schedule-Free SGD needs no schedule: the average of all its iterates does what a falling learning rate does. The gradient is
 * taken at the parameters y, between the iterate z and the average x, which is evaluated.
 *
 * <pre>
 * η = learningRate · min(1, t / warmup),   η⁺ = the largest η so far
 * w = t^stepPower · η⁺^ratePower,   W = w₁ + … + w,   c = w / W             0 if W is 0
 * u = gradientFactor · gradient + weightDecay · y   (no product with y if weightDecay is 0)
 * y = y + c · (z − y) − η · (1 − momentum · (1 − c)) · u
 * z = z − η · u
 * x = y + (1 − 1 / momentum) · (z − y)                                     the average of all z, each with its weight w
 * </pre>
 *
 * <b>State:</b> {@code z}, which begins as a copy of the parameters, and for all parameters of a group together the numbers
 * {@code weight_sum} W and {@code lr_max} η⁺, in double. t counts the applied steps from 1.
 *
 * <p><b>Defaults:</b> they are the authors': learning rate 1, momentum 0.9, no weight decay, no warm-up, the powers 0 and 2. The
 * authors advise a learning rate 10 to 50 times larger than that of SGD with momentum, a warm-up, and a momentum of 0.95 to 0.98
 * for long runs.
 *
 * <p><b>Where it differs:</b> the rule is that of the authors' package, version 1.4, in which the modes {@code train()} and
 * {@code eval()} exchange y and x in the parameters, so that an evaluation without {@code eval()} measures y. Here the parameters
 * always are y, and {@link Optimizer#copyEvaluationParameters} computes x whenever it is needed. A checkpoint has y and z.
 * Statistics of batch normalization belong to y, and should be computed again at x. A schedule may go beside it; since the
 * weights depend on the largest rate so far, those of a rate that falls do not fall. Keras weighs each z by 1 / t, so that the
 * first iterates of a warm-up count too much; optax reads the schedule of the weight one step ahead. The moving average of
 * {@link StepOptions} is refused, because x is one. The learning rate η is the {@link StepReport.Group#effectiveLearningRate()}.
 *
 * <p><b>NaN, infinity, zero:</b> NaN and infinity reach the parameter and z. With a zero gradient y still moves towards z. In
 * steps whose η is 0, c is 0 until one was not, and nothing moves.
 *
 * <p><b>Source:</b> Defazio et al. 2024, The Road Less Scheduled, arXiv 2405.15682.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum how near y is to x, in (0, 1): y = momentum · x + (1 − momentum) · z
 * @param weightDecay the decay at y, from 0, whose product with y is added to the gradient; learningRate × weightDecay must be below 1
 * @param warmup the number of steps, from 0, in which the learning rate rises in a line
 * @param stepPower the power of t in the weight of z, from 0 to 16; more than 0 forgets the first iterates sooner
 * @param ratePower the power of the largest learning rate so far in the weight of z, from 0 to 4
 */
public record ScheduleFreeSgd(
        Schedule learningRate, double momentum, double weightDecay, long warmup, double stepPower, double ratePower)
        implements KernelRule {
    /** The numbers of Schedule-Free rules. */
    static final List<StateScalar> SCALARS = List.of(
            new StateScalar("weight_sum", 0, 0, Double.MAX_VALUE), new StateScalar("lr_max", -1, -1, Double.MAX_VALUE));

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public ScheduleFreeSgd {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.between("momentum", momentum);
        Check.notNegative("weightDecay", weightDecay);
        Check.atLeast(0, "warmup", warmup);
        Check.atMost(16, "stepPower", stepPower);
        Check.atMost(4, "ratePower", ratePower);
        RateChecks.decay(learningRate, weightDecay);
    }

    /** Makes the rule with the defaults: learning rate 1, momentum 0.9, no weight decay, no warm-up, the powers 0 and 2. */
    public ScheduleFreeSgd() {
        this(1);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public ScheduleFreeSgd(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public ScheduleFreeSgd(Schedule learningRate) {
        this(learningRate, 0.9, 0, 0, 0, 2);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public ScheduleFreeSgd withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public ScheduleFreeSgd withLearningRate(Schedule learningRate) {
        return new ScheduleFreeSgd(learningRate, momentum, weightDecay, warmup, stepPower, ratePower);
    }

    /** {@return this rule with another momentum}
     * @param momentum how near y is to x, in (0, 1) */
    public ScheduleFreeSgd withMomentum(double momentum) {
        return new ScheduleFreeSgd(learningRate, momentum, weightDecay, warmup, stepPower, ratePower);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the decay at y, from 0 */
    public ScheduleFreeSgd withWeightDecay(double weightDecay) {
        return new ScheduleFreeSgd(learningRate, momentum, weightDecay, warmup, stepPower, ratePower);
    }

    /** {@return this rule with another warm-up}
     * @param warmup the number of steps, from 0, in which the learning rate rises in a line */
    public ScheduleFreeSgd withWarmup(long warmup) {
        return new ScheduleFreeSgd(learningRate, momentum, weightDecay, warmup, stepPower, ratePower);
    }

    /** {@return this rule with another power of t in the weights}
     * @param stepPower the power, from 0 to 16 */
    public ScheduleFreeSgd withStepPower(double stepPower) {
        return new ScheduleFreeSgd(learningRate, momentum, weightDecay, warmup, stepPower, ratePower);
    }

    /** {@return this rule with another power of the largest learning rate in the weights}
     * @param ratePower the power, from 0 to 4 */
    public ScheduleFreeSgd withRatePower(double ratePower) {
        return new ScheduleFreeSgd(learningRate, momentum, weightDecay, warmup, stepPower, ratePower);
    }

    /** {@return the name of the vector loop, {@link dev.lanewise.internal.kernel.ScheduleFreeSgdKernel}} */
    @Override
    public String kernel() {
        return "ScheduleFreeSgd";
    }

    @Override
    public int decayCoefficient() {
        return 1;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(StateBuffer.copyOfParameters("z"));
    }

    @Override
    public List<StateScalar> scalars() {
        return SCALARS;
    }

    @Override
    public EvaluationWeights evaluation() {
        return new EvaluationWeights("z", 1 - 1 / momentum);
    }

    /** {@return the learning rate of a step in the warm-up or after it} */
    static double warm(Step step, long warmup) {
        double rate = step.learningRate();
        return step.number() < warmup ? rate * ((double) step.number() / warmup) : rate;
    }

    /** {@return the weight c of z in the average, for the learning rate of a step} */
    static double weigh(Step step, double rate, double stepPower, double ratePower) {
        double most = Math.max(rate, step.scalar(1));
        double weight = Power.of((double) step.number(), stepPower) * Power.of(most, ratePower);
        double sum = step.scalar(0) + weight;
        step.scalar(0, sum);
        step.scalar(1, most);
        step.effectiveLearningRate(rate);
        return sum == 0 ? 0 : weight / sum;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double rate = warm(step, warmup), weight = weigh(step, rate, stepPower, ratePower);
        c[0] = (float) step.gradientFactor();
        c[1] = (float) weightDecay;
        c[2] = (float) weight;
        c[3] = (float) (rate * (1 - momentum * (1 - weight)));
        c[4] = (float) rate;
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], decay = c[1], weight = c[2], near = c[3], rate = c[4];
        float[] y = buffers[0], g = buffers[1], z = buffers[2];
        for (int i = from; i < to; i++) {
            // The decay comes first, because otherwise C2 vectorizes only a part of the loop.
            float yi = y[i], zi = z[i], decayed = yi * decay, u = decay == 0 ? g[i] * scale : g[i] * scale + decayed;
            y[i] = yi + (zi - yi) * weight - u * near;
            z[i] = zi - u * rate;
        }
    }
}
