package dev.lanewise.fit;

import dev.lanewise.optim.StepReport;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Receives what a training gives, on its thread. An exception ends the training.
 *
 * @see JsonLines
 * @see TensorBoard
 */
public interface FitListener {
    /**
     * Receives the beginning of an epoch.
     *
     * @param epoch the number of the epoch, from 1
     * @param done the number of its steps that were taken before: 0, unless the training goes on in the middle of an epoch
     * @param steps the number of its steps
     */
    default void begin(int epoch, long done, long steps) {}

    /**
     * Receives a step.
     *
     * @param report the optimizer's report of the step, which the next step overwrites
     * @param epoch the number of its epoch, from 1
     * @param loss the mean loss of its batch, before the step
     * @param rows the number of rows of the batch
     */
    default void step(StepReport report, int epoch, double loss, int rows) {}

    /**
     * Receives an epoch.
     *
     * @param epoch the epoch, whose validation is done
     */
    default void epoch(Epoch epoch) {}

    /**
     * {@return a listener that prints a line for each epoch, such as {@code epoch 2/10: loss 0.1234, validation loss 0.1003, accuracy
     * 97.12 %, 0.7 s}}
     *
     * @param out receives the lines
     */
    static FitListener progress(PrintStream out) {
        return new FitListener() {
            @Override
            public void epoch(Epoch epoch) {
                StringBuilder line = new StringBuilder();
                append(line, "epoch %d/%d: loss %.4f", epoch.number(), epoch.epochs(), epoch.loss());
                if (!Double.isNaN(epoch.validationLoss())) {
                    append(line, ", validation loss %.4f", epoch.validationLoss());
                }
                if (!Double.isNaN(epoch.accuracy())) {
                    append(line, ", accuracy %.2f %%", 100 * epoch.accuracy());
                }
                append(line, ", %.1f s", epoch.seconds());
                out.println(line);
            }
        };
    }

    private static void append(StringBuilder line, String format, Object... values) {
        line.append(String.format(Locale.ROOT, format, values));
    }
}
