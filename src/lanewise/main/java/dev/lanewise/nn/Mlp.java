package dev.lanewise.nn;

import dev.lanewise.Workers;
import dev.lanewise.distributed.Replicas;
import dev.lanewise.internal.Check;
import dev.lanewise.internal.OneThread;
import dev.lanewise.internal.SumTree;
import dev.lanewise.linalg.Activation;
import dev.lanewise.linalg.Epilogue;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A multi-layer perceptron for classification: fully connected layers with ReLU or another {@link Activation} between them, logits
 * as the output, and the mean cross-entropy of their softmax as the loss. {@code new Mlp(784, 10)} is a linear classifier.
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
 * <p>A call allocates only if its batch is larger than all before it of its kind. A network is used by one thread at a time; a
 * call by a second thread meanwhile is refused. A {@link Predictor} is used by any number.
 */
public final class Mlp {
    /** The number of rows that are evaluated at a time, which bounds the memory for a large evaluation. */
    private static final int BLOCK = 512;

    private final int[] sizes;
    private final Activation activation;
    private final float[] parameters, gradients;
    private final List<Parameter> parameterRanges;
    private final Layers layers;
    private final MicroBatches parts = new MicroBatches();
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
        Matrix in(float[] array) {
            return Matrix.of(array, from, rows, columns);
        }
    }

    /**
     * Creates a network with ReLU that computes on the caller's thread. All parameters are 0.
     *
     * @param sizes inputs, the widths of the hidden layers, classes: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(int... sizes) {
        this(Workers.caller(), Activation.RELU, sizes);
    }

    /**
     * Creates a network that computes on the caller's thread. All parameters are 0.
     *
     * @param activation the function after each layer but the last
     * @param sizes inputs, the widths of the hidden layers, outputs: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(Activation activation, int... sizes) {
        this(Workers.caller(), activation, sizes);
    }

    /**
     * Creates a network with ReLU that computes on several threads. All parameters are 0.
     *
     * @param workers the threads
     * @param sizes inputs, the widths of the hidden layers, classes: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(Workers workers, int... sizes) {
        this(workers, Activation.RELU, sizes);
    }

    /**
     * Creates a network that computes on several threads. All parameters are 0.
     *
     * @param workers the threads
     * @param activation the function after each layer but the last
     * @param sizes inputs, the widths of the hidden layers, outputs: at least two numbers, each at least 1
     * @throws IllegalArgumentException if a size is out of range, or the parameters do not fit in an array
     */
    public Mlp(Workers workers, Activation activation, int... sizes) {
        this.sizes = sizes.clone();
        this.activation = Objects.requireNonNull(activation, "activation");
        int count = MlpLayout.checkParameters(sizes);
        parameters = new float[count];
        gradients = new float[count];
        parameterRanges = MlpLayout.ranges(sizes);
        layers = new Layers(this, workers, parameters, gradients);
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
        return MlpReader.read(file, null, null, Workers.caller());
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
     * @throws dev.lanewise.safetensors.SafetensorsException if it is no whole file of this kind, if the layers do not follow each
     *     other in this layout, if there are other tensors, if a number is not finite as a float, or if the metadata name another
     *     layout, activation or size; the message has what was expected and what was found
     * @throws IOException if it cannot be read
     */
    public static Mlp load(Path file, Layout layout, Workers workers) throws IOException {
        return MlpReader.read(file, Objects.requireNonNull(layout, "layout"), null, workers);
    }

    /**
     * {@return a network from a file of weights that does not tell its activation, such as one of PyTorch's} The other loads take
     * ReLU then.
     *
     * @param file a safetensors file
     * @param layout the order of each weight, and of the layers if their names do not give it
     * @param activation the function after each layer but the last
     * @param workers the threads of the network
     * @throws dev.lanewise.safetensors.SafetensorsException for the same reasons as by {@link #load(Path, Layout, Workers)}
     * @throws IOException if it cannot be read
     */
    public static Mlp load(Path file, Layout layout, Activation activation, Workers workers) throws IOException {
        Objects.requireNonNull(activation, "activation");
        return MlpReader.read(file, Objects.requireNonNull(layout, "layout"), activation, workers);
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
     * Saves the network as a safetensors file with texts. The metadata have its sizes, activation and layout, and the version of
     * the format.
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
     * Writes the network as an ONNX model with the input {@code input}, a matrix with any number of rows, and the output
     * {@code logits}. It has the operator {@code Gemm} and those of the activation, of ONNX 1.12 (IR version 8, operator set 17),
     * so that any runtime of today reads it.
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
        return layer == sizes.length - 2 ? Epilogue.bias(bias) : Epilogue.bias(bias, activation);
    }

    /** {@return the function after each layer but the last} */
    public Activation activation() {
        return activation;
    }

    /**
     * {@return a table of the layers as text, with a line for each and one for all} It has the name, the shape as inputs × outputs, the
     * activation, the number of parameters with the bias, and the bytes of these as floats; the gradients take as many again.
     *
     * <pre>
     * layer                shape activation    parameters           bytes
     * layers.0         784 × 256       relu       200,960         803,840
     * layers.1          256 × 10       none         2,570          10,280
     * total                                       203,530         814,120
     * </pre>
     */
    public String summary() {
        return MlpLayout.summary(this);
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
     * Draws the weights from the normal distribution with mean 0, and sets the biases to 0. The variance is 2 / inputs of the layer (He et
     * al.) with ReLU, GELU and SiLU; with tanh and in linear networks it is 2 / (inputs + outputs) of the layer (Glorot and Bengio).
     *
     * <p>The numbers come from {@link SplitMix64} by the Box–Muller transform in double, and are the same on every machine.
     *
     * @param seed any number; the same seed gives the same weights
     * @see <a href="https://arxiv.org/abs/1502.01852">He et al. 2015, Delving Deep into Rectifiers</a>
     * @see <a href="https://proceedings.mlr.press/v9/glorot10a.html">Glorot and Bengio 2010, Understanding the difficulty of training
     *     deep feedforward neural networks</a>
     */
    public void initialize(long seed) {
        MlpLayout.initialize(parameters, parameterRanges, activation, seed);
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
            float[] y = layers.forward(x, xOffset, batch);
            double loss = Softmax.crossEntropy(y, 0, labels, labelOffset, batch, classes(), globalBatch);
            layers.backward(null);
            return loss;
        } finally {
            release();
        }
    }

    /**
     * Computes the mean loss of a batch by other losses or with weights, and its gradient, which overwrites the gradients.
     *
     * @param x the inputs, row by row
     * @param xOffset the index of the first input
     * @param targets what the outputs should be, with the loss
     * @param row the first row of {@code targets} that belongs to the batch
     * @param batch the number of rows, at least 1
     * @return the mean loss at the present parameters; with weights the weighted mean
     * @throws IllegalArgumentException if {@code batch} is less than 1, a target or a weight is out of range, or the sum of the weights
     *     is 0; the gradients are as before then
     * @throws IndexOutOfBoundsException if an array is too short; the gradients are as before then
     * @throws IllegalStateException if another thread is in a call of this network; nothing has been written then
     */
    public double forwardBackward(float[] x, int xOffset, Targets targets, int row, int batch) {
        Check.atLeast(1, "batch", batch);
        return forwardBackward(x, xOffset, targets, row, batch, targets.weight(row, batch));
    }

    /**
     * Computes the share of some rows in the loss of a larger batch, and its gradient: the sum of the rows' losses over {@code divisor}.
     *
     * @param x the inputs, row by row
     * @param xOffset the index of the first input
     * @param targets what the outputs should be, with the loss
     * @param row the first row of {@code targets} that belongs to the batch
     * @param batch the number of these rows, at least 1
     * @param divisor above 0; for the mean of the larger batch, the number of its rows, or the sum of their weights
     * @return the share of the loss
     * @throws IllegalArgumentException if {@code batch} is less than 1, or a target, a weight or the divisor is out of range; the gradients
     *     are as before then
     * @throws IndexOutOfBoundsException if an array is too short; the gradients are as before then
     * @throws IllegalStateException if another thread is in a call of this network; nothing has been written then
     */
    public double forwardBackward(float[] x, int xOffset, Targets targets, int row, int batch, double divisor) {
        Check.atLeast(1, "batch", batch);
        Check.range("x", x.length, "xOffset", xOffset, (long) batch * inputs());
        calling.enter();
        try {
            float[] y = layers.forward(x, xOffset, batch);
            double loss = targets.gradient(y, 0, row, batch, classes(), divisor);
            layers.backward(null);
            return loss;
        } finally {
            release();
        }
    }

    /**
     * Computes the shares of replicas in the loss of the whole batch, and the sum of their gradients, with the bits that they
     * have if each is computed by itself and {@link dev.lanewise.distributed.DataParallel} adds them up. It takes less time: the
     * rows go through the network together, and the sums that wait for others stay in the caches.
     *
     * @param x the inputs, row by row
     * @param xOffset the index of the first input of replica {@code from}
     * @param targets what the outputs should be, with the loss
     * @param row the first row of {@code targets} that belongs to replica {@code from}
     * @param replicas divides the batch into micro-batches
     * @param from the first replica
     * @param end the end of the replicas, which are a {@linkplain Replicas#subtree subtree}
     * @param batch the number of rows of the whole batch
     * @param divisor above 0; for the mean of the whole batch, the number of its rows, or the sum of their weights
     * @param losses receives the share of each replica, from index {@code from} on
     * @throws IllegalArgumentException if the replicas are no subtree, the batch has fewer rows than replicas, or a target, a
     *     weight or the divisor is out of range; the gradients are as before then
     * @throws IndexOutOfBoundsException if {@code from} to {@code end} are no replicas, or an array is too short; the gradients
     *     are as before then
     * @throws IllegalStateException if another thread is in a call of this network; nothing has been written then
     */
    public void forwardBackward(
            float[] x,
            int xOffset,
            Targets targets,
            int row,
            Replicas replicas,
            int from,
            int end,
            int batch,
            double divisor,
            double[] losses) {
        Objects.checkFromToIndex(from, end, Math.min(replicas.count(), losses.length));
        if (end == from || !SumTree.isSubtree(from, end, replicas.count())) {
            throw new IllegalArgumentException(
                    "from and end must be those of a whole subtree of " + replicas + ": " + from + " and " + end);
        }
        Check.atLeast(replicas.count(), "batch", batch);
        int first = replicas.row(batch, from), rows = replicas.row(batch, end) - first;
        Check.range("x", x.length, "xOffset", xOffset, (long) rows * inputs());
        calling.enter();
        try {
            float[] y = layers.forward(x, xOffset, rows);
            parts.divide(end - from);
            for (int i = from; i < end; i++) {
                int begin = replicas.row(batch, i) - first, next = replicas.row(batch, i + 1) - first;
                losses[i] = targets.gradient(y, begin * classes(), row + begin, next - begin, classes(), divisor);
                parts.cut(i - from, begin);
                parts.cut(i + 1 - from, next);
            }
            layers.backward(end - from == 1 ? null : parts);
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
                layers.predict(x, xOffset + row * inputs(), rows, logits, logitsOffset + row * classes());
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
        return predictor(new ForwardPasses(sizes.length - 1), 0);
    }

    Predictor predictor(ForwardPasses passes, long version) {
        calling.enter();
        try {
            return Predictor.of(this, passes, version);
        } finally {
            calling.leave();
        }
    }

    private void release() {
        layers.release();
        calling.leave();
    }

    private int inputs() {
        return sizes[0];
    }

    private int classes() {
        return sizes[sizes.length - 1];
    }
}
