package dev.lanewise.mnist.data;

import dev.lanewise.fit.Data;
import dev.lanewise.linalg.Pixels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Images with their labels.
 *
 * @param imageFile the file of the images
 * @param labelFile the file of the labels
 * @param rows the height of an image
 * @param columns the width of an image
 * @param images one byte a pixel, row by row, image after image
 * @param labels one for each image
 * @param classes one more than the highest label
 */
public record DataSet(Path imageFile, Path labelFile, int rows, int columns, byte[] images, int[] labels, int classes) {
    public static final String TRAINING = "train";
    public static final String TEST = "t10k";

    private static final String IMAGES = "-images-idx3-ubyte";
    private static final String LABELS = "-labels-idx1-ubyte";
    private static final String GZIPPED = ".gz";

    /**
     * Reads {@code part-images-idx3-ubyte} and {@code part-labels-idx1-ubyte}, each as it is or with {@code .gz}.
     *
     * @throws UsageException if a file is missing or damaged, or if the two have different counts
     */
    public static DataSet load(Path folder, String part) {
        Path imageFile = find(folder, part + IMAGES);
        Path labelFile = find(folder, part + LABELS);
        Idx images = Idx.read(imageFile, 3);
        Idx labels = Idx.read(labelFile, 1);
        int count = images.sizes()[0];
        if (labels.sizes()[0] != count) {
            throw new UsageException(labelFile + ": expected " + count + " labels, one for each image of "
                    + imageFile.getFileName() + ", found " + labels.sizes()[0]);
        }
        int[] label = new int[count];
        int highest = 0;
        for (int i = 0; i < count; i++) {
            label[i] = labels.bytes()[i] & 0xff;
            highest = Math.max(highest, label[i]);
        }
        return new DataSet(
                imageFile, labelFile, images.sizes()[1], images.sizes()[2], images.bytes(), label, highest + 1);
    }

    /** {@return all files that are read from a folder if they are there} */
    public static List<Path> files(Path folder) {
        return Stream.of(TRAINING, TEST)
                .flatMap(part -> Stream.of(part + IMAGES, part + LABELS))
                .flatMap(name -> Stream.of(folder.resolve(name), folder.resolve(name + GZIPPED)))
                .toList();
    }

    private static Path find(Path folder, String name) {
        Path plain = folder.resolve(name);
        Path gzipped = folder.resolve(name + GZIPPED);
        if (Files.exists(plain)) {
            return plain;
        }
        if (Files.exists(gzipped)) {
            return gzipped;
        }
        throw new UsageException(
                Files.isDirectory(folder)
                        ? "--data " + folder + ": expected a file " + name + " or " + name + ".gz, found neither"
                        : "--data " + folder + ": expected a directory, found "
                                + (Files.exists(folder) ? "a file" : "nothing"));
    }

    /** {@return a copy of the images with these numbers, in their order; the number of classes stays} */
    public DataSet select(int[] numbers) {
        byte[] some = new byte[Math.multiplyExact(numbers.length, pixels())];
        int[] label = new int[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            System.arraycopy(images, numbers[i] * pixels(), some, i * pixels(), pixels());
            label[i] = labels[numbers[i]];
        }
        return new DataSet(imageFile, labelFile, rows, columns, some, label, classes);
    }

    /** {@return the number of images} */
    public int size() {
        return labels.length;
    }

    /** {@return the number of pixels of an image} */
    public int pixels() {
        return rows * columns;
    }

    /** Refuses labels that are all the same: there is nothing to learn. */
    public void checkTrainable() {
        if (!hasTwoClasses()) {
            throw new UsageException(
                    labelFile + ": expected labels of at least two classes, found nothing but " + labels[0]);
        }
    }

    boolean hasTwoClasses() {
        return Arrays.stream(labels).anyMatch(label -> label != labels[0]);
    }

    /** {@return a text that differs for different data} */
    public String fingerprint() {
        CRC32C crc = new CRC32C();
        crc.update(images);
        for (int label : labels) {
            crc.update(label);
        }
        return String.format(
                Locale.ROOT,
                "%d images of %d x %d in %d classes with CRC-32C %08x",
                size(),
                rows,
                columns,
                classes,
                crc.getValue());
    }

    /** Refuses test data whose images or labels differ in kind from those of the training data. */
    public void checkGoesWith(DataSet training) {
        if (rows != training.rows || columns != training.columns) {
            throw new UsageException(imageFile + ": expected images of " + training.rows + " x " + training.columns
                    + ", as in " + training.imageFile.getFileName() + ", found " + rows + " x " + columns);
        }
        checkFits(pixels(), training.classes, "in " + training.labelFile.getFileName());
    }

    /** Refuses data that a network for so many pixels and classes cannot be tested on. */
    public void checkFits(int pixels, int classes, String by) {
        if (pixels() != pixels) {
            throw new UsageException(imageFile + ": expected images of " + pixels + " pixels, as " + by + ", found "
                    + rows + " x " + columns + " = " + pixels());
        }
        for (int i = 0; i < size(); i++) {
            if (labels[i] >= classes) {
                throw new UsageException(labelFile + ": expected labels from 0 to " + (classes - 1) + ", as " + by
                        + ", found " + labels[i] + " (label " + i + ")");
            }
        }
    }

    /** {@return the first images, to train on} */
    public Data first(int count) {
        return new Images(this, count);
    }

    /**
     * Copies images that follow each other. The pixels are divided by 255.
     *
     * @param from the number of the first image
     * @param count how many images
     * @param x receives the pixels, from 0 to 1
     */
    public void copy(int from, int count, float[] x) {
        Pixels.toFloats(images, from * pixels(), 255, x, 0, count * pixels());
    }
}
