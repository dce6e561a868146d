package dev.lanewise.mnist.train;

import dev.lanewise.optim.Rprop;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;

/**
 * The learning rate as the program means it, the same for all rules: that of the rule, but for {@link Rprop}, whose learning rate is
 * a factor of its step sizes, the size of the first step.
 */
public final class BaseRate {
    private BaseRate() {}

    /** {@return what a rule's learning rate is multiplied by} */
    static double unit(UpdateRule rule) {
        return rule instanceof Rprop rprop ? rprop.initialStep() : 1;
    }

    /** {@return the learning rate of a rule's first step} */
    public static double of(UpdateRule rule) {
        return unit(rule) * rule.learningRate().at(0);
    }

    /** {@return the rule with a learning rate that follows a schedule; an {@link Rprop} keeps its first step size} */
    public static UpdateRule follow(UpdateRule rule, Schedule rate) {
        double unit = unit(rule);
        if (unit == 1) {
            return rule.withLearningRate(rate);
        }
        return rule.withLearningRate(
                rate instanceof Constant(double value) ? new Constant(value / unit) : rate.times(1 / unit));
    }
}
