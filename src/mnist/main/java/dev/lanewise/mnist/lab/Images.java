package dev.lanewise.mnist.lab;

/** Images with labels. */
public interface Images {
    /** How many there are. */
    int size();

    /** Of each image. */
    int pixels();

    /** One more than the highest label. */
    int classes();

    /**
     * Copies images and labels into a batch.
     *
     * @param order which images; null for all in their own order
     * @param from the first, as an index into {@code order}
     * @param count how many
     * @param x where the pixels go, from 0 to 1
     * @param y where the labels go
     */
    void gather(int[] order, int from, int count, float[] x, int[] y);

    /** The order of the images in an epoch. */
    @FunctionalInterface
    interface Order {
        /** Fills an array with a permutation of its indices, which follows from the seed and the epoch, from 1. */
        void fill(int[] order, long seed, int epoch);
    }
}
