/**
 * This package has a multi-layer perceptron over flat parameters and gradients, and the random numbers that initialize it.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>letter</th><th>in the API</th></tr>
 * <tr><td>X</td><td>the batch, with one input in each row; for later layers, the output of the previous one</td></tr>
 * <tr><td>W, b</td><td>a layer's weight, {@code inputs × outputs}, and its bias</td></tr>
 * <tr><td>Z</td><td>X·W + b; for the last layer the logits</td></tr>
 * <tr><td>Y</td><td>the {@link dev.lanewise.linalg.Activation} of Z, max(Z, 0) for ReLU; for the last layer Z</td></tr>
 * <tr><td>dX, dZ, dW</td><td>the gradients of the loss with respect to X, Z and W</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>layout of a weight</td><td>all outputs of an input together</td><td>PyTorch's {@code Linear}: all inputs of an output
 *     together, the transpose</td></tr>
 * <tr><td>initial weights</td><td>normal with variance 2 / inputs (He et al. 2015), with tanh 2 / (inputs + outputs) (Glorot and
 *     Bengio 2010), biases 0</td><td>PyTorch: uniform within 1 / √inputs, biases too</td></tr>
 * <tr><td>random numbers</td><td>SplitMix64 and Box–Muller, part of the API: a seed means the same weights in every version</td>
 *     <td>they may change with the version</td></tr>
 * <tr><td>gradients</td><td>of the mean loss of the batch; they overwrite those of the previous batch</td><td>PyTorch accumulates them
 *     until they are zeroed</td></tr>
 * </table>
 */
package dev.lanewise.nn;
