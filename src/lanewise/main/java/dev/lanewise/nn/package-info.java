/**
 * A multi-layer perceptron over flat parameters and gradients.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>letter</th><th>in the API</th></tr>
 * <tr><td>X</td><td>a batch, an input a row; then the output of the layer before</td></tr>
 * <tr><td>W, b</td><td>a layer's weight, {@code inputs × outputs}, and its bias</td></tr>
 * <tr><td>Y</td><td>X·W + b, rectified but for the last layer's, the logits</td></tr>
 * <tr><td>dX, dY, dW</td><td>the gradients of the loss by them</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>layout of a weight</td><td>all outputs of an input together</td><td>PyTorch's {@code Linear}: all inputs of an output together, the
 *     transpose</td></tr>
 * <tr><td>initial weights</td><td>normal with variance 2 / inputs (He et al. 2015), biases 0</td><td>PyTorch: uniform within 1 / √inputs,
 *     biases too</td></tr>
 * <tr><td>random numbers</td><td>SplitMix64 and Box–Muller, part of the API: a seed means the same weights in every version</td>
 *     <td>whatever the version at hand has</td></tr>
 * <tr><td>gradients</td><td>of the mean loss of the batch, written over those of the last</td><td>PyTorch adds up until they are
 *     zeroed</td></tr>
 * </table>
 */
package dev.lanewise.nn;
