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
 * <tr><td>β₁, β₂, ε, μ</td><td>{@code beta1}, {@code beta2}, {@code epsilon}, {@code momentum}</td></tr>
 * <tr><td>t</td><td>applied steps, from 1; a schedule is asked for t − 1</td></tr>
 * </table>
 *
 * <table>
 * <caption>The rules, as {@link Rules} has them</caption>
 * <tr><th>rule</th><th>a step</th><th>state, a float a parameter each</th></tr>
 * <tr><td>{@link Sgd}</td><td>gradient descent, with momentum and Nesterov's</td><td>momentum, if it is on</td></tr>
 * <tr><td>{@link NormalizedSgd}</td><td>momentum of the gradient over its norm</td><td>momentum</td></tr>
 * <tr><td>{@link Rprop}</td><td>a step size of its own for each parameter, from the signs; for whole batches</td><td>last gradient, step size</td></tr>
 * <tr><td>{@link RmsProp}</td><td>the gradient over the root of its mean square</td><td>mean square; momentum and mean where they are on</td></tr>
 * <tr><td>{@link AdamV0}</td><td>the lecture's first Adam: momentum over the root of the mean square, without corrections</td><td>momentum, second moment</td></tr>
 * <tr><td>{@link Adam}</td><td>mean over root mean square, both corrected; AMSGrad</td><td>first and second moment; the largest with AMSGrad</td></tr>
 * <tr><td>{@link AdamW}</td><td>Adam with decoupled weight decay</td><td>as Adam</td></tr>
 * <tr><td>{@link Lion}</td><td>the sign of an average</td><td>average of the gradient</td></tr>
 * <tr><td>{@link Adagrad}</td><td>the gradient over the root of its sum of squares</td><td>sum of squares</td></tr>
 * <tr><td>{@link Adadelta}</td><td>steps in the units of the parameter</td><td>mean squares of gradients and steps</td></tr>
 * <tr><td>{@link Adamax}</td><td>Adam with the largest recent gradient</td><td>first moment, largest gradient</td></tr>
 * <tr><td>{@link NAdam}</td><td>Adam with Nesterov's momentum</td><td>as Adam without AMSGrad, and a product</td></tr>
 * <tr><td>{@link RAdam}</td><td>Adam without a denominator until it is reliable</td><td>as Adam without AMSGrad</td></tr>
 * </table>
 *
 * <table>
 * <caption>What others do otherwise; each rule says where it departs from its paper</caption>
 * <tr><th>choice</th><th>here, as in PyTorch unless said</th><th>elsewhere</th></tr>
 * <tr><td>ε of Adam</td><td>beside the root of the corrected v̂</td><td>Keras, DL4J, Tribuo: beside the root of v, which makes it 31.6
 *     times larger at the first step; Optax can have it inside the root</td></tr>
 * <tr><td>ε of RMSProp</td><td>beside the root</td><td>Optax, Keras: inside the root</td></tr>
 * <tr><td>decoupled decay</td><td>learning rate × decay × parameter</td><td>AdamW's paper: schedule's multiplier × decay</td></tr>
 * <tr><td>{@code weightDecay} of the rules other than AdamW and Lion</td><td>added to the gradient (L2)</td><td>decoupled, in Keras</td></tr>
 * <tr><td>AMSGrad</td><td>the largest v, then the bias correction</td><td>Optax: the correction first; the paper: none</td></tr>
 * <tr><td>the learning rate and momentum</td><td>outside: {@code p −= rate · b}</td><td>Keras, DJL: inside the buffer, so that a changed rate takes
 *     1 / (1 − μ) steps to arrive</td></tr>
 * <tr><td>momentum's first step</td><td>the gradient, without dampening</td><td>dampened, in Burn</td></tr>
 * <tr><td>"RProp"</td><td>{@link Rprop} is iRprop⁻; the lecture's is {@link NormalizedSgd}</td><td>Rprop⁺ takes bad steps back</td></tr>
 * <tr><td>sign of 0 (Lion, Rprop)</td><td>0: no step</td><td>some take the sign bit, and drift</td></tr>
 * <tr><td>tiny state</td><td>below 2⁻¹⁰⁰ it is stored as 0; not in PyTorch</td><td>subnormals, which are slow and in Lion drift for ever</td></tr>
 * <tr><td>a gradient that is not finite</td><td>{@link NonFinitePolicy}: throws, skips or applies; not in PyTorch</td><td>applies it</td></tr>
 * <tr><td>what counts steps</td><td>a {@code long}, one for all groups, applied steps alone</td><td>a float32 a parameter, to 2²⁴</td></tr>
 * <tr><td>constants</td><td>folded in double, rounded once</td><td>{@code 1f - 0.999f}, which is 1.3e-5 off</td></tr>
 * <tr><td>clipping by norm</td><td>{@code min(1, limit / (norm + 1e-6))}</td><td>Optax: without 1e-6</td></tr>
 * </table>
 *
 * <p>A {@link Checkpoint} saves an optimizer and loads it again; <a href="doc-files/pytorch.html">to PyTorch and back</a>
 * has the Python lines for both ways between it and {@code optimizer.state_dict()}.
 *
 * <p>A {@link Shard} divides an optimizer among processes.
 */
package dev.lanewise.optim;
