package dev.lanewise.nn;

import dev.lanewise.Workers;
import dev.lanewise.internal.Check;
import dev.lanewise.internal.OneThread;
import dev.lanewise.linalg.Epilogue;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.linalg.Reductions;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A multi-layer perceptron for classification: fully connected layers with ReLU between them, logits as the output, and the mean
 * cross-entropy of their softmax as the loss. {@code new Mlp(784, 10)} is a linear classifier.
 *
 * <p>{@snippet :
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * mlp.initialize(42);
 * Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW());
 * double loss = mlp.forwardBackward(images, 0, labels, 0, 128);
 * optimizer.step(mlp.gradients());
 * }
 *
 * <p>All parameters are in one array and all gradients in another of the same layout, which {@link #parameterRanges()}
 * describes. The same parameters and inputs give the same bits on any machine, vector width and number of threads, and the
 * logits of a row do not depend on the other rows of its batch.
 *
 * <p>A call allocates only if its batch is larger than all before it. A network is used by one thread at a time; a call by a second
 * thread meanwhile is refused. A {@link Predictor} is used by any number.
 */
public final class Mlp {
    /** The number of rows that are evaluated at a time, which bounds the memory for a large evaluation. */
    private static final int BLOCK = 512;

    private final int[] sizes;
    private final float[] parameters, gradients;
    private final List<Parameter> parameterRanges;
    private final Gemm gemm;
    private final Layer[] layers;

    /** The memory of each layer's Y and dY, which grows with the batch. */
    private final float[][] outputs, outputGradients;

    private int capacity;
    private final OneThread calling = new OneThread("a call of this network");

    /**
     * The range and the shape of a weight or a bias within the parameters.
     *
     * @param name {@code layers.}<i>i</i>{@code .weight} or {@code layers.}<i>i</i>{@code .bias}, i from 0
     * @param from the index of its first float
     * @param length the number of floats, rows × columns
     * @param rows the number of the layer's inputs for a weight, 1 for a bias
     * @param columns the number of the layer's outputs; a weight is stored row by row, all outputs of an input together
     */
    public record Parameter(String name, int from, int length, int rows, int columns) {
        private Matrix in(float[] array) {
            return Matrix.of(array, from, rows, columns);
        }
    }

    /**
     * Creates a network that computes on the caller's thread. All parameters are 0.
     *
     * @param sizes inputs, the widths of the hidden layers, classes: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(int... sizes) {
        this(Workers.caller(), sizes);
    }

    /**
     * Creates a network that computes on several threads. All parameters are 0.
     *
     * @param workers the threads
     * @param sizes inputs, the widths of the hidden layers, classes: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(Workers workers, int... sizes) {
        this.sizes = sizes.clone();
        int count = MlpLayout.checkParameters(sizes);
        gemm = new Gemm(workers);
        parameters = new float[count];
        gradients = new float[count];
        parameterRanges = MlpLayout.ranges(sizes);
        layers = new Layer[sizes.length - 1];
        outputs = new float[layers.length][];
        outputGradients = new float[layers.length][];
        Matrix x = new Matrix();
        for (int i = 0; i < layers.length; i++) {
            boolean last = i == layers.length - 1;
            Parameter weight = parameterRanges.get(2 * i), bias = parameterRanges.get(2 * i + 1);
            Matrix b = bias.in(parameters), y = new Matrix();
            layers[i] = new Layer(
                    x,
                    weight.in(parameters),
                    activation(i, b),
                    y,
                    last ? y : new Matrix(),
                    weight.in(gradients),
                    bias.in(gradients),
                    Epilogue.mask(x));
            x = y;
        }
    }

    /**
     * {@return a network from a file that {@link #save(Path)} wrote, in either layout} It computes on the caller's thread.
     *
     * @param file a safetensors file, whose metadata has the order of a weight, {@code weight}
     * @throws dev.lanewise.safetensors.SafetensorsException if it is no such file, whole and with finite numbers; the message has what was
     *     expected and what was found
     * @throws IOException if it cannot be read
     */
    public static Mlp load(Path file) throws IOException {
        return MlpReader.read(file, null, Workers.caller());
    }

    /**
     * {@return a network from a file of weights, such as one of PyTorch's} It computes on the caller's thread.
     *
     * @param file a safetensors file
     * @param layout the order of each weight, and of the layers if their names do not give it
     * @throws dev.lanewise.safetensors.SafetensorsException for the same reasons as by {@link #load(Path, Layout, Workers)}
     * @throws IOException if it cannot be read
     */
    public static Mlp load(Path file, Layout layout) throws IOException {
        return load(file, layout, Workers.caller());
    }

    /**
     * {@return a network from a file of weights, such as one of PyTorch's} A weight has the elements of type F32, F16, BF16 or F64, which
     * become floats as by {@link dev.lanewise.safetensors.Safetensors#copyTo}. In PyTorch's layout a layer may lack a bias, as
     * {@code Linear(bias=False)} does: its biases are 0.
     *
     * @param file a safetensors file
     * @param layout the order of each weight, and of the layers if their names do not give it
     * @param workers the threads of the network
     * @throws dev.lanewise.safetensors.SafetensorsException if it is no whole file of this kind, if the layers do not follow each other
     *     in this layout, if there are other tensors, if a number is not finite as a float, or if the metadata name another layout, activation or size; the message
     *     has what was expected and what was found
     * @throws IOException if it cannot be read
     */
    public static Mlp load(Path file, Layout layout, Workers workers) throws IOException {
        return MlpReader.read(file, Objects.requireNonNull(layout, "layout"), workers);
    }

    /**
     * Saves the network as a safetensors file, in this library's own layout.
     *
     * @param file the file, which is replaced atomically as by {@link dev.lanewise.safetensors.Safetensors#write}
     * @throws IOException if it cannot be written; the old file is untouched then
     */
    public void save(Path file) throws IOException {
        save(file, Layout.LANEWISE);
    }

    /**
     * Saves the network as a safetensors file. PyTorch loads one in its layout by
     * {@code model.load_state_dict(safetensors.torch.load_file(file))}.
     *
     * @param file the file, which is replaced atomically as by {@link dev.lanewise.safetensors.Safetensors#write}
     * @param layout the names of the layers and the order of each weight
     * @throws IllegalArgumentException if the layout has another number of layers
     * @throws IOException if it cannot be written; the old file is untouched then
     */
    public void save(Path file, Layout layout) throws IOException {
        save(file, layout, Map.of());
    }

    /**
     * Saves the network as a safetensors file with texts. The metadata have its sizes, activation and layout, and the version of the format.
     *
     * @param file the file, which is replaced atomically as by {@link dev.lanewise.safetensors.Safetensors#write}
     * @param layout the names of the layers and the order of each weight
     * @param texts further metadata, such as what the inputs are
     * @throws IllegalArgumentException if the layout has another number of layers, or if a text has the key of one of the network's own
     * @throws IOException if it cannot be written; the old file is untouched then
     */
    public void save(Path file, Layout layout, Map<String, String> texts) throws IOException {
        MlpFiles.write(this, file, layout, texts);
    }

    /**
     * Writes the network as an ONNX model with the input {@code input}, a matrix with any number of rows, and the output {@code logits}. It has
     * the operators {@code Gemm} and {@code Relu} of ONNX 1.12 (IR version 8, operator set 17), so that any runtime of today reads it.
     *
     * @param file the file, which is replaced atomically as by {@link dev.lanewise.safetensors.Safetensors#write}
     * @throws IllegalArgumentException if the file would have 2 GiB or more, which is the format's limit
     * @throws IOException if it cannot be written; the old file is untouched then
     */
    public void toOnnx(Path file) throws IOException {
        OnnxWriter.write(this, file);
    }

    /** {@return what a layer does after its product, with a bias, which may be a copy} */
    Epilogue activation(int layer, Matrix bias) {
        return layer == layers.length - 1 ? Epilogue.bias(bias) : Epilogue.biasRelu(bias);
    }

    /** {@return a copy of the sizes of the layers, as given to the constructor} */
    public int[] sizes() {
        return sizes.clone();
    }

    /** {@return a view of all weights and biases} */
    public FloatSpan parameters() {
        return FloatSpan.of(parameters);
    }

    /** {@return a view of the gradients of the mean loss that {@link #forwardBackward} computes, in the order of the parameters} */
    public FloatSpan gradients() {
        return FloatSpan.of(gradients);
    }

    /** {@return the ranges of each layer's weight and bias within {@link #parameters()} and {@link #gradients()}, without gaps} */
    public List<Parameter> parameterRanges() {
        return parameterRanges;
    }

    /**
     * Draws the weights from the normal distribution with mean 0 and variance 2 / (the layer's inputs), and sets the biases to 0.
     *
     * <p>The numbers come from {@link SplitMix64} by the Box–Muller transform in double, and are the same on every machine.
     *
     * @param seed any number; the same seed gives the same weights
     * @see <a href="https://arxiv.org/abs/1502.01852">He et al. 2015, Delving Deep into Rectifiers</a>
     */
    public void initialize(long seed) {
        Arrays.fill(parameters, 0);
        Normal normal = new Normal(seed);
        for (Layer layer : layers) {
            Matrix weight = layer.weight();
            double deviation = Math.sqrt(2.0 / weight.rows());
            for (int i = 0; i < weight.rows() * weight.columns(); i++) {
                parameters[weight.offset() + i] = (float) (deviation * normal.next());
            }
        }
    }

    /**
     * Computes the mean loss of a batch and its gradient. The gradients are overwritten, so there is no need to clear them.
     *
     * @param x the inputs, row by row
     * @param xOffset the index of the first input
     * @param labels the class of each row, from 0
     * @param labelOffset the index of the first label
     * @param batch the number of rows, at least 1
     * @return the mean loss at the present parameters, in nats
     * @throws IllegalArgumentException if {@code batch} is less than 1 or a label is not a class; nothing has been written
     *     then
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     * @throws IllegalStateException if another thread is in a call of this network; nothing has been written then
     */
    public double forwardBackward(float[] x, int xOffset, int[] labels, int labelOffset, int batch) {
        return forwardBackward(x, xOffset, labels, labelOffset, batch, batch);
    }

    /**
     * Computes the share of some rows in the mean loss of a larger batch, and its gradient: a micro-batch, or the part of a rank
     * that trains with others. The shares of all parts add up to the mean of the whole batch and to its gradient.
     *
     * @param x the inputs, row by row
     * @param xOffset the index of the first input
     * @param labels the class of each row, from 0
     * @param labelOffset the index of the first label
     * @param batch the number of these rows, at least 1
     * @param globalBatch the number of rows of the whole batch, that the mean is over, at least {@code batch}
     * @return the share of the mean loss: the sum of the losses of these rows over {@code globalBatch}, in nats
     * @throws IllegalArgumentException if a number of rows is out of range or a label is not a class; nothing has been written
     *     then
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     * @throws IllegalStateException if another thread is in a call of this network; nothing has been written then
     */
    public double forwardBackward(float[] x, int xOffset, int[] labels, int labelOffset, int batch, int globalBatch) {
        Check.atLeast(1, "batch", batch);
        Check.atLeast(batch, "globalBatch", globalBatch);
        Check.range("x", x.length, "xOffset", xOffset, (long) batch * inputs());
        Check.labels(labels, labelOffset, batch, classes());
        calling.enter();
        try {
            reserve(batch);
            first().x().set(x, xOffset, batch, inputs());
            forward();
            double loss =
                    Softmax.crossEntropy(last().y().array(), 0, labels, labelOffset, batch, classes(), globalBatch);
            backward();
            return loss;
        } finally {
            release();
        }
    }

    /**
     * Computes the logits of some rows. {@link Softmax#probabilities} turns them into probabilities, {@link Softmax#argmax} into
     * classes.
     *
     * @param x the inputs, row by row
     * @param xOffset the index of the first input
     * @param batch the number of rows, at least 0
     * @param logits receives the logits, row by row
     * @param logitsOffset the index of the first logit
     * @throws IllegalArgumentException if {@code batch} is negative
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     * @throws IllegalStateException if another thread is in a call of this network; nothing has been written then
     */
    public void predict(float[] x, int xOffset, int batch, float[] logits, int logitsOffset) {
        Check.atLeast(0, "batch", batch);
        Check.range("x", x.length, "xOffset", xOffset, (long) batch * inputs());
        Check.range("logits", logits.length, "logitsOffset", logitsOffset, (long) batch * classes());
        calling.enter();
        try {
            for (int row = 0; row < batch; row += BLOCK) {
                int rows = Math.min(BLOCK, batch - row);
                reserve(rows);
                first().x().set(x, xOffset + row * inputs(), rows, inputs());
                last().y().set(logits, logitsOffset + row * classes(), rows, classes());
                forward();
            }
        } finally {
            release();
        }
    }

    /**
     * {@return a copy of the present weights for inference by any number of threads} See {@link Serving} for a way to hand over
     * later weights.
     *
     * @throws IllegalStateException if another thread is in a call of this network
     */
    public Predictor predictor() {
        return predictor(new ForwardPasses(layers.length), 0);
    }

    Predictor predictor(ForwardPasses passes, long version) {
        calling.enter();
        try {
            return Predictor.of(this, passes, version);
        } finally {
            calling.leave();
        }
    }

    /** Forgets the caller's arrays. */
    private void release() {
        first().x().clear();
        last().y().clear();
        calling.leave();
    }

    private void forward() {
        for (Layer layer : layers) {
            gemm.multiply(layer.x(), layer.weight(), layer.activation(), layer.y());
        }
    }

    private void backward() {
        for (int i = layers.length - 1; i >= 0; i--) {
            Layer layer = layers[i];
            Reductions.columnSums(layer.dy(), layer.dBias());
            gemm.multiplyTransposedA(layer.x(), layer.dy(), layer.dWeight());
            if (i > 0) {
                gemm.multiplyTransposedB(layer.dy(), layer.weight(), layer.mask(), layers[i - 1].dy());
            }
        }
    }

    /** Sets the layers' outputs and their gradients to memory for a batch. */
    private void reserve(int batch) {
        for (int i = 0; i < layers.length; i++) {
            int columns = sizes[i + 1];
            if (batch > capacity) {
                outputs[i] = new float[Math.multiplyExact(batch, columns)];
                outputGradients[i] = layers[i] == last() ? outputs[i] : new float[outputs[i].length];
            }
            layers[i].y().set(outputs[i], 0, batch, columns);
            layers[i].dy().set(outputGradients[i], 0, batch, columns);
        }
        capacity = Math.max(capacity, batch);
    }

    private Layer first() {
        return layers[0];
    }

    private Layer last() {
        return layers[layers.length - 1];
    }

    private int inputs() {
        return sizes[0];
    }

    private int classes() {
        return sizes[sizes.length - 1];
    }
}
