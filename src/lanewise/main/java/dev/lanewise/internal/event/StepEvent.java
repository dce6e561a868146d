package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step that was applied. */
@Name("dev.lanewise.Step")
@Label("Optimizer Step")
@Description("A step of an optimizer that was applied. Norms that were not taken are NaN")
@Category("Lanewise")
@StackTrace(false)
public final class StepEvent extends Event {
    @Label("Step")
    @Description("How many steps have been applied, with this one")
    long step;

    @Label("Rules")
    @Description("The update rules of the groups, each named once")
    String rules;

    @Label("Groups")
    @Description("Groups that were updated; frozen ones do not count")
    int groups;

    @Label("Elements")
    @Description("Parameters that were updated")
    long elements;

    @Label("Learning Rate")
    @Description("Of several groups the highest")
    double learningRate;

    @Label("Gradient Norm")
    @Description("Of all groups, times the gradient's factor, before clipping")
    double gradientNorm;

    /** The sum of the squares of the groups' norms, until {@link #finish}; so is {@link #parameterNorm}. */
    @Label("Update Norm")
    @Description("Of the change of all parameters")
    double updateNorm;

    @Label("Parameter Norm")
    @Description("Of all parameters before the step")
    double parameterNorm;

    StepEvent() {}

    /**
     * Adds a group that the step updated.
     *
     * @param elements the number of its parameters
     * @param learningRate its learning rate
     * @param updateNorm the norm of the change of its parameters; NaN if not taken
     * @param parameterNorm the norm of its parameters before the step; NaN if not taken
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
     * @param step the number of steps applied, with this one
     * @param rules the names of the rules
     * @param gradientNorm the norm of the gradient of all groups; NaN if not taken
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
