package dev.lanewise.mnist;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import java.util.Locale;

/**
 * The training loop. Each epoch takes the images in an order that follows from the seed and the number of the epoch; the
 * last batch is as large as what is left. A step allocates nothing.
 */
final class Trainer {
    private final DataSet data;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final int epochs;
    private final long seed;
    private final int batch;
    private final long steps;
    private final float[] x;
    private final int[] y;
    private final int[] order;
    /** When the training began, or would have begun if it had not been interrupted. */
    private long begin;

    Trainer(DataSet data, Mlp mlp, Optimizer optimizer, int batch, int epochs, long seed) {
        this.data = data;
        this.mlp = mlp;
        this.optimizer = optimizer;
        this.batch = batch;
        this.epochs = epochs;
        this.seed = seed;
        this.steps = steps(data.size(), batch);
        this.x = new float[batch * data.pixels()];
        this.y = new int[batch];
        this.order = new int[data.size()];
    }

    /**
     * Trains for all epochs, or for what the optimizer's steps have left of them.
     *
     * @param position what was measured in the steps that are taken already
     * @return the time in nanoseconds
     * @throws Diverged when the loss or the weights are no longer finite
     */
    long run(Position position, Evaluation test, Progress progress, Metrics metrics, Saves saves) {
        begin = System.nanoTime() - position.nanos();
        int epoch = 1 + (int) (optimizer.steps() / steps);
        if (epoch > epochs) {
            test.run();
        }
        for (; epoch <= epochs; epoch++) {
            progress.beginEpoch(epoch, optimizer.steps() % steps, steps);
            long start = System.nanoTime() - position.epochNanos();
            double loss = epoch(epoch, position.lossSum(), start, progress, metrics, saves);
            double seconds = (System.nanoTime() - start) / 1e9;
            test.run();
            progress.endEpoch(epoch, loss, test.accuracy(), seconds);
            metrics.epoch(epoch, loss, test.accuracy(), seconds);
            position = Position.START;
            saves.save(new Position(0, 0, System.nanoTime() - begin, metrics.force()));
        }
        return System.nanoTime() - begin;
    }

    /** Batches in an epoch. */
    static long steps(int size, int batch) {
        return ((long) size + batch - 1) / batch;
    }

    /** One pass over the images, or the rest of one; returns the mean of their losses. */
    private double epoch(int epoch, double sum, long start, Progress progress, Metrics metrics, Saves saves) {
        FloatSpan gradients = mlp.gradients();
        Shuffle.fill(order, seed, epoch);
        int next = (int) (optimizer.steps() % steps * batch);
        while (next < order.length) {
            int count = Math.min(batch, order.length - next);
            data.gather(order, next, count, x, y);
            double loss = mlp.forwardBackward(x, 0, y, 0, count);
            if (!Double.isFinite(loss)) {
                metrics.step(optimizer.steps() + 1, epoch, loss, learningRate());
                throw diverged("the loss became " + loss, optimizer.steps() + 1, epoch);
            }
            optimizer.step(gradients);
            metrics.step(optimizer.steps(), epoch, loss, learningRate());
            progress.step(loss);
            sum += loss * count;
            next += count;
            // The end of the epoch is saved when it has been evaluated.
            if (next < order.length && saves.due()) {
                checkWeights(epoch);
                long now = System.nanoTime();
                saves.save(new Position(sum, now - start, now - begin, metrics.force()));
            }
        }
        checkWeights(epoch);
        return sum / order.length;
    }

    /** The loss of the last batch says nothing of what its step did. */
    private void checkWeights(int epoch) {
        FloatSpan parameters = mlp.parameters();
        for (long i = 0; i < parameters.length(); i++) {
            if (!Float.isFinite(parameters.get(i))) {
                throw diverged("a weight became " + parameters.get(i), optimizer.steps(), epoch);
            }
        }
    }

    /** The same in every group. */
    private double learningRate() {
        return optimizer.report().groups().getFirst().learningRate();
    }

    private Diverged diverged(String what, long step, int epoch) {
        return new Diverged(String.format(
                Locale.ROOT,
                "%s at step %d, in epoch %d of %d, after a step with learning rate %.3g: try a smaller --lr, or"
                        + " --schedule warmup-cosine, which begins with small steps",
                what,
                step,
                epoch,
                epochs,
                learningRate()));
    }
}
