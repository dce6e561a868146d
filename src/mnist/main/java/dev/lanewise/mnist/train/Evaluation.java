package dev.lanewise.mnist.train;

import dev.lanewise.linalg.Softmax;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.nn.Mlp;
import java.util.Arrays;
import java.util.Locale;

/** The evaluation of a network on a data set. Its arrays are made once, so that it can run after each epoch. */
public final class Evaluation {
    private static final int BATCH = 1000;

    /** The purpose of the images, which names their accuracy. */
    public enum Kind {
        TEST,
        VALIDATION
    }

    private final Kind kind;
    private final DataSet data;
    private final int classes;
    private final float[] x;
    private final float[] logits;
    private int correct;
    private int undefined;

    /**
     * Allocates the memory of an evaluation.
     *
     * @param kind the purpose of the images
     * @param data the images
     * @param classes how many classes the network has
     */
    public Evaluation(Kind kind, DataSet data, int classes) {
        int batch = Math.min(BATCH, data.size());
        this.kind = kind;
        this.data = data;
        this.classes = classes;
        this.x = new float[Math.multiplyExact(batch, data.pixels())];
        this.logits = new float[Math.multiplyExact(data.size(), classes)];
    }

    /**
     * Evaluates a network on every image. An image is not counted as correct if one of its logits is NaN or infinite:
     * there is no prediction then.
     *
     * @param mlp the network, for images and classes as these
     */
    public void run(Mlp mlp) {
        correct = 0;
        undefined = -1;
        for (int from = 0; from < data.size(); from += BATCH) {
            int count = Math.min(BATCH, data.size() - from);
            data.copy(from, count, x);
            mlp.predict(x, 0, count, logits, from * classes);
            for (int i = from; i < from + count; i++) {
                boolean finite = isFinite(i);
                undefined = finite || undefined >= 0 ? undefined : i;
                correct += finite && predicted(i) == data.labels()[i] ? 1 : 0;
            }
        }
    }

    private boolean isFinite(int image) {
        for (int i = image * classes; i < (image + 1) * classes; i++) {
            if (!Float.isFinite(logits[i])) {
                return false;
            }
        }
        return true;
    }

    /** {@return the first image with a logit that is NaN or infinite; −1 if there is none} */
    public int undefined() {
        return undefined;
    }

    /** {@return {@code test} or {@code validation}} */
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    boolean isValidation() {
        return kind == Kind.VALIDATION;
    }

    public int correct() {
        return correct;
    }

    public double accuracy() {
        return (double) correct / data.size();
    }

    /** {@return the class with the highest logit, the first of several} */
    public int predicted(int image) {
        return Softmax.argmax(logits, image * classes, classes);
    }

    /** {@return the probability that the network gives to the class it predicts} */
    public double confidence(int image) {
        float[] row = Arrays.copyOfRange(logits, image * classes, (image + 1) * classes);
        Softmax.probabilities(row, 0, 1, classes);
        return row[Softmax.argmax(row, 0, classes)];
    }

    /** {@return the mean cross-entropy} */
    public double loss() {
        return Softmax.totalLoss(logits, 0, data.labels(), 0, data.size(), classes) / data.size();
    }

    /** {@return the number of images by label and predicted class} */
    public int[][] confusion() {
        int[][] counts = new int[classes][classes];
        for (int i = 0; i < data.size(); i++) {
            counts[data.labels()[i]][predicted(i)]++;
        }
        return counts;
    }
}
