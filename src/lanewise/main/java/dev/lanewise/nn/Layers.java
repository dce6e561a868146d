package dev.lanewise.nn;

import dev.lanewise.Workers;
import dev.lanewise.linalg.Activation;
import dev.lanewise.linalg.Epilogue;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.linalg.Reductions;
import dev.lanewise.nn.Mlp.Parameter;
import java.util.List;

/** The forward and the backward pass of an {@link Mlp}, and their memory, which grows with the batch. */
final class Layers {
    private final int[] sizes;
    private final Gemm gemm;
    private final Layer[] layers;

    /** The memory of each layer's y, z and dz; z is null where it is not kept. */
    private final float[][] outputs, kept, gradients;

    /** The rows for which there are outputs, and those for which there is the memory of training. */
    private int capacity, trainingCapacity;

    Layers(Mlp mlp, Workers workers, float[] parameters, float[] gradientArray) {
        sizes = mlp.sizes();
        gemm = new Gemm(workers);
        int count = sizes.length - 1;
        layers = new Layer[count];
        outputs = new float[count][];
        kept = new float[count][];
        gradients = new float[count][];
        List<Parameter> ranges = mlp.parameterRanges();
        Activation activation = mlp.activation();
        Matrix x = new Matrix();
        Epilogue derivative = Epilogue.NONE;
        for (int i = 0; i < count; i++) {
            boolean last = i == count - 1, keeps = !last && activation.needsArgument();
            Parameter weight = ranges.get(2 * i), bias = ranges.get(2 * i + 1);
            Matrix b = bias.in(parameters), y = new Matrix(), z = keeps ? new Matrix() : y;
            Epilogue forward = mlp.activation(i, b);
            layers[i] = new Layer(
                    x,
                    weight.in(parameters),
                    forward,
                    keeps ? Epilogue.bias(b, activation, y) : forward,
                    z,
                    y,
                    last ? y : new Matrix(),
                    weight.in(gradientArray),
                    bias.in(gradientArray),
                    derivative);
            derivative = Epilogue.derivative(activation, z);
            x = y;
        }
    }

    /** Computes the outputs of some rows for inference, into the caller's array. */
    void predict(float[] x, int xOffset, int rows, float[] y, int yOffset) {
        reserve(rows);
        first().x().set(x, xOffset, rows, sizes[0]);
        last().y().set(y, yOffset, rows, sizes[sizes.length - 1]);
        for (Layer layer : layers) {
            gemm.multiply(layer.x(), layer.weight(), layer.activation(), layer.y());
        }
    }

    /** {@return the outputs of a batch, from index 0 on, which the loss replaces by its gradient before {@link #backward}} */
    float[] forward(float[] x, int xOffset, int rows) {
        reserve(rows);
        reserveTraining(rows);
        first().x().set(x, xOffset, rows, sizes[0]);
        for (Layer layer : layers) {
            gemm.multiply(layer.x(), layer.weight(), layer.keeping(), layer.z());
        }
        return last().y().array();
    }

    /**
     * Computes the gradients.
     *
     * @param parts the micro-batches of the batch; null for one
     */
    void backward(MicroBatches parts) {
        for (int i = layers.length - 1; i >= 0; i--) {
            Layer layer = layers[i];
            if (parts == null) {
                Reductions.columnSums(layer.dz(), layer.dBias());
                gemm.multiplyTransposedA(layer.x(), layer.dz(), layer.dWeight());
            } else {
                parts.sumColumns(layer.dz(), layer.dBias());
                parts.multiply(gemm, layer.x(), layer.dz(), layer.dWeight());
            }
            if (i > 0) {
                gemm.multiplyTransposedB(layer.dz(), layer.weight(), layer.derivative(), layers[i - 1].dz());
            }
        }
    }

    /** Forgets the caller's arrays. */
    void release() {
        first().x().clear();
        last().y().clear();
    }

    private void reserve(int rows) {
        for (int i = 0; i < layers.length; i++) {
            if (rows > capacity) {
                outputs[i] = new float[Math.multiplyExact(rows, sizes[i + 1])];
            }
            layers[i].y().set(outputs[i], 0, rows, sizes[i + 1]);
        }
        capacity = Math.max(capacity, rows);
    }

    /** Sets what the backward pass needs besides the outputs. */
    private void reserveTraining(int rows) {
        for (int i = 0; i < layers.length - 1; i++) {
            Layer layer = layers[i];
            boolean keeps = layer.z() != layer.y();
            if (rows > trainingCapacity) {
                gradients[i] = new float[Math.multiplyExact(rows, sizes[i + 1])];
                kept[i] = keeps ? new float[gradients[i].length] : null;
            }
            layer.dz().set(gradients[i], 0, rows, sizes[i + 1]);
            if (keeps) {
                layer.z().set(kept[i], 0, rows, sizes[i + 1]);
            }
        }
        trainingCapacity = Math.max(trainingCapacity, rows);
    }

    private Layer first() {
        return layers[0];
    }

    private Layer last() {
        return layers[layers.length - 1];
    }
}
