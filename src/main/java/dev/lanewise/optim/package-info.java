/**
 * Optimizer update rules, and the optimizer that applies one to a flat buffer of parameters.
 *
 * <p>A rule is stated twice: as the plain loop in its record, which reads like the paper and is the definition, and as
 * a vector loop that gives the same bits. The letters in both are the papers':
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>letter</th><th>in the API</th></tr>
 * <tr><td>p</td><td>parameter (θ)</td></tr>
 * <tr><td>g</td><td>gradient, after the gradient factor</td></tr>
 * <tr><td>b</td><td>momentum buffer</td></tr>
 * <tr><td>m, v</td><td>first and second moment</td></tr>
 * <tr><td>x</td><td>largest second moment so far (AMSGrad)</td></tr>
 * <tr><td>u</td><td>mean square of the steps (Adadelta), largest recent gradient (Adamax)</td></tr>
 * <tr><td>q, d</td><td>last gradient and step size Δ (Rprop)</td></tr>
 * <tr><td>d</td><td>divisor, elsewhere</td></tr>
 * </table>
 *
 * <p>A {@link Checkpoint} saves an optimizer and loads it again; <a href="doc-files/pytorch.html">to PyTorch and back</a>
 * has the Python lines for both ways between it and {@code optimizer.state_dict()}.
 */
package dev.lanewise.optim;
