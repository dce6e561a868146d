package dev.lanewise.mnist.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A data set of images of 3 × 3 pixels in three classes: the bright row determines the class, the others are noise. */
public final class TinyData {
    public static final int TRAINING = 90;
    public static final int TEST = 30;

    private TinyData() {}

    public static Path write(Path folder) throws IOException {
        write(folder, "train", TRAINING);
        write(folder, "t10k", TEST);
        return folder;
    }

    private static void write(Path folder, String part, int count) throws IOException {
        SplittableRandom random = new SplittableRandom(count);
        byte[] images = new byte[9 * count];
        byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (i % 3);
            for (int p = 0; p < 9; p++) {
                images[9 * i + p] = (byte) ((p / 3 == labels[i] ? 180 : 0) + random.nextInt(70));
            }
        }
        writeImages(folder, part, new int[] {count, 3, 3}, images);
        writeLabels(folder, part, labels);
    }

    public static void writeImages(Path folder, String part, int[] sizes, byte[] images) throws IOException {
        Files.write(folder.resolve(part + "-images-idx3-ubyte"), IdxTest.idx(0x803, sizes, images));
    }

    /** Writes labels gzipped, while images are not, so that the tests read both. */
    public static void writeLabels(Path folder, String part, byte... labels) throws IOException {
        byte[] file = IdxTest.idx(0x801, new int[] {labels.length}, labels);
        Files.write(folder.resolve(part + "-labels-idx1-ubyte.gz"), IdxTest.gzip(file));
    }
}
