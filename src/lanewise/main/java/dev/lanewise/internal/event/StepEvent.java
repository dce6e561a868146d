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
    /** The number of the step. */
    @Label("Step")
    @Description("How many steps have been applied, with this one")
    public long step;

    /** The names of the rules. */
    @Label("Rules")
    @Description("The update rules of the groups, each named once")
    public String rules;

    /** How many groups. */
    @Label("Groups")
    @Description("Groups that were updated; frozen ones do not count")
    public int groups;

    /** How many parameters. */
    @Label("Elements")
    @Description("Parameters that were updated")
    public long elements;

    /** The learning rate. */
    @Label("Learning Rate")
    @Description("Of several groups the highest")
    public double learningRate;

    /** ‖g‖. */
    @Label("Gradient Norm")
    @Description("Of all groups, times the gradient's factor, before clipping")
    public double gradientNorm;

    /** ‖Δθ‖. */
    @Label("Update Norm")
    @Description("Of the change of all parameters")
    public double updateNorm;

    /** ‖θ‖. */
    @Label("Parameter Norm")
    @Description("Of all parameters before the step")
    public double parameterNorm;

    StepEvent() {}
}
