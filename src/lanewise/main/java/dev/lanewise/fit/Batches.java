package dev.lanewise.fit;

import dev.lanewise.Workers;
import dev.lanewise.internal.Check;
import dev.lanewise.nn.SplitMix64;
import dev.lanewise.nn.Targets;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * The batches of a training by the number of their step: each epoch takes the rows in an order that follows from the seed and the number
 * of the epoch, and its last batch is as large as what is left. A step allocates nothing.
 */
public final class Batches {
    /** The fewest rows that are worth a task of their own. */
    private static final int GRAIN = 16;

    private final Data data;
    private final long seed;
    private final int batch;
    private final Workers workers;
    private final IntConsumer gather = this::gatherSlice;
    private final int[] order;
    private final float[] x;
    private final Targets targets;
    private int epoch;

    // The batch at work: its first row in the order, how many, those whose inputs are gathered, and among how many
    // tasks they are divided.
    private int from, count, first, end, slices;

    /**
     * Allocates the memory of a batch.
     *
     * @param data the rows to train on
     * @param batch the rows of a batch, at least 1; more than there are means all
     * @param seed determines the order of the rows
     * @param workers gather a batch
     * @throws IllegalArgumentException if {@code batch} is less than 1
     */
    public Batches(Data data, int batch, long seed, Workers workers) {
        Check.atLeast(1, "batch", batch);
        this.data = data;
        this.seed = seed;
        this.batch = Math.min(batch, data.rows());
        this.workers = workers;
        this.order = new int[data.rows()];
        this.x = new float[Math.multiplyExact(this.batch, data.inputs())];
        this.targets = data.targets().allocate(this.batch, data.rows());
    }

    /**
     * Fills an array with a permutation of its indices that depends on the seed and the epoch alone: Fisher and Yates's shuffle with
     * {@link SplitMix64}.
     *
     * @param order receives the permutation
     * @param seed any number
     * @param epoch any number; trainings count from 1
     */
    public static void shuffle(int[] order, long seed, int epoch) {
        SplitMix64 random = new SplitMix64(SplitMix64.mix(SplitMix64.mix(seed) + epoch));
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /**
     * Gathers the batch of a step into {@link #x} and {@link #targets}.
     *
     * @param step the number of the step, from 0
     * @return the number of rows in the batch
     */
    public int gather(long step) {
        return gather(step, 0, count(step));
    }

    /**
     * Gathers the inputs of some rows of the batch of a step, each at its place in the whole batch, and the targets of all rows,
     * whose weights are the divisor of the mean loss. The ranks of a data-parallel training gather their own rows so.
     *
     * @param step the number of the step, from 0
     * @param first the first row
     * @param end the end of the rows
     * @return the number of rows in the whole batch
     * @throws IndexOutOfBoundsException if the rows are not in the batch
     */
    public int gather(long step, int first, int end) {
        count = count(step);
        Objects.checkFromToIndex(first, end, count);
        int wanted = Math.toIntExact(1 + step / steps());
        if (wanted != epoch) {
            epoch = wanted;
            shuffle(order, seed, epoch);
        }
        from = from(step);
        this.first = first;
        this.end = end;
        slices = Math.clamp((end - first) / GRAIN, 1, 2 * workers.threads());
        workers.run(slices, gather);
        return count;
    }

    private void gatherSlice(int slice) {
        int rows = end - first;
        int row = first + rows * slice / slices, stop = first + rows * (slice + 1) / slices;
        data.gather(order, from + row, stop - row, x, row * data.inputs());
        row = count * slice / slices;
        stop = count * (slice + 1) / slices;
        data.targets().gather(order, from + row, stop - row, data.rows(), targets, row);
    }

    /**
     * {@return the number of rows in the batch of a step}
     *
     * @param step the number of the step, from 0
     */
    public int count(long step) {
        return Math.min(batch, order.length - from(step));
    }

    private int from(long step) {
        return (int) (step % steps() * batch);
    }

    /** {@return the number of rows in an epoch} */
    public int rows() {
        return order.length;
    }

    /** {@return the number of batches in an epoch} */
    public long steps() {
        return steps(order.length, batch);
    }

    /**
     * {@return the number of batches in an epoch}
     *
     * @param rows the number of rows in an epoch
     * @param batch the rows of a batch, at least 1
     */
    public static long steps(int rows, int batch) {
        return ((long) rows + batch - 1) / batch;
    }

    /** {@return the inputs of the batch, row by row} */
    public float[] x() {
        return x;
    }

    /** {@return what the outputs should be for the batch} */
    public Targets targets() {
        return targets;
    }
}
