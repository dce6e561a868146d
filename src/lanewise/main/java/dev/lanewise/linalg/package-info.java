/**
 * This package multiplies matrices and computes activations and losses, over {@code float[]}.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>letter</th><th>in the API</th></tr>
 * <tr><td>A, B, C</td><td>the factors and the product, each a {@link dev.lanewise.linalg.Matrix}</td></tr>
 * <tr><td>m, n</td><td>the rows and the columns of C</td></tr>
 * <tr><td>k</td><td>the index of the terms of a sum: columns of A, rows of B</td></tr>
 * <tr><td>MR, NR</td><td>the rows of a panel of A and the columns of a panel of B, which together make a tile of C, as in BLIS</td></tr>
 * <tr><td>NN, TN, NT</td><td>A·B, Aᵀ·B, A·Bᵀ, in the benchmarks</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>an element of a product</td><td>one sum along k in ascending order, each step an exact {@code fma}</td>
 *     <td>BLAS libraries block k and keep several sums, by the machine's caches and threads</td></tr>
 * <tr><td>exp</td><td>a polynomial of exact operations: the same bits everywhere</td><td>the C library's or the CPU vendor's</td></tr>
 * <tr><td>softmax</td><td>minus the largest logit, summed in double in a fixed order</td><td>the same in float</td></tr>
 * <tr><td>the loss</td><td>the mean over the batch, in nats, as PyTorch's {@code CrossEntropyLoss}</td><td>sometimes the sum, so that the
 *     best learning rate depends on the batch size</td></tr>
 * <tr><td>GELU</td><td>exact, with small relative errors for all x</td><td>½ x (1 + erf(x / √2)), whose relative error grows below −1;
 *     or an approximation by tanh</td></tr>
 * <tr><td>the mean with weights</td><td>over the sum of the weights</td><td>PyTorch: over the number of rows in
 *     {@code BCEWithLogitsLoss}</td></tr>
 * <tr><td>the derivative of ReLU at 0</td><td>0, as in PyTorch</td><td>rarely ½ or 1</td></tr>
 * </table>
 */
package dev.lanewise.linalg;
