package dev.lanewise.mnist.lab;

import java.util.Collections;
import java.util.List;

/**
 * How much is measured.
 *
 * @param name what the page calls it
 * @param images images to train on, at most
 * @param validation images to choose by, at most
 * @param seeds how often what is compared is repeated
 * @param epochs of the runs that are compared
 * @param searchEpochs of the runs that a rate is chosen by
 * @param steps of the runs that tell whether a rate trains
 * @param bisections after the grid of a search for the largest rate
 * @param points rates of the grid that each rule's rate is chosen from, two a decade; odd
 * @param hidden the network with different layers
 * @param width of the layers of the deep network
 * @param depths hidden layers of the deep networks; the last is the lecture's deep network
 * @param batches batch sizes of the linear scaling rule, ascending, one of them {@link #BATCH}
 * @param lionBatches batch sizes for Lion, ascending, one of them {@link #BATCH}
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
    /** The batch size wherever it is not what is studied. */
    public static final int BATCH = 128;

    /** Under two minutes on two cores. */
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

    /** Under twenty minutes on two cores. */
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

    /** Hidden layers of the deepest network. */
    public List<Integer> deep(int depth) {
        return Collections.nCopies(depth, width);
    }

    public int deepest() {
        return depths.getLast();
    }
}
