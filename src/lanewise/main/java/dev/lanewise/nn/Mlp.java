package dev.lanewise.nn;

import dev.lanewise.Workers;
import dev.lanewise.linalg.Columns;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A multi-layer perceptron that classifies: fully connected layers, a rectifier between each and the next, logits at
 * the end, and the mean cross-entropy of their softmax as the loss. {@code new Mlp(784, 10)} is the linear classifier.
 *
 * <p>{@snippet :
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * mlp.initialise(42);
 * Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW());
 * double loss = mlp.forwardBackward(images, 0, labels, 0, 128);
 * optimizer.step(mlp.gradients());
 * }
 *
 * <p>All parameters are in one array and all gradients in another of the same layout; {@link #ranges()} says what is
 * where. The same parameters and inputs give the same bits on any machine, vector width and number of threads, and a
 * row's logits do not depend on the rows beside it.
 *
 * <p>The memory for a batch grows with the largest that was seen; after that nothing is allocated. A network is used
 * by one thread at a time.
 */
public final class Mlp {
    /** Rows that are evaluated at a time, which bounds the memory for a large evaluation. */
    private static final int BLOCK = 512;

    private final int[] sizes;
    private final int layers;
    private final int[] weight, bias;
    private final float[] parameters, gradients;
    private final List<Range> ranges;
    private final Gemm gemm;

    /** Of each layer its output, and the gradient of that before the rectifier; the last layer has both in one. */
    private final float[][] outputs, deltas;

    private int capacity;

    /**
     * Where a weight or a bias is within the parameters.
     *
     * @param name {@code layers.}<i>i</i>{@code .weight} or {@code layers.}<i>i</i>{@code .bias}, i from 0
     * @param from index of its first float
     * @param length how many floats, rows × columns
     * @param rows the layer's inputs, for a weight; 1 for a bias
     * @param columns the layer's outputs; a weight is stored row by row, all outputs of an input together
     */
    public record Range(String name, int from, int length, int rows, int columns) {}

    /**
     * A network on the caller's thread, all of its parameters 0.
     *
     * @param sizes inputs, the widths of the hidden layers, classes: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(int... sizes) {
        this(Workers.caller(), sizes);
    }

    /**
     * A network on several threads, all of its parameters 0.
     *
     * @param workers the threads
     * @param sizes inputs, the widths of the hidden layers, classes: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(Workers workers, int... sizes) {
        this.sizes = sizes.clone();
        layers = checkedLayers(sizes);
        weight = new int[layers];
        bias = new int[layers];
        gemm = new Gemm(workers);
        List<Range> ranges = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < layers; i++) {
            int in = sizes[i], out = sizes[i + 1];
            weight[i] = from;
            bias[i] = from + in * out;
            ranges.add(new Range("layers." + i + ".weight", weight[i], in * out, in, out));
            ranges.add(new Range("layers." + i + ".bias", bias[i], out, 1, out));
            from = bias[i] + out;
        }
        this.ranges = List.copyOf(ranges);
        parameters = new float[from];
        gradients = new float[from];
        outputs = new float[layers][];
        deltas = new float[layers][];
    }

    private static int checkedLayers(int[] sizes) {
        if (sizes.length < 2) {
            throw new IllegalArgumentException(
                    "sizes must have at least 2 numbers, inputs and classes: " + Arrays.toString(sizes));
        }
        long parameters = 0;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] < 1) {
                throw new IllegalArgumentException("sizes[" + i + "] must be at least 1: " + sizes[i]);
            }
            parameters += i == 0 ? 0 : (sizes[i - 1] + 1L) * sizes[i];
            if (parameters > Integer.MAX_VALUE - 16) {
                throw new IllegalArgumentException(
                        "sizes must make at most 2³¹ − 17 parameters: " + Arrays.toString(sizes));
            }
        }
        return sizes.length - 1;
    }

    /**
     * The sizes of the layers.
     *
     * @return a copy of what the constructor was given
     */
    public int[] sizes() {
        return sizes.clone();
    }

    /**
     * All weights and biases.
     *
     * @return a view of them
     */
    public FloatSpan parameters() {
        return FloatSpan.of(parameters);
    }

    /**
     * The gradient of the mean loss by each parameter, after {@link #forwardBackward}.
     *
     * @return a view, in the order of the parameters
     */
    public FloatSpan gradients() {
        return FloatSpan.of(gradients);
    }

    /**
     * What is where in {@link #parameters()} and {@link #gradients()}.
     *
     * @return for each layer its weight and its bias, without gaps
     */
    public List<Range> ranges() {
        return ranges;
    }

    /**
     * Draws the weights from the normal distribution with mean 0 and variance 2 / inputs of the layer, and sets the
     * biases to 0.
     *
     * <p>The numbers come from SplitMix64 by the Box–Muller transform, in double, and so are the same everywhere.
     *
     * @param seed any number; the same seed gives the same weights
     * @see <a href="https://arxiv.org/abs/1502.01852">He et al. 2015, Delving Deep into Rectifiers</a>
     */
    public void initialise(long seed) {
        Arrays.fill(parameters, 0);
        Normal normal = new Normal(seed);
        for (int i = 0; i < layers; i++) {
            double deviation = Math.sqrt(2.0 / sizes[i]);
            for (int j = weight[i]; j < bias[i]; j++) {
                parameters[j] = (float) (deviation * normal.next());
            }
        }
    }

    /**
     * The mean loss of a batch and its gradient. The gradients are overwritten, so there is no need to clear them.
     *
     * @param x the inputs, row by row
     * @param xOffset index of the first
     * @param labels the class of each row
     * @param labelOffset index of the first label
     * @param batch how many rows, at least 1
     * @return the mean loss, with the parameters as they are
     * @throws IllegalArgumentException if {@code batch} is less than 1 or a label is no class; nothing has been written
     *     then
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     */
    public double forwardBackward(float[] x, int xOffset, int[] labels, int labelOffset, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be at least 1: " + batch);
        }
        checkRows("x", x.length, xOffset, batch, sizes[0]);
        checkLabels(labels, labelOffset, batch);
        reserve(batch);
        forward(x, xOffset, batch, outputs[layers - 1], 0);
        double loss = Softmax.crossEntropy(outputs[layers - 1], 0, labels, labelOffset, batch, sizes[layers]);
        for (int i = layers - 1; i >= 0; i--) {
            backward(i, x, xOffset, batch);
        }
        return loss;
    }

    /**
     * The logits of some rows. A row's softmax is {@link Softmax#probabilities}, its class {@link Softmax#argmax}.
     *
     * @param x the inputs, row by row
     * @param xOffset index of the first
     * @param batch how many rows, from 0
     * @param logits where the logits go, row by row
     * @param logitsOffset index of the first
     * @throws IllegalArgumentException if {@code batch} is negative
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     */
    public void predict(float[] x, int xOffset, int batch, float[] logits, int logitsOffset) {
        if (batch < 0) {
            throw new IllegalArgumentException("batch must not be negative: " + batch);
        }
        checkRows("x", x.length, xOffset, batch, sizes[0]);
        checkRows("logits", logits.length, logitsOffset, batch, sizes[layers]);
        for (int row = 0; row < batch; row += BLOCK) {
            int rows = Math.min(BLOCK, batch - row);
            reserve(rows);
            forward(x, xOffset + row * sizes[0], rows, logits, logitsOffset + row * sizes[layers]);
        }
    }

    private void forward(float[] x, int xOffset, int batch, float[] logits, int logitsOffset) {
        for (int i = 0; i < layers; i++) {
            boolean last = i == layers - 1;
            int in = sizes[i], out = sizes[i + 1];
            gemm.multiplyAddBias(
                    batch,
                    out,
                    in,
                    i == 0 ? x : outputs[i - 1],
                    i == 0 ? xOffset : 0,
                    in,
                    parameters,
                    weight[i],
                    out,
                    parameters,
                    bias[i],
                    !last,
                    last ? logits : outputs[i],
                    last ? logitsOffset : 0,
                    out);
        }
    }

    private void backward(int i, float[] x, int xOffset, int batch) {
        int in = sizes[i], out = sizes[i + 1];
        float[] delta = deltas[i];
        float[] input = i == 0 ? x : outputs[i - 1];
        Columns.sum(batch, out, delta, 0, out, gradients, bias[i]);
        gemm.multiplyTransposedA(
                in, out, batch, input, i == 0 ? xOffset : 0, in, delta, 0, out, gradients, weight[i], out);
        if (i > 0) {
            gemm.multiplyTransposedBMasked(
                    batch, in, out, delta, 0, out, parameters, weight[i], out, input, 0, in, deltas[i - 1], 0, in);
        }
    }

    private void reserve(int batch) {
        if (batch > capacity) {
            for (int i = 0; i < layers; i++) {
                int floats = Math.multiplyExact(batch, sizes[i + 1]);
                outputs[i] = new float[floats];
                deltas[i] = i == layers - 1 ? outputs[i] : new float[floats];
            }
            capacity = batch;
        }
    }

    private void checkLabels(int[] labels, int offset, int batch) {
        checkRows("labels", labels.length, offset, batch, 1);
        for (int i = offset; i < offset + batch; i++) {
            if (labels[i] < 0 || labels[i] >= sizes[layers]) {
                throw new IllegalArgumentException(
                        "labels[" + i + "] must be a class from 0 to " + (sizes[layers] - 1) + ": " + labels[i]);
            }
        }
    }

    private static void checkRows(String name, int length, int offset, int rows, int columns) {
        if (offset < 0 || offset + (long) rows * columns > length) {
            throw new IndexOutOfBoundsException(name + " must hold " + rows + " × " + columns + " elements from index "
                    + offset + " on, but its length is " + length);
        }
    }
}
