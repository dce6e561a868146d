/**
 * This package has the optimizer's update rules, and the optimizer that applies them to a flat buffer of parameters.
 *
 * <p>A rule is stated twice: as the plain loop in its record, which reads like the paper and is the definition, and as
 * a vector loop that gives the same bits. "The lecture" in the rules' sources is "Advanced Training", a lecture on optimizers from
 * SGD to Lion and on learning rates, whose author is not known. The letters in both loops are the papers':
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>letter</th><th>meaning</th></tr>
 * <tr><td>p, θ</td><td>parameter</td></tr>
 * <tr><td>g</td><td>gradient, times the gradient factor</td></tr>
 * <tr><td>t</td><td>number of the step, from 1; a schedule is evaluated at t − 1</td></tr>
 * <tr><td>b</td><td>momentum buffer</td></tr>
 * <tr><td>m, v</td><td>first and second moment: the averages of g and g²; in Adagrad v is the sum of g²</td></tr>
 * <tr><td>m̂, v̂</td><td>moments with the bias corrected</td></tr>
 * <tr><td>x</td><td>largest second moment so far (AMSGrad)</td></tr>
 * <tr><td>u</td><td>mean square of the steps (Adadelta), largest recent gradient (Adamax), step over the learning rate (Sgd),
 *     scaled gradient (Lars), normalized gradient (Adopt)</td></tr>
 * <tr><td>a</td><td>average of the gradient (centered RMSProp), average of the parameters ({@link Optimizer#average})</td></tr>
 * <tr><td>c</td><td>interpolation of m and g (Lion); in the code the array of coefficients</td></tr>
 * <tr><td>q, Δ</td><td>sign of the last gradient, and step size (Rprop); q the trust ratio (Lamb, Lars), the learning rate
 *     (Prodigy), the last gradient with its sign turned (Adan)</td></tr>
 * <tr><td>r, ρ, ρ∞</td><td>rectification, and the length of the average with its limit (RAdam); r is AdamW's step over the
 *     learning rate in Lamb</td></tr>
 * <tr><td>s</td><td>step over the learning rate (Adadelta, AdaBelief, Adan), product of the signs (Rprop)</td></tr>
 * <tr><td>n</td><td>norm of the gradient (NormalizedSgd), slow average of the gradient (AdEMAMix), sum of squares (Ftrl, with z
 *     the sum of gradients)</td></tr>
 * <tr><td>w</td><td>average of the gradient's differences (Adan)</td></tr>
 * <tr><td>d</td><td>divisor; in the code of Rprop the step size Δ, in the formula of Adan the gradient's difference</td></tr>
 * <tr><td>ρ, α</td><td>{@code rho} of Adadelta, {@code alpha} of RMSProp</td></tr>
 * <tr><td>β₁, β₂, ε, μ</td><td>{@code beta1}, {@code beta2}, {@code epsilon}, {@code momentum}</td></tr>
 * <tr><td>y, z, x</td><td>parameter, iterate and average of Schedule-Free; η, η⁺ its learning rate and the largest so far, w, W,
 *     c the weights of the average</td></tr>
 * <tr><td>μₜ, Πₜ</td><td>momentum of step t, and the product of those up to it (NAdam)</td></tr>
 * <tr><td>{@code scale}, {@code rate}, {@code decay}, {@code shrink}</td><td>in the code: gradient factor, learning rate, weight
 *     decay, and 1 − learning rate × weight decay</td></tr>
 * <tr><td>{@code root}, {@code fresh}, {@code leak}</td><td>in the code: correction of √v, weight of the new gradient, 1 −
 *     momentum</td></tr>
 * <tr><td>{@code gi}, {@code g0}</td><td>in the code: an element of g, and in kernels the index of g's first element; the same
 *     for the other letters</td></tr>
 * </table>
 *
 * <table>
 * <caption>The rules, in the order of {@link Rules}</caption>
 * <tr><th>rule</th><th>a step</th><th>state, one float for each parameter and buffer</th></tr>
 * <tr><td>{@link Sgd}</td><td>gradient descent, with momentum and Nesterov's</td><td>momentum, if it is on</td></tr>
 * <tr><td>{@link NormalizedSgd}</td><td>momentum of the gradient over its norm</td><td>momentum</td></tr>
 * <tr><td>{@link Rprop}</td><td>a step size of its own for each parameter, from the signs; for whole batches</td><td>sign of the
 *     last gradient, step size</td></tr>
 * <tr><td>{@link RmsProp}</td><td>the gradient over the root of its mean square</td><td>mean square; momentum and mean where they
 *     are on</td></tr>
 * <tr><td>{@link AdamV0}</td><td>Adam's first version in the lecture: momentum over the root of the mean square, without
 *     corrections</td><td>momentum, second moment</td></tr>
 * <tr><td>{@link Adam}</td><td>mean over root mean square, both corrected; AMSGrad</td><td>first and second moment; the largest
 *     with AMSGrad</td></tr>
 * <tr><td>{@link AdamW}</td><td>Adam with decoupled weight decay; clipping of updates (StableAdamW); caution</td><td>as Adam</td></tr>
 * <tr><td>{@link Lion}</td><td>the sign of an average; caution</td><td>average of the gradient</td></tr>
 * <tr><td>{@link Adagrad}</td><td>the gradient over the root of its sum of squares</td><td>sum of squares</td></tr>
 * <tr><td>{@link Adadelta}</td><td>steps in the units of the parameter</td><td>mean squares of gradients and steps</td></tr>
 * <tr><td>{@link Adamax}</td><td>Adam with the largest recent gradient</td><td>first moment, largest gradient</td></tr>
 * <tr><td>{@link NAdam}</td><td>Adam with Nesterov's momentum</td><td>as Adam without AMSGrad, and a product</td></tr>
 * <tr><td>{@link RAdam}</td><td>Adam without a denominator until it is reliable</td><td>as Adam without AMSGrad</td></tr>
 * <tr><td>{@link Asgd}</td><td>gradient descent with a rate that falls slowly, and an average, which is
 *     evaluated</td><td>average, and two numbers</td></tr>
 * <tr><td>{@link Signum}</td><td>the sign of an average; SignSGD without one</td><td>average of the gradient, if it is on</td></tr>
 * <tr><td>{@link NovoGrad}</td><td>momentum of the gradient over an average of its norm</td><td>momentum, and a number</td></tr>
 * <tr><td>{@link SparseAdam}</td><td>Adam for rows that rest where they are absent, with ε̂</td><td>as Adam without AMSGrad</td></tr>
 * <tr><td>{@link RowWiseAdagrad}</td><td>Adagrad with one sum for each row of a table; in a {@link RowOptimizer}
 *     alone</td><td>sum of squares, one float for each row</td></tr>
 * <tr><td>{@link Ftrl}</td><td>parameters computed anew from the sum of all gradients, with exact zeros by L1</td><td>sum of
 *     squares, sum of gradients</td></tr>
 * <tr><td>{@link Lamb}</td><td>AdamW's step, scaled to the norm of the group's parameters</td><td>as Adam without AMSGrad</td></tr>
 * <tr><td>{@link Lars}</td><td>the gradient, scaled to the norm of the group's parameters, with momentum</td><td>momentum, if it
 *     is on</td></tr>
 * <tr><td>{@link ScheduleFreeSgd}</td><td>gradient descent between an iterate and its average, which is evaluated; no
 *     schedule</td><td>iterate, and two numbers</td></tr>
 * <tr><td>{@link ScheduleFreeAdamW}</td><td>the same with Adam's second moment; RAdam's rate</td><td>iterate, second moment, and
 *     two numbers; first moment if it is on</td></tr>
 * <tr><td>{@link Prodigy}</td><td>AdamW with an estimate of its learning rate</td><td>as Adam without AMSGrad, sum of gradients,
 *     first parameters, and four numbers</td></tr>
 * <tr><td>{@link Muon}</td><td>the orthogonalized momentum of a matrix</td><td>momentum</td></tr>
 * <tr><td>{@link NorMuon}</td><td>the same, over the root mean square of each output</td><td>momentum, and one float for each
 *     output</td></tr>
 * <tr><td>{@link Adafactor}</td><td>the gradient over the root of its mean square, in proportion to the parameters</td><td>mean
 *     squares of the rows and columns of a matrix, one float for each of these; of a vector, mean square</td></tr>
 * <tr><td>{@link AdaBelief}</td><td>Adam with the variance of the gradient around its mean; AMSGrad</td><td>first moment,
 *     variance; the largest with AMSGrad</td></tr>
 * <tr><td>{@link AdEMAMix}</td><td>AdamW with a second, much slower average of the gradient</td><td>fast and slow average, second
 *     moment</td></tr>
 * <tr><td>{@link Adan}</td><td>Nesterov's momentum from an average of the gradient's differences, over the root of the mean
 *     square of both</td><td>first moment, average of the differences, second moment, last gradient</td></tr>
 * <tr><td>{@link Adopt}</td><td>momentum of the gradient over the root of the second moment of the step before</td><td>as Adam
 *     without AMSGrad</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries; those from the papers are described in each rule</caption>
 * <tr><th>choice</th><th>here, as in PyTorch unless noted</th><th>elsewhere</th></tr>
 * <tr><td>ε of Adam</td><td>beside the root of the corrected v̂</td><td>Keras, DL4J, Tribuo: beside the root of v, which makes it 31.6
 *     times larger at the first step; Optax can have it inside the root</td></tr>
 * <tr><td>ε of RMSProp</td><td>beside the root</td><td>Optax, Keras: inside the root</td></tr>
 * <tr><td>where a rule is not PyTorch's</td><td>the hyperparameters' defaults and the order of operations of the authors' own
 *     code</td><td>described in each rule</td></tr>
 * <tr><td>decoupled decay</td><td>learning rate × decay × parameter</td><td>AdamW's paper: schedule's multiplier × decay</td></tr>
 * <tr><td>{@code weightDecay} of the rules other than AdamW, Lion, Lamb, Prodigy, Signum, AdEMAMix and Adan, and of those without
 *     {@code decoupledWeightDecay}</td><td>added to the gradient (L2)</td><td>decoupled, in Keras</td></tr>
 * <tr><td>AMSGrad</td><td>the largest v, then the bias correction</td><td>Optax: the correction first; the paper: none</td></tr>
 * <tr><td>the learning rate and momentum</td><td>outside: {@code p −= rate · b}</td><td>Keras, DJL: inside the buffer, so that a
 *     changed rate takes 1 / (1 − μ) steps to arrive</td></tr>
 * <tr><td>the average of Schedule-Free</td><td>computed whenever it is read; the parameters are always those that are
 *     trained</td><td>PyTorch's package: exchanged in place by {@code train()} and {@code eval()}</td></tr>
 * <tr><td>momentum's first step</td><td>the gradient, without dampening</td><td>dampened, in Burn</td></tr>
 * <tr><td>"RProp"</td><td>{@link Rprop} is iRprop⁻; the lecture's is {@link NormalizedSgd}</td><td>Rprop⁺ takes bad steps back</td></tr>
 * <tr><td>trust ratio of LAMB and LARS</td><td>over a group, and only where there is decay, unless {@code alwaysAdapt}; as timm
 *     and apex</td><td>over a tensor; Optax: always; Keras' LAMB: without the decay; Optax' LARS: the norm of the sum, and the
 *     rate within the momentum</td></tr>
 * <tr><td>sign of 0 (Lion, Rprop)</td><td>0: no step</td><td>some take the sign bit, and drift</td></tr>
 * <tr><td>tiny state</td><td>2⁻¹⁰⁰ is added to it, or 2⁻⁶² is added and subtracted again where it has a sign, so that it is never
 *     subnormal; not in PyTorch</td><td>subnormals, which are slow and in Lion drift forever</td></tr>
 * <tr><td>a gradient that is not finite</td><td>{@link NonFinitePolicy}: throws, skips or applies; not in PyTorch</td><td>applies
 *     it</td></tr>
 * <tr><td>the count of steps</td><td>a {@code long} for each group, of applied steps</td><td>a float32 for each tensor, up to 2²⁴</td></tr>
 * <tr><td>constants</td><td>computed in double, rounded once</td><td>{@code 1f - 0.999f}, which is 1.3e-5 off</td></tr>
 * <tr><td>clipping by norm</td><td>{@code min(1, limit / (norm + 1e-6))}</td><td>Optax: without 1e-6</td></tr>
 * </table>
 *
 * <table>
 * <caption>Glossary</caption>
 * <tr><th>term</th><th>meaning</th></tr>
 * <tr><td>step</td><td>one update of the parameters with one gradient; only applied steps count</td></tr>
 * <tr><td>rule</td><td>how a step changes a parameter and its state: {@link UpdateRule}</td></tr>
 * <tr><td>scalar definition</td><td>the plain loop of a rule's record, which defines its bits</td></tr>
 * <tr><td>kernel</td><td>the vector loop of a rule, which gives the same bits</td></tr>
 * <tr><td>specialization</td><td>a copy of a kernel for one combination of storages and options, which are constants in it</td></tr>
 * <tr><td>storage</td><td>an array or a memory segment, where a buffer is</td></tr>
 * <tr><td>staging</td><td>the copy of a few elements into small arrays, for a storage that a kernel cannot address and for clipping by
 *     value or by unit</td></tr>
 * <tr><td>coefficients</td><td>the numbers of a step that are the same for all elements, computed in double and rounded once</td></tr>
 * <tr><td>gradient factor</td><td>the number by which a rule multiplies the gradient; it contains the caller's factor, the loss
 *     scale and clipping</td></tr>
 * <tr><td>state buffer</td><td>what a rule keeps from step to step, one float for each parameter: {@link StateBuffer}</td></tr>
 * <tr><td>state scalar</td><td>a number that a rule keeps from step to step for all parameters of a group: {@link StateScalar}</td></tr>
 * <tr><td>options</td><td>of a rule: the switches that change its computation, such as AMSGrad; of a step: {@link StepOptions}</td></tr>
 * <tr><td>structure</td><td>the class, options, state and norm of a rule, which stay the same while hyperparameters change</td></tr>
 * <tr><td>schedule</td><td>a hyperparameter as a function of the step: {@link dev.lanewise.schedule.Schedule}</td></tr>
 * <tr><td>group</td><td>a named range of the parameters with one rule: {@link ParameterGroup}</td></tr>
 * <tr><td>matrix</td><td>a group with a shape and an axis of its outputs: {@link MatrixShape}</td></tr>
 * <tr><td>frozen</td><td>of a group: not updated</td></tr>
 * <tr><td>segment</td><td>adjacent groups that one loop updates with the same coefficients</td></tr>
 * <tr><td>range</td><td>a part of the parameters that one thread updates</td></tr>
 * <tr><td>row</td><td>the parameters of one entry of an embedding table: {@link RowOptimizer}</td></tr>
 * <tr><td>block</td><td>a run of elements that a pass finishes before the next; 4096 of them have one sum of squares</td></tr>
 * <tr><td>partial sums</td><td>the sums of the squares of the blocks, which are added in a fixed order</td></tr>
 * <tr><td>reduction</td><td>a sum over parameters that a rule needs between the two passes of its step: {@link Reduction}</td></tr>
 * <tr><td>norm scope</td><td>the gradients over which a rule takes a norm: {@link NormScope}</td></tr>
 * <tr><td>clipping</td><td>the limit on the gradient's elements, on its norm, or on that of each unit: {@link Clipping}</td></tr>
 * <tr><td>loss scale</td><td>the factor of the loss that keeps small gradients from underflow: {@link LossScale}</td></tr>
 * <tr><td>statistics</td><td>the norms and counts of a step: {@link StepReport}</td></tr>
 * <tr><td>average</td><td>the exponential moving average of the parameters</td></tr>
 * <tr><td>parameters to evaluate</td><td>the parameters, or the average that an option or a rule keeps of them:
 *     {@link Optimizer#copyEvaluationParameters}</td></tr>
 * <tr><td>skipped step</td><td>a step that writes nothing, because a gradient is not finite: {@link NonFinitePolicy}</td></tr>
 * <tr><td>flush</td><td>the addition, and for signed state the subtraction, that keeps state from becoming subnormal:
 *     {@link UpdateRule#TINY}, {@link UpdateRule#SIGNED_TINY}</td></tr>
 * <tr><td>rank, world</td><td>one of the processes that share a step, and their number</td></tr>
 * <tr><td>shard</td><td>the range of the parameters that a rank updates: {@link Shard}</td></tr>
 * <tr><td>part</td><td>a named tensor among the parameters, in a checkpoint: {@link Checkpoint.Part}</td></tr>
 * <tr><td>decoupled weight decay</td><td>decay of the parameters themselves; L2 decay is added to the gradient</td></tr>
 * </table>
 *
 * <p>SOAP and Shampoo are left out. They need the eigenvectors of a matrix's Gram matrices, or roots of these, which no two
 * linear-algebra libraries compute alike: vectors of equal or vanishing eigenvalues are arbitrary, and SOAP keeps its second
 * moment in their order. With the bits that this library promises they need an eigenvalue or QR decomposition of its own on its
 * products, in a fixed order, and 8 · (rows² + columns²) bytes a matrix; {@link NorMuon} has a part of their effect for a float
 * an output.
 *
 * <p>{@link Lbfgs} is no rule: it minimizes a function of the parameters by evaluating it, for problems whose loss and gradient can be
 * computed over all data, and calls its {@link Lbfgs.Objective objective} several times a step.
 *
 * <p>A {@link Checkpoint} saves an optimizer and loads it again; <a href="doc-files/pytorch.html">to PyTorch and back</a>
 * has the Python lines for both ways between it and {@code optimizer.state_dict()}.
 *
 * <p>A {@link RowOptimizer} updates the rows of an embedding table for which a step has a gradient, and a {@link RowCheckpoint} saves it.
 *
 * <p>A {@link Shard} divides an optimizer among processes.
 */
package dev.lanewise.optim;
