package dev.lanewise.nn;

import dev.lanewise.linalg.Epilogue;
import dev.lanewise.linalg.Matrix;

/**
 * The matrices of a layer. They are created once; those that depend on the batch are set for each batch.
 *
 * @param x the input: the batch, or the {@code y} of the previous layer
 * @param activation adds the bias and applies the activation, for inference
 * @param keeping does the same in training, and keeps z if the derivative needs it
 * @param z the output before the activation; {@code y} itself if it is not kept
 * @param dz the gradient of the loss with respect to z; for the last layer {@code y} itself, because the gradient replaces the output
 * @param derivative multiplies the gradient with respect to {@code x} by the derivative of the activation whose output {@code x} is
 */
record Layer(
        Matrix x,
        Matrix weight,
        Epilogue activation,
        Epilogue keeping,
        Matrix z,
        Matrix y,
        Matrix dz,
        Matrix dWeight,
        Matrix dBias,
        Epilogue derivative) {}
