/**
 * Learning-rate schedules: pure functions of the step, which {@code then} and {@code times} combine.
 * {@link dev.lanewise.schedule.Scaling} computes the rate for another batch size.
 *
 * <p>Each schedule has absolute values, in closed form, and keeps its last value beyond its end. Only correctly rounded
 * operations and {@link java.lang.StrictMath} are used, so a schedule has the same bits on any machine. PyTorch's
 * schedulers, which compute each value from the last one, agree except for rounding; the page of each schedule lists other
 * differences.
 *
 * <table>
 * <caption>Schedules</caption>
 * <tr><th>schedule</th><th>shape</th><th>PyTorch</th></tr>
 * <tr><td>{@link dev.lanewise.schedule.Constant}</td><td>one value</td><td>none needed; {@code ConstantLR} is
 *     {@code new Constant(rate / 3).then(5, new Constant(rate))}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.StepDecay}</td><td>a staircase with equal distances</td><td>{@code StepLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.MultiStep}</td><td>a staircase with given steps</td><td>{@code MultiStepLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Exponential}</td><td>a constant factor at each step</td>
 *     <td>{@code ExponentialLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Polynomial}</td><td>a power of the fraction that is left</td>
 *     <td>{@code PolynomialLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.LinearWarmup}</td><td>a rising line</td><td>{@code LinearLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Cosine}</td><td>a falling half cosine</td><td>{@code CosineAnnealingLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.CosineRestarts}</td><td>falling half cosines, repeated</td>
 *     <td>{@code CosineAnnealingWarmRestarts}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.WarmupCosine}</td><td>a rising line, then a falling half cosine</td>
 *     <td>{@code SequentialLR} of two</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.OneCycle}</td><td>a rising half cosine, then a falling one</td><td>{@code OneCycleLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.WarmupStableDecay}</td><td>a rising line, a plateau, then a decay with the square root</td>
 *     <td>none</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.InverseSquareRoot}</td><td>a rising line, then an inverse square root</td><td>none</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.ReduceOnPlateau}</td><td>a reduction when the metric does not improve</td>
 *     <td>{@code ReduceLROnPlateau}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Schedule#then then}</td><td>one schedule after another</td>
 *     <td>{@code SequentialLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Schedule#times(Schedule) times}</td><td>the product of two schedules</td>
 *     <td>{@code ChainedScheduler}</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>the counter</td><td>applied steps, from 0, which the optimizer counts</td><td>calls of {@code scheduler.step()}, in
 *     epochs or batches, which can be forgotten or made in the wrong order</td></tr>
 * <tr><td>the first rate of a warmup</td><td>not 0</td><td>Optax, timm: 0, which wastes a step; PyTorch: a third of the rate</td></tr>
 * <tr><td>beyond the end</td><td>the last value</td><td>PyTorch's cosine rises again</td></tr>
 * <tr><td>values</td><td>absolute and in closed form</td><td>factors of a base rate, multiplied step by step</td></tr>
 * <tr><td>a larger batch</td><td>{@link dev.lanewise.schedule.Scaling}: in proportion for SGD, by the square root for Adam's family; only
 *     by an explicit call</td><td>left to the user</td></tr>
 * </table>
 */
package dev.lanewise.schedule;
