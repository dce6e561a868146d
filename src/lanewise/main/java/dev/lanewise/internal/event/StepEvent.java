package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** This event records a step that was applied. */
@Name("dev.lanewise.Step")
@Label("Optimizer Step")
@Description("A step of an optimizer that was applied. Norms that were not computed are NaN")
@Category("Lanewise")
@StackTrace(false)
public final class StepEvent extends Event {
    @Label("Step")
    @Description("Number of steps applied, including this one")
    long step;

    @Label("Rules")
    @Description("The update rules of the groups, each named once")
    String rules;

    @Label("Groups")
    @Description("Number of parameter groups updated, without frozen ones")
    int groups;

    @Label("Elements")
    @Description("Number of parameters updated")
    long elements;

    @Label("Learning Rate")
    @Description("The highest learning rate of the groups")
    double learningRate;

    @Label("Gradient Norm")
    @Description("L2 norm over all groups, times the gradient factor, before clipping")
    double gradientNorm;

    /** Until {@link #finish}, this and {@link #parameterNorm} hold the sums of the squares of the groups' norms. */
    @Label("Update Norm")
    @Description("L2 norm of the change of all parameters")
    double updateNorm;

    @Label("Parameter Norm")
    @Description("L2 norm of all parameters before the step")
    double parameterNorm;

    StepEvent() {}

    /** Forgets the groups of an earlier step. */
    void clear() {
        groups = 0;
        elements = 0;
        learningRate = 0;
        updateNorm = 0;
        parameterNorm = 0;
    }

    /**
     * Adds a group that the step updated.
     *
     * @param elements the number of its parameters
     * @param learningRate its learning rate
     * @param updateNorm the norm of the change of its parameters; NaN if not computed
     * @param parameterNorm the norm of its parameters before the step; NaN if not computed
     */
    public void add(long elements, double learningRate, double updateNorm, double parameterNorm) {
        this.groups++;
        this.elements += elements;
        this.learningRate = Math.max(this.learningRate, learningRate);
        this.updateNorm += updateNorm * updateNorm;
        this.parameterNorm += parameterNorm * parameterNorm;
    }

    /**
     * Commits the event, after all groups have been added.
     *
     * @param step the number of steps applied, including this one
     * @param rules the names of the rules
     * @param gradientNorm the norm of the gradient of all groups; NaN if not computed
     */
    public void finish(long step, String rules, double gradientNorm) {
        this.step = step;
        this.rules = rules;
        this.gradientNorm = gradientNorm;
        updateNorm = Math.sqrt(updateNorm);
        parameterNorm = Math.sqrt(parameterNorm);
        commit();
    }
}
