package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * An optimizer's update rule: how one step changes a parameter and its state, given the gradient. A rule is an
 * immutable record of hyperparameters; the state is in buffers that the {@link Optimizer} keeps.
 *
 * <p>The learning rate is a {@link Schedule}; a number is a {@link Constant} one. The other hyperparameters are numbers, and follow
 * schedules the same way in a {@linkplain #scheduled rule that is a function of the step}:
 *
 * {@snippet :
 * UpdateRule warm = new AdamW(new WarmupCosine(1e-3, 100, 2_000));
 * Schedule momentum = new LinearWarmup(0.95, 500, 0.85);
 * UpdateRule sgd = UpdateRule.scheduled(
 *         step -> new Sgd(new Cosine(0.1, 10_000)).withMomentum(momentum.at(step)));
 * }
 *
 * <p>A step has two parts. {@link #coefficients} computes, in double, what is the same for all elements; {@link #update}, the
 * scalar definition, does the rest for each element in float, without fma, so that it can be repeated exactly on
 * vectors of any width. A rule of the application's own needs nothing else; it runs by its scalar definition.
 */
public interface UpdateRule {
    /**
     * State whose magnitude is below this, 2⁻¹⁰⁰, is stored as 0. State that decays would otherwise end among the
     * subnormal numbers, where arithmetic is a hundred times slower, and would stay there for ever, because a subnormal
     * times 0.9 rounds back to itself.
     */
    float TINY = Kernels.TINY;

    /**
     * A rule whose hyperparameters follow the step. The learning rate of a step is that of the rule which the function gives for it.
     *
     * {@snippet :
     * Schedule decay = new LinearWarmup(0.1, 1_000, 0);
     * UpdateRule rule = UpdateRule.scheduled(step -> new AdamW().withWeightDecay(decay.at(step)));
     * }
     *
     * Groups that have the same one share it. A step costs what the function does, and a comparison where it gives another
     * rule than the step before.
     *
     * @param rules the rule for a number of steps applied before, 0 for the first: a pure function, like a {@link Schedule}; all of
     *     one class, with the same options and state, or the step is refused
     * @return a rule that is, at each step, what the function gives
     */
    static UpdateRule scheduled(LongFunction<? extends UpdateRule> rules) {
        return new ScheduledRule(rules);
    }

    /**
     * The rule for a step, with its hyperparameters.
     *
     * @param step the number of steps applied before, to all groups: 0 for the first
     * @return this rule, unless it is {@link #scheduled}
     */
    default UpdateRule at(long step) {
        return this;
    }

    /**
     * The learning rate. The optimizer evaluates it once before each step, and refuses the step where it is negative, infinite or NaN.
     *
     * @return the learning rate of each step
     */
    Schedule learningRate();

    /**
     * This rule with another learning rate.
     *
     * @param learningRate the learning rate of each step
     * @return a rule of the same class, with the same options and state
     */
    UpdateRule withLearningRate(Schedule learningRate);

    /**
     * By how much a step shrinks the parameters, or adds to their gradient, for a learning rate of 1. A step in which
     * {@code learningRate × weightDecay} is not below 1 is refused: it would erase the parameters or turn their sign.
     *
     * @return 0 by default, for a rule without decay
     */
    default double weightDecay() {
        return 0;
    }

    /**
     * The state buffers, each as long as the parameters, in the order in which {@link #update} takes them.
     *
     * @return no, one or several buffers
     */
    List<StateBuffer> state();

    /**
     * PyTorch's name for the number that the rule keeps with {@link Step#runningProduct(double)}; a checkpoint saves it under
     * this name.
     *
     * @return the name, such as {@code mu_product}; empty for a rule that keeps none
     */
    default String runningProductName() {
        return "";
    }

    /**
     * The options of the rule that are on, such as {@code nesterov}. The kernel is linked once for each combination of them.
     *
     * @return the names by which the kernel tests for them; empty for a rule without options
     */
    default Set<String> options() {
        return Set.of();
    }

    /**
     * The gradients over which {@link Step#gradientNorm()} is taken; it costs one more pass over the gradient.
     *
     * @return {@link NormScope#NONE} by default
     */
    default NormScope normScope() {
        return NormScope.NONE;
    }

    /**
     * Computes the coefficients of a step for {@link #update}, in double, each rounded once.
     *
     * @param step the step
     * @param c receives the coefficients; it has 16 elements
     */
    void coefficients(Step step, float[] c);

    /**
     * The scalar definition of the rule: updates parameters and state in place.
     *
     * @param buffers the parameters, the gradient, then the state in the order of {@link #state()}
     * @param at the index of the first element in each buffer
     * @param count how many elements
     * @param c the coefficients that {@link #coefficients} wrote
     */
    void update(float[][] buffers, int[] at, int count, float[] c);

    /**
     * The memory traffic of a step: every buffer is read, and all but the gradient are written.
     *
     * @return bytes for each parameter
     */
    default int bytesPerParameter() {
        return Float.BYTES * (3 + 2 * state().size());
    }
}
