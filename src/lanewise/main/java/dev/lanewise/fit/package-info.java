/**
 * This package trains a network: batches of data, an optimizer, validation, early stopping and logs. It is the loop that an
 * application would write around {@link dev.lanewise.nn.Mlp#forwardBackward} and {@link dev.lanewise.optim.Optimizer#step}, and
 * one may be written instead.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><th>class</th><th>what it is</th></tr>
 * <tr><td>{@link dev.lanewise.fit.Data}</td><td>rows of inputs with their targets</td></tr>
 * <tr><td>{@link dev.lanewise.fit.Fit}</td><td>the recipe: epochs, batch, seed, early stopping, listeners</td></tr>
 * <tr><td>{@link dev.lanewise.fit.Batches}</td><td>the shuffled batches, for a loop of the application's own</td></tr>
 * <tr><td>{@link dev.lanewise.fit.FitListener}</td><td>receives steps and epochs; {@link dev.lanewise.fit.JsonLines} and {@link
 *     dev.lanewise.fit.TensorBoard} write them to files</td></tr>
 * <tr><td>{@link dev.lanewise.fit.ModelGroups}</td><td>the parameter groups of a network, with rules by patterns of names</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>the last batch of an epoch</td><td>what is left; its mean is over its own rows</td><td>as Keras; PyTorch may drop it</td></tr>
 * <tr><td>the order of the rows</td><td>follows from the seed and the number of the epoch, so that training can be resumed anywhere</td>
 *     <td>follows from a generator whose state must be saved</td></tr>
 * <tr><td>the loss of an epoch</td><td>the mean of its rows, each before the step of its batch</td><td>the same in Keras</td></tr>
 * </table>
 */
package dev.lanewise.fit;
