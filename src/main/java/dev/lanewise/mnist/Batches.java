package dev.lanewise.mnist;

/**
 * The batches of a training by the number of their step: each epoch takes the images in an order that follows from the seed and
 * the number of the epoch, and its last batch is as large as what is left.
 */
final class Batches {
    private final DataSet data;
    private final long seed;
    private final int batch;
    private final int[] order;
    private final float[] x;
    private final int[] y;
    private int epoch;

    Batches(DataSet data, int batch, long seed) {
        this.data = data;
        this.seed = seed;
        this.batch = batch;
        this.order = new int[data.size()];
        this.x = new float[batch * data.pixels()];
        this.y = new int[batch];
    }

    /**
     * Gathers the batch of a step.
     *
     * @param step how many steps came before
     * @return how many images it has
     */
    int gather(long step) {
        long steps = Trainer.steps(order.length, batch);
        int wanted = Math.toIntExact(1 + step / steps);
        if (wanted != epoch) {
            epoch = wanted;
            Shuffle.fill(order, seed, epoch);
        }
        int from = (int) (step % steps * batch);
        int count = Math.min(batch, order.length - from);
        data.gather(order, from, count, x, y);
        return count;
    }

    float[] x() {
        return x;
    }

    int[] y() {
        return y;
    }
}
