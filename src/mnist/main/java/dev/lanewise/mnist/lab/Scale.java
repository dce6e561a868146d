package dev.lanewise.mnist.lab;

import java.util.Collections;
import java.util.List;

/**
 * How much is measured.
 *
 * @param name the name on the page
 * @param images the most images to train on
 * @param validation the most images to choose by
 * @param seeds how often what is compared is repeated
 * @param epochs the epochs of the runs that are compared
 * @param searchEpochs the epochs of the runs by which a rate is chosen
 * @param steps the steps of the runs that tell whether a rate trains
 * @param bisections the bisections after the grid of a search for the largest rate
 * @param points the rates of the grid from which each rule's rate is chosen, two a decade; odd
 * @param hidden the hidden layers of the network in which rules are compared
 * @param width the width of the deep network's layers
 * @param depths the hidden layers of the deep networks; the last is the lecture's deep network
 * @param batches the batch sizes of the linear scaling rule, ascending, one of them {@link #BATCH}
 * @param lionBatches the batch sizes for Lion, ascending, one of them {@link #BATCH}
 */
public record Scale(
        String name,
        int images,
        int validation,
        int seeds,
        int epochs,
        int searchEpochs,
        int steps,
        int bisections,
        int points,
        List<Integer> hidden,
        int width,
        List<Integer> depths,
        List<Integer> batches,
        List<Integer> lionBatches) {
    /** The batch size of every run but those that compare batch sizes. */
    public static final int BATCH = 128;

    /** The scale of {@code --quick}, which takes less than two minutes on two cores. */
    public static final Scale QUICK = new Scale(
            "quick",
            8_000,
            2_000,
            3,
            4,
            2,
            120,
            2,
            5,
            List.of(256, 128),
            64,
            List.of(1, 3, 6),
            List.of(32, 128, 512),
            List.of(32, 128, 512));

    /** The usual scale, which takes less than twenty minutes on two cores. */
    public static final Scale FULL = new Scale(
            "full",
            55_000,
            5_000,
            3,
            6,
            1,
            300,
            4,
            7,
            List.of(256, 128),
            64,
            List.of(1, 2, 4, 6, 8),
            List.of(32, 64, 128, 256, 512, 1024, 2048),
            List.of(16, 64, 128, 512, 2048));

    /** {@return the hidden layers of a deep network} */
    public List<Integer> deep(int depth) {
        return Collections.nCopies(depth, width);
    }

    /** {@return how many hidden layers the deepest network has} */
    public int deepest() {
        return depths.getLast();
    }
}
