package dev.lanewise.mnist.lab;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.Split;
import java.util.stream.IntStream;

/**
 * The images of the lab. The validation images are those that {@code train --validation} holds out; the test images are
 * looked at when all is chosen.
 *
 * @param training the images that runs train on
 * @param validation the images that decide every choice; no run trains on them
 * @param test the images that runs are tested on
 */
record LabData(DataSet training, DataSet validation, DataSet test) {
    /** As many images as the scale asks for, as far as they are there: at most a sixth of them for validation. */
    static LabData of(DataSet training, DataSet test, Scale scale) {
        Split split = Split.of(training, Math.clamp(training.size() / 6, 1, scale.validation()));
        int images = Math.min(split.training().size(), scale.images());
        return new LabData(split.training().select(IntStream.range(0, images).toArray()), split.validation(), test);
    }

    /** How many images there are to train on. */
    int images() {
        return training.size();
    }
}
