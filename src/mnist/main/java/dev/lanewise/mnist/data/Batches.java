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

    // The batch at work: its first image in the order, how many, and among how many tasks they are divided.
    private int from, count, slices;

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
        long steps = steps();
        int wanted = Math.toIntExact(1 + step / steps);
        if (wanted != epoch) {
            epoch = wanted;
            dev.lanewise.fit.Batches.shuffle(order, seed, epoch);
        }
        from = (int) (step % steps * batch);
        count = Math.min(batch, order.length - from);
        slices = Math.clamp(count / GRAIN, 1, 2 * workers.threads());
        workers.run(slices, gather);
        return count;
    }

    private void gatherSlice(int slice) {
        int first = count * slice / slices, end = count * (slice + 1) / slices;
        data.gather(order, from + first, end - first, x, first * data.pixels(), y, first);
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
