package dev.lanewise.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** This event records an epoch of {@link dev.lanewise.fit.Fit}. */
@Name("dev.lanewise.Epoch")
@Label("Training Epoch")
@Description("An epoch of a training. What was not measured is NaN")
@Category("Lanewise")
@StackTrace(false)
final class EpochEvent extends Event {
    @Label("Epoch")
    @Description("Number of the epoch, from 1")
    int epoch;

    @Label("Steps")
    @Description("Number of steps applied, including those of this epoch")
    long steps;

    @Label("Loss")
    @Description("Mean loss of the rows of the epoch")
    double loss;

    @Label("Validation Loss")
    @Description("Mean loss of the validation data after the epoch")
    double validationLoss;

    @Label("Accuracy")
    @Description("Share of the rows of the validation data that are classified correctly")
    double accuracy;

    @Label("Seconds")
    @Description("Time of the steps, without the validation")
    double seconds;
}
