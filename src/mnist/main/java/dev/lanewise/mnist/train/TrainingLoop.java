package dev.lanewise.mnist.train;

import dev.lanewise.distributed.DataParallel;
import dev.lanewise.distributed.Replicas;
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
    private final DataParallel parallel;

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
        this(batches, mlp, optimizer, null, listener);
    }

    /**
     * Makes a loop of one rank that has taken no step.
     *
     * @param batches the images to train on, the same for all ranks
     * @param mlp the network
     * @param optimizer updates the parameters of this rank
     * @param parallel the steps of the ranks; null for a training without replicas
     * @param listener is called after each step
     */
    public TrainingLoop(Batches batches, Mlp mlp, Optimizer optimizer, DataParallel parallel, Listener listener) {
        this.parallel = parallel;
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
        int count = parallel == null ? batches.gather(optimizer.steps()) : batches.count(optimizer.steps());
        double loss = parallel == null
                ? mlp.forwardBackward(batches.x(), 0, batches.y(), 0, count)
                : forwardBackward(parallel.begin(count), count);
        if (Double.isFinite(loss)) {
            listener.step(report(), loss, count);
        }
        return loss;
    }

    /** Computes the micro-gradients of this rank. */
    private double forwardBackward(Replicas own, int batch) {
        batches.gather(optimizer.steps(), own.row(batch, own.from()), own.row(batch, own.end()));
        int inputs = batches.x().length / batches.y().length;
        for (int i = own.from(); i < own.end(); i++) {
            int row = own.row(batch, i), rows = own.row(batch, i + 1) - row;
            double loss = mlp.forwardBackward(batches.x(), row * inputs, batches.y(), row, rows, batch);
            parallel.add(i, gradients, loss);
        }
        return parallel.reduce();
    }

    /** Takes a step. Options that are legal alone can give a step with numbers beyond those of a float, which is not taken. */
    private StepReport report() {
        try {
            return parallel == null ? optimizer.step(gradients) : parallel.step(1);
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
