package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * An update rule defines how one step changes a parameter and its state, given the gradient. A rule is an
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
 * scalar definition, does the rest for each element in float, without fma, so that vectors of any width
 * give the same bits. A rule of the application's own needs nothing else; it runs by its scalar definition.
 */
public interface UpdateRule {
    /**
     * This number, 2⁻¹⁰⁰, keeps state without a sign out of the subnormal numbers, where arithmetic is up to a hundred times
     * slower. A step adds it: {@code v = v · β₂ + (1 − β₂) · g² + TINY}. The state stays at least as large, so that its root can divide.
     * No bit of a v above 2⁻⁷⁵ changes; in the long run v is at least {@code TINY} / (1 − β₂), which is 2⁻⁹⁰ at 0.999, and gradients
     * below about 10⁻¹⁴ count for less.
     *
     * <p>Comparing and replacing would do the same, but C2 does not vectorize it.
     */
    float TINY = Kernels.TINY;

    /**
     * This number, 2⁻⁶², keeps signed state out of the subnormal numbers, where state that decays would stay forever, because a
     * subnormal times 0.9 rounds back to itself. A step adds it and subtracts it again: {@code m = (m · β₁ + (1 − β₁) · g + SIGNED_TINY)
     * − SIGNED_TINY}. The result is a multiple of 2⁻⁸⁶, so that its product with any learning rate above 10⁻¹² is not subnormal either.
     * No bit of a magnitude above 2⁻⁶² changes.
     *
     * <p>An m that decays gets stuck at up to about 2⁻⁸⁶ / (1 − β₁), which is 2⁻⁸³ at 0.9. Adam then moves a parameter by less than
     * 2⁻⁵⁶ learning rates a step with ε = 10⁻⁸, and by less than 2⁻³⁸ with ε = 0. {@link Lion} takes the sign, and makes 0 of it.
     */
    float SIGNED_TINY = Kernels.SIGNED_TINY;

    /**
     * Makes a rule whose hyperparameters follow the step. The learning rate of a step is that of the rule which the function returns.
     *
     * {@snippet :
     * Schedule decay = new LinearWarmup(0.1, 1_000, 0);
     * UpdateRule rule = UpdateRule.scheduled(step -> new AdamW().withWeightDecay(decay.at(step)));
     * }
     *
     * Groups with the same scheduled rule share it. A step costs one call of the function, and a comparison of structures where the
     * function returns another rule than at the previous step.
     *
     * @param rules the rule for a number of steps applied before, which is 0 for the first; a pure function, like a
     *     {@link Schedule}, whose rules have one class, the same options and the same state, or the step is refused
     * @return a rule that is, at each step, the function's rule
     */
    static UpdateRule scheduled(LongFunction<? extends UpdateRule> rules) {
        return new ScheduledRule(rules);
    }

    /**
     * Returns the rule for a step, with its hyperparameters.
     *
     * @param step the number of steps applied before, to all groups, which is 0 for the first
     * @return this rule, unless it is {@link #scheduled}
     */
    default UpdateRule at(long step) {
        return this;
    }

    /**
     * Returns the learning rate. The optimizer evaluates it once before each step, and refuses a step where it is negative, infinite
     * as a float, or NaN.
     *
     * @return the learning rate of each step
     */
    Schedule learningRate();

    /**
     * Returns this rule with another learning rate.
     *
     * @param learningRate the learning rate of each step
     * @return a rule of the same class, with the same options and state
     */
    UpdateRule withLearningRate(Schedule learningRate);

    /**
     * Returns the weight decay: the factor of the parameters that a step subtracts from them, for a learning rate of 1, or adds to
     * their gradient. A step in which {@code learningRate × weightDecay} is not below 1 is refused, because it would erase the
     * parameters or flip their sign.
     *
     * @return the weight decay, 0 by default, for a rule without decay
     */
    default double weightDecay() {
        return 0;
    }

    /**
     * Returns the state buffers, each as long as the parameters, in the order of the arguments of {@link #update}.
     *
     * @return the buffers; a rule without state has none
     */
    List<StateBuffer> state();

    /**
     * Returns the numbers that the rule keeps for all parameters of a group, beside the buffers, in the order of the indices of
     * {@link Step#scalar(int)}.
     *
     * @return the numbers; empty for a rule that keeps none
     */
    default List<StateScalar> scalars() {
        return List.of();
    }

    /**
     * Returns the options of the rule that are on, such as {@code nesterov}. The kernel is specialized for each combination of them.
     *
     * @return the names by which the kernel tests for them; empty for a rule without options
     */
    default Set<String> options() {
        return Set.of();
    }

    /**
     * Returns the gradients over which {@link Step#gradientNorm()} is taken. The norm costs one more pass over the gradient.
     *
     * @return the scope, {@link NormScope#NONE} by default
     */
    default NormScope normScope() {
        return NormScope.NONE;
    }

    /**
     * Returns whether the rule updates matrices. Each of its groups then must have a {@linkplain ParameterGroup#shape() shape} with
     * at least two rows and two columns, or the optimizer is refused; {@link Step#shape()} has it.
     *
     * @return whether it needs a shape, false by default
     */
    default boolean needsMatrix() {
        return false;
    }

