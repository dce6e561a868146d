package dev.lanewise.fit;

import dev.lanewise.internal.Check;
import dev.lanewise.nn.Targets;
import java.util.Arrays;

/**
 * Rows of inputs, and what the outputs of a network should be for them. An implementation of the application's own can decode its rows
 * when they are gathered, such as images of bytes.
 *
 * <p>{@snippet :
 * Data.Split split = Data.of(images, 784, Targets.classes(labels)).holdOut(5_000, 0);
 * }
 */
public interface Data {
    /**
     * Two parts of some data.
     *
     * @param training the rows to train on
     * @param validation the rows that are held out
     */
    record Split(Data training, Data validation) {}

    /** {@return the number of rows, at least 1} */
    int rows();

    /** {@return the number of inputs of a row, at least 1} */
    int inputs();

    /** {@return what the outputs should be, for each row} */
    Targets targets();

    /**
     * Copies the inputs of some rows. Several threads may call this at the same time.
     *
     * @param order the numbers of rows, from 0
     * @param from the index in {@code order} of the first row to copy
     * @param count the number of rows
     * @param x receives the inputs, row by row
     * @param xOffset the index of the first input
     */
    void gather(int[] order, int from, int count, float[] x, int xOffset);

    /**
     * {@return data in an array, which is not copied}
     *
     * @param x the inputs, row by row
     * @param inputs the number of inputs of a row, at least 1
     * @param targets what the outputs should be, for as many rows
     * @throws IllegalArgumentException if {@code x} has no row, or a part of one
     */
    static Data of(float[] x, int inputs, Targets targets) {
        Check.atLeast(1, "inputs", inputs);
        if (x.length == 0 || x.length % inputs != 0) {
            throw new IllegalArgumentException(
                    "the length of x must be a positive multiple of " + inputs + " (inputs): " + x.length);
        }
        return new ArrayData(x, inputs, targets);
    }

    /**
     * {@return copies of this data in two parts} The rows that are held out are drawn at random, because the last ones of a sorted file
     * would be alike; both parts keep the order of the rows.
     *
     * @param count the number of rows that are held out, from 1 to one less than there are
     * @param seed determines the rows
     * @throws IllegalArgumentException if {@code count} is out of range
     */
    default Split holdOut(int count, long seed) {
        if (count < 1 || count >= rows()) {
            throw new IllegalArgumentException("count must be in [1, " + (rows() - 1) + "]: " + count);
        }
        int[] order = new int[rows()];
        // No training has an epoch 0.
        Batches.shuffle(order, seed, 0);
        Arrays.sort(order, 0, count);
        Arrays.sort(order, count, order.length);
        return new Split(copy(order, count, order.length - count), copy(order, 0, count));
    }

    private Data copy(int[] order, int from, int count) {
        float[] x = new float[Math.multiplyExact(count, inputs())];
        gather(order, from, count, x, 0);
        Targets part = targets().allocate(count, rows());
        targets().gather(order, from, count, rows(), part, 0);
        return of(x, inputs(), part);
    }
}
