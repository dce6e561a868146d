/**
 * Learning-rate schedules: pure functions of the step, made into others by {@code then} and {@code times}; and what the
 * rate becomes when the batch size changes ({@link dev.lanewise.schedule.Scaling}).
 *
 * <p>Each gives absolute values, in closed form, and holds its last one beyond its end. Only correctly rounded
 * operations and {@link java.lang.StrictMath} are used, so a schedule has the same bits on any machine. PyTorch's
 * schedulers, which go from value to value, agree but for their rounding; where they differ otherwise the schedule says
 * so.
 *
 * <table>
 * <caption>Schedules</caption>
 * <tr><th>schedule</th><th>shape</th><th>PyTorch</th></tr>
 * <tr><td>{@link dev.lanewise.schedule.Constant}</td><td>one value</td><td>none needed; {@code ConstantLR} is
 *     {@code new Constant(rate / 3).then(5, new Constant(rate))}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.StepDecay}</td><td>equal treads</td><td>{@code StepLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.MultiStep}</td><td>given treads</td><td>{@code MultiStepLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Exponential}</td><td>a fraction less each step</td>
 *     <td>{@code ExponentialLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Polynomial}</td><td>a power of what is left</td>
 *     <td>{@code PolynomialLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.LinearWarmup}</td><td>a line up</td><td>{@code LinearLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Cosine}</td><td>half a cosine down</td><td>{@code CosineAnnealingLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.CosineRestarts}</td><td>again and again</td>
 *     <td>{@code CosineAnnealingWarmRestarts}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.WarmupCosine}</td><td>a line up, half a cosine down</td>
 *     <td>{@code SequentialLR} of two</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.OneCycle}</td><td>a cosine up, another down</td><td>{@code OneCycleLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.WarmupStableDecay}</td><td>a line up, a plateau, a root down</td>
 *     <td>none</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.InverseSquareRoot}</td><td>a line up, a root down</td><td>none</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.ReduceOnPlateau}</td><td>down when nothing improves</td>
 *     <td>{@code ReduceLROnPlateau}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Schedule#then then}</td><td>one after another</td>
 *     <td>{@code SequentialLR}</td></tr>
 * <tr><td>{@link dev.lanewise.schedule.Schedule#times(Schedule) times}</td><td>one times another</td>
 *     <td>{@code ChainedScheduler}</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>what is counted</td><td>applied steps, from 0; the optimizer asks</td><td>calls of {@code scheduler.step()}, in epochs or batches, which
 *     can be forgotten or come in the wrong order</td></tr>
 * <tr><td>the first step of a warmup</td><td>not 0</td><td>Optax, timm: 0, a step wasted; PyTorch: a third of the rate</td></tr>
 * <tr><td>beyond the end</td><td>the last value</td><td>PyTorch's cosine goes up again</td></tr>
 * <tr><td>values</td><td>absolute and in closed form</td><td>factors of a base rate, multiplied step by step</td></tr>
 * <tr><td>a larger batch</td><td>{@link dev.lanewise.schedule.Scaling}: in proportion for SGD, by the square root for Adam's family; asked for,
 *     never silent</td><td>left to the user</td></tr>
 * </table>
 */
package dev.lanewise.schedule;