    /**
     * Returns the sums that the update needs, in the order of the indices of {@link Step#sum(int)}. A step of a rule with
     * reductions has two passes:
     *
     * <ol>
     * <li>{@link #coefficients} computes the coefficients; then {@link #prepare} changes the state and writes the terms of the sums,
     *     a block of parameters at a time. A rule whose reductions are all over the parameters needs no {@code prepare}.
     * <li>{@link #completeCoefficients} computes those that depend on the sums; then {@link #update} changes the parameters.
     * </ol>
     *
     * What both passes need, the second one computes again from the state, which takes less time than storing it.
     *
     * @return the reductions; empty for a rule whose step is one pass
     */
    default List<Reduction> reductions() {
        return List.of();
    }

    /**
     * Returns whether a group with this rule and one with another can share their sums, where a reduction is over all groups. The optimizer
     * refuses groups that cannot, because they share what follows from the sums.
     *
     * @param other the rule of another group, which has such a reduction too
     * @return whether the rules are equal by default; a rule may leave out hyperparameters on which what is shared does not depend
     */
    default boolean sharesSumsWith(UpdateRule other) {
        return equals(other);
    }

    /**
     * The scalar definition of the first pass of a rule with {@link #reductions()}, or of a rule of matrices of the library:
     * updates the state in place and leaves the parameters as they are.
     *
     * @param buffers the parameters, the gradient, the state in the order of {@link #state()}, then for each reduction that is not over
     *     the parameters, in their order, an array that receives its terms
     * @param from the index of the first element, which is the same in all buffers
     * @param to the end of the range
     * @param c the coefficients that {@link #coefficients} wrote
     */
    default void prepare(float[][] buffers, int from, int to, float[] c) {
        throw new UnsupportedOperationException("prepare must be implemented, since the rule has reductions: " + this);
    }

    /**
     * Computes the coefficients of {@link #update} that depend on the sums of a rule with {@link #reductions()}.
     *
     * @param step the step, with its sums
     * @param c the coefficients that {@link #coefficients} wrote
     */
    default void completeCoefficients(Step step, float[] c) {}

    /**
     * Returns the parameters to evaluate, where they are not those that the rule trains.
     * {@link Optimizer#copyEvaluationParameters} computes them.
     *
     * @return the interpolation between the parameters and a state buffer; null for the parameters themselves
     */
    default EvaluationWeights evaluation() {
        return null;
    }

    /**
     * Checks that the rule can run with some options. An optimizer calls this when it is made and when a rule is replaced.
     *
     * @param options the options of each step
     * @throws IllegalArgumentException if it cannot
     */
    default void checkOptions(StepOptions options) {
        if (evaluation() != null && options.averageDecay() < 1) {
            throw new IllegalArgumentException("averageDecay must be 1 with "
                    + getClass().getSimpleName() + ", which has an average of its own: " + options.averageDecay());
        }
        if (normScope() != NormScope.NONE && options.clipping().editsGradients()) {
            throw new IllegalArgumentException("clipping must not be by "
                    + (options.clipping().clampsValues() ? "value" : "unit") + " with "
                    + getClass().getSimpleName() + ", which needs the norm of the clipped gradient: "
                    + options.clipping());
        }
    }

    /**
     * Computes the coefficients of a step for {@link #update}, in double, each rounded once. They must be finite, or the step is
     * refused, unless the norm of the gradient is not.
     *
     * @param step the step
     * @param c receives the coefficients; it has 16 elements
     */
    void coefficients(Step step, float[] c);

    /**
     * The scalar definition of the rule: updates parameters and state in place. A step that it leaves with an exception is applied in
     * part.
     *
     * @param buffers the parameters, the gradient, then the state in the order of {@link #state()}
     * @param from the index of the first element, which is the same in all buffers
     * @param to the end of the range
     * @param c the coefficients that {@link #coefficients} wrote
     */
    void update(float[][] buffers, int from, int to, float[] c);

    /**
     * Returns the memory traffic of a step, in which every buffer is read and all but the gradient are written. A rule with
     * {@link #reductions()} adds that of its first pass.
     *
     * @return the traffic in bytes for each parameter, where parameters, gradients and state are floats
     */
    default int bytesPerParameter() {
        return Float.BYTES * (3 + 2 * state().size());
    }

    /**
     * Returns how often a step reads or writes a buffer of its state: twice, unless the rule has a first pass that does.
     *
     * @param buffer an element of {@link #state()}
     * @return the number of times
     */
    default int passes(StateBuffer buffer) {
        return 2;
    }

    /**
     * Returns the memory traffic of a step whose state is stored in a type.
     *
     * @param type the type; buffers that need their precision stay floats
     * @return the traffic in bytes for each parameter, where parameters and gradients are floats
     */
    default double bytesPerParameter(StateType type) {
        double saved = 0;
        for (StateBuffer buffer : state()) {
            saved += passes(buffer) * (Float.BYTES - type.of(buffer).bytes());
        }
        return bytesPerParameter() - saved;
    }
}
