package dev.lanewise.mnist.lab;

import dev.lanewise.mnist.data.DataSet;
import java.nio.file.Path;
import java.util.List;

/** A data set of images of 2 × 3 pixels in three classes: the bright pair of pixels determines the class, the others are noise. */
final class TinyImages {
    static final Scale SCALE = new Scale(
            "tiny", 60, 15, 2, 3, 2, 16, 1, 3, List.of(6, 5), 4, List.of(1, 2), List.of(8, 16), List.of(8, 16));

    static final DataSet TRAINING = images(90, 1), TEST = images(30, 2);

    private TinyImages() {}

    static Lab laboratory() {
        return new Lab(TRAINING, TEST, SCALE, 1, true);
    }

    static LabData data() {
        return LabData.of(TRAINING, TEST, SCALE);
    }

    private static DataSet images(int size, int seed) {
        byte[] pixels = new byte[6 * size];
        int[] labels = new int[size];
        for (int image = 0; image < size; image++) {
            labels[image] = image % 3;
            for (int p = 0; p < 6; p++) {
                int noise = (image * 31 + p * 17 + seed * 13) % 23;
                pixels[6 * image + p] = (byte) ((p / 2 == labels[image] ? 153 : 0) + 17 * noise / 4);
            }
        }
        return new DataSet(Path.of("images"), Path.of("labels"), 2, 3, pixels, labels, 3);
    }
}
