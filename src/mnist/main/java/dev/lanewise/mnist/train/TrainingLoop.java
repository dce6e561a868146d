package dev.lanewise.mnist.train;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.data.Batches;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepReport;

/**
 * The training loop of all commands: a batch through the network and back, then a step of the optimizer. The number of the
 * step decides which images are in the batch, so a loop goes on where its optimizer is. A step allocates nothing.
 */
public final class TrainingLoop {
    private final Batches batches;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final Listener listener;
    private final FloatSpan gradients;

    /** Receives what each step gave. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Receives a step that was taken.
         *
         * @param report the optimizer's report of the step, which the next step overwrites
         * @param loss the mean loss of the batch before the step
         * @param images how many images the batch had
         */
        void step(StepReport report, double loss, int images);
    }

    /**
     * Makes a loop that has taken no step.
     *
     * @param batches the images to train on
     * @param mlp the network
     * @param optimizer updates the parameters of {@code mlp}
     * @param listener is called after each step
     */
    public TrainingLoop(Batches batches, Mlp mlp, Optimizer optimizer, Listener listener) {
        this.batches = batches;
        this.mlp = mlp;
        this.optimizer = optimizer;
        this.listener = listener;
        this.gradients = mlp.gradients();
    }

    /**
     * Takes the next step, unless the loss is NaN or infinite: then the weights stay as they are.
     *
     * @return the mean loss of the batch
     * @throws UsageException if the numbers of the step are not finite as floats
     */
    public double step() {
        int count = batches.gather(optimizer.steps());
        double loss = mlp.forwardBackward(batches.x(), 0, batches.y(), 0, count);
        if (Double.isFinite(loss)) {
            listener.step(report(), loss, count);
        }
        return loss;
    }

    /** Takes a step. Options that are legal alone can give a step with numbers beyond those of a float, which is not taken. */
    private StepReport report() {
        try {
            return optimizer.step(gradients);
        } catch (IllegalStateException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    /**
     * Takes steps until the optimizer has taken {@code end}, or until a loss is NaN or infinite.
     *
     * @param end the number of the last step
     * @return the loss of the last batch; 0 if there was no step left to take
     */
    public double run(long end) {
        double loss = 0;
        while (optimizer.steps() < end && Double.isFinite(loss)) {
            loss = step();
        }
        return loss;
    }
}
