package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * The linear classifier of MNIST as a function to minimize: the mean cross-entropy over all 60,000 images, plus λ/2 times the sum of the
 * squares of the weights, which gives it one minimum. It counts evaluations, and keeps the loss and the time of each.
 */
final class SoftmaxRegression {
    static final double LAMBDA = 1e-4;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int PIXELS = 784, CLASSES = 10, WEIGHTS = PIXELS * CLASSES;

    final Mlp mlp;
    final float[] images;
    final int[] labels;
    private final float[] testImages;
    private final int[] testLabels;

    private final boolean alone;

    /** The nanoseconds in evaluations, and the losses in their order with the nanoseconds since {@link #begin}. */
    long inside;

    final double[] losses = new double[20_000];
    final long[] times = new long[losses.length];
    int evaluations;
    private long begin;

    /**
     * Reads the files of MNIST.
     *
     * @param folder the folder with the four files {@code *-ubyte.gz}
     */
    SoftmaxRegression(Path folder, Workers workers) throws IOException {
        mlp = new Mlp(workers, PIXELS, CLASSES);
        alone = workers.threads() == 1;
        images = images(folder.resolve("train-images-idx3-ubyte.gz"));
        labels = labels(folder.resolve("train-labels-idx1-ubyte.gz"));
        testImages = images(folder.resolve("t10k-images-idx3-ubyte.gz"));
        testLabels = labels(folder.resolve("t10k-labels-idx1-ubyte.gz"));
    }

    private static float[] images(Path file) throws IOException {
        byte[] pixels = content(file, 3);
        float[] images = new float[pixels.length];
        for (int i = 0; i < images.length; i++) {
            images[i] = (pixels[i] & 0xFF) / 255f;
        }
        return images;
    }

    private static int[] labels(Path file) throws IOException {
        byte[] bytes = content(file, 1);
        int[] labels = new int[bytes.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = bytes[i];
        }
        return labels;
    }

    /** Reads the elements of an IDX file of bytes, which begins with four bytes and the length of each dimension. */
    private static byte[] content(Path file, int dimensions) throws IOException {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16))) {
            if (in.readInt() != 0x800 + dimensions) {
                throw new IOException(file + " must be an IDX file of bytes with " + dimensions + " dimensions");
            }
            int size = 1;
            for (int i = 0; i < dimensions; i++) {
                size = Math.multiplyExact(size, in.readInt());
            }
            return in.readNBytes(size);
        }
    }

    /** Sets the parameters to 0, where every minimization begins, and the counts too. */
    void begin() {
        FloatSpan parameters = mlp.parameters();
        parameters.zero(0, parameters.length());
        evaluations = 0;
        inside = 0;
        begin = clock();
    }

    /** {@return nanoseconds} On one thread they are the processor's, which other programs on the machine lengthen less. */
    private long clock() {
        return alone ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }

    /** {@return the nanoseconds since {@link #begin}} */
    long elapsed() {
        return clock() - begin;
    }

    /** {@return the loss at the network's parameters; its gradients are those of the loss afterwards} */
    double evaluate() {
        long start = clock();
        double loss = mlp.forwardBackward(images, 0, labels, 0, labels.length);
        float[] w = mlp.parameters().array(), g = mlp.gradients().array();
        double squares = 0;
        for (int i = 0; i < WEIGHTS; i++) {
            squares += (double) w[i] * w[i];
            g[i] += (float) LAMBDA * w[i];
        }
        loss += LAMBDA / 2 * squares;
        long end = clock();
        inside += end - start;
        losses[evaluations] = loss;
        times[evaluations] = end - begin;
        evaluations++;
        return loss;
    }

    /** {@return the part of the test images that are classified right} */
    double accuracy() {
        float[] logits = new float[testLabels.length * CLASSES];
        mlp.predict(testImages, 0, testLabels.length, logits, 0);
        int right = 0;
        for (int i = 0; i < testLabels.length; i++) {
            right += Softmax.argmax(logits, i * CLASSES, CLASSES) == testLabels[i] ? 1 : 0;
        }
        return right / (double) testLabels.length;
    }
}
