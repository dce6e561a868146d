package dev.lanewise.mnist.data;

import dev.lanewise.Workers;
import java.util.function.IntConsumer;

/**
 * The batches of a training by the number of their step: each epoch takes the images in an order that follows from the seed and
 * the number of the epoch, and its last batch is as large as what is left.
 */
public final class Batches {
    /** The fewest images that are worth a task of their own. */
    private static final int GRAIN = 16;

    private final DataSet data;
    private final long seed;
    private final int batch;
    private final Workers workers;
    private final IntConsumer gather = this::gatherSlice;
    private final int[] order;
    private final float[] x;
    private final int[] y;
    private int epoch;

    // The batch at work: where it begins in the order; the rows that are gathered, and among how many tasks they are
    // divided.
    private int from, first, end, slices;

    /**
     * Allocates the memory of a batch.
     *
     * @param images how many images of the data are trained on, the first ones
     * @param batch how many images a batch has, at most as many as are trained on
     * @param seed determines the order of the images
     * @param workers gather a batch
     */
    public Batches(DataSet data, int images, int batch, long seed, Workers workers) {
        this.data = data;
        this.seed = seed;
        this.batch = batch;
        this.workers = workers;
        this.order = new int[images];
        this.x = new float[batch * data.pixels()];
        this.y = new int[batch];
    }

    /**
     * Gathers the batch of a step.
     *
     * @param step the number of the step, from 0
     * @return the number of images in the batch
     */
    public int gather(long step) {
        return gather(step, 0, count(step));
    }

    /**
     * Gathers some rows of the batch of a step, each at its place in the whole batch.
     *
     * @param step the number of the step, from 0
     * @param first the first row
     * @param end the end of the rows
     * @return the number of images in the whole batch
     */
    public int gather(long step, int first, int end) {
        int wanted = Math.toIntExact(1 + step / steps());
        if (wanted != epoch) {
            epoch = wanted;
            dev.lanewise.fit.Batches.shuffle(order, seed, epoch);
        }
        this.from = from(step);
        this.first = first;
        this.end = end;
        slices = Math.clamp((end - first) / GRAIN, 1, 2 * workers.threads());
        workers.run(slices, gather);
        return count(step);
    }

    /** {@return the number of images in the batch of a step} */
    public int count(long step) {
        return Math.min(batch, order.length - from(step));
    }

    private int from(long step) {
        return (int) (step % steps() * batch);
    }

    private void gatherSlice(int slice) {
        int rows = end - first;
        int begin = first + rows * slice / slices, stop = first + rows * (slice + 1) / slices;
        data.gather(order, from + begin, stop - begin, x, begin * data.pixels(), y, begin);
    }

    /** {@return the number of images in an epoch} */
    public int images() {
        return order.length;
    }

    /** {@return the number of batches in an epoch} */
    public long steps() {
        return steps(order.length, batch);
    }

    /** {@return the number of batches in an epoch of {@code images} images} */
    public static long steps(int images, int batch) {
        return ((long) images + batch - 1) / batch;
    }

    public float[] x() {
        return x;
    }

    public int[] y() {
        return y;
    }
}
