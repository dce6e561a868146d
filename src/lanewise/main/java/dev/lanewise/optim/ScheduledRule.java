package dev.lanewise.optim;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongFunction;

/** A rule whose hyperparameters follow the step: {@link UpdateRule#scheduled}. Its structure is that of the first step's rule. */
final class ScheduledRule implements UpdateRule {
    private final LongFunction<? extends UpdateRule> rules;
    private final UpdateRule first;

    ScheduledRule(LongFunction<? extends UpdateRule> rules) {
        this.rules = rules;
        this.first = Objects.requireNonNull(rules.apply(0), "the rule of step 0");
    }

    @Override
    public UpdateRule at(long step) {
        return step == 0 ? first : rules.apply(step);
    }

    @Override
    public double learningRate() {
        return first.learningRate();
    }

    @Override
    public List<StateBuffer> state() {
        return first.state();
    }

    @Override
    public String runningProductName() {
        return first.runningProductName();
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
    public void coefficients(Step step, float[] constants) {
        at(step.number() - 1).coefficients(step, constants);
    }

    @Override
    public void update(float[][] buffers, int[] at, int count, float[] constants) {
        first.update(buffers, at, count, constants);
    }

    @Override
    public int bytesPerParameter() {
        return first.bytesPerParameter();
    }

    @Override
    public String toString() {
        return "scheduled, at first " + first;
    }
}
