package dev.lanewise.nn;

import dev.lanewise.Workers;
import dev.lanewise.internal.Check;
import dev.lanewise.linalg.Epilogue;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.linalg.PackedMatrix;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import java.util.List;
import java.util.Objects;

/**
 * An immutable copy of the weights of an {@link Mlp} that computes logits and no gradients, on any number of threads at the same time.
 *
 * <p>{@snippet :
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * Predictor predictor = mlp.predictor();
 * float[] logits = new float[8 * 10];
 * predictor.predict(images, 0, 8, logits, 0); // on any thread
 * }
 *
 * <p>The logits have the same bits as those of {@link Mlp#predict} with the same weights, whatever the number of rows and
 * threads. Training that goes on changes nothing here: see {@link Serving} for a way to hand over new weights.
 *
 * <p>The weights are packed once, in the order in which products read them, and take about as much memory as the network's
 * parameters. A call never waits and holds no lock, so that virtual threads can make it. It takes its scratch memory from a pool,
 * and allocates only if more threads are within calls than ever before, or if a call has more rows than all before it. The pool
 * keeps scratch for two to four calls on each processor, each with the outputs of the hidden layers for at most 128 rows; more rows are
 * computed 128 at a time.
 */
public final class Predictor {
    /** The smallest number of multiplications for which another thread pays off. */
    private static final long GRAIN = 1 << 18;

    private final int inputs, classes;
    private final PackedMatrix[] weights;
    private final Epilogue[] activations;
    private final ForwardPasses passes;
    private final Workers workers;
    private final long version, work;

    private Predictor(
            PackedMatrix[] weights, Epilogue[] activations, ForwardPasses passes, Workers workers, long version) {
        this.weights = weights;
        this.activations = activations;
        this.passes = passes;
        this.workers = workers;
        this.version = version;
        inputs = weights[0].rows();
        classes = weights[weights.length - 1].columns();
        long work = 0;
        for (PackedMatrix weight : weights) {
            work += (long) weight.rows() * weight.columns();
        }
        this.work = work;
    }

    /** Copies the weights of a network, with which no other thread is training. */
    static Predictor of(Mlp mlp, ForwardPasses passes, long version) {
        List<Mlp.Parameter> ranges = mlp.parameterRanges();
        float[] parameters = mlp.parameters().array();
        PackedMatrix[] weights = new PackedMatrix[ranges.size() / 2];
        Epilogue[] activations = new Epilogue[weights.length];
        for (int i = 0; i < weights.length; i++) {
            Mlp.Parameter weight = ranges.get(2 * i), bias = ranges.get(2 * i + 1);
            weights[i] = PackedMatrix.of(Matrix.of(parameters, weight.from(), weight.rows(), weight.columns()));
            float[] copy = new float[bias.length()];
            System.arraycopy(parameters, bias.from(), copy, 0, copy.length);
            activations[i] = mlp.activation(i, Matrix.of(copy, 0, 1, copy.length));
        }
        return new Predictor(weights, activations, passes, Workers.caller(), version);
    }

    /**
     * {@return a predictor with the same weights that divides the rows of a call among several threads} If there are few rows,
     * if the workers are busy with the call of another thread, or while measurement says that it is faster, it computes on the
     * caller's thread. Where many threads call at the same time, one thread for each call gives more answers a second.
     *
     * @param workers the threads
     */
    public Predictor withWorkers(Workers workers) {
        return new Predictor(weights, activations, passes, Objects.requireNonNull(workers, "workers"), version);
    }

    /** {@return the number of inputs of a row} */
    public int inputs() {
        return inputs;
    }

    /** {@return the number of logits of a row} */
    public int classes() {
        return classes;
    }

    /** {@return the version with which {@link Serving} has published it, from 1; 0 if it was not published} */
    public long version() {
        return version;
    }

    /**
     * Computes the logits of some rows. {@link Softmax#probabilities} turns them into probabilities, {@link Softmax#argmax} into
     * classes.
     *
     * @param x the inputs, row by row; no thread may write them meanwhile
     * @param xOffset the index of the first input
     * @param batch the number of rows, at least 0
     * @param logits receives the logits, row by row
     * @param logitsOffset the index of the first logit
     * @throws IllegalArgumentException if {@code batch} is negative, or if the inputs and the logits overlap; nothing has been
     *     written then
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     */
    public void predict(float[] x, int xOffset, int batch, float[] logits, int logitsOffset) {
        Check.atLeast(0, "batch", batch);
        Check.range("x", x.length, "xOffset", xOffset, (long) batch * inputs);
        Check.range("logits", logits.length, "logitsOffset", logitsOffset, (long) batch * classes);
        if (batch == 0) {
            return;
        }
        int xEnd = xOffset + batch * inputs, logitsEnd = logitsOffset + batch * classes;
        if (x == logits && xOffset < logitsEnd && logitsOffset < xEnd) {
            throw new IllegalArgumentException("logits must not overlap x: indices " + logitsOffset + ".."
                    + (logitsEnd - 1) + " and " + xOffset + ".." + (xEnd - 1) + " of one array");
        }
        ForwardPass pass = passes.take();
        try {
            if (workers.threads() == 1 || batch == 1 || batch * work < 2 * GRAIN) {
                pass.run(this, x, xOffset, batch, logits, logitsOffset);
            } else {
                pass.divide(this, x, xOffset, batch, logits, logitsOffset);
            }
        } finally {
            passes.give(pass);
        }
    }

    /**
     * Computes the logits of some rows in arrays or memory segments. What is not in an array is copied through scratch memory, at most
     * 128 rows at a time, by the caller's thread, which then computes alone.
     *
     * @param x the inputs, row by row: a multiple of {@link #inputs()}; no thread may write them meanwhile
     * @param logits receives the logits, row by row: {@link #classes()} for each row of {@code x}
     * @throws IllegalArgumentException if a length is not as above, if the logits are read-only, or if they overlap the inputs;
     *     nothing has been written then
     * @throws IllegalStateException if the arena of a segment is closed
     * @throws WrongThreadException if a segment belongs to another thread
     */
    public void predict(FloatSpan x, FloatSpan logits) {
        long rows = x.length() / inputs;
        if (x.length() % inputs != 0 || rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the length of x must be a multiple of " + inputs + " with fewer than 2³¹ rows: " + x.length());
        }
        if (logits.length() != rows * classes) {
            throw new IllegalArgumentException("the length of logits must be " + rows * classes + " (" + rows
                    + " rows × " + classes + " classes): " + logits.length());
        }
        if (logits.segment().isReadOnly()) {
            throw new IllegalArgumentException("logits must be writable: " + logits);
        }
        if (x.isArray() && logits.isArray()) {
            predict(x.array(), x.arrayOffset(), (int) rows, logits.array(), logits.arrayOffset());
            return;
        }
        if (x.overlaps(logits)) {
            throw new IllegalArgumentException("logits must not overlap x: " + logits + " and " + x);
        }
        ForwardPass pass = passes.take();
        try {
            pass.run(this, x, (int) rows, logits);
        } finally {
            passes.give(pass);
        }
    }

    int layers() {
        return weights.length;
    }

    PackedMatrix weight(int layer) {
        return weights[layer];
    }

    Epilogue activation(int layer) {
        return activations[layer];
    }

    ForwardPasses passes() {
        return passes;
    }

    Workers workers() {
        return workers;
    }
}
