package dev.lanewise.mnist.data;

import dev.lanewise.fit.Batches;
import java.util.Arrays;

/**
 * Training data divided into a part that is trained on and a part that is held out.
 *
 * @param training the images that are trained on
 * @param validation the images that are held out; null for none
 */
public record Split(DataSet training, DataSet validation) {
    /**
     * Holds out images that are drawn at random: the last ones of a file whose images are sorted would be of one class. The
     * draw does not depend on the seed of the training, so that trainings, searches and the lab choose by the same images.
     *
     * @param count how many images are held out; 0 for none
     * @throws UsageException if nothing would be left, or nothing to learn
     */
    public static Split of(DataSet all, int count) {
        if (count == 0) {
            return new Split(all, null);
        }
        if (count >= all.size()) {
            throw new UsageException(
                    "--validation must be below the " + all.size() + " images of " + all.imageFile() + ": " + count);
        }
        int[] order = new int[all.size()];
        // No training has an epoch 0.
        Batches.shuffle(order, 0, 0);
        Arrays.sort(order, 0, count);
        Arrays.sort(order, count, order.length);
        DataSet training = all.select(Arrays.copyOfRange(order, count, order.length));
        if (!training.hasTwoClasses() && all.hasTwoClasses()) {
            throw new UsageException("--validation must leave images of at least two classes: " + count);
        }
        return new Split(training, all.select(Arrays.copyOf(order, count)));
    }
}
