package dev.lanewise.nn;

import dev.lanewise.linalg.Epilogue;
import dev.lanewise.linalg.Matrix;

/**
 * The matrices of a layer. They are created once; those that depend on the batch are set for each batch.
 *
 * @param x the input: the batch, or the {@code y} of the previous layer
 * @param activation adds the bias, and applies ReLU unless the layer is the last
 * @param dy the gradient of the loss with respect to the output before ReLU; for the last layer, {@code y} itself, because
 *     the gradient replaces the logits
 * @param mask multiplies a gradient by the derivative of the ReLU whose output is {@code x}
 */
record Layer(
        Matrix x,
        Matrix weight,
        Epilogue activation,
        Matrix y,
        Matrix dy,
        Matrix dWeight,
        Matrix dBias,
        Epilogue mask) {}
