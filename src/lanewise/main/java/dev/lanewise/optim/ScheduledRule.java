package dev.lanewise.optim;

import dev.lanewise.schedule.Schedule;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongFunction;

/** A rule of {@link UpdateRule#scheduled}, whose hyperparameters follow the step. Its structure is that of the first step's rule. */
final class ScheduledRule implements UpdateRule {
    private final LongFunction<? extends UpdateRule> rules;

    /** The learning rate that replaces those of the function's rules; null for theirs. */
    private final Schedule replacement;

    private final UpdateRule first;

    ScheduledRule(LongFunction<? extends UpdateRule> rules) {
        this(rules, null);
    }

    private ScheduledRule(LongFunction<? extends UpdateRule> rules, Schedule replacement) {
        this.rules = rules;
        this.replacement = replacement;
        this.first = Objects.requireNonNull(rule(0), "the rule of step 0");
    }

    private UpdateRule rule(long step) {
        UpdateRule rule = rules.apply(step);
        return rule == null || replacement == null ? rule : rule.withLearningRate(replacement);
    }

    @Override
    public UpdateRule at(long step) {
        return step == 0 ? first : rule(step);
    }

    @Override
    public Schedule learningRate() {
        return step -> at(step).learningRate().at(step);
    }

    @Override
    public UpdateRule withLearningRate(Schedule learningRate) {
        return new ScheduledRule(rules, Objects.requireNonNull(learningRate, "learningRate"));
    }

    @Override
    public double weightDecay() {
        return first.weightDecay();
    }

    @Override
    public List<StateBuffer> state() {
        return first.state();
    }

    @Override
    public List<StateScalar> scalars() {
        return first.scalars();
    }

    @Override
    public Set<String> options() {
        return first.options();
    }

    @Override
    public NormScope normScope() {
        return first.normScope();
    }

    @Override
    public boolean needsMatrix() {
        return first.needsMatrix();
    }

    @Override
    public List<Reduction> reductions() {
        return first.reductions();
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] constants) {
        first.prepare(buffers, from, to, constants);
    }

    @Override
    public void completeCoefficients(Step step, float[] constants) {
        at(step.number() - 1).completeCoefficients(step, constants);
    }

    @Override
    public EvaluationWeights evaluation() {
        return first.evaluation();
    }

    @Override
    public void checkOptions(StepOptions options) {
        first.checkOptions(options);
    }

    @Override
    public void coefficients(Step step, float[] constants) {
        at(step.number() - 1).coefficients(step, constants);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] constants) {
        first.update(buffers, from, to, constants);
    }

    @Override
    public int bytesPerParameter() {
        return first.bytesPerParameter();
    }

    @Override
    public int passes(StateBuffer buffer) {
        return first.passes(buffer);
    }

    /** Compares by value, so that groups share the constants of a step where {@link Optimizer#setLearningRate} made a rule for each. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ScheduledRule that
                && rules == that.rules
                && Objects.equals(replacement, that.replacement);
    }

    @Override
    public int hashCode() {
        return Objects.hash(rules, replacement);
    }

    @Override
    public String toString() {
        return "scheduled, at first " + first;
    }
}
